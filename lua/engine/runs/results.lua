--- What records know of tests: verdicts and times, by a name that holds wherever one stands.
---
--- Events name a file as the user wrote it; here a test is named by its file as seen from the
--- project, as engine.plan.identity does it: `tests/db.clnrm.toml[a=1] › migrates`.
local host_path = require("engine.model.host_path")
local reader = require("engine.runs.reader")
local verdict = require("engine.verdict")

local M = {}

---@class engine.runs.Result
---@field id string          as the events of that run have it
---@field verdict engine.Verdict
---@field duration_ms number
---@field file string        as seen from the project
---@field name string
---@field cell? string       of a matrix
---@field line? integer
---@field is_bad boolean     it made the run fail

--- Makes a path absolute, "." and ".." taken out.
local function absolute(dir, path)
  return host_path.normal(path:sub(1, 1) == "/" and path or dir .. "/" .. path)
end

--- Names a file of a run as seen from its project.
---@param info engine.runs.Info
---@param file string
---@return string
---@nodiscard
function M.file(info, file)
  local path = absolute(info.cwd, file)
  local prefix = info.project == "/" and "/" or info.project .. "/"
  return path:sub(1, #prefix) == prefix and path:sub(#prefix + 1) or file
end

--- Says what a run took flaky tests for.
local function flaky_policy(info)
  local first = reader.events(info.file, "run_begin")()
  return first and first.flaky
end

local function is_quarantined(e)
  for _, mark in ipairs(type(e.marks) == "table" and e.marks or {}) do
    if mark == "quarantined" then
      return true
    end
  end
  return false
end

--- Whether a result made its run fail.
local function is_bad(e, policy)
  if e.verdict == "flaky" then
    return policy == "fail" or policy == "quarantine" and not is_quarantined(e)
  end
  return not verdict.is_good(e.verdict)
end

--- Names the test of an event.
---@param info engine.runs.Info
---@param e table
---@return string? identity
---@return string? file as seen from the project
---@nodiscard
function M.identity(info, e)
  if type(e.file) ~= "string" or type(e.name) ~= "string" then
    return nil
  end
  local file = M.file(info, e.file)
  local cell = type(e.cell) == "string" and ("[%s]"):format(e.cell) or ""
  return ("%s%s › %s"):format(file, cell, e.name), file
end

--- Reads the verdicts of a record; of a test that ran more than once, the worst one.
---@param info engine.runs.Info
---@return table<string, engine.runs.Result> by identity
---@nodiscard
function M.of(info)
  local results, policy = {}, flaky_policy(info)
  for e in reader.events(info.file, "scenario_end") do
    local ok = type(e.id) == "string" and type(e.verdict) == "string"
    local identity, file
    if ok then
      identity, file = M.identity(info, e)
    end
    if identity then
      local known = results[identity]
      if not known or not known.is_bad then
        results[identity] = {
          id = e.id,
          verdict = e.verdict,
          duration_ms = tonumber(e.duration_ms) or 0,
          file = file,
          name = e.name,
          cell = e.cell,
          line = math.tointeger(e.line),
          is_bad = is_bad(e, policy),
        }
      end
    end
  end
  return results
end

--- Lists the tests that a record tells the beginning of, and no end: clnrm was killed meanwhile.
---@param info engine.runs.Info
---@return table<string, string> files as seen from the project, by identity
---@nodiscard
function M.unended(info)
  local open, files = {}, {}
  for e in reader.events(info.file) do
    local step = e.event == "scenario_begin" and 1 or e.event == "scenario_end" and -1
    local identity, file
    if step then
      identity, file = M.identity(info, e)
    end
    if identity then
      open[identity], files[identity] = (open[identity] or 0) + step, file
    end
  end
  for identity, count in pairs(open) do
    if count <= 0 then
      files[identity] = nil
    end
  end
  return files
end

--- Lists the files that a record tells an error of: they could not be read, or broke when their
--- tests were over.  Nothing is known of their tests.
---@param info engine.runs.Info
---@return table<string, true> by file as seen from the project
---@nodiscard
function M.broken_files(info)
  local files = {}
  for e in reader.events(info.file, "file_error") do
    if type(e.file) == "string" then
      files[M.file(info, e.file)] = true
    end
  end
  return files
end

return M
