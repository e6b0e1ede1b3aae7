--- Finds the names that are bound where a tag stands: by loops, sets and arguments of macros.
---
--- It is asked only when a name is not defined, and reads the text for that: neither what is
--- compiled nor what core.tags runs knows names any more.
local finder = require("engine.fmt.finder")
local toml = require("core.toml")

local M = {}

local QUOTED = { "'[^']*'", '"[^"]*"', "`[^`]*`" }

---@class engine.template.Binding
---@field by "for"|"loop"|"set"|"macro"
---@field file table the template
---@field at integer  of the tag that binds it, from 1

--- A tag that is open.
---@class engine.template.Open
---@field kind string
---@field names? table<string, engine.template.Binding> nil: what is set in it is set around it
---@field block? string

local open = {}

open["for"] = function(text)
  local first, second = text:match("^for%s+([%a_][%w_]*)%s*,?%s*([%a_]?[%w_]*)%s+in%s")
  local names = { loop = "loop" }
  if first then
    names[first] = "for"
    names[second ~= "" and second or first] = "for"
  end
  return names
end

function open.macro(text)
  local names = {}
  for _, quoted in ipairs(QUOTED) do
    text = text:gsub(quoted, "")
  end
  for name in text:gmatch("[,(]%s*([%a_][%w_]*)") do
    names[name] = "macro"
  end
  return names
end

open["if"], open.filter, open.block = function() end, function() end, function() end

--- Adds what a tag binds to the open tags, or ends one of them.
---@param stack engine.template.Open[]
---@param tag engine.fmt.Tag
---@param file table
---@param is_child boolean the template extends another one: only its blocks are rendered
local function take(stack, tag, file, is_child)
  local text = file.source:sub(tag.first, tag.last):gsub("^{%%%-?%s*", "")
  if open[tag.name] then
    local names = open[tag.name](text) or tag.name == "block" and is_child and {} or nil
    for name, by in pairs(names or {}) do
      names[name] = { by = by, file = file, at = tag.first }
    end
    stack[#stack + 1] = { kind = tag.name, names = names,
      block = tag.name == "block" and text:match("^block%s+([%a_][%w_]*)") or nil }
  elseif tag.name:find("^end") and #stack > 1 then
    stack[#stack] = nil
  elseif tag.name == "else" and stack[#stack].kind == "for" then
    stack[#stack] = { kind = "else" }
  elseif tag.name == "set" or tag.name == "set_global" then
    local i, name = #stack, text:match("^set[%a_]*%s+([%a_][%w_]*)%s*=")
    while not stack[i].names or tag.name == "set_global" and stack[i].kind == "for" do
      i = i - 1
    end
    stack[i].names[name or ""] = { by = "set", file = file, at = tag.first }
  end
end

--- Lists the tags that are open at a place; first that of the whole template.
---@return engine.template.Open[]
local function open_at(file, at)
  local stack, is_child = { { kind = "template", names = {} } }, false
  for _, tag in ipairs(finder.find(file.source, true) or {}) do
    if tag.last >= at then
      break
    elseif tag.name then
      is_child = is_child or tag.name == "extends"
      take(stack, tag, file, is_child)
    end
  end
  return stack
end

--- Lists the templates that are rendered as one: the main one and those it extends.
local function chain_of(run, main)
  return main and main.parent and run and run.env:chain(main) or {}
end

---@class engine.template.Names
---@field all table<string, engine.template.Binding>
---@field seen table<string, true> places that were looked at
---@field chain table[]

--- Adds the names of a place, and of those where the blocks that it is in are rendered.
---@param names engine.template.Names
---@param file table
---@param at integer
---@return boolean ends_here it is in a macro, which sees nothing of where it is called
local function add(names, file, at)
  local key = file.name .. ":" .. at
  if names.seen[key] then
    return false
  end
  names.seen[key] = true
  local stack, is_of_chain = open_at(file, at), false
  for _, one in ipairs(names.chain) do
    is_of_chain = is_of_chain or one == file
  end
  for i = #stack, 1, -1 do
    local one = stack[i]
    for name, binding in pairs(one.names or {}) do
      names.all[name] = names.all[name] or binding
    end
    for _, other in ipairs(one.block and is_of_chain and names.chain or {}) do
      local def = other ~= file and other.blocks[one.block]
      if def then
        add(names, other, def.at)
      end
    end
    if one.kind == "macro" then
      return true
    elseif one.kind == "block" and one.names then
      break -- what stands around a block of a child is not rendered
    end
  end
  return false
end

--- Finds the names that are bound at a place: in its template, and in those that include it.
---@param file table the template, with `name` and `source`
---@param at integer from 1
---@param run? table the state of the rendering
---@param main? table the main template
---@return table<string, engine.template.Binding>
---@nodiscard
function M.names(file, at, run, main)
  local names = { all = {}, seen = {}, chain = chain_of(run, main) }
  local ends_here = add(names, file, at)
  for depth = run and run.d or 0, 2, -2 do
    if ends_here or not run[depth] then
      break
    end
    ends_here = add(names, run[depth], run[depth + 1])
  end
  return names.all
end

local WORDS = {
  ["for"] = "`%s` is of the loop in %s",
  loop = "`%s` is that in %s",
  set = "`%s` is set in %s",
  macro = "`%s` is an argument of the macro in %s",
}

--- Says what binds a name, and what it lacks.
---@param path table the first of its steps is the name
---@param binding engine.template.Binding
---@param file table the template that it is said of
---@return string
---@nodiscard
function M.words(path, binding, file)
  local place = ("line %d"):format((toml.line_column(binding.file.source, binding.at - 1)))
  if binding.file ~= file then
    place = place .. " of " .. binding.file.name
  end
  local words = WORDS[binding.by]:format(path[1], place)
  if #path == 1 then
    return words .. ", but not each time"
  elseif #path == 2 and type(path[2]) == "string" then
    return ("%s, and has no `%s` here"):format(words, path[2])
  end
  return words
end

M.LOOP = { "first", "index", "index0", "last" }

return M
