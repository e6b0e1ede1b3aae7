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

--- Makes a function that tells the last line of what begins on a line.
---@param text string
---@return fun(line: integer): integer last the line itself, when nothing is known to begin there
---@nodiscard
function M.of(text)
  local last_of, entries = {}, outline_of.of(text).entries
  local function line_at(offset)
    return (toml.line_column(text, offset))
  end
  for i, entry in ipairs(entries) do
    local first, stop = line_at(entry.first), entry.stop
    if entry.kind ~= "pair" then
      for k = i + 1, #entries do
        local other = entries[k]
        if other.kind ~= "pair" and not belongs(other.parts, entry.parts) then
          break
        end
        stop = other.stop
      end
    end
    last_of[first] = last_of[first] or line_at(math.max(stop - 1, entry.first))
  end
  return function(line)
    return last_of[line] or line
  end
end

return M
