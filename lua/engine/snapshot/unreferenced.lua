--- Which stored snapshots no check refers to any more.
---
--- Those of files in TOML are known without running anything; what a Lua test refers to is known
--- when it has passed.
---@class engine.snapshot.unreferenced
local place = require("engine.snapshot.place")

local M = {}

--- Adds the snapshots that the steps of a suite refer to.
---@param used table<string, true> by path
---@param suite engine.model.Suite
function M.add_suite(used, suite)
  for _, scenario in ipairs(suite.scenarios) do
    for _, step in ipairs(scenario.steps or {}) do
      for _, check in ipairs(step.checks) do
        if check.matcher == "snapshot" then
          local where = place.of(scenario, check.expected)
          used[where.root .. "/" .. where.path] = true
        end
      end
    end
  end
end

--- Lists the snapshots that nothing refers to.
---@param found engine.snapshot.Found[]
---@param used table<string, true>
---@param is_unknown? fun(source: string): boolean of what its file refers to, not all is known
---@return engine.snapshot.Found[]
---@nodiscard
function M.list(found, used, is_unknown)
  local list = {}
  for _, one in ipairs(found) do
    local is_ours = (one.stored or one.pending) and not one.problem
    if is_ours and not used[one.file] and not (is_unknown and is_unknown(one.source)) then
      list[#list + 1] = one
    end
  end
  return list
end

--- Removes one, with what is pending of it.
---@param one engine.snapshot.Found
---@return true? ok
---@return core.Error? err
function M.delete(one)
  local store = require("engine.snapshot.store")
  local root, err = store.open(one.root)
  local ok = root ~= nil
  for _, path in ipairs(root and { one.pending and one.path .. place.PENDING or false,
    one.stored and one.path or false } or {}) do
    if ok and path then
      ok, err = store.remove(root, path)
    end
  end
  if root then
    root:close()
  end
  return ok or nil, err
end

return M
