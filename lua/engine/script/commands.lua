--- Commands of Lua tests: `Room:exec`, told and judged as the steps of a file are.
local asserts = require("engine.script.asserts")
local checks = require("engine.script.checks")
local clock = require("engine.run.clock")
local failure = require("engine.script.failure")
local host = require("clnrm.host")
local options = require("engine.script.options")
local place = require("engine.script.place")
local quote = require("engine.run.shell_word").quote
local signals = require("engine.run.signals")
local step = require("engine.run.step")
local text = require("core.text")
local users = require("engine.model.users")

---@class engine.script.commands
local M = {}

local NAME_COLUMNS = 60

--- Whom a command runs as; whether its room has them is told when it is started.
function M.user(value)
  if math.type(value) == "integer" then
    value = tostring(value)
  end
  local is_right = type(value) == "string" and not users.problem(value)
  return is_right, value, 'a user, or "user:group": names, or numbers'
end

local EXEC = {
  env = "a table of variables",
  cwd = "text",
  user = M.user,
  stdin = "bytes",
  timeout = options.DURATION,
  check = "true or false",
  service = "text",
}

--- Reads the command: a list is an argv, a text is for `sh -c`.
---@param command any
---@param what string the call
---@return { argv?: string[], shell?: string, name: string }
function M.read(command, what)
  local argv, shell
  if type(command) == "string" and command ~= "" then
    shell = options.argument(command, "text", what .. ": the command")
  elseif type(command) == "table" and command[1] ~= nil then
    argv = options.argument(command, "a list of texts", what .. ": the command")
  else
    place.misuse(what .. ": a command is a list of texts, or a text for the shell")
  end
  local words = {}
  for i, word in ipairs(argv or {}) do
    words[i] = quote(word)
  end
  local name = text.escape((shell or table.concat(words, " ")):sub(1, NAME_COLUMNS * 4),
    { line = true })
  return { argv = argv, shell = shell, name = text.cut(name, NAME_COLUMNS) }
end

--- Makes the step that a command is told as.
---@param context engine.script.Context
---@param command { argv?: string[], shell?: string, name: string }
---@param read table the options
---@return engine.model.Step
function M.step(context, command, read)
  local at = place.here(2)
  return step.new(context.cx, {
    name = command.name,
    line = at and at.line or context.cx.scenario.line,
    argv = command.argv,
    shell = command.shell,
    env = read.env,
    cwd = read.cwd,
    user = read.user,
    stdin = read.stdin,
    timeout_ms = read.timeout,
    service = read.service,
  })
end

--- Says what a command is called where its room has a policy: in a room that tests share, by whose
--- it is.
---@param room engine.script.Room
---@param context engine.script.Context of who runs it
---@param command { name: string }
---@return string
function M.label(room, context, command)
  local label = ("step %q"):format(command.name)
  if context ~= room.context and context.kind == "test" then
    return ("test %q, %s"):format(context.cx.scenario.name, label)
  elseif context.hook then
    return ("hook %s, command %q"):format(context.hook, command.name)
  end
  return label
end

--- Says how a command ended, in a few words.
local function words_of(observed)
  if observed.error then
    return tostring(observed.error.message)
  elseif observed.timed_out then
    return "killed at the deadline"
  elseif observed.signal then
    return signals.name(observed.signal)
  end
  return ("exit %d"):format(observed.exit_code)
end

--- Makes what a test gets of a command that ended.
---@param context engine.script.Context
---@param observed engine.run.Observed
---@return clnrm.Result
function M.result(context, observed)
  local result = {
    exit_code = observed.exit_code,
    signal = observed.signal,
    timed_out = observed.timed_out,
    ok = observed.exit_code == 0 and not observed.timed_out,
    duration_ms = observed.duration_ms,
    rusage = observed.rusage,
    cut = {},
  }
  asserts.mark(result, "clnrm.Result")
  for _, name in ipairs({ "stdout", "stderr" }) do
    local output = observed[name]
    result[name], result.cut[name] = output.text, output.cut
    if output.cut > 0 then
      checks.note_cut(context, output)
    end
  end
  return result
end

--- Notes a command for the failure that may come.
---@param context engine.script.Context
---@param command { name: string }
---@param observed engine.run.Observed
function M.note(context, command, observed)
  context:note_command(("$ %s  (%s, %d ms)"):format(command.name, words_of(observed),
    math.floor((observed.duration_ms or 0) + 0.5)))
  context.last_output = observed.stdout and observed.stderr and {
    stdout = observed.stdout.text:sub(-4096),
    stderr = observed.stderr.text:sub(-4096),
  }
