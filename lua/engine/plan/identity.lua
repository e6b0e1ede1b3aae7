--- The name of a test that is the same wherever one stands: its file as seen from the project.
---
--- Files that are written down (the quarantine, timings) and the parts of `--shard` go by it; the
--- id of a scenario in events names the file as the user wrote it.  Where it holds a secret,
--- records have it as it is told.
local M = {}

local function file_of(suite)
  local path, dir = suite.path, suite.project_dir
  local prefix = dir == "/" and "/" or (dir or "") .. "/"
  if path and dir and path:sub(1, #prefix) == prefix then
    return path:sub(#prefix + 1)
  end
  return suite.file
end

--- The file of a suite as seen from its project.
---@param suite engine.model.Suite
---@return string
M.file = file_of

--- Returns the identity of a scenario; all repetitions of one have the same.
---@param scenario engine.model.Scenario
---@return string
---@nodiscard
function M.of(scenario)
  local cell = scenario.cell and ("[%s]"):format(scenario.cell) or ""
  return ("%s%s › %s"):format(file_of(scenario.suite), cell, scenario.name)
end

--- Returns the name of a scenario in records: its identity, without the secrets in it.
---@param scenario engine.model.Scenario
---@return string
---@nodiscard
function M.told(scenario)
  return scenario.told_test or M.of(scenario)
end

return M
