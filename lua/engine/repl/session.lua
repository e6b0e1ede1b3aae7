--- A session: the names that it has, the lines that it ran and what they gave.
---@class engine.repl.session
local attended = require("engine.repl.attended")
local checks = require("engine.script.checks")
local chunks = require("engine.repl.chunk")
local findings = require("engine.script.findings")
local host = require("clnrm.host")
local inspect = require("engine.expect.inspect")
local clock = require("engine.run.clock")
local place = require("engine.script.place")
local program = require("engine.script.program")
local spans = require("engine.repl.spans")

local M = {}

---@class engine.repl.Outcome
---@field n integer
---@field text string
---@field values? table       packed, of an expression
---@field is_expression? boolean that its last part is one
---@field first? integer the byte of `text` at which the expression begins
---@field failure? engine.diag.Diagnostic
---@field interrupted? boolean
---@field ms number

---@class engine.repl.Session
---@field env table
---@field list engine.repl.Outcome[] what ran, by number
---@field sources table<string, string> what was typed, and files, by the names in messages
---@field running? core.Task by engine.repl.attended, as the next two
---@field was_interrupted? integer
---@field over? core.task.Event
---@field files string[] that were run, in the order of their first time
---@field closes { name: string, value: any }[]
---@field write fun(text: string) to where print goes
---@field context engine.script.Context what the lines belong to
---@field profile? string that was asked for
---@field breakpoints? engine.pdb.Breakpoints of what `:run` runs
---@field backends? table<any, engine.backend> that have made rooms, and are to be finished
---@field spans engine.repl.Spans what its lines did
---@field recording? { file: string, first: integer } `:record`
---@field own table whose names are its own; of a debugger not all that `env` has
local Session = {}
Session.__index = Session

local function own_print(session)
  return function(...)
    local parts = table.pack(...)
    for i = 1, parts.n do
      parts[i] = tostring(parts[i])
    end
    session.write(require("engine.script.printed").clean(table.concat(parts, "\t")) .. "\n")
  end
end

local function own_io(session)
  return setmetatable({
    write = function(...)
      local parts = table.pack(...)
      for i = 1, parts.n do
        parts[i] = tostring(parts[i])
      end
      session.write(require("engine.script.printed").clean(table.concat(parts)))
      return io.stdout
    end,
  }, { __index = io })
end

--- Gives a session its first names.
local function fill(session)
  local env = session.own
  for name in next, env do
    env[name] = nil
  end
  local clnrm = require("clnrm")
  env._G, env.clnrm, env.expect = session.env, clnrm, clnrm.expect
  env.print, env.io = own_print(session), own_io(session)
  env.assert = require("core.operands").assert(function(ok, failed, value)
    local outside = session.context.outside
    outside.failed = not failed and outside.failed or nil
    checks.asserted(ok, failed, value)
    if failed then
      session.asserted = { value = failed.value, failure = outside.failed }
    end
  end)
end

---@class engine.repl.SessionOptions
---@field context? engine.script.Context default: the program's, whose rooms the session closes
---@field env? table what lines are compiled with
---@field own? table what new names go into

--- Opens a session.
---@param write fun(text: string)
---@param o? engine.repl.SessionOptions
---@return engine.repl.Session
---@nodiscard
function M.open(write, o)
  if not host.is_installed() then
    require("engine.script.host").install()
  end
  o = o or {}
  local context = o.context or program.context()
  context.outside = { pending = {} }
  local env = o.env or setmetatable({}, { __index = _G })
  local session = setmetatable({
    env = env,
    own = o.own or env,
    context = context,
    list = {},
    sources = {},
    files = {},
    closes = {},
    write = write,
    spans = spans.new(),
  }, Session)
  if not context.run then
    context.observer = function(event)
      session.spans:on_event(event)
    end
  end
  fill(session)
  return session
end

