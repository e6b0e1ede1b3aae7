--- Which files the tests of a run can write on this machine: a save of anything else is a person's.
---
--- Rooms see the project read-only, or a copy of it. What does write: volumes of services, hooks on
--- the machine itself, and code of tests in Lua.
local discover = require("engine.discover")
local fs = require("core.fs")
local touch = require("engine.plan.touch")

---@class engine.dev.outputs
local M = {}

local function is_listed(paths, path)
  for _, one in ipairs(paths or {}) do
    if one == path or fs.realpath(one) == path then
      return true
    end
  end
  return false
end

--- Whether tests of a file can write a path.
---@param suite engine.model.Suite
---@param path string absolute
---@return boolean
---@nodiscard
function M.writes(suite, path)
  if suite.is_script or suite.hooks and (suite.hooks.has_module or suite.hooks.has_host) then
    return true
  end
  for _, service in ipairs(suite.services or {}) do
    for _, volume in ipairs(service.volumes or {}) do
      if volume.source and not volume.read_only
        and touch.is_below(path, fs.realpath(volume.source) or volume.source) then
        return true
      end
    end
  end
  return false
end

--- Whether people write a file: tests, what they are made of, settings.
local function is_source(loop, path)
  if loop.entries[path] or loop.everywhere.files[path]
    or discover.is_test_name(path:match("[^/]*$")) then
    return true
  end
  for _, entry in pairs(loop.entries) do
    for _, suite in ipairs(entry.suites or {}) do
      if is_listed(suite.reads, path) or is_listed(suite.modules, path) then
        return true
      end
    end
  end
  return false
end

--- Whether tests of the run that goes on, or ended last, can have written a file.
---@param loop engine.dev.Loop
---@param path string absolute
---@return ("output"|"source")? what it is then; source: what people write, too
---@nodiscard
function M.kind(loop, path)
  for of in pairs(loop.run_paths) do
    local entry = loop.entries[of]
    for _, suite in ipairs(entry and entry.suites or {}) do
      if M.writes(suite, path) then
        return is_source(loop, path) and "source" or "output"
      end
    end
  end
end

return M
