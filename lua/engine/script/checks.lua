--- Expectations of Lua tests: each is counted and told; one that does not hold is raised.
local asserts = require("engine.script.asserts")
local compare = require("engine.expect.compare")
local core = require("core.task")
local failure = require("engine.script.failure")
local host = require("clnrm.host")
local inspect = require("engine.expect.inspect")
local load = require("engine.script.load")
local place = require("engine.script.place")

---@class engine.script.checks
local M = {}

---@class engine.script.Outside checks that belong to no test
---@field failed? engine.script.Failure the first that did not hold
---@field pending table<table, engine.script.Place|false> values that were expected to be something

--- Those of a plain program.
M.program = { pending = {}, trials = setmetatable({}, { __mode = "k" }) }

local VALUE_MAX = 4096 -- bytes of a value in the event

---@class engine.script.CheckRecord
---@field ok boolean?      nil: it could not be evaluated
---@field code? string     default T701
---@field verdict? engine.Verdict default "fail"
---@field matcher? string
---@field negated? boolean
---@field subject? string
---@field message? string  what does not hold
---@field label? string
---@field help? string
---@field diff? string[]
---@field notes? (string|engine.diag.Block)[]
---@field nearest? engine.expect.Nearest
---@field expected? any
---@field actual? any
---@field pos? engine.script.Place default: the first frame of the user's
---@field mark? table      from `expecting`

--- Makes a value that JSON can hold; a cut must not leave a part of a secret.
local function plain(value, mask)
  local kind = type(value)
  if kind == "string" then
    return #value > VALUE_MAX and (mask and mask:text(value) or value):sub(1, VALUE_MAX) or value
  elseif kind == "boolean" or kind == "nil" or math.type(value) == "integer" then
    return value
  elseif kind == "number" and value == value and math.abs(value) < math.huge then
    return value
  end
  return inspect.line(value)
end

local function mask_of(context)
  local run = context and context.run
  return run and run.secrets:mask(context.cx.scenario.id)
end

local function tell(context, record, at)
  local mask = mask_of(context)
  context:emit({
    event = "check",
    ok = record.ok == true,
    code = record.ok ~= true and record.code or nil,
    matcher = record.matcher,
    negated = record.negated,
    subject = record.subject,
    expected = plain(record.expected, mask),
    actual = plain(record.actual, mask),
    message = record.ok ~= true and record.message or nil,
    file = at and at.file,
    line = at and at.line,
  })
end

