--- Turns what the judge found into a diagnostic that can be shown: where, why, what was printed.
---
--- A failure is an engine.diag.Diagnostic with `step`, `verdict`, `expected`, `actual` and
--- `nearest` beside it; it can be written as JSON.
---@class engine.run.failure
local excerpts = require("engine.expect.excerpt")
local show = require("engine.expect.show")
local shell_word = require("engine.run.shell_word")
local signals = require("engine.run.signals")
local text = require("core.text")

local M = {}

local LOG_LINES = 20 -- of a service
local VALUE_MAX = 4096 -- bytes of a value in the event

---@class engine.run.Failure: engine.diag.Diagnostic
---@field verdict engine.Verdict
---@field step? string
---@field service? string
---@field expected? any
---@field actual? any
---@field nearest? engine.expect.Nearest

---@class engine.run.failure.Context
---@field scenario engine.model.Scenario
---@field step? engine.model.Step
---@field observed? engine.run.Observed
---@field faults? string[] that were in effect while it ran
---@field made? string[] faults that were made until then
---@field uncertain? string[] services that it does not need, and that were not ready
---@field logs? { name: string, lines: string[] }[] of services that the step needed

local function limited(value)
  if type(value) == "string" and #value > VALUE_MAX then
    return value:sub(1, VALUE_MAX // 2) .. "…" .. value:sub(-VALUE_MAX // 2)
  end
  return value
end

--- Makes a glob that matches just this name.
local function glob_quote(name)
  return (name:gsub("[%*%?%[%]{}\\]", "\\%0"))
end

--- Whether a text is shown as it is: what is escaped on the screen is another text to the shell.
local function is_plain(s)
  return text.escape(s, { line = true }) == s
end

--- Says which tests to run: by file and name, or by file and line when the name cannot be shown.
---@return string? # words for the shell
local function selection(scenario)
  local file = scenario.file
  file = file and (file:match("^%-") and "./" .. file or file)
  file = file and scenario.cell and ("%s[%s]"):format(file, scenario.cell) or file
  if not file or not is_plain(file) then
    return nil
  elseif #scenario.suite.scenarios == 1 or scenario.is_file then
    return shell_word.quote(file)
  end
  local name = scenario.told_name or scenario.name -- where a secret is in it, as everybody sees it
  if is_plain(name) then
    return shell_word.quote(file) .. " --only " .. shell_word.quote(glob_quote(name))
  end
  return scenario.line and not scenario.cell and shell_word.quote(file .. ":" .. scenario.line)
    or nil
end

--- Makes the command that runs a test again; what is to be said of it becomes a note.
---@return string? # nil: there is none
local function rerun(scenario, notes)
  local command, again = selection(scenario), scenario.suite.rerun or { options = "" }
  if not command then
    return nil
  end
  notes[#notes + 1] = again.note
  local options = again.options
  if not options then
    return nil
  end
  command = "clnrm run " .. command .. options
  if scenario.suite.drawn_seed then
    command = command .. (" --seed %d"):format(scenario.suite.drawn_seed)
  end
  if scenario.suite.hooks and scenario.suite.hooks.has_host
    and not options:find("--allow host-hooks", 1, true) then
    command = command .. " --allow host-hooks"
  end
  return command
end

--- Takes the lines around line `at`, or the last ones: of an output that was cut, what was printed
--- last tells more.
---@return string[] lines
local function excerpt(output, at, near)
  if output.cut == 0 then
    return excerpts.of(output.text, at, near)
  end
  return excerpts.of(output.text:sub(output.seam + 1), nil, nil, output.seam + output.cut)
end

local function add_output(notes, name, output, at, near)
  if output and output.text ~= "" then
    notes[#notes + 1] = { title = name, lines = excerpt(output, at, near) }
  end
end

local function add_nearest_line(notes, near)
  if near then
    local line = limited(near.text)
    notes[#notes + 1] = { title = ("line %d, %s"):format(near.line, near.why), lines = { line } }
  end
end

--- Shows what the step printed, as far as it helps with this finding.
local function add_blocks(notes, finding, observed)
  local check, detail = finding.check, finding.detail or {}
  local subject = check and check.subject
  if detail.diff then
    notes[#notes + 1] = { title = "diff (- expected, + seen)", lines = detail.diff }
  elseif subject == "stdout" or subject == "stderr" then
    local near = detail.nearest
    add_output(notes, subject, observed[subject], detail.at or near and near.line, near)
  elseif subject == "file" then
    add_nearest_line(notes, detail.nearest)
  elseif not check or subject == "exit_code" then
    add_output(notes, "stderr", observed.stderr)
    add_output(notes, "stdout", observed.stdout)
  end
end

--- Shows what is known of a service: its last probe, its end, its last words.
local function add_service(notes, failure)
  local name = show.value(failure.service):sub(2, -2)
  if failure.probe then
    notes[#notes + 1] = { title = "last probe", lines = text.lines(failure.probe, { cr = false }) }
  end
  local exit = failure.exit
  if exit then
    local words = exit.signal and "signal " .. signals.name(exit.signal)
      or exit.code and "exit " .. exit.code
    notes[#notes + 1] = words and { title = "end of " .. name, lines = { words } } or nil
  end
  if failure.container then
    notes[#notes + 1] = { title = "container", lines = failure.container }
  end
  local log = failure.log or {}
  local from = math.max(1, #log - LOG_LINES + 1)
  local lines = table.move(log, from, #log, 1, {})
  if #lines == 0 then
    lines[1] = "(it printed nothing)"
  end
  notes[#notes + 1] = { title = "log of " .. name, lines = lines }
end

--- Says where in the file it is: the check, the service, or the key of the step that the finding
--- names.
local function place_of(finding, step)
  if finding.pos then
    return finding.pos
  elseif finding.check then
    return finding.check.pos
  elseif finding.service then
    return finding.service.pos
  end
  return finding.at and step and step.places and step.places[finding.at]
end

--- Completes the failure that a Lua test made itself: its message, place, notes, diff.
---@param finding engine.run.Finding with `failure`
---@param scenario engine.model.Scenario
---@param faults? string[] that were made until then
---@return engine.run.Failure
---@nodiscard
function M.of_script(finding, scenario, faults)
  local made = finding.failure
  made.severity, made.code, made.verdict = "error", finding.code, finding.verdict
  made.message = made.message or finding.message
  made.file, made.line = made.file or scenario.file, made.line or scenario.line
  made.column, made.notes = made.column or 1, made.notes or {}
  if faults and faults[1] then
    table.insert(made.notes, 1, "faults that were made: " .. table.concat(faults, "; "))
  end
  made.rerun = made.rerun or rerun(scenario, made.notes)
  made.expected, made.actual = limited(made.expected), limited(made.actual)
  return made
end

--- Makes the failure of a finding.
---@param finding engine.run.Finding
---@param cx engine.run.failure.Context
---@return engine.run.Failure
---@nodiscard
function M.make(finding, cx)
  if finding.failure then
    return M.of_script(finding, cx.scenario, cx.made)
  end
  local scenario, step, check = cx.scenario, cx.step, finding.check
  local detail, pos, notes = finding.detail or {}, place_of(finding, step), {}
  local message = finding.message
  if step then
    message = ("step %s: %s"):format(show.value(step.name), message)
  end
  local near = detail.nearest
  if cx.faults and cx.faults[1] then
    notes[1] = "fault in effect: " .. table.concat(cx.faults, "; ")
  elseif cx.made and cx.made[1] then
    notes[1] = "faults that were made: " .. table.concat(cx.made, "; ")
  end
  if finding.service then
    add_service(notes, finding.service)
  end
  if cx.observed and not cx.observed.error then
    add_blocks(notes, finding, cx.observed)
  end
  for _, log in ipairs(not finding.service and cx.logs or {}) do
    notes[#notes + 1] = { title = "log of " .. log.name, lines = log.lines }
  end
  if cx.uncertain then
    notes[#notes + 1] = ("not ready then: %s, which this step does not need; `depends_on` of its "
      .. "service would make it wait"):format(table.concat(cx.uncertain, ", "))
  end
  for _, log in ipairs(detail.logs or {}) do
    notes[#notes + 1] = { title = "log of " .. log.name, lines = log.lines }
  end
  return {
    severity = "error",
    code = finding.code,
    message = message,
    file = scenario.file,
    line = pos and pos.line or step and step.line or scenario.line,
    column = pos and pos.column or 1,
    offset = pos and pos.offset or nil,
    length = pos and pos.length or nil,
    related = pos and pos.at
      and require("engine.model.written").of_suite(scenario.suite, pos) or nil,
    label = detail.label,
    help = detail.help or finding.service and finding.service.help,
    notes = notes,
    rerun = rerun(scenario, notes),
    verdict = finding.verdict,
    step = step and step.name,
    expected = check and limited(check.expected),
    actual = limited(detail.actual == nil and finding.actual or detail.actual),
    service = finding.service and finding.service.service,
    nearest = near and { line = near.line, text = limited(near.text), why = near.why },
  }
end

return M
