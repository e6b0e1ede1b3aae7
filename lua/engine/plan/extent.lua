--- Where the scenarios of a text in TOML end, by where they begin: what an editor marks as one.
---
--- Read from the text as it is written, templates too.  Pure.
---@class engine.plan.extent
local outline_of = require("engine.lsp.outline")
local toml = require("core.toml")

local M = {}

--- Whether a header belongs to what another one began.
local function belongs(parts, first)
  for i, part in ipairs(first) do
    if not parts[i] or parts[i].name ~= part.name then
      return false
    end
  end
  return #parts > #first or first[1].name == "steps" -- the steps of a file are one scenario
end

--- Finds where what a pair begins ends: of a list of scenarios each of them, of a list of steps,
--- which are one scenario, the list.
local function add_pair(pair, add)
  local items = pair.value and pair.value.items or {}
  for _, item in ipairs(items) do
    if item.kind == "table" then
      local is_one = pair.parts[#pair.parts].name == "steps"
      add(item.first, is_one and items[#items].stop or item.stop)
    end
  end
end

--- Makes a function that tells the last line of what begins on a line.
---@param text string
---@return fun(line: integer): integer last the line itself, when nothing is known to begin there
---@nodiscard
function M.of(text)
  local last_of, entries = {}, outline_of.of(text).entries
  local function add(offset, stop)
    local first, last = toml.line_column(text, offset), toml.line_column(text, stop - 1)
    last_of[first] = math.max(last_of[first] or 0, last)
  end
  for i, entry in ipairs(entries) do
    if entry.kind == "pair" then
      add_pair(entry, add)
    else
      local stop = entry.stop
      for k = i + 1, #entries do
        local other = entries[k]
        if other.kind ~= "pair" and not belongs(other.parts, entry.parts) then
          break
        end
        stop = other.stop
      end
      add(entry.first, stop)
    end
  end
  return function(line)
    return last_of[line] or line
  end
end

return M
