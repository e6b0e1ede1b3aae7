--- The texts of Lua that were loaded for users, found again by what a traceback calls them.
---@class engine.script.source
local M = {}

---@class engine.script.Source
---@field file string  as the user would write it
---@field path? string absolute
---@field text string
---@field short? string what messages and tracebacks call it

local by_short = {} ---@type table<string, engine.script.Source>
local by_full = {} ---@type table<string, engine.script.Source>

--- Remembers a text.
---@param fn function a function of it
---@param entry engine.script.Source
function M.add(fn, entry)
  local info = debug.getinfo(fn, "S")
  entry.short = info.short_src
  by_short[info.short_src], by_full[info.source] = entry, entry
end

--- Finds a text.
---@param short string its name in messages and tracebacks, which is cut where it is long
---@return engine.script.Source?
function M.get(short)
  return by_short[short]
end

--- Finds a text by its whole name, which starts with "@".
---@param full? string
---@return engine.script.Source?
function M.get_full(full)
  return by_full[full]
end

--- Returns the text of a file.
---@param file string as it is shown
---@return string?
function M.text(file)
  local entry = by_full["@" .. file]
  return entry and entry.text
end

return M