--- Lists the names that lines gave values to.
---@return string[]
---@nodiscard
function Session:names()
  local fresh, list = { _G = true, clnrm = true, expect = true, print = true, io = true,
    assert = true }, {}
  for name in next, self.own do
    if type(name) == "string" and not fresh[name] and not name:match("^_%d*$") then
      list[#list + 1] = name
    end
  end
  table.sort(list)
  return list
end

local function on_error(raised)
  return { value = raised, frames = place.stack(2) }
end

--- Makes a diagnostic of what a chunk raised.
local function failure_of(session, chunk, ending)
  local context, asserted = session.context, session.asserted
  if asserted and asserted.failure and rawequal(asserted.value, ending.value) then
    ending.value = asserted.failure
  end
  local made = findings.raised(context, ending).failure
  made.rerun, made.step = nil, nil
  made.severity = made.severity or "error"
  chunks.place(made, chunk)
  return made
end

--- Notes what is to be closed at the end.
local function note_closes(session, chunk)
  for _, name in ipairs(chunk.closes) do
    local value = session.env[name]
    if value ~= nil and value ~= false then
      table.insert(session.closes, { name = name, value = value })
    end
  end
end

--- Whether all that a line gave is an expectation, which has said what there is to say.
local function is_sentence(values)
  local meta = values and values.n == 1 and debug.getmetatable(values[1])
  return type(meta) == "table" and rawget(meta, "__name") == "clnrm.Expectation"
end

--- Runs a chunk.
---@async
---@param chunk engine.repl.Chunk
---@param n integer
---@return engine.repl.Outcome
function Session:call(chunk, n)
  local began = clock.ms()
  self.spans:begin_line(n, n == 0 and chunk.name or chunk.text)
  self.context.outside, self.asserted = { pending = {} }, nil
  local out = attended.call(self, on_error, chunk.fn, table.pack)
  local outcome = { n = n, text = chunk.text, ms = clock.ms() - began,
    is_expression = chunk.is_expression, first = chunk.first,
    interrupted = self.was_interrupted > 0 or nil }
  note_closes(self, chunk)
  if outcome.interrupted then
    outcome.is_left = out.running:state() ~= "done" or nil
  elseif out.ok then
    outcome.failure = self:leftover(chunk)
    local values = chunk.is_expression and out.results[1] or out.results
    outcome.values = not outcome.failure and not is_sentence(values) and values or nil
  elseif out.ending then
    outcome.failure = failure_of(self, chunk, out.ending)
  else -- unwound whole
    local _, raised = pcall(out.running.join, out.running)
    outcome.failure = failure_of(self, chunk, { value = raised, frames = {} })
  end
  self.spans:end_line(outcome)
  return outcome
end

--- Tells of checks whose failure was caught, or that said nothing.
function Session:leftover(chunk)
  local message, at = checks.outside_problem(self.context.outside)
  if not message then
    return nil
  end
  return failure_of(self, chunk, {
    value = require("engine.script.failure").new({
      kind = "check", code = "T703", verdict = "error", message = message, place = at,
    }),
    frames = {},
  })
end

--- Keeps what a line gave, as _N and _.
function Session:keep(outcome)
  self.list[outcome.n] = outcome
  local values = outcome.values
  if values and values.n > 0 and values[1] ~= nil then
    rawset(self.own, "_" .. outcome.n, values[1])
    rawset(self.own, "_", values[1])
  end
end

--- Notes a file, for `:reload`.
function Session:note_file(name)
  for _, known in ipairs(self.files) do
    if known == name then
      return
    end
  end
  self.files[#self.files + 1] = name
end

--- Runs what was typed.
---@async
---@param text string
---@param name? string of the file that it is
---@return engine.repl.Outcome
function Session:run(text, name)
  local n = name and 0 or #self.list + 1
  local shown = name or ("repl[%d]"):format(n)
  local chunk, problems = chunks.compile(text, shown, self.env, name ~= nil)
  local outcome
  if chunk then
    outcome = self:call(chunk, n)
  else
    outcome = { n = n, text = text, ms = 0, failure = problems[1], is_syntax = true }
  end
  self.sources[shown] = text
  outcome.sources = self.sources
  if not name then
    self:keep(outcome)
  else
    self:note_file(name)
  end
  return outcome
end

--- Interrupts what runs; the second time it is left to itself.
---@return boolean is_running
function Session:interrupt()
  return attended.interrupt(self)
end

--- Makes a text of values, whose `__tostring` is anybody's code: it can be interrupted as a line.
---@async
---@param make fun(...): string?
---@param ... any what it is given
---@return string? text nil: there is none, or it was interrupted
---@return boolean interrupted
function Session:text(make, ...)
  local out = attended.call(self, on_error, make, ...)
  return out.results and out.results[1], self.was_interrupted > 0
end

--- Writes the values of an outcome on one line.
---@param outcome engine.repl.Outcome
---@param columns integer
---@return string? text nil: there is nothing to show
---@nodiscard
function M.shown(outcome, columns)
  local values = outcome.values
  if not values or values.n == 0 or (values.n == 1 and values[1] == nil) then
    return nil
  end
  local parts, count = {}, values.n
  while values[1] ~= nil and values[count] == nil do -- `true, nil`: there is no error
    count = count - 1
  end
  for i = 1, count do
    parts[i] = inspect.line(values[i], columns)
  end
  return table.concat(parts, ", ")
end

--- Closes what lines asked to be closed.
---@async
---@return string[] problems
function Session:close_values()
  local problems = {}
  for i = #self.closes, 1, -1 do
    local one = self.closes[i]
    local meta = debug.getmetatable(one.value)
    local close = type(meta) == "table" and meta.__close
    local ok, why = pcall(close or function() end, one.value, nil)
    if not ok then
      problems[#problems + 1] = ("%s was not closed: %s"):format(one.name, tostring(why))
    end
  end
  self.closes = {}
  return problems
end

--- Closes what lines asked to be closed, then the rooms, the last one first.
---@async
---@return string[] problems
function Session:close()
  local problems, context = self:close_values(), self.context
  for i = #context.rooms, 1, -1 do
    local ok, why = pcall(context.rooms[i].close, context.rooms[i], true)
    context.rooms[i] = nil
    if not ok then
      problems[#problems + 1] = "a room was not closed: " .. tostring(why)
    end
  end
  return problems
end

--- Begins anew: no names, no rooms.
---@async
---@return string[] problems
function Session:reset()
  local problems = self:close()
  self.list, self.sources, self.files = {}, {}, {}
  self.spans, self.recording = spans.new(), nil
  fill(self)
  return problems
end

return M
