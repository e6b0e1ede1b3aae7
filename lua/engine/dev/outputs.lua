--- Which files the tests of a run can write on this machine: a save of anything else is a person's.
---
--- Rooms see the project read-only, or a copy of it. What does write: volumes of services, hooks on
--- the machine itself, and code of tests in Lua.
local discover = require("engine.discover")
local fs = require("core.fs")
local touch = require("engine.plan.touch")

---@class engine.dev.outputs
local M = {}

local TICK_NS = 20 * 1000000 -- the time of a file may be so much before it was written

---@alias engine.dev.outputs.How
---| "always" while tests run
---| "hooks"  while commands of hooks run on the machine, of which nothing is left when they end

--- How tests of a file can write a path.
---@param suite engine.model.Suite
---@param path string absolute
---@return engine.dev.outputs.How? how nil: they cannot
---@nodiscard
function M.writes(suite, path)
  local hooks = suite.hooks
  if suite.is_script or hooks and hooks.has_module then
    return "always"
  end
  for _, service in ipairs(suite.services or {}) do
    for _, volume in ipairs(service.volumes or {}) do
      if volume.source and not volume.read_only
        and touch.is_below(path, fs.realpath(volume.source) or volume.source) then
        return "always"
      end
    end
  end
  return hooks and hooks.has_host and "hooks" or nil
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

local function how_written(loop, path)
  local how
  for of in pairs(loop.run_paths) do
    local entry = loop.entries[of]
    for _, suite in ipairs(entry and entry.suites or {}) do
      local one = M.writes(suite, path)
      if one == "always" then
        return one
      end
      how = how or one
    end
  end
  return how
end

--- Whether a file was written last by something else than a test of the run that ended last: while
--- nothing ran that could. The time of its inode tells, which nobody can set.
---@param loop engine.dev.Loop
---@param path string
---@return boolean
---@nodiscard
function M.is_stray(loop, path)
  local stat = how_written(loop, path) == "hooks" and fs.stat(path)
  if not stat then
    return false
  end
  for _, span in ipairs(loop.on_machine) do
    if stat.ctime_ns >= span.from_ns - TICK_NS and stat.ctime_ns <= span.to_ns then
      return false
    end
  end
  return true
end

--- Makes what says whether tests of the run that goes on, or ended last, can have written a file.
---@param loop engine.dev.Loop
---@return fun(path: string): ("output"|"source")? # what it is then; source: what people write, too
---@nodiscard
function M.of_run(loop)
  local parts -- a run may write thousands of files: looked for once
  return function(path)
    if not how_written(loop, path) then
      return nil
    end
    parts = parts or parts_of_tests(loop)
    local is_source = loop.entries[path] or loop.everywhere.files[path] or parts[path]
      or discover.is_test_name(path:match("[^/]*$"))
    return is_source and "source" or "output"
  end
end

return M
