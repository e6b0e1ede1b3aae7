--- The JUnit report: one suite for each file (and cell of its matrix), one case for each scenario.
---
--- Valid by the schema of Jenkins' xUnit plug-in.  Whatever a test prints or is called: what XML
--- cannot hold becomes U+FFFD, the rest is escaped.
local collect = require("engine.report.collect")
local diag = require("engine.diag")
local results = require("engine.report.results")
local subject = require("engine.report.subject")
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

local function suite_of(self, about)
  local name = subject.file(about)
  local suite = self.by_name[name]
  if not suite then
    suite = { name = name, file = about.file, cases = {}, tests = 0, failures = 0, errors = 0 }
    suite.skipped, suite.ms = 0, 0
    self.by_name[name] = suite
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

local function frames(self, failures)
  return data(diag.render(failures, {
    sources = self.o.sources,
    width = FRAME_WIDTH,
    utf8 = true,
    explain = false,
  }))
end

local function problem(self, element, kind, failures)
  return ('      <%s type="%s" message="%s">%s</%s>\n'):format(
    element, attr(kind), attr(message_of(failures)), frames(self, failures), element)
end

--- Tells the attempts before the last one: "rerunFailure" when that failed too, "flakyFailure"
--- when it passed; so do Maven's Surefire and nextest.
local function earlier(self, record)
  local out, prefix = {}, record.verdict == "flaky" and "flaky" or "rerun"
  for i, attempt in ipairs(record.attempts or {}) do
    local element = ELEMENT[attempt.verdict]
    if i < #record.attempts and element then
      element = prefix .. element:gsub("^%l", string.upper)
      local form = '      <%s type="%s" message="%s"><stackTrace>%s</stackTrace></%s>\n'
      out[#out + 1] = form:format(element, attr(attempt.verdict),
        attr(message_of(attempt.failures)), frames(self, attempt.failures), element)
    end
  end
  return table.concat(out)
end

--- Tells the steps that passed on a later attempt, of a scenario that was not tried again itself.
local function retried_steps(record)
  local out = {}
  for _, step in ipairs(record.steps) do
    if step.will_retry then
      local message = ("step %s: attempt %d of %d was not good"):format(tostring(step.name),
        step.attempt or 1, step.of or 1)
      out[#out + 1] = ('      <flakyFailure type="%s" message="%s"/>\n'):format(
        attr(step.verdict or "fail"), attr(message))
    end
  end
  return table.concat(out)
end

