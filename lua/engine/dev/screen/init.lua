--- The full screen of the developer loop: a view of engine.dev.state that has the terminal.
---
--- It draws when something has changed, at most FPS times a second, and reads keys.  What is
--- written to standard output and error meanwhile is taken: reports are not needed beside it,
--- warnings are shown as news.  The terminal is given back by core.screen whatever happens; it is
--- left for a while when the program is stopped (Ctrl-Z), and for programs that a key starts.
local canvases = require("engine.dev.screen.canvas")
local clock = require("core.clock")
local core = require("core.task")
local details = require("engine.dev.screen.detail")
local draw = require("engine.dev.screen.draw")
local layouts = require("engine.dev.screen.layout")
local news = require("engine.dev.screen.news")
local show = require("engine.ui.show")
local term = require("core.term")
local words = require("engine.dev.screen.words")

---@class engine.dev.screen
local M = {}

local FPS = 12
local CALM_MS, BUSY_MS = 1000, 1000 // FPS -- between two frames while nothing happens, and in a run
local NOTE_S = 6 -- a note gives way to the news after
local CAUGHT_MAX = 200 -- lines of standard error that are remembered

---@class engine.dev.screen.View
---@field cx engine.cli.Context
---@field loop engine.dev.Loop
---@field state engine.dev.State
---@field screen core.screen.Screen
---@field canvas engine.dev.screen.Canvas
---@field tree engine.dev.screen.Tree
---@field detail engine.dev.screen.Detail
---@field records engine.dev.screen.Records
---@field keys engine.dev.screen.keys
---@field actions engine.dev.screen.Actions
---@field pane "tests"|"detail" that has the keys
---@field overlay? { title: string, rows: table[], top: integer } a text over the panes
---@field prompt? engine.dev.screen.Prompt
---@field note? { text: string, style?: string, until_s: integer } what a key did
---@field news? { time: string, text: string, style?: string } what happened last
---@field own_keys engine.dev.screen.Key[] of the project
---@field caught string[] lines of standard error
---@field asked? string what was asked for last, in words
---@field run? table the event run_begin of the last run
---@field stages? table of the last cycle
---@field cwd string
---@field is_left boolean the terminal is somebody else's now
---@field is_closing? boolean
---@field is_continued? boolean a SIGCONT is on its way that was seen already
---@field is_outside? boolean a program that a key has started has it
---@field raised? string a bug in a task of the screen
local View = {}
View.__index = View

local function wall_s()
  return clock.wall() // 1000000000
end

--- Asks for a frame.
function View:redraw()
  self.changed:set()
end

--- Says what a key did.
---@param text string
---@param style? string
function View:tell(text, style)
  self.note = { text = show.safe(self.canvas.look, text), style = style,
    until_s = wall_s() + NOTE_S }
  self:redraw()
end

--- Shows a text over the panes, until a key is pressed that is not for scrolling.
---@param title string
---@param text string with colours
function View:open_overlay(title, text)
  local width = math.min(self.canvas.columns - 4, 96)
  self.overlay = { title = title, text = text, top = 1,
    page = math.max(1, self.canvas.rows - 6),
    rows = canvases.rows(text, width - 4) }
  self:redraw()
end

--- Says why a file was run last.
---@param path string
---@return string?
function View:why(path)
  local cycle = self.state.cycle
  for _, one in ipairs(cycle and cycle.affected or {}) do
    if one.path == path then
      return one.text .. (one.by and ": " .. words.path(self.canvas.look, one.by, self.cwd) or "")
    end
  end
  return self.whys[path]
end

local SHOWN_OF_FILES = { scenario_begin = true, scenario_end = true } -- the signs of its tests

--- Whether an event may change what is shown of the chosen row.
local function concerns(chosen, event)
  if event.id == nil or not chosen then
    return true
  elseif chosen.id then
    return chosen.id == event.id
  end
  return SHOWN_OF_FILES[event.event] == true
end

