--- Variables CLNRM_* (and CLEANROOM_*) that look like a setting and are none: what a misspelt one
--- should have set is never left out in silence.
---
--- Only names near a setting are told: other programs have variables with this beginning, too, and
--- so do the tests of a project.
---@class engine.config.variables
local fs = require("core.fs")
local keys = require("engine.config.keys")
local suggest = require("engine.suggest")

local M = {}

local ENVIRONMENT = "/proc/self/environ" -- as the program was started
local ENVIRONMENT_MAX = 4 << 20
local PREFIXES = { "CLNRM_", "CLEANROOM_" }

--- Read elsewhere than in engine.config.
local OTHERS = { "PROFILE", "LUA_DIR", "PAGER" }

--- What clnrm gives to hooks and steps, in which a clnrm may run.
local GIVEN = { HOOK = true, RUN_ID = true, FILE = true, CELL = true, SCENARIO = true, SEED = true }

--- Finds what is no setting, and near one.
---@param names string[] of variables, with their beginning
---@return { name: string, meant: string }[] # in the order of the names
---@nodiscard
function M.misspelt(names)
  local known, is_known, list = {}, {}, {}
  for _, key in ipairs(keys.list) do
    known[#known + 1] = key.env
  end
  table.move(OTHERS, 1, #OTHERS, #known + 1, known)
  for _, name in ipairs(known) do
    is_known[name] = true
  end
  for _, name in ipairs(names) do
    for _, prefix in ipairs(PREFIXES) do
      local rest = name:sub(1, #prefix) == prefix and name:sub(#prefix + 1) or ""
      local near = rest ~= "" and not is_known[rest] and not GIVEN[rest]
        and suggest.nearest(rest, known)
      if near then
        list[#list + 1] = { name = name, meant = prefix .. near }
      end
    end
  end
  return list
end

--- Lists the variables with these beginnings that the program was started with, sorted.
---@return string[] # empty, too, where the system does not tell
---@nodiscard
function M.names()
  local text, names = fs.read(ENVIRONMENT, { max = ENVIRONMENT_MAX }), {}
  for _, prefix in ipairs(PREFIXES) do
    for rest in ("\0" .. (text or "")):gmatch("\0" .. prefix .. "([^=\0]*)=") do
      names[#names + 1] = prefix .. rest
    end
  end
  table.sort(names)
  return names
end

return M
