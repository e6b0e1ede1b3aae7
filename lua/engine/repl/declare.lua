--- Gives names of a session their `local`, as a test has them.
---
--- In a session a name has one value for all lines, whoever assigns it.  So its `local` stands
--- where it is first assigned only if nothing speaks of it before; else it stands in front.
--- A later `local` of the same name is an assignment.  Pure.
---@class engine.repl.declare
local free = require("engine.repl.free")
local lex = require("engine.script.lex")
local locals = require("engine.repl.locals")
local tail = require("engine.repl.tail")

local M = {}

local NO_STATEMENT = { [","] = true, ["."] = true, [":"] = true, ["local"] = true, ["for"] = true,
  ["goto"] = true, ["function"] = true }

--- Reads the names that a statement assigns, if one begins at a token.
---@return string[]? names
local function assigned_at(tokens, i)
  local before, token = tokens[i - 1], tokens[i]
  if before and before.kind ~= "string" and NO_STATEMENT[before.text] then
    return nil
  elseif token.kind == "word" and token.text == "function" then
    local name, sign = tokens[i + 1], tokens[i + 2]
    return name and name.kind == "name" and sign and sign.text == "(" and { name.text } or nil
  end
  local names = {}
  while tokens[i] and tokens[i].kind == "name" do
    names[#names + 1] = tokens[i].text
    i = i + 1
    if tokens[i] and tokens[i].text == "," then
      i = i + 1
    elseif tokens[i] and tokens[i].kind == "sign" and tokens[i].text == "=" then
      return names
    end
  end
end

local function every(names, holds)
  for _, name in ipairs(names) do
    if not holds(name) then
      return false
    end
  end
  return true
end

--- Puts `local` before the statement that assigns a name.
---@param text string
---@param name string
---@param is_fresh fun(name: string): boolean
---@return string? text nil: the name would have two meanings then
local function localized(text, name, is_fresh)
  local tokens, depth = lex.tokens(text, true), 0
  for i, token in ipairs(tokens) do
    local names = depth == 0 and assigned_at(tokens, i) or {}
    if not every(names, function(each) return each ~= name end) then
      local made = text:sub(1, token.first - 1) .. "local " .. text:sub(token.first)
      local is_right = every(names, is_fresh) and load(made, "=", "t") and every(names,
        function(each) return not free.has(made, each) end)
      return is_right and made or nil
    end
    depth = depth + tail.depth_of(token)
  end
end

--- Declares what statements are the first to assign.
---@param text string statements, as they were typed
---@param fresh string[] names that they assign and that none before has
---@param is_assigned_later fun(name: string): boolean
---@return string text
---@return string[] before names that are to be declared in front of it
---@nodiscard
function M.statements(text, fresh, is_assigned_later)
  local set, before = {}, {}
  for _, name in ipairs(fresh) do
    set[name] = true
  end
  local rewritten = locals.rewrite(text)
  local is_const = text:find("<%s*const%s*>") ~= nil
  local is_as_typed = every(rewritten.names, function(name)
    return set[name] and not free.has(text, name)
      and not (is_const and is_assigned_later(name))
  end)
  local out = is_as_typed and text or rewritten.text:gsub("^%s+", "")
  for _, name in ipairs(fresh) do
    if free.has(out, name) then
      local made = localized(out, name, function(each) return set[each] end)
      out = made or out
      before[#before + 1] = not made and name or nil
    end
  end
  return out, before
end

return M
