--- A terminal for tests: tmux without a client; keys go in, what the screen shows comes out.
---
--- Every wait is for a condition, with a generous deadline.
local support = dofile("tests/e2e/support.lua")
local task = require("core.task")

local M = {}

local DEADLINE_MS, POLL_MS = 60000, 40
local AGAIN_MS = 3000 -- between two presses of a key
local SETTLED = 5 -- looks at a screen that goes on changing

---@class tests.Terminal
local Terminal = {}
Terminal.__index = Terminal

local count = 0

local function output_of(command)
  local pipe = assert(io.popen(command))
  local out = pipe:read("a")
  pipe:close()
  return out
end

function Terminal:tmux(...)
  local words = { "tmux", "-L", self.name, "-f", "/dev/null" }
  for _, word in ipairs({ ... }) do
    words[#words + 1] = support.quote(tostring(word))
  end
  return output_of(table.concat(words, " ") .. " 2>&1")
end

--- Opens a terminal with a shell in `dir`; $CLNRM is the program.
---@param dir string
---@param o? { width?: integer, height?: integer, env?: table<string, string> }
---@return tests.Terminal
function M.open(dir, o)
  o = o or {}
  count = count + 1
  os.execute("mkdir -p " .. support.quote(dir .. "/home"))
  local self = setmetatable({}, Terminal)
  self.name = ("clnrm%s-%d"):format((dir:gsub("%W+", "-")), count)
  local env = { "env", "-i", "LANG=C.UTF-8", "HISTFILE=/dev/null", "LC_ALL=C.UTF-8" }
  env[#env + 1] = support.quote("PATH=" .. os.getenv("PATH"))
  env[#env + 1] = support.quote("CLNRM=" .. support.clnrm)
  env[#env + 1] = support.quote("HOME=" .. dir .. "/home")
  for name, value in pairs(o.env or {}) do
    env[#env + 1] = support.quote(name .. "=" .. value)
  end
  local shell = ("cd %s && exec env PS1='READY ' bash --norc --noprofile -i")
    :format(support.quote(dir))
  os.execute(("%s tmux -L %s -f /dev/null new-session -d -x %d -y %d %s"):format(
    table.concat(env, " "), self.name, o.width or 80, o.height or 24, support.quote(shell)))
  self:tmux("set", "-g", "status", "off")
  local ok, err = pcall(self.wait, self, "READY")
  if not ok then
    self:close()
    error(err, 0)
  end
  return self
end

--- Returns what the screen shows; with `all`, also what was scrolled off.
---@param all? boolean
---@return string
function Terminal:screen(all)
  return self:tmux("capture-pane", "-p", table.unpack(all and { "-S", "-" } or {}))
end

--- What a screen shows beside times, counts and spinners.
local function without_motion(text)
  return (text:gsub("%d+", "0"):gsub("\xe2[\xa0-\xa3][\x80-\xbf]", "~"))
end

--- Finds out which part of what is wanted a text lacks.
local function lacking(text, wanted)
  if type(wanted) == "function" then
    return not wanted(text) and "what a function looks for" or nil
  end
  for _, pattern in ipairs(type(wanted) == "table" and wanted or { wanted }) do
    if not text:find(pattern) then
      return pattern
    end
  end
end

--- Looks again until nothing but numbers and spinners has changed since the look before: the rest
--- of a frame may be on its way.
local function settled(self, text, wanted, all)
  for _ = 1, SETTLED do
    task.sleep(POLL_MS)
    local now = self:screen(all)
    if lacking(now, wanted) then
      break
    elseif without_motion(now) == without_motion(text) then
      return now
    end
    text = now
  end
  return text
end

--- Waits until the screen matches a pattern, all patterns of a list at once, or a function of its
--- text says yes.  A frame may be seen half drawn: what is told of one belongs into one wait.
---@param wanted string|string[]|fun(text: string): any
---@param all? boolean
---@return string screen
function Terminal:wait(wanted, all)
  local waited, text, missing = 0, "", nil
  while waited <= DEADLINE_MS do
    text = self:screen(all)
    missing = lacking(text, wanted)
    if not missing then
      return settled(self, text, wanted, all)
    end
    task.sleep(POLL_MS)
    waited = waited + POLL_MS
  end
  error(("the screen never showed %s:\n%s"):format(missing, text), 2)
end

--- Presses a key, and again after some time, until the screen matches: what it tells of may not
--- have been there yet.
---@param key string
---@param wanted string|string[]
---@return string screen
function Terminal:press_until(key, wanted)
  for _ = 1, DEADLINE_MS / AGAIN_MS do
    self:press(key)
    for _ = 1, AGAIN_MS / POLL_MS do
      local text = self:screen()
      if not lacking(text, wanted) then
        return text
      end
      task.sleep(POLL_MS)
    end
  end
  error(("%s never showed %s:\n%s"):format(key, lacking(self:screen(), wanted), self:screen()), 2)
end

--- Presses keys, by the names of tmux: "t", "Enter", "C-z".
function Terminal:press(...)
  self:tmux("send-keys", ...)
end

--- Types a command line.
---@param text string
function Terminal:type(text)
  self:tmux("send-keys", "-l", text)
  self:tmux("send-keys", "Enter")
end

--- Changes the size of the terminal.
function Terminal:resize(width, height)
  self:tmux("resize-window", "-x", width, "-y", height)
end

--- Ends the terminal, and waits until what ran in it has ended: it is told by SIGHUP, and still
--- writes.
function Terminal:close()
  local session = self:tmux("list-panes", "-F", "#{pane_pid}"):match("^%d+")
  self:tmux("kill-server")
  local tries = session and 1000 or 0
  while tries > 0 and os.execute(("pgrep -r D,R,S,T,t -s %s >/dev/null"):format(session)) do
    tries = tries - 1
    task.sleep(10)
  end
end

return M
