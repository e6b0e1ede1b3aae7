--- `clnrm FILE.lua --watch`: a program of Lua, run again on each save.
---
--- Each run is a process of its own, so that nothing of the one before is left in it. A save that
--- comes while it runs ends it (SIGTERM, and SIGKILL when that does not help), and it begins again.
--- What counts as a save is the same as for tests, and so is what the program writes itself: see
--- engine.dev.inputs and engine.dev.own. To engine.dev.saves it is a loop with one file of Lua.
local clock = require("core.clock")
local core = require("core.task")
local ending = require("engine.dev.ending")
local exit_codes = require("engine.cli.exit_codes")
local fs = require("core.fs")
local incoming = require("engine.dev.incoming")
local line = require("engine.ui.line")
local own_program = require("engine.own_program")
local proc = require("core.proc")
local quiet = require("engine.dev.quiet")
local saves = require("engine.dev.saves")
local settings = require("engine.dev.settings")
local show = require("engine.ui.show")
local signal = require("core.signal")

---@class engine.dev.program
local M = {}

local GRACE_MS = 5000 -- between SIGTERM and SIGKILL
local HOLD_NS = 2000 * 1000000 -- what a program may have written waits so long for its end
local TERM, KILL = 15, 9
local SHOWN_MAX = 3
local STOPS = exit_codes.of_signal

---@class engine.dev.Program
---@field private cx engine.cli.Context
---@field private argv string[]
---@field private file string as it was typed
---@field private path string absolute
---@field private inputs engine.dev.Inputs
---@field private watch core.watch.Watch
---@field private queue engine.watch.Change[] not looked at yet
---@field private held engine.watch.Change[] what the program may have written, while it runs
---@field private pending? engine.dev.Cause what was saved since the program began last
---@field private cycle? { stop_asked?: string } the run that goes on
---@field private number integer of the run that goes on, or ended last
---@field private quiet engine.dev.Quiet what is ignored in this run
---@field private entries table<string, table> the program, as a file of tests of that code
---@field private news core.task.Event
---@field private stop? string the signal that ends the loop
---@field private refused? integer the code with which it ends, as it cannot go on
---@field private home? core.fs.Stat of the project's folder, as it was at the begin
---@field private debounce_ms? integer by the settings
---@field private heeded_ns? integer when the last cause came whose settings were looked at
---@field private code integer of the last run that came to its end
local Program = {}
Program.__index = Program

local function tell(self, word, colors, ms, text)
  if not self.cx.opts.quiet then
    self.cx.err:write(line.wrapped(self.cx.err, word, colors, ms, { text }))
  end
end

