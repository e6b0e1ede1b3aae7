--- Profiles: which one holds, and what it sets.
---
--- `default` and `ci` are there in any case; `[profile.NAME]` of the project file adds to them and
--- makes others.  `default` holds always, the profile that is asked for stands over it.
local is_ci = require("engine.ci").is_set
local suggest = require("engine.suggest")

local M = {}

--- What profiles set that no file says anything about.
---@type table<string, table<string, any>>
M.BUILT_IN = {
  default = {},
  ci = { ["ui.progress"] = "counter" },
}

--- Says which profile is asked for, and by what.
---@param flag? string
---@param env fun(name: string): string?
---@return string name
---@return string by "--profile", "CLNRM_PROFILE", "CLEANROOM_PROFILE", "CI" or "built in"
function M.wanted(flag, env)
  local name = "CLNRM_PROFILE"
  local variable = env(name) or ""
  if variable == "" then
    name = "CLEANROOM_PROFILE"
    variable = env(name) or ""
  end
  if flag then
    return flag, "--profile"
  elseif variable ~= "" then
    return variable, name
  elseif is_ci(env) then
    return "ci", "CI"
  end
  return "default", "built in"
end

--- Says what is wrong with a profile that is asked for.
---@param name string
---@param by string
---@param profiles table<string, any> those of the project file
---@return engine.diag.Diagnostic?
function M.problem(name, by, profiles)
  if M.BUILT_IN[name] or profiles[name] then
    return nil
  end
  local names = { "ci", "default" }
  for known in pairs(profiles) do
    if not M.BUILT_IN[known] then
      names[#names + 1] = known
    end
  end
  table.sort(names)
  local near = suggest.nearest(name, names)
  return {
    severity = "error",
    code = "E208",
    message = ("%s: there is no profile '%s'"):format(by, name),
    help = near and ("did you mean '%s'?"):format(near)
      or ("there are %s; [profile.%s] in clnrm.toml makes another"):format(
        table.concat(names, ", "), name),
  }
end

return M
