--- Workflow commands of GitHub Actions: annotations on the lines that failed, and the page of the
--- job (the step summary).
---
--- GitHub shows ten errors and ten warnings of a step, so it gets nine of each, failures first,
--- and one that counts the others; all of them are in the summary.  Beside another report
--- (`annotations_only`) nothing else is written; alone it tells each result, too.
local diag = require("engine.diag")
local line = require("engine.ui.line")
local results = require("engine.report.results")
local show = require("engine.ui.show")
local subject = require("engine.report.subject")
local text = require("core.text")
local words = require("engine.report.words")

local M = {}

local SHOWN_MAX = 9 -- of ten, the last one says how many there are besides
local MESSAGE_MAX = 4096 -- bytes of one annotation
local SUMMARY_MAX = 1 << 20 -- bytes that GitHub takes of one step
local FRAME_WIDTH = 100
local LOOK = { width = 100, utf8 = true }

---@class engine.report.GithubOptions
---@field write fun(bytes: string)
---@field sources? table<string, string>
---@field annotations_only? boolean
---@field cwd? string       what the paths of results are relative to
---@field workspace? string the checkout: what GitHub's paths are relative to
---@field summary_file? string $GITHUB_STEP_SUMMARY
---@field warnings? engine.diag.Diagnostic[] of the files that were loaded
---@field warn? fun(message: string) says what went wrong with the summary

---@class engine.report.Github
local Github = {}
Github.__index = Github

