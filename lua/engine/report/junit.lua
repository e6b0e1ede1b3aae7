--- The JUnit report: one suite for each file, one case for each scenario.
---
--- Valid by the schema of Jenkins' xUnit plug-in.  Whatever a test prints or is called: what XML
--- cannot hold becomes U+FFFD, the rest is escaped.
local collect = require("engine.report.collect")
local diag = require("engine.diag")
local text = require("core.text")

local M = {}

local OUTPUT_MAX = 32 << 10 -- bytes of one stream of one case
local OUTPUT_TOTAL_MAX = 16 << 20 -- of all; past it, output is left out and said so
local FRAME_WIDTH = 100

local ELEMENT = {
  fail = "failure",
  timeout = "failure",
  policy = "failure",
  error = "error",
  infra = "error",
}

--- Escapes character data; no line of it begins like a command of a CI runner ("::error::").
local function data(value)
  return (text.xml(value):gsub("(\n[ \t]*):(:)", "%1&#58;%2"):gsub("(\n[ \t]*)#(#%[)", "%1&#35;%2"))
end

local function attr(value)
  return text.xml(tostring(value), "attribute")
end

local function seconds(ms)
  return ("%.3f"):format(ms / 1000)
end

---@class engine.report.JUnit
local JUnit = {}
JUnit.__index = JUnit

local function suite_of(self, file)
  local suite = self.by_file[file]
  if not suite then
    suite = { file = file, cases = {}, tests = 0, failures = 0, errors = 0, skipped = 0, ms = 0 }
    self.by_file[file] = suite
    self.suites[#self.suites + 1] = suite
  end
  return suite
end

--- Says the messages of failures in one attribute.
---@param failures table[]
---@return string
local function message_of(failures)
  local first = failures[1] and failures[1].message or ""
  return #failures > 1 and ("%s (and %d more)"):format(first, #failures - 1) or first
end

local function problem(self, element, kind, failures)
  local frames = diag.render(failures, {
    sources = self.o.sources,
    width = FRAME_WIDTH,
    utf8 = true,
    explain = false,
  })
  return ('      <%s type="%s" message="%s">%s</%s>\n'):format(
    element, attr(kind), attr(message_of(failures)), data(frames), element)
end

--- Joins what the steps and the services of a case printed to one stream.
local function output(self, record, stream)
  local parts = {}
  for _, step in ipairs(record.steps) do
    local out = step[stream]
    if out and out.bytes > 0 then
      local cut = out.cut and out.cut ~= 0 and ", middle left out" or ""
      parts[#parts + 1] = ("step %s (%d bytes%s)\n%s"):format(step.name, out.bytes, cut, out.text)
    end
  end
  for _, service in ipairs(record.services) do
    local log = service.log and service.log[stream] or ""
    if log ~= "" then
      parts[#parts + 1] = ("service %s (its last %d bytes)\n%s"):format(service.name, #log, log)
    end
  end
  if stream == "stdout" then
    for _, line in ipairs(record.log or {}) do
      parts[#parts + 1] = "log: " .. line.text
    end
    for _, attached in ipairs(record.attachments or {}) do
      parts[#parts + 1] = ("[[ATTACHMENT|%s]]"):format(attached.path)
    end
  end
  local all = table.concat(parts, "\n")
  if #all > OUTPUT_MAX then
    local half = OUTPUT_MAX // 2
    all = all:sub(1, half) .. "\n[... left out ...]\n" .. all:sub(-half)
  end
  if all == "" then
    return ""
  end
  if self.output_bytes + #all > OUTPUT_TOTAL_MAX then
    all = "[left out: the outputs of this report have reached 16 MiB]"
  end
  self.output_bytes = self.output_bytes + #all
  local element = stream == "stdout" and "system-out" or "system-err"
  return ("      <%s>%s</%s>\n"):format(element, data(all), element)
end

local function add_case(suite, file, name, ms, inner)
  suite.tests, suite.ms = suite.tests + 1, suite.ms + ms
  local head = ('    <testcase name="%s" classname="%s" time="%s"'):format(
    attr(name), attr(file), seconds(ms))
  suite.cases[#suite.cases + 1] = inner == "" and head .. "/>\n"
    or head .. ">\n" .. inner .. "    </testcase>\n"
end

local function on_scenario(self, record)
  local suite = suite_of(self, record.file)
  local element, inner = ELEMENT[record.verdict], ""
  if element then
    suite.failures = suite.failures + (element == "failure" and 1 or 0)
    suite.errors = suite.errors + (element == "error" and 1 or 0)
    inner = problem(self, element, record.verdict, record.failures)
      .. output(self, record, "stdout")
      .. output(self, record, "stderr")
  elseif record.verdict == "skip" then
    suite.skipped = suite.skipped + 1
    inner = ('      <skipped message="%s"/>\n'):format(attr(record.reason or "skipped"))
  elseif record.verdict == "flaky" then
    inner = ('      <flakyFailure type="flaky" message="%s"/>\n'):format(
      attr(message_of(record.failures)))
  end
  add_case(suite, record.file, record.name, record.duration_ms, inner)
end

local function on_file_error(self, e)
  local suite = suite_of(self, e.file)
  suite.errors = suite.errors + 1
  add_case(suite, e.file, "(the file itself)", 0, problem(self, "error", "error", e.diagnostics))
end

--- Takes an event.
---@param e table
function JUnit:on_event(e)
  local record = self.collector:add(e)
  if record then
    on_scenario(self, record)
  elseif e.event == "file_error" then
    on_file_error(self, e)
  elseif e.event == "run_begin" then
    self.run = e
  elseif e.event == "run_end" then
    self.ms = e.duration_ms
  end
end

local function properties(self)
  local out = {}
  for _, name in ipairs({ "run_id", "version", "backend" }) do
    if self.run[name] then
      out[#out + 1] = ('      <property name="clnrm.%s" value="%s"/>\n'):format(
        name, attr(self.run[name]))
    end
  end
  for _, override in ipairs(self.run.overrides or {}) do
    out[#out + 1] = ('      <property name="clnrm.override.%s" value="%s"/>\n'):format(
      attr(override.module), attr(override.file))
  end
  return "    <properties>\n" .. table.concat(out) .. "    </properties>\n"
end

--- Writes the document.
function JUnit:finish()
  local out, tests, failures, errors = {}, 0, 0, 0
  for _, suite in ipairs(self.suites) do
    tests, failures, errors =
      tests + suite.tests, failures + suite.failures, errors + suite.errors
    out[#out + 1] = ('  <testsuite name="%s" file="%s" tests="%d" failures="%d" errors="%d"'
      .. ' skipped="%d" time="%s">\n'):format(
      attr(suite.file), attr(suite.file), suite.tests, suite.failures, suite.errors,
      suite.skipped, seconds(suite.ms))
    out[#out + 1] = properties(self) .. table.concat(suite.cases) .. "  </testsuite>\n"
  end
  self.o.write('<?xml version="1.0" encoding="UTF-8"?>\n')
  self.o.write(('<testsuites name="%s" tests="%d" failures="%d" errors="%d" time="%s">\n'):format(
    attr(self.o.project or "clnrm"), tests, failures, errors, seconds(self.ms)))
  self.o.write(table.concat(out) .. "</testsuites>\n")
end

--- Makes the report.
---@param o { write: fun(bytes: string), sources?: table<string, string>, project?: string }
---@return engine.report.JUnit
function M.new(o)
  local self = {
    o = o,
    collector = collect.new(),
    by_file = {},
    suites = {},
    run = {},
    ms = 0,
    output_bytes = 0,
  }
  return setmetatable(self, JUnit)
end

return M
