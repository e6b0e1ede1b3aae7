--- `clnrm FILE.lua --watch`: a program of Lua, run again on each save.
---
--- Each run is a process of its own, so that nothing of the one before is left in it. A save that
--- comes while it runs ends it (SIGTERM, and SIGKILL when that does not help), and it begins again.
--- What counts as a save is the same as for tests: see engine.dev.inputs.
local changes = require("engine.watch.changes")
local core = require("core.task")
local exit_codes = require("engine.cli.exit_codes")
local fs = require("core.fs")
local line = require("engine.ui.line")
local own_program = require("engine.own_program")
local proc = require("core.proc")
local show = require("engine.ui.show")

---@class engine.dev.program
local M = {}

local GRACE_MS = 5000 -- between SIGTERM and SIGKILL
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
---@field private saved string[] since the program began last
---@field private news core.task.Event
---@field private stop? string the signal that ends the loop
---@field private code integer of the last run that came to its end
local Program = {}
Program.__index = Program

local function tell(self, word, colors, ms, text)
  if not self.cx.opts.quiet then
    self.cx.err:write(line.wrapped(self.cx.err, word, colors, ms, { text }))
  end
end

--- Watches the folders of what the program requires now, as far as its text says.
local function watch_modules(self)
  local text = fs.read(self.path, { max = 16 << 20 }) or ""
  local found = require("engine.script.requires").of(text, self.path, self.cx.project.dir)
  for _, path in ipairs(found) do
    self.inputs:watch_folder(self.watch, (path:match("^(.*)/")))
    self.inputs:note(path)
  end
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
  while not result and not self.stop and not self.saved[1] do
    self.news:wait()
    self.news:clear()
  end
  local ended = result
  if not ended then
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
  local cwd, list = (fs.getcwd() or "/"):gsub("/$", "") .. "/", {}
  for i = 1, math.min(#saved, SHOWN_MAX) do
    local path = saved[i]
    list[i] = show.safe(self.cx.err,
      path:sub(1, #cwd) == cwd and path:sub(#cwd + 1) or path)
  end
  local more = #saved - #list
  tell(self, "Saved", "cyan bold", nil, table.concat(list, ", ")
    .. (more > 0 and (" and %d more"):format(more) or ""))
end

local function serve(self)
  while not self.stop do
    watch_modules(self)
    self.saved = {}
    local result = run_once(self)
    if result then
      self.code = result.code or 128 + result.signal
      tell_end(self, result)
      tell(self, "Waiting", "dim", nil, "for saves below "
        .. show.safe(self.cx.err, self.cx.project.dir) .. "; Ctrl-C ends")
    end
    while not self.saved[1] and not self.stop do
      self.news:wait()
      self.news:clear()
    end
    if self.saved[1] and not self.stop then
      tell_saves(self, self.saved)
    end
    self.was_running = not result
  end
end

local function watch_saves(self)
  local series = changes.new(self.watch, {
    debounce_ms = self.cx.config.values["watch.debounce_ms"],
    is_input = function(path)
      return self.inputs:is_input(path)
    end,
    on_link = function(path)
      self.inputs:follow(path)
    end,
  })
  while true do
    local change = series:next()
    if not change then
      return
    end
    local found = self.inputs:filter(change)
    local list = found.list
    if found.changed then
      table.move(list[1] and list or { self.path }, 1, math.max(#list, 1), #self.saved + 1,
        self.saved)
      self.news:set()
    end
  end
end

local function watch_signals(self, signals)
  local name = signals:next()
  self.stop = name
  self.news:set()
end

--- Runs the loop until a signal ends it.
---@async
---@param cx engine.cli.Context
---@param file string of the program
---@param args string[] its arguments
---@return integer exit_code of its last run; of the signal, when it ran then or it was no Ctrl-C
function M.run(cx, file, args)
  if not cx:load_config() then
    return exit_codes.INPUT
  end
  local path = fs.realpath(file)
  if not path then
    cx:error(("%s: no such file"):format(file))
    return exit_codes.INPUT
  end
  local argv = table.move(args, 1, #args, 3, { "", file })
  local signals <close> = assert(require("core.signal").open("SIGINT", "SIGTERM", "SIGHUP"))
  local watch <close> = assert(require("core.watch").open({
    skip = require("engine.watch.temporary").FOLDERS,
  }))
  local self = setmetatable({
    cx = cx, argv = argv, file = file, path = path, saved = {}, news = core.event(),
    inputs = require("engine.dev.inputs").new(), watch = watch, code = exit_codes.NOTHING,
  }, Program)
  self.inputs:on_unwatched(function(link, why)
    tell(self, "Unwatched", "yellow bold", nil, ("%s: %s; a save behind it is not seen"):format(
      link, why))
  end)
  local _, err = self.inputs:heed(watch, cx.project, cx.config.values)
  err = err or self.inputs:watch_folder(watch, cx.project.dir)
    or self.inputs:watch_folder(watch, (path:match("^(.*)/")))
  if err then
    cx:error("the project cannot be watched: " .. err.message)
    return exit_codes.ENVIRONMENT
  end
  self.inputs:note(path)
  local tasks = { core.spawn(watch_signals, self, signals), core.spawn(watch_saves, self) }
  local _ <close> = setmetatable({}, {
    __close = function()
      for _, t in ipairs(tasks) do
        t:cancel()
      end
    end,
  })
  serve(self)
  local is_left = self.stop == "SIGINT" and not self.was_running
  return not is_left and STOPS[self.stop] or self.code
end

return M
