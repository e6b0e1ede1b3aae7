--- A developer loop as a process of its own, for benchmarks: a file is saved, and what the loop
--- prints is read until its verdict is there.
local clock = require("core.clock")
local compare = require("compare")
local json = require("core.json")

---@class bench.dev_loop
local M = {}

local clnrm = assert(os.getenv("CLNRM"))

--- Saves as editors do: another file is renamed over it.
---@param path string
---@param text string
function M.put(path, text)
  compare.write(path .. ".tmp", text)
  assert(os.rename(path .. ".tmp", path))
end

--- Starts a command; its number is told first, so that it can be ended.
---@param command string shell words
---@return file* pipe, string pid
function M.start(command)
  local pipe = assert(io.popen("echo $$; exec " .. command .. " 2>/dev/null </dev/null", "r"))
  return pipe, pipe:read("l")
end

---@class bench.DevLoop
---@field pid string
---@field stages table<string, number[]> nanoseconds of each save
---@field last table the event of its last reload
local Loop = {}
Loop.__index = Loop

--- Reads to the end of a turn that no other save has ended.
---@param pipe file*
---@return integer ended_ns when the last verdict was read
---@return table event reload_end
function M.await_end(pipe)
  local last
  for line in pipe:lines() do
    if line:find('"event":"scenario_end"', 1, true) then
      last = clock.now() -- of several the last counts
    elseif line:find('"event":"reload_end"', 1, true) then
      local e = json.decode(line)
      if e.interrupted ~= "save" then
        assert(e.exit_code == 0, line)
        return last, e
      end
    end
  end
  error("the loop has ended")
end

--- Saves for the n-th time.
---@param n integer
---@return integer ns from before the save to its last verdict, read
function Loop:save(n)
  local began = clock.now()
  self.write(self.dir, n)
  local ended, e = M.await_end(self.pipe)
  for stage, ms in pairs(e.stages) do
    self.stages[stage] = self.stages[stage] or {}
    table.insert(self.stages[stage], ms * 1e6)
  end
  self.last = e
  return ended - began
end

--- Waits until the loop says that rooms wait for the next run.
function Loop:await_rooms()
  for line in self.pipe:lines() do
    if line:find('"event":"rooms_ready"', 1, true) then
      return
    end
  end
  error("the loop has ended")
end

function Loop:close()
  os.execute("kill -INT " .. self.pid)
  self.pipe:close()
end

--- Starts a loop and waits for its first verdicts.
---@param o { dir: string, home: string, write: fun(dir: string, n: integer), options?: string }
---       `write(dir, n)` saves for the n-th time; 0 before the loop begins
---@return bench.DevLoop
function M.open(o)
  o.write(o.dir, 0)
  local pipe, pid = M.start(("env -C '%s' HOME='%s' '%s' run --watch -f events %s"):format(o.dir,
    o.home, clnrm, o.options or ""))
  M.await_end(pipe)
  return setmetatable({ pipe = pipe, pid = pid, dir = o.dir, write = o.write, stages = {} }, Loop)
end

return M
