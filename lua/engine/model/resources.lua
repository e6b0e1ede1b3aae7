--- Locks and groups of scenarios: those of the file and their own.
local place = require("engine.model.place")

local M = {}

---@class engine.model.Lock
---@field name string
---@field shared? boolean
---@field is_named? boolean the file names it
---@field pos? engine.model.Pos

--- Reads the locks of one table; a name said twice is an error.
local function locks_of(cx, list, out)
  local seen = {}
  for i, item in ipairs(list or {}) do
    local is_table = type(item) == "table"
    local name = is_table and item.value.name or item
    local k = list.k or i
    if name and seen[name] then
      cx:at_value("P105", list.t, k, ("the lock %s is named twice"):format(cx:quote(name)))
    elseif name then
      seen[name] = true
      out[#out + 1] = {
        name = name,
        shared = is_table and item.value.shared or nil,
        is_named = true,
        pos = place.of_value(cx, list.t, k),
      }
    end
  end
  return out
end

--- Gives a scenario the locks and the group of its file, and its own.
---@param cx engine.model.Context
---@param scenario engine.model.Scenario
---@param file table<string, any> checked values of [meta]
---@param checked? engine.model.Checked of the scenario
function M.assign(cx, scenario, file, checked)
  local own = checked and checked.value or {}
  scenario.group, scenario.group_pos = file.group, file.group_pos
  if own.group then
    scenario.group = own.group
    scenario.group_pos = place.of_value(cx, checked.raw, checked.spelt.group)
  end
  if not (file.locks or own.locks) then
    return
  end
  local locks = table.move(scenario.locks or {}, 1, #(scenario.locks or {}), 1, {})
  locks_of(cx, file.locks, locks)
  scenario.locks = locks_of(cx, own.locks, locks)
end

return M