local function notes_of(record)
  local notes = {}
  if record.diff then
    notes[1] = { title = "diff (- expected, + seen)", lines = record.diff }
  end
  for _, note in ipairs(record.notes or {}) do
    notes[#notes + 1] = note
  end
  return notes
end

--- Counts an evaluated check; one of a hook or a fixture is no evidence for the test.
local function count(context)
  if not context.is_apart then
    context.script.checks = context.script.checks + 1
  end
end

local function failure_of(context, record, at)
  local mask = mask_of(context)
  local is_unclear = record.ok == nil
  return failure.new({
    kind = "check",
    code = record.code or "T701",
    verdict = record.verdict or is_unclear and "error" or "fail",
    message = record.message or "the expectation does not hold",
    place = at,
    label = record.label,
    help = record.help,
    notes = notes_of(record),
    nearest = record.nearest,
    expected = plain(record.expected, mask),
    actual = plain(record.actual, mask),
  })
end

--- Returns where checks are noted that belong to no test: the file that is loaded, or the program.
---@return engine.script.Outside? outside nil: a trial, whose failed checks do not count
local function outside_of(context)
  if not context then
    return not M.program.trials[core.current()] and M.program or nil
  end
  return not context.trial and context.outside or nil
end

--- Calls `fn(...)` in a program so that failed checks in it do not count.
---@async
---@return boolean ok
---@return any ...
function M.program_trial(fn, ...)
  local trials, task = M.program.trials, core.current()
  local before = trials[task]
  trials[task] = true
  local results = table.pack(pcall(fn, ...))
  trials[task] = before
  return table.unpack(results, 1, results.n)
end

--- Says what is wrong with checks that belong to no test.
---@param outside engine.script.Outside
---@return string? message
---@return engine.script.Place? place
function M.outside_problem(outside)
  if outside.failed then
    return "a check did not hold, and its error was caught: " .. outside.failed.message,
      outside.failed.place
  end
  local mark = next(outside.pending)
  if mark then
    return "a value was expected to be something, and no matcher said what",
      outside.pending[mark] or nil
  end
end

--- Counts an expectation; raises when it does not hold.
---@param record engine.script.CheckRecord
function M.check(record)
  local context = host.context()
  local counts = context and context.run and not context.trial
  local at = record.pos or (not record.ok or counts) and place.here(2) or nil
  if record.mark then
    M.settle(record.mark)
  end
  if counts then
    count(context)
    tell(context, record, at)
  elseif context and context.observer and not context.trial then
    context:observe({ event = "check", ok = record.ok == true, matcher = record.matcher,
      code = record.ok ~= true and (record.code or "T701") or nil })
  end
  if record.ok == true then
    return
  end
  local raised = failure_of(context, record, at)
  local outside = not counts and outside_of(context)
  if counts then
    context:note_raised(raised)
  elseif outside then
    outside.failed = outside.failed or raised
  end
  error(raised, 0)
end

--- Takes a value that is about to be checked.
---@return table mark
function M.expecting()
  local context, mark = host.context(), {}
  if context and context.run and not context.trial then
    context.pending[mark] = place.here(2) or false
    return mark
  end
  local outside = outside_of(context)
  if outside then
    outside.pending[mark] = place.here(2) or false
  end
  return mark
end

--- Says that a value was checked.
---@param mark table
function M.settle(mark)
  local context = host.context()
  if context and context.pending then
    context.pending[mark] = nil
  end
  local outside = not context and M.program or context and context.outside
  if outside then
    outside.pending[mark] = nil
  end
end

--- Notes an output that was not kept whole: what is not in it is not known.
---@param context engine.script.Context
---@param output engine.run.Output
function M.note_cut(context, output)
  context.cuts = context.cuts or {}
  context.cuts[output.text] = { cut = output.cut, seam = output.seam, bytes = output.bytes }
end

--- Returns what is missing in a text, when it is an output that was not kept whole.
---@param value any
---@return { cut: integer, seam: integer, bytes: integer }?
function M.cut_of(value)
  local context = host.context()
  return context and context.cuts and type(value) == "string" and context.cuts[value] or nil
end

--- Looks at a plain `assert` that holds.
---@return boolean is_evidence
---@return engine.script.Place? at
local function look_at(value)
  local at = place.here(3)
  local text, line = at and place.text(at.file), at and at.line or 0
  local mistake = asserts.mistake(text, line, value)
  if mistake then
    place.misuse(mistake)
  end
  return asserts.is_evidence(text, line, value), at
end

--- Counts a plain `assert`; it is about to raise `failed.value`, when it does not hold.
---@param ok boolean
---@param failed? core.operands.Failure
---@param value? any what was asserted, when it holds
function M.asserted(ok, failed, value)
  local context = host.context()
  local is_evidence, at = failed ~= nil, nil
  if not failed then
    is_evidence, at = look_at(value)
  end
  if not context or not context.run then
    local outside = failed and context and outside_of(context)
    if outside and not outside.failed then
      local compared = compare.failed(load.compared(failed))
      outside.failed = failure_of(context, compared, compared.pos or place.here(2))
    end
    return
  end
  local record = { ok = ok, code = "T701", matcher = "assert" }
  if failed then
    record = compare.failed(load.compared(failed))
  end
  at = at or record.pos or place.here(2)
  if not context.trial and is_evidence then
    count(context)
    tell(context, record, at)
  elseif not context.trial and not context.is_apart then
    context.script.guards = (context.script.guards or 0) + 1
  end
  if failed then
    record.pos = at
    local made = failure_of(context, record, at)
    context.asserted = { value = failed.value, failure = made }
    if not context.trial then
      context:note_raised(made)
    end
  end
end

return M
