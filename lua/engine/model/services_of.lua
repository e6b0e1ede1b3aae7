--- Which services of a file are in the room of a scenario.  Pure.
---@class engine.model.services_of
local M = {}

--- Lists the services that are named, in the order of their file.
---@param suite engine.model.Suite
---@param names? string[]
---@return engine.model.Service[]
---@nodiscard
function M.named(suite, names)
  local is_named, list = {}, {}
  for _, name in ipairs(names or list) do
    is_named[name] = true
  end
  for _, spec in ipairs(suite.services) do
    list[#list + 1] = is_named[spec.name] and spec or nil
  end
  return list
end

--- Lists the names of the services in the room that scenarios of a file share, each once.
---@param suite engine.model.Suite
---@return string[]
---@nodiscard
function M.shared_names(suite)
  local seen, list = {}, {}
  for _, scenario in ipairs(suite.scenarios) do
    for _, name in ipairs(scenario.is_shared and scenario.services or {}) do
      list[#list + 1] = not seen[name] and name or nil
      seen[name] = true
    end
  end
  return list
end

--- Lists the services of the room that scenarios of a file share.
---@param suite engine.model.Suite
---@return engine.model.Service[]
---@nodiscard
function M.shared(suite)
  return M.named(suite, M.shared_names(suite))
end

--- Whether services are shown folders of this machine.
---@param services? engine.model.Service[]
---@return boolean
---@nodiscard
function M.show_folders(services)
  for _, spec in ipairs(services or {}) do
    for _, volume in ipairs(spec.volumes or {}) do
      if volume.source then
        return true
      end
    end
  end
  return false
end

return M