end

--- Judges a command that must have exited with 0.
local function require_ok(command, observed)
  local verdict, code = "fail", "T001"
  if observed.error then
    code = "T004"
  elseif observed.timed_out then
    verdict, code = "timeout", "T005"
  elseif observed.signal then
    code = "T002"
  end
  local ok = not observed.error and observed.exit_code == 0 and not observed.timed_out
  host.current().check({
    ok = ok,
    code = code,
    verdict = verdict,
    matcher = "check",
    subject = "the exit code",
    expected = 0,
    actual = observed.exit_code,
    message = not ok and ("%s: %s, and check = true"):format(command.name, words_of(observed))
      or nil,
  })
end

--- Ends the test: a service has died, or the end of the command was not seen; the step tells it.
local function end_with(finding)
  error(failure.new({
    kind = "lost",
    code = finding.code,
    verdict = finding.verdict,
    message = finding.message,
    place = place.here(2),
    is_told = true,
  }), 0)
end

--- Finds the deadline of a command: its own, or the test's when that is first, so that the command
--- is killed and what it printed is there when the test is ended.
local function limit_of(context, own)
  local left = context.deadline and context.deadline - clock.ms() or own
  if left < own then
    return math.max(1, math.floor(left)), "scenario"
  end
  return own, "step"
end

--- Runs a command to its end.
---@async
---@param room engine.script.Room
---@param command any
---@param opts any
---@return clnrm.Result? result
---@return core.Error? err it could not be started
function M.exec(room, command, opts)
  local read = options.read(opts, EXEC, "Room:exec")
  local what = M.read(command, "Room:exec")
  local backend_room, context = room:use("Room:exec")
  if read.service then
    room:service(read.service)
  end
  if not context.run then
    return M.plain(room, what, read)
  end
  local item = M.step(context, what, read)
  local limit, of = limit_of(context, read.timeout or context.run.timeout_ms)
  step.begin(context.run, context.cx, item)
  context.commands_running = (context.commands_running or 0) + 1
  local observed, result = step.exec(context.run, context.cx, item, {
    room = backend_room,
    limit_ms = limit,
    limit_of = of,
    label = M.label(room, context, what),
    services = room.services,
    service = read.service,
  })
  context.commands_running = context.commands_running - 1
  local entry = step.finish(context.run, context.cx, item, observed)
  if result and result.close then
    result:close()
  end
  M.note(context, what, observed)
  if observed.timed_out and of == "scenario" then
    context.over = context.over or of
  end
  local err = entry.error
  if err and not observed.death then -- else the end of the service tells why
    if err.code == "EAGENT" or err.code == "EPROTO" then
      context:lose(err, true)
    end
  elseif entry.judgement.verdict ~= "pass" then
    end_with(entry.judgement.findings[1])
  end
  context:check_over()
  if read.check then
    require_ok(what, observed)
  end
  if err then
    return context:result(nil, err)
  end
  return M.result(context, observed)
end

--- Tells the end of a command of a plain program.
---@param context engine.script.Context
---@param command table as `read` made it
---@param observed engine.run.Observed
function M.observe_end(context, command, observed)
  context:observe({ event = "command_end", command = command, how = words_of(observed),
    ok = observed.exit_code == 0 and not observed.timed_out and not observed.error })
end

--- Runs a command of a plain program: nothing is told, nothing is judged.
---@async
function M.plain(room, command, read)
  local observe, context = require("engine.run.observe"), room.context
  local began = clock.ms()
  context:observe({ event = "command_begin", command = command, name = command.name })
  local result, err = room.room:exec({
    argv = command.argv,
    shell = command.shell,
    env = read.env,
    cwd = read.cwd,
    user = read.user,
    stdin = read.stdin,
    timeout_ms = read.timeout,
    service = read.service and room.services.set:get(read.service) or nil,
  })
  if not result then
    M.observe_end(context, command, { error = err })
    if read.check then
      error(failure.new({ kind = "check", code = "T004", verdict = "fail", place = place.here(2),
        message = ("%s: %s"):format(command.name, tostring(err.message)) }), 0)
    end
    return nil, err
  end
  local observed = observe.step({ checks = {}, by_script = true }, result)
  observed.duration_ms = observed.duration_ms or clock.ms() - began
  result:close()
  M.observe_end(context, command, observed)
  if read.check then
    require_ok(command, observed)
  end
  return M.result(context, observed)
end

return M
