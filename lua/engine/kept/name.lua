--- What a kept or running room is called on a command line: RUN:SCENARIO.  Pure.
---@class engine.kept.name
local M = {}

--- Makes of a text what a shell takes without quotes.
---@param text string
---@return string
---@nodiscard
function M.slug(text)
  return (text:gsub("%]? › ", ":"):gsub("[^%w._/=,+@:~\128-\255-]+", "-"):gsub("^%-+", "")
    :gsub("%-+$", ""))
end

--- The names of a room, the shortest first: of its scenario, and that behind its file.
---@param scenario string id of the scenario: `file › name`
---@param number? integer which of its rooms, from 2 on
---@return string[]
---@nodiscard
function M.of(scenario, number)
  local tail = number and number > 1 and "~" .. number or ""
  return { M.slug(scenario:match(" › (.*)$") or scenario) .. tail, M.slug(scenario) .. tail }
end

--- Finds what a text means: what has exactly this name, else what alone begins with it.
---@generic T
---@param wanted string
---@param list T[] each with `names`
---@return T[] found one, none, or all that it could mean
---@nodiscard
function M.find(wanted, list)
  local exact, begun = {}, {}
  for _, one in ipairs(list) do
    local is_exact, is_begun = false, false
    for _, name in ipairs(one.names) do
      is_exact = is_exact or name == wanted
      is_begun = is_begun or name:sub(1, #wanted) == wanted
    end
    exact[#exact + 1] = is_exact and one or nil
    begun[#begun + 1] = is_begun and one or nil
  end
  return exact[1] and exact or begun
end

return M
