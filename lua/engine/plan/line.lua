--- The scenario that stands at a line of its file: `clnrm run FILE:LINE`.
local M = {}

--- Lists where the tables of a file begin, and which scenario each belongs to.
local function starts_of(suite)
  local toml = require("core.toml")
  local root, positions = toml.decode(suite.text, { positions = true, source = suite.file })
  local starts, owner = {}, {}
  local function add(offset, scenario)
    local line = toml.line_column(suite.text, offset)
    starts[#starts + 1] = line
    owner[line] = scenario or owner[line] or false
  end
  for _, name in ipairs(root and positions:keys(root) or {}) do
    local value = root[name]
    local kind = toml.type(value)
    add((positions:key(root, name)))
    for i in ipairs(kind == "array" and value or {}) do
      add((positions:value(value, i)))
    end
    for _, key in ipairs(kind == "table" and positions:keys(value) or {}) do
      add((positions:key(value, key)))
    end
  end
  if root then
    positions:close()
  end
  for _, scenario in ipairs(suite.scenarios) do
    for _, step in ipairs(scenario.steps) do
      starts[#starts + 1], owner[step.line] = step.line, scenario
    end
    starts[#starts + 1], owner[scenario.line] = scenario.line, scenario
  end
  table.sort(starts)
  return starts, owner
end

local function in_toml(suite, line)
  local starts, owner = starts_of(suite)
  local found
  for _, start in ipairs(starts) do
    if start <= line then
      found = owner[start] or nil
    end
  end
  local _, count = suite.text:gsub("\n", "\n")
  return line <= count + 1 and found and { found } or {}
end

local function in_lua(suite, line)
  local list = {}
  for _, scenario in ipairs(suite.scenarios) do
    local info = scenario.test and scenario.test.fn and debug.getinfo(scenario.test.fn, "S")
    local first, last = scenario.line, scenario.line
    local is_here = info and info.linedefined > 0 and info.short_src ~= nil
    if scenario.is_outline then
      list[#list + 1] = scenario -- which tests there are is known when it runs
    elseif is_here and info.linedefined >= first and line >= first and line <= info.lastlinedefined
      or is_here and line >= info.linedefined and line <= info.lastlinedefined
      or line >= first and line <= last then
      list[#list + 1] = scenario
    end
  end
  return list
end

--- Finds the scenarios of a line: one, or of a test with cases all of them.
---@param suite engine.model.Suite
---@param line integer
---@return engine.model.Scenario[]
---@nodiscard
function M.find(suite, line)
  return suite.is_script and in_lua(suite, line) or not suite.is_script and in_toml(suite, line)
    or {}
end

--- Says that nothing is there, and what is near.
---@param suite engine.model.Suite
---@param line integer
---@return engine.diag.Diagnostic
---@nodiscard
function M.missing(suite, line)
  local before, behind
  for _, scenario in ipairs(suite.scenarios) do
    if scenario.line <= line and (not before or scenario.line > before.line) then
      before = scenario
    elseif scenario.line > line and (not behind or scenario.line < behind.line) then
      behind = scenario
    end
  end
  local near = behind or before
  return {
    severity = "error",
    code = "E111",
    file = suite.file,
    line = line,
    message = ("no scenario stands at line %d"):format(line),
    help = near and ("'%s' begins at line %d"):format(near.name, near.line) or nil,
  }
end

return M
