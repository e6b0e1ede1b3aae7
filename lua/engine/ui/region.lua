--- A live region for a command that is no run: rows that are redrawn until it is closed.
---@class engine.ui.region
local core = require("core.task")
local screen_of = require("engine.ui.screen")
local signal = require("core.signal")
local term = require("core.term")

local M = {}

local SHOWN_AFTER_MS = 250 -- what is over by then flickers nowhere

---@class engine.ui.Region
---@field private screen engine.ui.Screen
---@field private cx engine.cli.Context
---@field private tasks core.Task[]
---@field private signals core.signal.Signals
local Region = {}
Region.__index = Region

local function draw(self, rows)
  if not core.sleep(SHOWN_AFTER_MS) then
    return
  end
  self.screen.paint = function(now)
    return rows(now, self.screen:room())
  end
  repeat
    if term.is_foreground(self.cx.out.fd) then
      self.screen:frame()
    end
  until not core.sleep(1000 / screen_of.FPS)
end

local function follow_size(self)
  while self.signals:next() do
    self.screen:resize()
  end
end

--- Takes the region away, and gives the streams back.  A second call does nothing.
---@async
function Region:close()
  for _, one in ipairs(self.tasks) do
    one:cancel()
  end
  self.tasks = {}
  if self.screen then
    self.signals:close()
    self.screen:close()
    self.cx.out.divert, self.cx.err.divert, self.screen = nil, nil, nil
    term.restore()
  end
end
Region.__close = Region.close

--- Opens a region on the terminal of standard output.
---@param cx engine.cli.Context
---@param now fun(): number milliseconds
---@param rows fun(now: number, height: integer): string[]
---@return engine.ui.Region
---@nodiscard
function M.open(cx, now, rows)
  term.guard()
  local self = setmetatable({ cx = cx, tasks = {} }, Region)
  self.screen = screen_of.new(cx.out, now, screen_of.reflows(os.getenv))
  local function divert(bytes)
    if self.screen then
      self.screen:write(bytes)
    end
  end
  cx.out.divert = divert
  cx.err.divert = cx.err.is_tty and divert or nil
  self.signals = signal.open("SIGWINCH")
  self.tasks = { core.spawn(draw, self, rows), core.spawn(follow_size, self) }
  return self
end

return M