--- Takes an event of the loop or of its runs.
---@param event table
function View:on_event(event)
  local cycle = self.loop.cycle
  self.records:on_event(event, cycle and cycle.sources, cycle and cycle.run_id)
  if event.event == "suspended" then -- a run stops the program, when its clocks stand
    self:leave()
  elseif event.event == "resumed" then
    self:continue()
  elseif event.event == "file_read" or event.event == "file_gone" then
    self.tree:touch()
  end
  news.on_event(self, event)
  if concerns(self.tree.chosen, event) then
    self.detail:touch()
  end
  self:redraw()
end

--- Starts a task of the screen.  An error in it is a bug: the loop ends, and it is raised where
--- the screen is closed.
local function start(self, fn)
  self:spawn(function()
    local ok, raised = xpcall(fn, debug.traceback, self)
    if not ok then
      self.raised = self.raised or raised
      self.loop:quit()
    end
  end)
end

--- Draws whenever something has changed, and follows who has the terminal.
local function draw_all(self)
  while not core.is_cancelled() do
    if self.is_left and not self.is_outside and term.is_foreground(1) then
      self:enter()
    end
    self.changed:clear()
    if not self.is_left then
      local is_drawn = draw.frame(self)
      if is_drawn == false then
        self.changed:set() -- the terminal has not taken the last one yet
      end
      if not core.sleep(BUSY_MS) then
        return
      end
    end
    local pause = self.state.phase == "running" and BUSY_MS or CALM_MS
    core.timeout(pause, self.changed.wait, self.changed)
  end
end

local function read_keys(self)
  while not core.is_cancelled() do
    local key, is_special = self.screen:next()
    if key then
      self.keys.press(self, key, is_special)
      self:redraw()
    elseif is_special.code ~= "EIO" then
      return
    else -- the terminal is gone, which a signal says, or somebody else's for now
      self:leave()
      if not core.sleep(CALM_MS) then
        return
      end
    end
  end
end

--- Whether the run handles Ctrl-Z, as it has clocks to stop; else nobody does but us.
local function run_has_signals(self)
  local run = self.loop.cycle and self.loop.cycle.run
  return run and run.watch and run.watch.signals
end

local function handle_signals(self)
  while not core.is_cancelled() do
    local name = self.signals:next()
    if not name then
      return
    elseif name == "SIGWINCH" then
      self.screen:resize()
      self.overlay = nil -- its rows are those of another width
    elseif name == "SIGTSTP" and not run_has_signals(self) then
      self:leave()
      self.signals:stop_self("SIGTSTP")
      self:continue()
    elseif name == "SIGCONT" and self.is_continued then
      self.is_continued = false
    elseif name == "SIGCONT" and not self.is_left then
      self:leave() -- stopped by SIGSTOP: the modes, and what is shown, are the shell's
      self:enter()
    end
    self:redraw()
  end
end