--- Names files as seen from the working directory.
local function named(self, paths, count)
  local cwd, list = fs.getcwd(), {}
  cwd = cwd and cwd:gsub("/$", "") .. "/"
  for i = 1, math.min(#paths, SHOWN_MAX) do
    local path = paths[i]
    list[i] = show.safe(self.cx.err,
      cwd and path:sub(1, #cwd) == cwd and path:sub(#cwd + 1) or path)
  end
  local more = count - #list
  return table.concat(list, ", ") .. (more > 0 and (" and %d more"):format(more) or "")
end

--- Tells what is ignored.
local function on_looping(self, e, change)
  local how = self.quiet:add(e.path, change.began_ns, change.told_ns)
  if how == "quiet" then
    return
  end
  local why = ("it was written in each of the last runs; it counts when it is saved while nothing "
    .. "runs, or was left alone for %d s"):format(quiet.LIMIT_NS.output // 1000000000)
  if e.made then
    why = ("each of the last runs made new files there, this one %s; `[watch] ignore` takes such "
      .. "out for good"):format(named(self, e.made, e.count))
  end
  tell(self, "Ignored", "yellow bold", nil, named(self, { e.path }, 1) .. ": " .. why
    .. (how == "last" and "; that is told no more in this run" or ""))
end

--- Watches the folders of what the program requires now, as far as its text says.
local function watch_modules(self)
  local text = fs.read(self.path, { max = 16 << 20 }) or ""
  local found = require("engine.script.requires").of(text, self.path, self.cx.project.dir)
  for _, path in ipairs(found) do
    self.inputs:watch_folder(self.watch, (path:match("^(.*)/")))
    self.inputs:note(path)
  end
  self.entries[self.path].suites = { { is_script = true, modules = found } }
end

--- Takes that a run begins.
local function begin(self)
  self.number, self.cycle, self.pending = self.number + 1, {}, nil
  self.before_ns, self.before_ended_ns = self.run_began_ns, self.run_ended_ns
  self.run_began_ns = clock.now()
  self.quiet = quiet.new(self.run_began_ns)
  self.inputs:begin_run(self.cx.project.dir)
end

local function is_over(self)
  return self.stop ~= nil or self.refused ~= nil
end

--- Takes what was saved: the settings are read again, and wrong ones alone begin no run.
local function take_saves(self)
  saves.absorb(self)
  local pending = self.pending
  if is_over(self) or ending.is_gone(self) or not pending or pending.told_ns == self.heeded_ns then
    return
  end
  self.heeded_ns = pending.told_ns -- a later save comes into the same cause
  settings.refresh(self, pending)
  if not pending.is_all and not pending.list[1] then
    self.pending = nil
  end
end

--- Waits for news; what is held waits no longer than HOLD_NS, as a program may never end.
local function await_news(self)
  local held = self.held[1]
  if not held then
    self.news:wait()
  else
    local ms = (held.began_ns + HOLD_NS - clock.now()) // 1000000 + 1
    core.timeout(math.max(ms, 1), self.news.wait, self.news)
  end
  self.news:clear()
  saves.absorb(self)
  held = self.held[1]
  if held and clock.now() >= held.began_ns + HOLD_NS then
    saves.settle(self)
  end
  take_saves(self)
end

--- Takes that it has ended: what was held is looked at now.
local function finish(self)
  self.was_cut, self.cycle = self.cycle.stop_asked ~= nil, nil
  self.run_ended_ns, self.run_ended_wall_ns = clock.now(), clock.wall()
  saves.release(self, false)
end

--- Ends the program and waits until it has.
local function kill(self, process, waiter)
  process:signal(self.stop and STOPS[self.stop] - 128 or TERM)
  core.timeout(GRACE_MS, waiter.join, waiter)
  if waiter:state() ~= "done" then
    process:signal(KILL)
    waiter:join()
  end
end

--- Runs the program until it ends, or until there are news.
---@async
---@return table? result nil: it was ended
local function run_once(self)
  self.argv[1] = own_program.path() -- it may be replaced while the loop goes on
  local process, err = proc.spawn({ argv = self.argv, inherit = true })
  if not process then
    self.cx:error(err.message)
    return { code = exit_codes.ENVIRONMENT, kind = "exited", duration_ms = 0 }
  end
  local result
  local waiter = core.spawn(function()
    result = process:wait()
    self.news:set()
  end)
  take_saves(self)
  while not result and not is_over(self) and not self.pending do
    await_news(self)
  end
  local ended = result
  if not ended then
    self.cycle.stop_asked = "save"
    core.shield(kill, self, process, waiter)
  end
  process:close()
  return ended
end

local function tell_end(self, result)
  local how = result.signal and ("ended by signal %d"):format(result.signal)
    or ("ended with %d"):format(result.code)
  local is_good = result.code == 0
  tell(self, is_good and "Ended" or "FAIL", is_good and "green bold" or "red bold",
    result.duration_ms, show.safe(self.cx.err, self.file) .. " " .. how)
end

local function tell_saves(self, saved)
  saved = saved[1] and saved or { self.path } -- events were lost
  tell(self, "Saved", "cyan bold", nil, named(self, saved, #saved))
end

local function serve(self)
  while not is_over(self) do
    watch_modules(self)
    begin(self)
    local result = run_once(self)
    finish(self)
    if result then
      self.code = result.code or 128 + result.signal
      tell_end(self, result)
      tell(self, "Waiting", "dim", nil, "for saves below "
        .. show.safe(self.cx.err, self.cx.project.dir) .. "; Ctrl-C ends")
    end
    take_saves(self)
    while not self.pending and not is_over(self) do
      await_news(self)
    end
    if not is_over(self) then
      tell_saves(self, self.pending.list)
    end
    self.was_running = not result
  end
end

local function watch_signals(self, signals)
  local name = signals:next()
  self.stop = name
  self.news:set()
end

--- Begins the command line of the program, with the options of clnrm before its file. It runs in
--- the folder to which --directory has led.
local function options_given(cx)
  local argv = { "" }
  for _, given in ipairs(cx.given) do
    local option, text = given.option, given.text
    if option.long ~= "directory" then
      argv[#argv + 1] = "--" .. option.long .. (text and "=" .. text or "")
    end
  end
  return argv
end

--- Runs the loop until a signal ends it.
---@async
---@param cx engine.cli.Context
---@param file string of the program
---@param args string[] its arguments
---@return integer exit_code of its last run; of the signal, when it ran then or it was no Ctrl-C;
---        6: the project is gone
function M.run(cx, file, args)
  if not cx:load_config() then
    return exit_codes.INPUT
  end
  local path = fs.realpath(file)
  if not path then
    cx:error(("%s: no such file"):format(file))
    return exit_codes.INPUT
  end
  local argv = options_given(cx)
  argv[#argv + 1] = file
  table.move(args, 1, #args, #argv + 1, argv)
  local names = { "SIGINT", "SIGTERM" }
  names[3] = not signal.is_ignored("SIGHUP") and "SIGHUP" or nil -- else nohup's wish: to go on
  local signals <close> = assert(signal.open(table.unpack(names)))
  local watch <close> = assert(require("core.watch").open({
    skip = require("engine.watch.temporary").FOLDERS,
  }))
  local self = setmetatable({
    cx = cx, argv = argv, file = file, path = path, news = core.event(), watch = watch,
    inputs = require("engine.dev.inputs").new(), code = exit_codes.NOTHING,
    queue = {}, held = {}, number = 0, home = fs.stat(cx.project.dir),
    entries = { [path] = { path = path } }, run_paths = { [path] = true },
  }, Program)
  self.state = { apply = function(state, event, change)
    if event.event == "looping" then
      on_looping(self, event, change)
    elseif event.event == "reload_failed" then
      state.problem = event
      tell(self, "Waiting", "yellow bold", nil, event.message)
    elseif event.event == "settings_read" then
      state.problem = nil
    end
  end }
  self.inputs:on_unwatched(function(link, why)
    tell(self, "Unwatched", "yellow bold", nil, ("%s: %s; a save behind it is not seen"):format(
      link, why))
  end)
  local err = self.inputs:watch_folder(watch, cx.project.dir)
    or settings.settle(self, clock.wall())
    or self.inputs:watch_folder(watch, (path:match("^(.*)/")))
  if err then
    cx:error("the project cannot be watched: " .. err.message)
    return exit_codes.ENVIRONMENT
  end
  self.inputs:note(path)
  local tasks = { core.spawn(watch_signals, self, signals),
    core.spawn(incoming.follow, self, self.watch) }
  local _ <close> = setmetatable({}, {
    __close = function()
      for _, t in ipairs(tasks) do
        t:cancel()
      end
    end,
  })
  serve(self)
  local is_left = self.stop == "SIGINT" and not self.was_running
  return self.refused or not is_left and STOPS[self.stop] or self.code
end

return M
