--- Which names of a text are not its own: the compiler knows.
---
--- A local of that name is put around the text, and the text, a function, has it among its upvalues
--- or has not.  Where it is a constant, to assign it is an error.  Only what compiles is given to
--- it; nothing of it runs.  Pure.
---@class engine.repl.free
local lex = require("engine.script.lex")

local M = {}

--- Whether a text speaks of a name that nothing in it declares.
---@param text string statements
---@param name string
---@return boolean
---@nodiscard
function M.has(text, name)
  local outer = load(("local %s return function(...) %s\nend"):format(name, text), "=", "t")
  local fn, i = outer and outer(), 1
  local found = fn and debug.getupvalue(fn, i)
  while found and found ~= name do
    i = i + 1
    found = debug.getupvalue(fn, i)
  end
  return found == name
end

--- Whether a text gives a value to a name that nothing in it declares.
---@param text string statements
---@param name string
---@return boolean
---@nodiscard
function M.is_given(text, name)
  local fn, why = load(("local %s <const> = ... ; %s\n"):format(name, text), "=", "t")
  return not fn and why:find(("const variable '%s'"):format(name), 1, true) ~= nil
end

--- Lists the names of a text that nothing in it declares.
---@param text string statements
---@return string[] names in the order in which they are first spoken of
---@nodiscard
function M.names(text)
  local list, seen = {}, {}
  for _, token in ipairs(lex.tokens(text, true)) do
    local name = token.kind == "name" and token.text
    if name and not seen[name] then
      seen[name] = true
      list[#list + 1] = M.has(text, name) and name or nil
    end
  end
  return list
end

return M