--- Starts a task that ends with the screen at the latest.
---@param fn async fun(...)
function View:spawn(fn, ...)
  for i = #self.tasks, 1, -1 do
    if self.tasks[i]:state() == "done" then
      table.remove(self.tasks, i)
    end
  end
  self.tasks[#self.tasks + 1] = core.spawn(fn, ...)
end

--- Gives the terminal back for a while.
function View:leave()
  self.screen:leave()
  self.is_left = true
end

--- Takes it again after a stop that was announced; its SIGCONT is on the way.
function View:continue()
  self.is_continued = true
  self:enter()
end

--- Takes it again; where it is not ours, once it is.
function View:enter()
  if self.is_closing then
    return
  end
  self.is_left = not self.screen:enter()
  self.screen:resize()
  self:redraw()
end

--- Takes what is written to a stream; of standard error what it says last is told.
local function catch(self, stream, is_kept)
  function stream.divert(bytes)
    for line in (is_kept and bytes or ""):gmatch("[^\n]+") do
      local plain = line:gsub("\27%[[%d;]*m", "")
      self.caught[#self.caught + 1] = plain
      if #self.caught > CAUGHT_MAX then
        table.remove(self.caught, 1)
      end
      if plain:find("^warning:") or plain:find("^error:") or plain:find("^clnrm:") then
        news.tell(self, plain)
      end
    end
  end
end

--- Reads the keys of the project.
local function load_own_keys(self)
  local problem
  self.own_keys, problem = require("engine.dev.screen.plugins").load(self, self.keys.by_name())
  if problem then
    news.tell(self, problem)
  end
  self:redraw()
end

--- Gives the terminal back for good.  A second call does nothing.
---@async
function View:close()
  local was_outside = self.is_outside
  self.is_closing = true
  for _, one in ipairs(self.tasks) do
    one:cancel()
  end
  for _, one in ipairs(self.tasks) do
    core.shield(pcall, one.join, one) -- a program of theirs may have the terminal
  end
  self.tasks = {}
  if self.screen then
    self.cx.out.divert, self.cx.err.divert = nil, nil
    self.signals:close()
    if was_outside then -- it was killed, and had a screen and modes of its own: see screen:close
      self.screen:enter()
    end
    self.screen:close()
    self.screen = nil
  end
  local raised = self.raised
  self.raised = nil
  if raised then
    error(raised, 0)
  end
end
View.__close = View.close

--- Makes the view of a loop that begins.
---@param loop engine.dev.Loop
---@return fun(state: engine.dev.State, event: table)
function View:attach(loop)
  self.loop, self.state = loop, loop.state
  self.tree = require("engine.dev.screen.tree").new(loop.state)
  self.detail = details.new()
  self.records = require("engine.dev.screen.records").new()
  self.actions = require("engine.dev.screen.actions").new(self)
  self.keys = require("engine.dev.screen.keys")
  self.own_keys = {}
  self:spawn(load_own_keys, self)
  for _, fn in ipairs({ draw_all, read_keys, handle_signals }) do
    start(self, fn)
  end
  return function(_, event)
    self:on_event(event)
  end
end

--- Says why there can be no full screen; nil: there can.
---@param cx engine.cli.Context
---@return string?
---@nodiscard
function M.refusal(cx)
  if not (cx.out.is_tty and term.is_tty(0)) then
    return "standard input and output are not both a terminal"
  elseif cx.opts["no-input"] then
    return "--no-input: there would be no keys"
  elseif require("engine.ci").is_set(os.getenv) then
    return "CI is set, where nobody presses keys"
  end
  local rows, columns = term.size(1)
  if not rows then
    return "the size of the terminal is not known"
  elseif rows > 0 and (rows < layouts.ROWS_MIN or columns < layouts.COLUMNS_MIN) then
    return ("the terminal has %dx%d, and %dx%d are needed"):format(columns, rows,
      layouts.COLUMNS_MIN, layouts.ROWS_MIN)
  end
end

--- Opens the screen, a to-be-closed value.
---@param cx engine.cli.Context
---@return engine.dev.screen.View? view
---@return string? reason why there is none
---@nodiscard
function M.open(cx)
  local why = M.refusal(cx)
  if why then
    return nil, why
  end
  term.guard()
  local name = os.getenv("TERM") or ""
  local screen, err = require("core.screen").open(name, cx.out.color)
  if not screen and err.code == "ENOTSUP" then
    return nil, ("a terminal called '%s' is not known, or its cursor cannot be moved"):format(name)
  elseif not screen then
    return nil, err.message
  end
  local self = setmetatable({
    cx = cx, screen = screen, pane = "tests", caught = {}, whys = {}, tick = 0,
    cwd = require("core.fs").getcwd() or "/", began_ns = clock.now(), is_left = false,
    changed = core.event(), tasks = {},
  }, View)
  self.signals = require("core.signal").open("SIGWINCH", "SIGCONT", "SIGTSTP")
  self.canvas = canvases.new(screen, cx.out)
  catch(self, cx.out, false)
  if cx.err.is_tty then
    catch(self, cx.err, true)
  end
  self.is_left = not screen:enter()
  return self
end

return M