--- Returns a path as GitHub knows it: relative to the checkout.
local function github_path(o, file)
  if not o.workspace or not o.cwd then
    return file
  end
  local path = file:sub(1, 1) == "/" and file or o.cwd:gsub("/$", "") .. "/" .. file
  while path:find("/%./") do
    path = path:gsub("/%./", "/", 1)
  end
  local root = o.workspace:gsub("/$", "") .. "/"
  return path:sub(1, #root) == root and path:sub(#root + 1) or file
end

--- The last line of what a diagnostic marks.
local function end_line(o, d)
  local source = o.sources and o.sources[d.file]
  if not source or not d.offset or not d.length then
    return d.line
  end
  local marked = source:sub(d.offset + 1, d.offset + d.length):gsub("\n$", "")
  return d.line + select(2, marked:gsub("\n", ""))
end

--- Writes one workflow command; it is one line, whatever the texts are.
local function command(o, level, d)
  local fields = {}
  local function add(name, value)
    if value then
      local safe = show.safe(LOOK, tostring(value))
      fields[#fields + 1] = name .. "=" .. text.workflow(safe, "property")
    end
  end
  if d.file then
    add("file", github_path(o, d.file))
    add("line", d.line)
    add("endLine", d.line and end_line(o, d))
  end
  add("title", d.code or "clnrm")
  local message = d.message
  if #message > MESSAGE_MAX then
    message = message:sub(1, MESSAGE_MAX) .. " …"
  end
  local lines = {}
  for i, one in ipairs((text.lines(message))) do
    lines[i] = show.safe(LOOK, one)
  end
  return ("::%s %s::%s\n"):format(level, table.concat(fields, ","),
    text.workflow(table.concat(lines, "\n")))
end

--- What is said of one failure of a result: where it is, and which test.
local function annotation(result, failure)
  local about = subject.file(result) .. " › " .. subject.name(result)
  local message = failure.message
  if failure.label then
    message = message .. ": " .. failure.label
  end
  local is_placed = failure.file and failure.line
  return {
    file = is_placed and failure.file or result.file,
    line = is_placed and failure.line or result.line,
    offset = is_placed and failure.offset,
    length = is_placed and failure.length,
    code = failure.code,
    message = message .. "\n" .. show.safe(LOOK, about),
  }
end

--- Adds an annotation, when its line has none yet.
local function add(list, seen, d)
  local key = ("%s:%s"):format(d.file or "", d.line or d.message)
  local before = seen[key]
  if before then
    before.more = (before.more or 0) + 1
    return
  end
  seen[key], list[#list + 1] = d, d
end

local function errors_of(self)
  local list, seen = {}, {}
  for _, result in ipairs(self.results:sorted(results.is_bad)) do
    if not results.is_quarantined(result) then
      for _, failure in ipairs(result.failures) do
        add(list, seen, annotation(result, failure))
      end
      if #result.failures == 0 then
        add(list, seen, annotation(result, { message = result.verdict }))
      end
    end
  end
  return list
end

--- Flaky tests, failures of quarantined ones, leaks, and the warnings of the files.
local function warnings_of(self)
  local list, seen = {}, {}
  for _, result in ipairs(self.results:sorted()) do
    local first = result.failures[1]
    local code, why = first and first.code, nil -- a leak is nothing that the failure is about
    if result.verdict == "flaky" then
      why = ("flaky: passed on attempt %s"):format(result.attempts or "?")
    elseif results.is_bad(result) and results.is_quarantined(result) then
      why = result.verdict .. ", but quarantined"
    else
      code = nil
      for _, mark in ipairs(result.marks) do
        why = mark == "leak" and "left something behind when it ended" or why
      end
    end
    if why then
      local d = annotation(result, { message = why })
      d.code = code
      add(list, seen, d)
    end
  end
  for _, d in ipairs(self.o.warnings or {}) do
    add(list, seen, d)
  end
  return list
end

local function write_list(self, level, list)
  local shown = #list <= SHOWN_MAX + 1 and #list or SHOWN_MAX
  for i = 1, shown do
    local d = list[i]
    if d.more then
      d.message = ("%s\n(and %d more of this line)"):format(d.message, d.more)
    end
    self.o.write(command(self.o, level, d))
  end
  if #list > shown then
    local where = self.o.summary_file and ": all are in the summary of the job" or ""
    local kind = level == "error" and "failure" or level
    self.o.write(command(self.o, level, {
      message = ("and %s more%s"):format(words.count(#list - shown, kind), where),
    }))
  end
end

--- Adds the page of the job to what is there already.
local function write_summary(self)
  local fs, path = require("core.fs"), self.o.summary_file
  local stat = fs.stat(path)
  local md = require("engine.report.md").new({
    sources = self.o.sources,
    all = true,
    limit = SUMMARY_MAX - (stat and stat.size or 0),
    write = function(bytes)
      local file, why = io.open(path, "ab")
      local ok = file
      if file then
        ok, why = file:write(bytes)
        local closed, err = file:close()
        ok, why = ok and closed, why or err
      end
      if not ok and self.o.warn then
        self.o.warn(("the summary of the job could not be written: %s"):format(tostring(why)))
      end
    end,
  })
  md.results = self.results
  md:finish()
end

local function tell_result(self, result)
  local word = (line.words[result.verdict] or { result.verdict:upper() })[1]
  local place = subject.place(LOOK, result)
  local head = line.format(LOOK, word, "bold", result.duration_ms, place,
    result.reason and show.safe(LOOK, result.reason))
  if #result.failures == 0 or not results.is_bad(result) then
    self.o.write(show.inert(head))
    return
  end
  local frames = diag.render(result.failures, {
    sources = self.o.sources,
    width = FRAME_WIDTH,
    utf8 = true,
  })
  local group = text.workflow((head:gsub("^%s+", ""):gsub("\n$", "")))
  self.o.write(("::group::%s\n%s\n::endgroup::\n"):format(group, show.inert(frames)))
end

--- Takes an event.
---@param e table
function Github:on_event(e)
  local result = self.results:add(e)
  if result and not self.o.annotations_only then
    tell_result(self, result)
  end
end

--- Writes the annotations, failures first, and the summary.
function Github:finish()
  write_list(self, "error", errors_of(self))
  write_list(self, "warning", warnings_of(self))
  local ending = self.results.ending
  if ending and not self.o.annotations_only then
    self.o.write(table.concat(words.summary(ending.counts or {}, self.results.marks,
      ending.not_run), " ") .. (" in %.3f s\n"):format((ending.duration_ms or 0) / 1000))
  end
  if self.o.summary_file then
    write_summary(self)
  end
end

--- Makes the report.
---@param o engine.report.GithubOptions
---@return engine.report.Github
function M.new(o)
  return setmetatable({ o = o, results = results.new() }, Github)
end

return M
