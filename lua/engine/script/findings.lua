--- From what was raised to what the judge and the reports get: a finding with its failure.
local guarded = require("engine.script.guarded")
local failure = require("engine.script.failure")
local hint = require("engine.script.hint")
local judge = require("engine.run.judge")
local place = require("engine.script.place")
local run_failure = require("engine.run.failure")
local text = require("core.text")

---@class engine.script.findings
local M = {}

local OUTPUT_LINES = 10
local LOG_LINES = 30

local function last_lines(output, max)
  local lines = text.lines(output, { cr = false })
  return table.move(lines, math.max(1, #lines - max + 1), #lines, 1, {})
end

--- Adds what the test had done until then; `shown` is shown already.
local function add_course(notes, context, shown)
  if #context.log_lines > 0 then
    local lines = table.move(context.log_lines, math.max(1, #context.log_lines - LOG_LINES + 1),
      #context.log_lines, 1, {})
    notes[#notes + 1] = { title = "log", lines = lines }
  end
  if #context.commands > 0 then
    notes[#notes + 1] = {
      title = "last commands",
      lines = table.move(context.commands, 1, #context.commands, 1, {}),
    }
  end
  for _, name in ipairs({ "stderr", "stdout" }) do
    local output = context.last_output and context.last_output[name] or ""
    if output ~= "" and output ~= shown then
      notes[#notes + 1] = {
        title = ("%s of the last command"):format(name),
        lines = last_lines(output, OUTPUT_LINES),
      }
    end
  end
end

--- Makes a finding of the fields of a failure.
---@param context engine.script.Context
---@param fields { verdict: engine.Verdict, code: string, message: string, place?: table }
---@return engine.run.Finding
function M.new(context, fields)
  local scenario = context.cx.scenario
  local finding = { verdict = fields.verdict, code = fields.code, message = fields.message }
  local made = run_failure.make(finding, { scenario = scenario })
  made.label, made.help, made.notes = fields.label, fields.help, {}
  for i, note in ipairs(fields.notes or {}) do
    made.notes[i] = note
  end
  made.expected, made.actual, made.nearest = fields.expected, fields.actual, fields.nearest
  add_course(made.notes, context, fields.actual)
  place.locate(made, fields.place or { file = scenario.file, line = scenario.line })
  finding.failure = made
  return finding
end

--- Adds what the user may be missing: that a call before gave `nil, err`.
local function note_last_error(context, message)
  local last = context.last_error
  if not last or not message:find("nil value", 1, true) then
    return nil
  end
  local at = last.place and (" (%s:%d)"):format(last.place.file, last.place.line) or ""
  return { ("a call before returned nil and an error%s: %s"):format(at, tostring(last.err)) }
end

--- Makes the finding of an error that was raised.
---@param context engine.script.Context
---@param ending engine.script.Ending
---@return engine.run.Finding
function M.raised(context, ending)
  local value = ending.value
  if failure.is(value) then
    return M.new(context, value)
  end
  local asserted = context.asserted
  if asserted and rawequal(asserted.value, value) then
    return M.new(context, asserted.failure)
  end
  local message, at = guarded.describe(ending)
  local notes = note_last_error(context, message) or {}
  local frames = ending.frames or {}
  if #frames > 1 then
    local lines = {}
    for i, frame in ipairs(frames) do
      lines[i] = ("%s:%d%s"):format(frame.file, frame.line,
        frame.name and (" in '%s'"):format(frame.name) or "")
    end
    notes[#notes + 1] = { title = "called from", lines = lines }
  end
  return M.new(context, {
    verdict = "error",
    code = "T702",
    message = message,
    place = at,
    help = hint.of(message),
    notes = notes,
  })
end

--- Makes the finding of a check that did not hold and whose error went no further.
---@param context engine.script.Context
---@param raised engine.script.Failure
---@return engine.run.Finding
function M.caught(context, raised)
  return M.new(context, {
    verdict = raised.verdict,
    code = "T703",
    message = "a check did not hold, and its error was caught: " .. raised.message,
    place = raised.place,
    label = raised.label,
    help = "inside expect(fn):raises() or :eventually() a check may fail",
    notes = raised.notes,
    expected = raised.expected,
    actual = raised.actual,
  })
end

--- Lists what became of the rooms of something that is no test: what was forbidden and tried, lost
--- ones, services that died.
---@param context engine.script.Context that is closed
---@return engine.run.Failure[]
function M.losses(context)
  local scenario, course, list = context.cx.scenario, context.cx.course, {}
  if context.script.lost and not course.close_error then
    course.close_error = context.script.lost
  end
  for _, name in ipairs({ "guarded", "alive", "closed" }) do
    for _, finding in ipairs(judge.scenario_rules[name](scenario, course) or {}) do
      if not finding.is_told then
        list[#list + 1] = run_failure.make(finding, { scenario = scenario })
      end
    end
  end
  return list
end

--- Makes the diagnostic of something that takes down and failed.
---@param context engine.script.Context
---@param what string
---@param ending engine.script.Ending
---@param at engine.script.Place
---@return engine.run.Failure
function M.teardown(context, what, ending, at)
  local message, where, inner
  if ending.over then
    message = ending.how == "hung" and "it did not end" or "its time was over"
    where = context.over_at
  elseif ending.how == "returned" then -- a check failed, and the error was caught
    inner = context.raised[#context.raised]
    message, where = inner.message, inner.place
  else
    inner = failure.is(ending.value) and ending.value or nil
    message, where = guarded.describe(ending)
  end
  return M.new(context, {
    verdict = "error",
    code = "T706",
    message = ("%s failed: %s"):format(what, message),
    place = where or at,
    notes = inner and inner.notes,
    label = inner and inner.label,
    expected = inner and inner.expected,
    actual = inner and inner.actual,
  }).failure
end

return M
