--- The report as TAP 14: a test point for each scenario, its steps as a subtest.
---
--- A step that failed in a scenario that is good (it was meant to, or it passed when tried again)
--- is a TODO: consumers must not take it for a failure.  Nothing that a test prints or is called
--- begins a line or ends one: texts are escaped, and in YAML they are quoted.
local json = require("core.json")
local results = require("engine.report.results")
local show = require("engine.ui.show")
local subject = require("engine.report.subject")
local verdict = require("engine.verdict")

local M = {}

local VALUE_MAX = 2000 -- bytes of one text in a YAML block
local LOOK = { width = 100, utf8 = true }

---@class engine.report.Tap
local Tap = {}
Tap.__index = Tap

--- Makes a text fit for a description, a reason or a comment.
local function plain(text)
  return (show.safe(LOOK, text):gsub("[\\#]", "\\%0"))
end

-- What may not stand in YAML as it is, or would turn what follows around on a screen: C1 controls,
-- line and paragraph separators, marks and overrides of direction, the byte order mark.
local HIDDEN = { { 0x7f, 0x9f }, { 0x61c, 0x61c }, { 0x200e, 0x200f }, { 0x2028, 0x202e },
  { 0x2066, 0x2069 }, { 0xfeff, 0xfeff }, { 0xfffe, 0xffff } }

local function hide(char)
  local code = utf8.codepoint(char)
  for _, range in ipairs(HIDDEN) do
    if code >= range[1] and code <= range[2] then
      return ("\\u%04x"):format(code)
    end
  end
end

--- Quotes a text for YAML 1.2, in one line: JSON's strings are YAML's.
local function quoted(value)
  local text = tostring(value)
  if #text > VALUE_MAX then
    text = text:sub(1, VALUE_MAX // 2) .. " … " .. text:sub(-VALUE_MAX // 2)
  end
  local encoded = assert(json.encode({ text }, { invalid = "replace" })):sub(2, -2)
  if not encoded:find("[\127-\255]") then
    return encoded
  end
  return (encoded:gsub("[\127\194-\244][\128-\191]*", hide))
end

local function scalar(value)
  if type(value) == "number" then
    return ("%.14g"):format(value)
  elseif type(value) == "boolean" then
    return tostring(value)
  elseif type(value) == "table" then
    return quoted(json.encode(require("engine.report.plain").value(value),
      { invalid = "replace" }) or "?")
  end
  return quoted(value)
end

--- Adds a list of texts, one a line.
local function add_lines(out, indent, title, lines)
  out[#out + 1] = ("%s%s:"):format(indent, title)
  for _, text in ipairs(lines) do
    out[#out + 1] = ("%s  - %s"):format(indent, quoted(text))
  end
end

local function add_notes(out, indent, notes)
  if #(notes or {}) == 0 then
    return
  end
  out[#out + 1] = indent .. "notes:"
  for _, note in ipairs(notes) do
    if type(note) == "table" then
      out[#out + 1] = ("%s  - title: %s"):format(indent, quoted(note.title))
      if #note.lines > 0 then
        add_lines(out, indent .. "    ", "lines", note.lines)
      end
    else
      out[#out + 1] = ("%s  - title: %s"):format(indent, quoted(note))
    end
  end
end

local FIELDS = { "label", "step", "service", "expected", "actual", "help", "rerun" }

local function add_failure(out, failure)
  out[#out + 1] = "    - code: " .. quoted(failure.code)
  out[#out + 1] = "      message: " .. quoted(failure.message)
  if failure.file then
    out[#out + 1] = "      at:"
    out[#out + 1] = "        file: " .. quoted(failure.file)
    if failure.line then
      out[#out + 1] = ("        line: %d"):format(failure.line)
      out[#out + 1] = ("        column: %d"):format(failure.column or 1)
    end
  end
  for _, name in ipairs(FIELDS) do
    if failure[name] ~= nil then
      out[#out + 1] = ("      %s: %s"):format(name, scalar(failure[name]))
    end
  end
  add_notes(out, "      ", failure.notes)
end

local function yaml(result)
  local out = { "  ---", "  verdict: " .. quoted(result.verdict) }
  out[#out + 1] = ("  duration_ms: %.3f"):format(result.duration_ms)
  if result.attempts then
    out[#out + 1] = ("  attempts: %d"):format(result.attempts)
  end
  if #result.marks > 0 then
    add_lines(out, "  ", "marks", result.marks)
  end
  if #result.failures > 0 then
    out[#out + 1] = "  failures:"
    for _, failure in ipairs(result.failures) do
      add_failure(out, failure)
    end
  end
  out[#out + 1] = "  ..."
  return table.concat(out, "\n") .. "\n"
end

--- Says what is to be known about a step that failed in a scenario that did not.
local function step_todo(step, result)
  if step.will_retry then
    return ("attempt %d of %d"):format(step.attempt or 1, step.of or 1)
  elseif results.is_quarantined(result) then
    return "quarantined"
  elseif not results.is_bad(result) then
    return "fails as expected"
  end
end

local function subtest(record, result)
  if #record.steps == 0 then
    return ""
  end
  local out = { "# Subtest: " .. plain(subject.file(result) .. " › " .. subject.name(result)) }
  out[2] = ("    1..%d"):format(#record.steps)
  for i, step in ipairs(record.steps) do
    local good = verdict.is_good(step.verdict or "error")
    local todo = not good and step_todo(step, result)
    out[#out + 1] = ("    %s %d - %s%s%s"):format(good and "ok" or "not ok", i,
      plain(tostring(step.name)), step.verdict == "skip" and " # SKIP" or "",
      todo and " # TODO " .. plain(todo) or "")
  end
  return table.concat(out, "\n") .. "\n"
end

local function directive(result)
  if result.verdict == "skip" then
    return " # SKIP" .. (result.reason and " " .. plain(result.reason) or "")
  elseif results.is_bad(result) and results.is_quarantined(result) then
    return " # TODO quarantined"
  end
  return ""
end

local function begin(self)
  if not self.has_begun then
    self.has_begun = true
    self.o.write("TAP version 14\n")
  end
end

--- Takes an event.
---@param e table
function Tap:on_event(e)
  begin(self)
  local result, record = self.results:add(e)
  self.results.list[1] = nil -- told at once, and not needed again
  if not result then
    return
  end
  self.count = self.count + 1
  self.o.write((record and subtest(record, result) or "")
    .. ("%s %d - %s%s\n"):format(results.is_bad(result) and "not ok" or "ok", self.count,
      plain(subject.file(result) .. " › " .. subject.name(result)), directive(result))
    .. yaml(result))
end

--- Writes the plan: how many test points there were, or that it cannot be known.
function Tap:finish()
  begin(self)
  local ending = self.results.ending
  if not ending then
    self.o.write("Bail out! the run did not end\n")
  elseif (ending.not_run or 0) > 0 or ending.interrupted then
    self.o.write(("Bail out! stopped by %s, %d not run\n"):format(
      plain(tostring(ending.interrupted)), ending.not_run or 0))
  else
    self.o.write(("1..%d%s\n"):format(self.count, self.count == 0 and " # nothing ran" or ""))
  end
end

--- Makes the report.
---@param o { write: fun(bytes: string) }
---@return engine.report.Tap
function M.new(o)
  return setmetatable({ o = o, results = results.new(), count = 0 }, Tap)
end

return M