--- What there is to know beside the verdict, a line each: a case has no properties in the schema.
local function remarks(record, suite)
  local out = {}
  if #record.marks > 0 then
    out[1] = "marks: " .. table.concat(record.marks, ", ")
  end
  for _, leak in ipairs(record.leaks or {}) do
    out[#out + 1] = ("leak: %s %s"):format(tostring(leak.kind), tostring(leak.name))
  end
  for _, snapshot in ipairs(record.snapshots or {}) do
    if snapshot.status ~= "match" then
      out[#out + 1] = ("snapshot %s: %s (%s)"):format(tostring(snapshot.name),
        tostring(snapshot.status), tostring(snapshot.path))
    end
  end
  local isolation = record.isolation and M.isolation(record.isolation)
  suite.isolation = suite.isolation or isolation
  if isolation and isolation ~= suite.isolation then
    out[#out + 1] = "isolation: " .. isolation
  end
  return out
end

--- Says what a room was isolated by: "fs=allow-list net=none …".
---@param isolation table
---@return string
function M.isolation(isolation)
  local parts = {}
  for name, value in pairs(isolation) do
    if type(value) == "table" and type(value[1]) == "string" then
      value = table.concat(value, "; ")
    end
    if type(value) ~= "table" or getmetatable(value) then
      parts[#parts + 1] = ("%s=%s"):format(name, tostring(value))
    end
  end
  table.sort(parts)
  return table.concat(parts, " ")
end

--- Joins what the steps and the services of a case printed to one stream.
local function printed(record, stream, parts)
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
    for _, list in ipairs({ record.attachments or {}, record.artifacts or {} }) do
      for _, attached in ipairs(list) do
        parts[#parts + 1] = attached.path and ("[[ATTACHMENT|%s]]"):format(attached.path)
      end
    end
  end
  return parts
end

--- Writes one stream of a case, cut in the middle when it is long.
local function output(self, stream, parts)
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

local function add_case(suite, about, inner)
  local name, ms = subject.name(about), about.duration_ms or 0
  suite.tests, suite.ms = suite.tests + 1, suite.ms + ms
  local head = ('    <testcase name="%s" classname="%s" time="%s"'):format(
    attr(name), attr(suite.name), seconds(ms))
  suite.cases[#suite.cases + 1] = {
    line = about.line or 0,
    name = about.name or "",
    repetition = about.repetition or 1,
    order = #suite.cases,
    text = inner == "" and head .. "/>\n" or head .. ">\n" .. inner .. "    </testcase>\n",
  }
end

local function skipped(suite, kind, message)
  suite.skipped = suite.skipped + 1
  return ('      <skipped%s message="%s"/>\n'):format(
    kind and (' type="%s"'):format(kind) or "", attr(message))
end

local function on_scenario(self, record)
  local suite = suite_of(self, record)
  local element, inner = ELEMENT[record.verdict], ""
  local out, err = remarks(record, suite), {}
  if element and results.is_quarantined(record) then -- it failed, and that changes nothing
    inner = skipped(suite, "quarantined",
      ("quarantined; %s: %s"):format(record.verdict, message_of(record.failures)))
  elseif element then
    suite.failures = suite.failures + (element == "failure" and 1 or 0)
    suite.errors = suite.errors + (element == "error" and 1 or 0)
    inner = problem(self, element, record.verdict, record.failures)
  elseif record.verdict == "skip" then
    inner = skipped(suite, nil, record.reason or "skipped")
  elseif record.verdict == "flaky" and not record.attempts then
    inner = retried_steps(record)
  end
  inner = inner .. earlier(self, record)
  if element then
    printed(record, "stdout", out)
    printed(record, "stderr", err)
  end
  inner = inner .. output(self, "stdout", out) .. output(self, "stderr", err)
  add_case(suite, record, inner)
end

local function on_file_error(self, e)
  local suite = suite_of(self, e)
  local name = e.verdict or "error"
  local element = ELEMENT[name]
  local count = element == "failure" and "failures" or "errors"
  suite[count] = suite[count] + 1
  add_case(suite, { file = e.file, cell = e.cell }, problem(self, element, name, e.diagnostics))
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

local RUN_FIELDS = {
  "run_id", "version", "backend", "profile", "seed", "order", "shard", "repetitions", "flaky",
}

local function properties(self, suite)
  local out = {}
  for _, name in ipairs(RUN_FIELDS) do
    if self.run[name] ~= nil then
      out[#out + 1] = ('      <property name="clnrm.%s" value="%s"/>\n'):format(
        name, attr(self.run[name]))
    end
  end
  for _, override in ipairs(self.run.overrides or {}) do
    out[#out + 1] = ('      <property name="clnrm.override.%s" value="%s"/>\n'):format(
      attr(override.module), attr(override.file))
  end
  if suite.isolation then
    out[#out + 1] = ('      <property name="clnrm.isolation" value="%s"/>\n'):format(
      attr(suite.isolation))
  end
  return "    <properties>\n" .. table.concat(out) .. "    </properties>\n"
end

--- Puts the cases of a suite into the order of their file: that in which they ended is an accident.
local function cases_of(suite)
  table.sort(suite.cases, function(a, b)
    for _, field in ipairs({ "line", "name", "repetition" }) do
      if a[field] ~= b[field] then
        return a[field] < b[field]
      end
    end
    return a.order < b.order
  end)
  local out = {}
  for i, case in ipairs(suite.cases) do
    out[i] = case.text
  end
  return table.concat(out)
end

--- Writes the document.
function JUnit:finish()
  local out, tests, failures, errors = {}, 0, 0, 0
  table.sort(self.suites, function(a, b)
    return a.name < b.name
  end)
  for _, suite in ipairs(self.suites) do
    tests, failures, errors =
      tests + suite.tests, failures + suite.failures, errors + suite.errors
    out[#out + 1] = ('  <testsuite name="%s" file="%s" tests="%d" failures="%d" errors="%d"'
      .. ' skipped="%d" time="%s">\n'):format(
      attr(suite.name), attr(suite.file), suite.tests, suite.failures, suite.errors,
      suite.skipped, seconds(suite.ms))
    out[#out + 1] = properties(self, suite) .. cases_of(suite) .. "  </testsuite>\n"
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
    by_name = {},
    suites = {},
    run = {},
    ms = 0,
    output_bytes = 0,
  }
  return setmetatable(self, JUnit)
end

return M
