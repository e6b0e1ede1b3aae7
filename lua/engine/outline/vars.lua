--- Reads [vars] of a template before its tags, where it is certain what they are.
---
--- engine.model.raw reads them in whatever way they are written, and tells what is wrong.  Certain
--- is one table with a header of its own, above all tags of control, that no tag stands in.
local core_text = require("core.text")
local toml = require("core.toml")

---@class engine.outline.vars
local M = {}

local NAME_MAX = 1000 -- as engine.model has it
local HEADER = "[vars]\n"
local OPENS = 123 -- {

-- What says that other tables are read first, too, or that words may be written in another way.
local DOUBTS = { "matrix", "determinism", "\\u", "\\U", "\\x", "\r" }

local function holds_one_of(text, words)
  for _, word in ipairs(words) do
    if text:find(word, 1, true) then
      return true
    end
  end
  return false
end

--- Whether "vars" stands nowhere else but in tags that are open there, on the same line.
---@param allowed integer? where it may stand
local function is_alone(text, allowed)
  local is_open, mark = false, text:find("[{}\n]")
  local first = text:find("vars", 1, true)
  while first do
    while mark and mark < first do
      if text:byte(mark) ~= OPENS then
        is_open = false
      else
        is_open = is_open or text:find("^[{%%]", mark + 1) ~= nil
      end
      mark = text:find("[{}\n]", mark + 1)
    end
    if first ~= allowed and not is_open then
      return false
    end
    first = text:find("vars", first + 1, true)
  end
  return true
end

local CONTROLS = { "{%", "'''", '"""' }

--- Reads them.
---@param text string
---@return table<string, any>? vars nil: there are none
---@return boolean is_certain
function M.read(text)
  if holds_one_of(text, DOUBTS) or core_text.bad_utf8(text) then
    return nil, false
  end
  local header = text:find(HEADER, 1, true)
  while header and header > 1 and text:byte(header - 1) ~= 10 do -- it begins a line
    header = text:find(HEADER, header + 1, true)
  end
  if not is_alone(text, header and header + 1) then
    return nil, false
  elseif not header then
    return nil, true
  end
  local block = text:sub(header, text:find("\n[ \t]*%[", header + #HEADER - 1) or -1)
  if holds_one_of(text:sub(1, header - 1), CONTROLS) or block:find("{[{%%#]") then
    return nil, false
  end
  local root = toml.decode(block)
  return root and root.vars, root ~= nil and toml.type(root.vars) == "table"
end

--- Whether tags use each of them: what none uses is told.
---@param vars? table<string, any>
---@param used table<string, true> as engine.template.environment tells them
---@return boolean
---@nodiscard
function M.are_used(vars, used)
  for name in pairs(vars or {}) do
    if #name > NAME_MAX or not (used[name] or used["vars." .. name] or used["vars.*"]) then
      return false
    end
  end
  return true
end

--- Whether the rendered ones are those that were read before.
---@param rendered any
---@param vars? table<string, any>
---@return boolean
---@nodiscard
function M.are_same(rendered, vars)
  if rendered == nil or vars == nil then
    return rendered == vars
  end
  return require("engine.model.raw").is_same(rendered, vars)
end

return M
