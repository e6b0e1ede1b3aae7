--- What a task of a script belongs to: a test, a fixture or a file, with what became of it so far.
---
--- It counts checks, keeps what was raised, and holds rooms until they are closed.  The methods
--- that `t` has are here; they raise at the user's line.
local artifacts = require("engine.script.artifacts")
local checks = require("engine.script.checks")
local core = require("core.task")
local docker_error = require("engine.docker.error")
local failure = require("engine.script.failure")
local fixtures = require("engine.script.fixtures")
local hash = require("core.hash")
local host = require("clnrm.host")
local lost = require("engine.lost")
local options = require("engine.script.options")
local place = require("engine.script.place")
local rooms = require("engine.script.room")
local test = require("clnrm.test")

---@class engine.script.context
local M = {}

local LOG_MAX = 200 -- lines that are kept for a failure
local LOG_TEXT_MAX = 4096 -- bytes of one
local RAISED_MAX = 20
local COMMANDS_MAX = 5
local OVER_INSTRUCTIONS = 20000000

---@class engine.script.Context
---@field kind "test"|"fixture"|"hooks"|"program"
---@field name string
---@field run? engine.run.Run
---@field backend? engine.backend where there is no run
---@field observer? fun(event: table) where there is no run: gets what is done
---@field cx engine.run.Context what steps are told with
---@field script engine.run.ScriptCourse
---@field file? engine.script.File
---@field scope "test"|"file"|"run"
---@field instances engine.script.Instance[] fixtures that were set up, in that order
---@field rooms engine.script.Room[]
---@field raised engine.script.Failure[] checks that did not hold
---@field uncaught table<any, true> what tasks of it were ended by
---@field tasks table<clnrm.task.Child, true> that nobody has waited for
---@field is_apart? boolean its checks are no evidence: those of hooks and fixtures
---@field pending table<table, engine.script.Place> values that were expected to be something
---@field log_lines string[]
---@field commands string[] the last ones
---@field last_error? { err: core.Error, place: engine.script.Place }
---@field over? string     why waits end now: "scenario", "stopped"
---@field deadline? number of what runs
---@field is_closed? boolean its rooms are closed
---@field commands_running? integer
---@field hook? string     of a file with steps, that runs or ran last
---@field trial? boolean   failed checks do not count
---@field t clnrm.Test
local Context = {}
Context.__index = Context

--- Raises, when the time of what runs is over; called around each wait.
function Context:check_over()
  if self.over then
    local at = place.here(2)
    self.over_at = self.over_at or at
    local task = core.current()
    if self.hurried ~= task then -- it has so much left to come to its end, whatever it catches
      self.hurried = task
      core.limit(OVER_INSTRUCTIONS)
    end
    error(failure.new({
      kind = "over",
      code = "T006",
      verdict = "timeout",
      message = "the time of the test is over",
      place = at,
    }), 0)
  end
end

--- Takes what a wait returned: `nil, err` is the user's, but for the loss of the room and the end
--- of the test's time, which are raised.
---@return any ...
function Context:result(value, err, ...)
  if value ~= nil and value ~= false or err == nil then
    return value, err, ...
  end
  self:check_over()
  if err.code == "EAGENT" or err.code == "EPROTO" or docker_error.gone(err) then
    self:lose(err)
  end
  self.last_error = { err = err, place = place.here(2) }
  return nil, err
end

--- Notes that a room is lost, and raises it.
---@param err core.Error
---@param is_told? boolean a step tells it
function Context:lose(err, is_told)
  if not is_told then
    self.script.lost = self.script.lost or err
  end
  local told = lost.of(err)
  told.kind, told.place, told.is_told = "lost", place.here(2), is_told
  error(failure.new(told), 0)
end

--- Tells an event of this context.
---@param event table
function Context:emit(event)
  if self.run then
    event.id = self.cx.scenario.id
    self.run:emit(event)
  else
    self:observe(event)
  end
end

--- Tells something that only a program does: with a run it is a step, which is told as that.
---@param event table
function Context:observe(event)
  if self.observer and not self.run then
    self.observer(event)
  end
end

--- Raises, when what this belongs to has ended: its rooms would be closed by nobody.
---@param what string the call
function Context:check_open(what)
  self:check_over()
  if self.is_closed then
    place.misuse(("%s: %s is over"):format(what,
      self.kind == "test" and ("the test '%s'"):format(self.name) or self.name))
  end
end

--- Opens a room.
---@async
---@param spec? table
---@return clnrm.Room
function Context:open(spec)
  self:check_open("t:open")
  return rooms.open(self, spec).facade
end

--- Returns the room of the test; opened at the first use, once, whoever asks.
---@async
---@return clnrm.Room
function Context:default_room()
  if self.own_room then
    return self.own_room.facade
  end
  self:check_open("t.room")
  while self.opening do
    local ok = self.opening:wait()
    self:check_over()
    if not ok then
      break
    end
  end
  if not self.own_room then
    local opening = core.event()
    self.opening = opening
    local ok, room = pcall(rooms.open, self, self.room_spec)
    self.opening = nil
    opening:set()
    if not ok then
      error(room, 0)
    end
    self.own_room = room
  end
  return self.own_room.facade
end

--- Returns the value of a fixture.
---@async
---@param name any
---@return any
function Context:use(name)
  return fixtures.use(self, name)
end

--- Closes what is still open of it, the last room first.
---@async
function Context:close()
  for i = #self.rooms, 1, -1 do
    self.rooms[i]:close(true)
    self.rooms[i] = nil
  end
  self.is_closed = true
end

