--- What engine.outline.plain does with values of all kinds.  Pure.
local duration = require("engine.model.duration")

---@class engine.outline.plain_values
local M = {}

local DOUBT = {}

--- Ends what is being made: this file is read as a whole.
function M.doubt()
  error(DOUBT, 0)
end

--- Calls what may be in doubt.
---@return any ... nothing where it was
function M.unless_in_doubt(fn, ...)
  local ok, result = pcall(fn, ...)
  if ok then
    return result
  elseif result ~= DOUBT then
    error(result, 0)
  end
end

--- Makes a set of words.
---@param words string
---@return table<string, true>
---@nodiscard
function M.known(words)
  local set = {}
  for word in words:gmatch("%S+") do
    set[word] = true
  end
  return set
end

--- Counts what may be one value or a list of such.
function M.count_of(value)
  return type(value) == "table" and #value or 1
end

--- Counts the keys of a table.
function M.size(t)
  local count = 0
  for _ in pairs(t) do
    count = count + 1
  end
  return count
end

--- Copies a list, which an empty one of core.toml is not to all.
function M.list(list)
  return table.move(list, 1, #list, 1, {})
end

--- Reads a duration.
function M.ms(value)
  return type(value) == "string" and duration.parse(value) or value * 1000
end

return M
