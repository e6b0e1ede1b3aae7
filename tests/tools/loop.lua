--- A developer loop for tests: a real process, its events, real saves; every wait is for a
--- condition, with a generous deadline.
local json = require("core.json")
local proc = require("core.proc")
local support = dofile("tests/e2e/support.lua")
local task = require("core.task")

local M = {}

local DEADLINE_MS, POLL_MS = 60000, 10

---@class tests.Loop
---@field dir string
---@field process core.proc.Process
---@field events table[] so far
---@field seen integer of them that were waited for
local Loop = {}
Loop.__index = Loop

local function read(self)
  local text = self.process:stdout() or ""
  for line in text:sub(self.at):gmatch("([^\n]*)\n") do
    self.at = self.at + #line + 1
    self.events[#self.events + 1] = json.decode(line)
  end
end

--- Takes the events so far, without waiting for one.
function Loop:refresh()
  read(self)
end

--- Waits for an event that was not waited for yet.
---@param name string
---@param fields? table<string, any> that it must have
---@return table event
function Loop:await(name, fields)
  local deadline = POLL_MS
  while deadline < DEADLINE_MS do
    read(self)
    for i = self.seen + 1, #self.events do
      local e, fits = self.events[i], true
      for key, value in pairs(fields or {}) do
        fits = fits and e[key] == value
      end
      if e.event == name and fits then
        self.seen = i
        return e
      end
    end
    task.sleep(POLL_MS)
    deadline = deadline + POLL_MS
  end
  error(("no event %s; there is:\n%s\n%s"):format(name, self.process:stdout() or "",
    self.process:stderr() or ""), 2)
end

--- Waits for the next cycle that comes to its end.
---@return table begin the event reload_begin
---@return table ended the event reload_end
function Loop:cycle()
  return self:await("reload_begin"), self:await("reload_end")
end

--- Says how much of the program's own file is in memory, of what is only read: its modules are
--- there.
---@return integer kb
function Loop:resident_kb()
  local f = assert(io.open(("/proc/%d/smaps"):format(self.process:pid())))
  local kb, is_own = 0, false
  for line in f:lines() do
    if line:find("^%x+%-%x+ ") then
      is_own = line:find(" r%-%-p .*/clnrm$") ~= nil
    end
    kb = kb + (is_own and tonumber(line:match("^Rss:%s*(%d+)")) or 0)
  end
  f:close()
  return kb
end

--- Waits until it has given back what it has read of its own file.
---@param most_kb integer that may stay
---@return integer kb
function Loop:await_rest(most_kb)
  local kb
  for _ = 1, DEADLINE_MS / POLL_MS do
    kb = self:resident_kb()
    if kb <= most_kb then
      return kb
    end
    task.sleep(POLL_MS)
  end
  error(("%d kB are resident, not %d"):format(kb, most_kb), 2)
end

--- Lists the verdicts since an event, by the name of the test.
---@param from table event
---@return table<string, string>
function Loop:verdicts(from)
  local verdicts, is_on = {}, false
  for _, e in ipairs(self.events) do
    is_on = is_on or e == from
    if is_on and e.event == "scenario_end" then
      verdicts[e.name] = e.verdict
    end
  end
  return verdicts
end

--- Saves as most editors do: beside, then over it.
---@param name string
---@param text string
function Loop:save(name, text)
  local path = self.dir .. "/" .. name
  support.write(path .. ".tmp", text)
  assert(os.rename(path .. ".tmp", path))
end

--- Saves in place.
---@param name string
---@param text string
function Loop:write(name, text)
  support.write(self.dir .. "/" .. name, text)
end

--- Ends it by a signal; returns its exit code.
---@param number? integer default SIGINT
---@return integer
function Loop:stop(number)
  self.process:signal(number or 2)
  return self:wait()
end

--- Waits for its end.
---@return integer exit_code
function Loop:wait()
  local result = assert(task.timeout(DEADLINE_MS, self.process.wait, self.process))
  read(self)
  return result.code or 128 + result.signal
end

function Loop:close()
  self.process:close()
end

--- A test file with one test of one command.
---@param name string
---@param command string one word
---@return string
---@nodiscard
function M.named(name, command)
  return ('[meta]\nname = "%s"\n[[steps]]\nname = "s"\ncommand = ["%s"]\n'):format(name, command)
end

--- A test file with two tests: one that says "hello from NAME" and passes, and another.
---@param first string name
---@param second string name
---@return string text for `format`, which takes the command of the second: one word
---@nodiscard
function M.two(first, second)
  return ([==[
[meta]
name = "two"
[[scenario]]
name = "%s"
tags = ["quick"]
[[scenario.steps]]
name = "says"
command = ["echo", "hello from %s"]
[[scenario]]
name = "%s"
[[scenario.steps]]
name = "s"
command = ["%%s"]
]==]):format(first, first, second)
end

--- A test file whose test does not end in the time of a test.
M.SLEEPS = [==[
[meta]
name = "waits"
[[steps]]
name = "s"
command = ["sleep", "300"]
timeout = "10m"
]==]

--- Makes a project.
---@param files table<string, string> texts by name
---@return string dir
function M.project(files)
  local dir = support.tempdir()
  for name, text in pairs(files) do
    support.write(dir .. "/" .. name, text)
  end
  return dir
end

--- Ends a loop, if there is one, and removes its project and its home.
---@param dir string
---@param loop? tests.Loop
---@return nil
function M.remove(dir, loop)
  if loop then
    loop:close()
  end
  support.remove(dir)
  os.execute("rm -rf " .. support.quote(dir .. "-home"))
end

--- Starts `clnrm run --watch -f events` in a folder.
---@param dir string
---@param ... string|table more options, and paths; a table first: more variables
---@return tests.Loop
function M.start(dir, ...)
  local first = ...
  local more = type(first) == "table" and first or {}
  local env = {}
  for name, value in pairs(more) do -- first: of two of a name that one stands
    env[#env + 1] = name .. "=" .. value
  end
  table.move({
    "HOME=" .. dir .. "-home", "PATH=" .. os.getenv("PATH"), "LANG=C.UTF-8",
    "XDG_STATE_HOME=" .. dir .. "-home/state",
  }, 1, 4, #env + 1, env)
  for _, name in ipairs({ "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "CLNRM_LUA_DIR" }) do
    local value = os.getenv(name)
    env[#env + 1] = value and name .. "=" .. value
  end
  local process = assert(proc.spawn({
    argv = { support.clnrm, "run", "--watch", "-f", "events",
      select(type(first) == "table" and 2 or 1, ...) },
    cwd = dir, env = env,
  }))
  return setmetatable({ dir = dir, process = process, events = {}, seen = 0, at = 1 }, Loop)
end

return M
