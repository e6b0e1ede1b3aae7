--- Findings as SARIF 2.1.0, for code scanning.
local codes = require("engine.codes")
local json = require("core.json")
local source = require("engine.diag.source")
local version = require("core.version")

local M = {}

local SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

--- A path as SARIF wants it: a relative reference, or a file URI.
local function uri_of(file)
  local escaped = file:gsub("[^%w%-._~/]", function(c)
    return ("%%%02X"):format(c:byte())
  end)
  return file:sub(1, 1) == "/" and "file://" .. escaped or escaped
end

local function artifact(file)
  return { uri = uri_of(file), uriBaseId = file:sub(1, 1) ~= "/" and "SRCROOT" or nil }
end

local function region_of(lines, offset, stop)
  local line, column = source.position(lines, offset)
  local end_line, end_column = source.position(lines, stop)
  return {
    startLine = line,
    startColumn = column,
    endLine = end_line,
    endColumn = end_column,
    byteOffset = offset,
    byteLength = stop - offset,
  }
end

local function location_of(run, d)
  local whole = run.sources[d.file]
  local physical = { artifactLocation = artifact(d.file) }
  if whole and d.offset then
    local stop = math.min(d.offset + (d.length or 0), #whole)
    physical.region = region_of(source.lines(whole), math.min(d.offset, #whole), stop)
  elseif d.line then
    physical.region = { startLine = d.line, startColumn = d.column }
  end
  return { physicalLocation = physical }
end

--- Other places that belong to a finding: who wrote it, what it collides with.
local function related_of(run, d)
  local list = json.array()
  for i, other in ipairs(d.related or {}) do
    list[i] = location_of(run, other)
    list[i].id, list[i].message = i, { text = other.message }
  end
  return list[1] and list or nil
end

local function fix_of(run, d)
  local lines, replacements = source.lines(run.sources[d.file]), json.array()
  for i, edit in ipairs(d.fix.edits) do
    replacements[i] = {
      deletedRegion = region_of(lines, edit.offset, edit.stop),
      insertedContent = { text = edit.text },
    }
  end
  return {
    description = { text = d.fix.message },
    artifactChanges = json.array({
      { artifactLocation = artifact(d.file), replacements = replacements },
    }),
  }
end

--- Makes the list of the rules that are told, and the place of each code in it.
local function rules_of(run)
  local rules, index = json.array(), {}
  for _, d in ipairs(run.list) do
    if not index[d.code] then
      local rule, page = run.rule_of(d.code), codes.get(d.code)
      index[d.code] = #rules
      rules[#rules + 1] = {
        id = d.code,
        name = rule and rule.name,
        shortDescription = { text = rule and rule.docs.summary or page and page.title or d.code },
        fullDescription = { text = rule and rule.docs.why or page and page.text or d.message },
        defaultConfiguration = { level = rule and rule.severity or "error" },
      }
    end
  end
  return rules, index
end

local function result_of(run, d, index)
  local message = d.help and ("%s (%s)"):format(d.message, d.help) or d.message
  return {
    ruleId = d.code,
    ruleIndex = index[d.code],
    level = d.severity,
    message = { text = message },
    locations = d.file and json.array({ location_of(run, d) }) or nil,
    relatedLocations = related_of(run, d),
    fixes = d.fix and run.sources[d.file] and json.array({ fix_of(run, d) }) or nil,
    properties = d.fix and { applicability = d.fix.applicability } or nil,
  }
end

--- Writes one log with one run.
---@param run engine.lint.Run
---@param o { write: fun(bytes: string) }
function M.write(run, o)
  local rules, index = rules_of(run)
  local results = json.array()
  for i, d in ipairs(run.list) do
    results[i] = result_of(run, d, index)
  end
  o.write(assert(json.encode({
    ["$schema"] = SCHEMA,
    version = "2.1.0",
    runs = json.array({
      {
        tool = { driver = { name = "clnrm", version = version.number(), rules = rules } },
        columnKind = "unicodeCodePoints",
        originalUriBaseIds = { SRCROOT = { uri = uri_of(run.root):gsub("/*$", "/") .. "" } },
        results = results,
      },
    }),
  }, { invalid = "replace" })) .. "\n")
end

return M
