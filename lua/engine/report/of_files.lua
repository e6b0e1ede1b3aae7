--- The reports that test files ask for, [report]: one for each path, with the results of all the
--- files that name it.  What cannot be written so is refused before anything runs.
local fs = require("core.fs")
local host_path = require("engine.model.host_path")
local report_file = require("engine.report.file")

local M = {}

--- How reports begin; another file is never overwritten because a test file says so.
local SIGNATURES = { json = '{"schema":"clnrm.report/', junit = "<?xml" }

---@class engine.report.OfFiles
---@field kind string
---@field path string
---@field files table<string, table<string, boolean>> and their cells, as events name them
---@field total integer scenarios of these files that are in the plan

local function refuse(suite, wanted, message, help, related)
  return {
    severity = "error", code = "E222", file = suite.file, message = message, help = help,
    line = wanted.at.line, column = wanted.at.column, offset = wanted.at.offset,
    length = wanted.at.length, related = related,
  }
end

--- Whether what lies there is a report of this kind, or nothing.
local function is_replaceable(path, kind)
  local stat = fs.lstat(path)
  if not stat then
    return true
  elseif stat.type ~= "file" then
    return false
  end
  local file = io.open(path, "rb")
  local head = file and file:read(64) or ""
  if file then
    file:close()
  end
  return stat.size == 0 or head:sub(1, #SIGNATURES[kind]) == SIGNATURES[kind]
end

local function why_not(suite, wanted)
  local why = report_file.check(wanted.path)
  if why then
    return why
  end
  local folder = fs.realpath(wanted.path:match("^(.*)/[^/]*$") .. "/")
  local top = fs.realpath(suite.project_dir) or suite.project_dir
  if not folder or not host_path.is_below(folder, top) then
    return "leads out of the project, through a link: " .. (folder or wanted.path)
  elseif not is_replaceable(wanted.path, wanted.kind) then
    return ("%s is there, and is no report of this kind: it is not overwritten"):format(
      wanted.path)
  end
end

--- Lists the suites of a plan, each once, with how many of its scenarios are to be run.
local function suites_of(plan)
  local list, counts = {}, {}
  for _, scenario in ipairs(plan.scenarios) do
    local suite = scenario.suite
    if suite.reports and not counts[suite] then
      list[#list + 1] = suite
    end
    counts[suite] = (counts[suite] or 0) + 1
  end
  return list, counts
end

--- Finds the reports of the files in a plan.
---@param plan engine.Plan
---@param given engine.report.Wanted[] what the command line asks for
---@return engine.report.OfFiles[]
---@return engine.diag.Diagnostic[] problems
function M.find(plan, given)
  local list, problems, by_identity, taken = {}, {}, {}, {}
  for _, wanted in ipairs(given) do
    if wanted.file then
      taken[report_file.identity(wanted.file)] = wanted.module or wanted.kind
    end
  end
  local suites, counts = suites_of(plan)
  for _, suite in ipairs(suites) do
    for _, wanted in ipairs(suite.reports) do
      local why = why_not(suite, wanted)
      local identity = not why and report_file.identity(wanted.path)
      local known = identity and by_identity[identity]
      if why then
        problems[#problems + 1] = refuse(suite, wanted, ("report of kind %s: %s"):format(
          wanted.kind, why))
      elseif taken[identity] then
        problems[#problems + 1] = refuse(suite, wanted,
          ("--report %s goes to this file as well"):format(taken[identity]),
          "name another file here or there")
      elseif known and known.kind ~= wanted.kind then
        problems[#problems + 1] = refuse(suite, wanted,
          ("a report of kind %s goes to this file as well"):format(known.kind), nil,
          { refuse(known.suite, known.wanted, "here") })
      else
        known = known or {
          kind = wanted.kind, path = wanted.path, files = {}, total = 0, suite = suite,
          wanted = wanted,
        }
        if not by_identity[identity] then
          by_identity[identity], list[#list + 1] = known, known
        end
        known.files[suite.file] = known.files[suite.file] or {}
        known.files[suite.file][suite.cell or ""] = true
        known.total = known.total + counts[suite]
      end
    end
  end
  return list, problems
end

return M
