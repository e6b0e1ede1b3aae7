--- Which files the tests of a run can write on this machine: a save of anything else is a person's.
---
--- Rooms see the project read-only, or a copy of it. What does write: volumes of services, hooks on
--- the machine itself, and code of tests in Lua.
local discover = require("engine.discover")
local fs = require("core.fs")
local touch = require("engine.plan.touch")

---@class engine.dev.outputs
local M = {}

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

--- Lists what tests are made of, besides their own files.
---@return table<string, true>
local function parts_of_tests(loop)
  local set = {}
  for _, entry in pairs(loop.entries) do
    for _, suite in ipairs(entry.suites or {}) do
      for _, paths in ipairs({ suite.reads or {}, suite.modules or {} }) do
        for _, path in ipairs(paths) do
          set[path], set[fs.realpath(path) or path] = true, true
        end
      end
    end
  end
  return set
end

local function can_write(loop, path)
  for of in pairs(loop.run_paths) do
    local entry = loop.entries[of]
    for _, suite in ipairs(entry and entry.suites or {}) do
      if M.writes(suite, path) then
        return true
      end
    end
  end
  return false
end

--- Makes what says whether tests of the run that goes on, or ended last, can have written a file.
---@param loop engine.dev.Loop
---@return fun(path: string): ("output"|"source")? # what it is then; source: what people write, too
---@nodiscard
function M.of_run(loop)
  local parts -- a run may write thousands of files: looked for once
  return function(path)
    if not can_write(loop, path) then
      return nil
    end
    parts = parts or parts_of_tests(loop)
    local is_source = loop.entries[path] or loop.everywhere.files[path] or parts[path]
      or discover.is_test_name(path:match("[^/]*$"))
    return is_source and "source" or "output"
  end
end

return M