--- Notes a line.
---@param text any
function Context:log(text)
  local line = tostring(text)
  if #line > LOG_TEXT_MAX then
    line = line:sub(1, LOG_TEXT_MAX) .. "…"
  end
  if #self.log_lines < LOG_MAX then
    self.log_lines[#self.log_lines + 1] = line
  end
  local at = place.here(2)
  self:emit({ event = "log", text = line, file = at and at.file, line = at and at.line })
end

--- Ends the test as skipped.
---@param reason any
function Context:skip(reason)
  if type(reason) ~= "string" or reason == "" then
    place.misuse("t:skip: a reason is needed, as text")
  elseif self.kind ~= "test" then
    place.misuse("t:skip: only a test can be skipped")
  end
  self.script.skipped = self.script.skipped or reason
  error(failure.new({
    kind = "skip",
    code = "skip",
    verdict = "skip",
    message = "skipped: " .. reason,
    place = place.here(2),
  }), 0)
end

--- Ends the test as failed.
---@param text any
function Context:fail(text)
  local message = text == nil and "the test failed itself" or tostring(text)
  host.current().check({ ok = false, code = "T708", matcher = "fail", message = message })
end

--- Ends the test: it cannot have a secret that it asks for.
local function refuse_secret(context, code, message)
  local raised = failure.new({
    kind = "lost",
    code = code,
    verdict = "error",
    message = message,
    place = place.here(3),
  })
  context.script.refused = context.script.refused or raised
  error(raised, 0)
end

--- Returns the value of a secret; it is masked from now on.
---@param name any
---@return string
function Context:secret(name)
  options.argument(name, "text", "t:secret: the name of a variable")
  local masks = self.run and self.run.secrets
  local source = masks and masks.source
  local value = source and source:get(name)
  if not value then
    refuse_secret(self, "T811", ("the secret %s is not given: %s"):format(name,
      source and source:why_not(name) or "there is no run"))
  elseif #value < require("engine.secrets").MIN then
    refuse_secret(self, "T812", ("the secret %s is shorter than %d bytes"):format(name,
      require("engine.secrets").MIN))
  end
  masks:add_value(value)
  return value
end

--- Returns a number that is the same for this test in each run with the same `--seed`.
---@return integer
function Context:seed()
  local given = self.cx.scenario.suite.determinism
  local key = self.cx.scenario.id
  if given and given.seed then
    key = ("%d\0%s"):format(given.seed, key)
  end
  return hash.integer(key) & 0x7fffffff
end

--- Keeps a file with the report.
---@param name any
---@param bytes any
---@return string? path
---@return core.Error? err
function Context:attach(name, bytes)
  options.argument(name, "text", "t:attach: the name")
  options.argument(bytes, "bytes", "t:attach: the content")
  if not artifacts.is_name(name) then
    place.misuse(("t:attach: '%s' is no name of a file"):format(name))
  end
  local path, err = artifacts.keep(self, name, bytes)
  if not path then
    return nil, err
  end
  self:emit({ event = "attachment", name = name, bytes = #bytes, path = path })
  return path
end

--- Notes a command for the failure that may come.
---@param text string
function Context:note_command(text)
  local list = self.commands
  if #list == COMMANDS_MAX then
    table.remove(list, 1)
  end
  list[#list + 1] = text
end

--- Notes a check that did not hold.
---@param raised engine.script.Failure
function Context:note_raised(raised)
  local script = self.script
  script.failed = script.failed + 1
  if #self.raised < RAISED_MAX then
    self.raised[#self.raised + 1] = raised
  end
end

--- Says what a value that is expected to be something, and is asked for nothing, is told as.
---@return engine.script.Place? the first of them, in the order of lines
function Context:first_pending()
  local first
  for _, at in pairs(self.pending) do
    if at and (not first or at.line < first.line) then
      first = at
    end
  end
  return first
end

--- Raises again what is no result of a trial: a skip, a lost room, a setup that failed.
local function end_of_trial(ok, ...)
  local raised = ...
  if not ok and failure.is(raised) and raised.kind ~= "check" then
    error(raised, 0)
  end
  return ok, ...
end

--- Runs `fn(...)` so that failed checks in it do not count.
---@return boolean ok
---@return any ... what it returned or raised
function M.trial(fn, ...)
  local context = host.context()
  if not context then
    return end_of_trial(checks.program_trial(fn, ...))
  elseif context.trial then
    return end_of_trial(pcall(fn, ...))
  end
  local inner = { trial = true, base = context }
  host.adopt(setmetatable(inner, { __index = context, __newindex = context }))
  local results = table.pack(pcall(fn, ...))
  host.adopt(context)
  if context.over and context.check_over then
    context:check_over() -- what the deadline raised is no result of the trial
  end
  return end_of_trial(table.unpack(results, 1, results.n))
end

--- Makes a context.
---@param fields table kind, name, run, cx, file, scope
---@return engine.script.Context
---@nodiscard
function M.new(fields)
  local context = setmetatable(fields, Context)
  context.script = { ended = false, checks = 0, failed = 0, findings = {} }
  context.instances, context.rooms, context.raised = {}, {}, {}
  context.uncaught, context.tasks = {}, {}
  context.pending, context.log_lines, context.commands = {}, {}, {}
  context.t = test.new(context)
  return context
end

--- Makes the context of something that is no test: a hook, a fixture.
---@param fields table kind, name, run, file, scope
---@param scenario engine.model.Scenario as what it is told
---@return engine.script.Context
---@nodiscard
function M.of_no_test(fields, scenario)
  fields.cx = {
    scenario = scenario,
    entry = {},
    failures = {},
    services = {},
    course = { steps = {} },
  }
  local context = M.new(fields)
  context.cx.course.script = context.script
  return context
end

return M
