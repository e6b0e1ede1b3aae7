--- A full screen of `clnrm dev` for tests: a terminal (tmux.lua) with a project and the loop in it.
local support = dofile("tests/e2e/support.lua")
local task = require("core.task")
local tmux = dofile("tests/tools/tmux.lua")

local M = {}

---@class tests.DevScreen
---@field dir string
---@field terminal tests.Terminal
local Screen = {}
Screen.__index = Screen

--- Writes a file of one test for each command.
---@param name string "db": db.clnrm.toml
---@param commands string[] "name: command"
function Screen:tests(name, commands)
  local parts = { ('[meta]\nname = "%s"\n'):format(name) }
  for _, one in ipairs(commands) do
    local test, tag, command = one:match("^([^:#]+)#?(%w*): (.*)$")
    parts[#parts + 1] = ("[[scenario]]\nname = %q\ntags = [%s]\nrun = '%s'\n"):format(test,
      tag ~= "" and ("%q"):format(tag) or "", command)
  end
  support.write(("%s/p/%s.clnrm.toml"):format(self.dir, name), table.concat(parts))
end

--- Makes a project without tests.
---@return tests.DevScreen
function M.new()
  local self = setmetatable({ dir = support.tempdir() }, Screen)
  self.mark = "mark" .. self.dir:match("[^/]+$")
  support.write(self.dir .. "/p/clnrm.toml", '[project]\nname = "p"\n')
  return self
end

--- A command that runs until `go(n)`.
function Screen:waiting(n)
  return ('trap "exit 0" USR1; while :; do sleep 0.02; done # %s-%d'):format(self.mark, n)
end

--- Lets such a command end.
function Screen:go(n)
  for _ = 1, 1500 do
    local pid = io.popen(("pgrep -f '[m]%s-%d'"):format(self.mark:sub(2), n)):read("n")
    local status = pid and support.read(("/proc/%d/status"):format(pid)) or ""
    if tonumber(status:match("SigCgt:%s*(%x+)") or "0", 16) & 1 << 9 ~= 0 then -- SIGUSR1
      return os.execute("kill -USR1 " .. pid)
    end
    task.sleep(20)
  end
  error("the step never began")
end

--- Opens the terminal, notes its modes, and starts the loop; returns when its screen is there.
---@param options? string
---@param o? { width?: integer, height?: integer, env?: table<string, string>, wanted?: string,
---       before?: string variables of the program }
function Screen:start(options, o)
  o = o or {}
  self.terminal = tmux.open(self.dir .. "/p", o)
  self.terminal:type("stty -a | tail -n +2 >../modes; ulimit -c 0; "
    .. "export ASAN_OPTIONS=handle_segv=0; clear; echo from before")
  self.terminal:type(('%s "$CLNRM" dev %s & echo $! >../pid; fg >/dev/null; echo "exit=$?"'):format(
    o.before or "", options or ""))
  return self:wait(o.wanted or "watching %d+ file")
end

function Screen:pid()
  return assert(tonumber(support.read(self.dir .. "/pid")))
end

function Screen:wait(wanted)
  return self.terminal:wait(wanted)
end

--- Presses keys, one after the other.
function Screen:press(...)
  self.terminal:press(...)
end

--- Saves a file of the project, as editors do.
function Screen:save(name, text)
  support.write(self.dir .. "/new", text)
  assert(os.rename(self.dir .. "/new", self.dir .. "/p/" .. name))
end

--- Expects the terminal as it was before, with a cursor and without a second screen.
---@param wanted? string that is shown then
function Screen:expect_restored(wanted)
  local got = self:wait(function(text)
    return text:find("from before") and (not wanted or text:find(wanted))
  end)
  self.terminal:type("stty -a | tail -n +2 | cmp - ../modes && echo modes as before")
  self:wait("\nmodes as before\n")
  assert(self.terminal:tmux("display", "-p", "#{cursor_flag} #{alternate_on}") == "1 0\n", got)
  return got
end

function Screen:close()
  if self.terminal then
    self.terminal:close()
  end
  support.remove(self.dir)
end

return M
