--- Commands that run beside a Lua test: `Room:start`.
---
--- A process is told as a step when it begins, and when it has ended and somebody waited for it, or
--- its room is closed.
local clock = require("engine.run.clock")
local commands = require("engine.script.commands")
local core = require("core.task")
local error_new = require("core.error").new
local facade = require("clnrm.process")
local observe = require("engine.run.observe")
local options = require("engine.script.options")
local place = require("engine.script.place")
local process_result = require("engine.run.process_result")
local signals = require("engine.run.signals")
local step = require("engine.run.step")

---@class engine.script.process
local M = {}

local ENDED_MS = 20 -- for the end of a process to be told, when its room is closed
local LINE_MAX = 1 << 20 -- bytes of one line
local SIGKILL = 9

local START = {
  env = "a table of variables",
  cwd = "text",
  user = commands.user,
  stdin = "bytes",
  timeout = options.DURATION,
  service = "text",
}

local numbers = {}
for number = 1, 31 do
  numbers[signals.name(number)] = number
end

---@class engine.script.Process
---@field room engine.script.Room
---@field process core.room.Process
---@field command { name: string }
---@field began number
---@field step? engine.model.Step nil in a plain program
---@field context engine.script.Context
---@field ended? engine.run.Observed
---@field closed? boolean
local Process = {}
Process.__index = Process

--- Starts a command.
---@async
---@param room engine.script.Room
---@param command any
---@param opts any
---@return clnrm.Process? process
---@return core.Error? err it could not be started
function M.start(room, command, opts)
  local read = options.read(opts, START, "Room:start")
  local what = commands.read(command, "Room:start")
  local backend_room, context = room:use("Room:start")
  if read.service then
    room:service(read.service)
  end
  local item = context.run and commands.step(context, what, read)
  if item then
    step.begin(context.run, context.cx, item)
  else
    context:observe({ event = "command_begin", command = what, name = what.name })
  end
  local process, err = backend_room:start({
    argv = what.argv,
    shell = what.shell,
    env = read.env,
    cwd = read.cwd,
    user = read.user,
    stdin = read.stdin or true,
    timeout_ms = read.timeout,
    label = item and commands.label(room, context, what) or nil,
    service = read.service and room.services.set:get(read.service) or nil,
  })
  if not process then
    if item then
      local death = read.service and room.services:death_of(read.service) or nil
      step.finish(context.run, context.cx, item, { error = err, death = death })
    else
      commands.observe_end(context, what, { error = err })
    end
    return context:result(nil, err)
  end
  local self = setmetatable({
    room = room,
    process = process,
    command = what,
    began = clock.ms(),
    step = item,
    context = context.base or context,
  }, Process)
  room.processes[self] = true
  return facade.new(self)
end

--- Tells the end of the process, once.
local function finish(self, observed)
  self.ended = observed
  self.room.processes[self] = nil
  if self.step then
    step.finish(self.context.run, self.context.cx, self.step, observed)
    commands.note(self.context, self.command, observed)
  else
    commands.observe_end(self.context, self.command, observed)
  end
end

local function require_open(self, what)
  if self.closed then
    place.misuse(what .. ": the process is closed")
  end
end

--- Waits for the end.
---@async
---@param timeout any
---@return clnrm.Result? result
---@return core.Error? err ETIMEDOUT: it still runs
function Process:wait(timeout)
  local ms = timeout ~= nil
    and options.argument(timeout, options.DURATION, "Process:wait: the timeout") or nil
  require_open(self, "Process:wait")
  local _, context = self.room:use("Process:wait")
  if not self.ended then
    local ended, err
    if ms then
      ended, err = core.timeout(ms, self.process.wait, self.process)
    else
      ended, err = self.process:wait()
    end
    if not ended then
      return context:result(nil, err)
    elseif not self.ended then
      local seen = { checks = {}, by_script = true }
      finish(self, observe.step(seen, process_result.of(self.process, ended, ended.timed_out)))
    end
  end
  if self.ended.error then
    return nil, self.ended.error
  end
  return commands.result(context, self.ended)
end

--- Sends a signal to the process and its group.
---@param signal any a name or a number; default SIGKILL
---@return true? ok
---@return core.Error? err ESRCH: it has ended
function Process:kill(signal)
  local number = signal == nil and SIGKILL or math.type(signal) == "integer" and signal
    or numbers[signal] or numbers["SIG" .. tostring(signal)]
  if not number or number < 1 or number > 64 then
    place.misuse(("Process:kill: '%s' is no signal"):format(tostring(signal)))
  end
  require_open(self, "Process:kill")
  local _, context = self.room:use("Process:kill")
  return context:result(self.process:signal(number))
end

--- Feeds the standard input.
---@async
---@param text any
---@return true? ok
---@return core.Error? err EPIPE: nobody reads
function Process:write(text)
  options.argument(text, "bytes", "Process:write: its argument")
  require_open(self, "Process:write")
  local _, context = self.room:use("Process:write")
  return context:result(self.process:write(text))
end

--- Ends the standard input.
function Process:close_stdin()
  require_open(self, "Process:close_stdin")
  self.process:close_stdin()
end

--- Reads the next line of an output.
---@async
---@return string? line nil at its end, or when the test's time is over
local function next_line(self, stream, state)
  local _, context = self.room:use("Process:lines")
  while true do
    local at = state.buffer:find("\n", 1, true)
    if at then
      local line = state.buffer:sub(1, at - 1)
      state.buffer = state.buffer:sub(at + 1)
      return line
    elseif state.is_over then
      local line = state.buffer
      state.buffer = ""
      return line ~= "" and line or nil
    elseif #state.buffer > LINE_MAX then
      place.misuse(("Process:lines: a line is longer than %d bytes"):format(LINE_MAX))
    end
    require_open(self, "Process:lines")
    local bytes, err = self.process:read(stream, state.offset)
    if not bytes then
      context:result(nil, err)
      error(err, 0)
    end
    state.offset, state.is_over = state.offset + #bytes, bytes == ""
    state.buffer = state.buffer .. bytes
  end
end

--- Iterates over the lines of an output as they come.
---@param stream any "stdout" (the default) or "stderr"
---@return async fun(): string?
function Process:lines(stream)
  stream = stream or "stdout"
  if stream ~= "stdout" and stream ~= "stderr" then
    place.misuse('Process:lines: "stdout" or "stderr"')
  end
  require_open(self, "Process:lines")
  local state = { buffer = "", offset = 0, is_over = false }
  return function()
    return next_line(self, stream, state)
  end
end

--- Tells what became of the process, before its room is closed.
---@async
function Process:give_up()
  if self.ended then
    return
  end
  local ended = core.shield(core.timeout, ENDED_MS, self.process.wait, self.process)
  if ended then
    local seen = { checks = {}, by_script = true }
    finish(self, observe.step(seen, process_result.of(self.process, ended, ended.timed_out)))
    return
  end
  local observed = { duration_ms = clock.ms() - self.began }
  for _, name in ipairs({ "stdout", "stderr" }) do
    local text, cut = self.process[name](self.process, observe.SHOWN_MAX)
    if text then
      observed[name] =
        { text = text, cut = cut, bytes = #text + cut, seam = cut > 0 and #text // 2 or nil }
    end
  end
  observed.error = error_new({
    code = "ECANCELED",
    op = "room.close",
    message = "it was still running, and was killed",
  })
  finish(self, observed)
end

--- Kills what runs and forgets it; a second call does nothing.
---@async
function Process:close()
  if not self.closed then
    self:give_up()
    self.closed = true
    self.process:close()
  end
end

return M
