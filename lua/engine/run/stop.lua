--- What ends a run early: signals and its deadline.
---
--- SIGINT, SIGTERM or SIGHUP once: nothing new begins, steps are killed, rooms closed, reports
--- written.  The same again: the program leaves at once (rooms die with it).  SIGTSTP stops the
--- program, not the rooms.
---@class engine.run.stop
local clock = require("engine.run.clock")
local control = require("engine.run.control")
local core = require("core.task")
local exit_codes = require("engine.cli.exit_codes")
local signal = require("core.signal")
local term = require("core.term")

local M = {}

local LENT = { SIGINT = true, SIGTSTP = true } -- for who has the terminal: a debugger

--- Stops the program as the shell's job control asks; returns when it is continued.
local function suspend(run, signals)
  run:emit({ event = "suspended" })
  term.restore()
  local before = clock.ms()
  signals:stop_self("SIGTSTP")
  require("engine.service.poll").add_stop(clock.ms() - before)
  run:emit({ event = "resumed" })
end

--- Ends the run as a signal asks.
local function interrupt(run, signals, name)
  for other, code in pairs(exit_codes.of_signal) do
    signals:leave_on(other, code) -- the second one ends the program in its handler
  end
  run:stop(name)
end

local function handle_signals(run, signals)
  while not core.is_cancelled() do -- a run of no tests is over before this begins
    local name = signals:next()
    if not name then
      return
    elseif run.debugger and run.debugger.is_open and LENT[name] then -- luacheck: ignore 542
    elseif exit_codes.of_signal[name] then
      interrupt(run, signals, name)
    elseif name == "SIGTSTP" then
      suspend(run, signals)
    elseif name == "SIGUSR1" then
      run:tell_status()
    end
  end
end

--- Waits for the deadline of the run, which stands still while somebody debugs.
local function handle_deadline(run)
  local debugger = run.debugger
  local function left()
    return run.began + run.deadline_ms + (debugger and debugger:open_ms() or 0) - clock.ms()
  end
  local rest = left()
  while rest > 0 do
    if not core.sleep(rest) then
      return
    end
    rest = left()
  end
  run:stop("deadline")
end

local watch_meta = {}
watch_meta.__index = watch_meta

--- Ends the run as a signal would: for who stops it by a key.
---@param name "SIGINT"|"SIGTERM"|"SIGHUP"
function watch_meta:interrupt(name)
  if self.signals then
    interrupt(self.run, self.signals, name)
  else
    self.run:stop(name)
  end
end

local function give_back(self, how)
  for _, t in ipairs(self.tasks) do
    t:cancel()
  end
  self.tasks = {}
  if self.signals then
    self.signals[how](self.signals)
    self.signals = nil
  end
end

--- Watches no more.  A second call does nothing.
function watch_meta:close()
  give_back(self, "close")
end

--- Watches no more in a program that ends with this run: a signal still lets it write its reports.
---@async
function watch_meta:finish()
  core.shield(core.sleep, 0) -- those that have come and were not looked at stop the run
  give_back(self, "finish")
end
watch_meta.__close = watch_meta.close

--- Watches for what ends the run until it is closed.
---@param run engine.run.Run
---@return { close: fun(self), finish: fun(self), interrupt: fun(self, name: string) } # a
---to-be-closed value
function M.watch(run)
  local watch = setmetatable({ run = run, tasks = {} }, watch_meta)
  if run.signals then
    local names = { "SIGINT", "SIGTERM", "SIGTSTP", "SIGUSR1" }
    if not signal.is_ignored("SIGHUP") then -- else it is nohup's wish that we go on
      names[#names + 1] = "SIGHUP"
    end
    watch.signals = signal.open(table.unpack(names))
    watch.tasks[1] = core.spawn(handle_signals, run, watch.signals)
  end
  if run.deadline_ms then
    watch.tasks[#watch.tasks + 1] = core.spawn(handle_deadline, run)
  end
  watch.tasks[#watch.tasks + 1] = core.spawn(control.watch_slow, run)
  return watch
end

return M
