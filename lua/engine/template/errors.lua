--- Turns what is wrong in a template into a problem with file, line, column, chain and advice.
local bound = require("engine.template.bound")
local lexer = require("engine.template.lexer")
local standard = require("engine.template.context")
local suggest = require("engine.suggest")
local toml = require("core.toml")
local value = require("engine.template.value")

local M = {}

local NAMES_MAX = 1000 -- of more, none is suggested
local LISTED_MAX = 12

---@class engine.template.Problem
---@field message string
---@field help? string
---@field file string    the name of the template
---@field line integer   from 1
---@field column integer from 1, in characters
---@field offset integer from 0
---@field length integer in bytes
---@field chain { file: string, line: integer, column: integer }[] the calls that led there,
---   outermost first
---@field path? table    of a name that is not defined: its steps
---@field depth? integer which of them is not there
---@field meant? string  for what is marked, as a whole

local function keys_of(t)
  local names = {}
  for name in pairs(type(t) == "table" and t or {}) do
    names[#names + 1] = tostring(name)
    if #names > NAMES_MAX then
      return {}
    end
  end
  table.sort(names)
  return names
end

--- Lists a table's keys; those of what stands behind it too.
local function all_names(G)
  local all, list, depth = {}, {}, 0
  while type(G) == "table" and depth < 100 do
    for _, name in ipairs(keys_of(G)) do
      if not all[name] then
        all[name] = true
        list[#list + 1] = name
      end
    end
    local meta = getmetatable(G)
    G, depth = meta and meta.__index, depth + 1
  end
  table.sort(list)
  return list
end

local function shown_path(path, last)
  local shown = path[1]
  for i = 2, last do
    local step = path[i]
    if type(step) == "table" then
      shown = shown .. "[" .. step.name .. "]"
    elseif step:find("^%d+$") then
      shown = shown .. "[" .. step .. "]"
    else
      shown = shown .. "." .. step
    end
  end
  return shown
end

M.shown_path = shown_path

local IS_NAMESPACE = { otel = true, matrix = true, vars = true } -- they are always there

--- Lists names: where there are others, those that every file has come behind them.
local function listed(names)
  local own, of_all = {}, {}
  for _, name in ipairs(names) do
    if standard.STANDARD[name] then
      of_all[#of_all + 1] = name
    elseif not IS_NAMESPACE[name] then
      own[#own + 1] = name
    end
  end
  names = #own > 0 and table.move(of_all, 1, #of_all, #own + 1, own) or names
  return table.concat(names, ", ", 1, math.min(#names, LISTED_MAX))
end

--- Explains that a name which a tag has bound does not have what is asked of it.  What it holds is
--- not known here any more, so that no other key can be suggested.
local function without_key(problem, path, binding, file)
  problem.path, problem.depth = path, #path
  problem.message = ("`%s` is not defined"):format(shown_path(path, #path))
  local near = binding.by == "loop" and #path == 2 and type(path[2]) == "string"
    and suggest.nearest(path[2], bound.LOOP)
  if near then
    problem.help, problem.meant = ("did you mean `loop.%s`?"):format(near), near
  else
    problem.help = bound.words(path, binding, file)
  end
end

--- Lists what may be meant by the first name of a path.
local function names_here(context, bindings)
  local names = all_names(context)
  local known = {}
  for _, name in ipairs(names) do
    known[name] = true
  end
  for name in pairs(bindings or {}) do
    names[#names + 1] = not known[name] and name or nil
  end
  table.sort(names)
  return names
end

--- Explains which part of a path is not there.
local function undefined(problem, path, context, is_brief, bindings)
  local known, depth = type(context) == "table" and context[path[1]], 1
  local parent = context
  while known ~= nil and known ~= false and depth < #path do
    local step = path[depth + 1]
    depth, parent = depth + 1, known
    if type(step) == "table" then
      break
    end
    local is_array = value.is_array(known)
    known = type(known) == "table"
      and known[is_array and (math.tointeger(tonumber(step)) or -1) + 1 or step] or nil
  end
  if known == nil and depth == 1 and #path > 1 then
    depth = 1
  end
  problem.path, problem.depth, problem.parent = path, depth, parent
  local shown = shown_path(path, depth)
  problem.message = ("`%s` is not defined"):format(shown)
  local step = path[depth]
  if not is_brief and type(step) == "string" and not step:find("^%d+$") then
    local names = depth == 1 and names_here(context, bindings) or keys_of(parent)
    local near = suggest.nearest(step, names)
    if near then
      local before = depth > 1 and shown_path(path, depth - 1) .. "." or ""
      problem.help, problem.meant = ("did you mean `%s%s`?"):format(before, near), near
    elseif #names > 0 then
      problem.help = "known here: " .. listed(names)
    end
  end
end

--- The word that stands at a place.
local function length_at(source, at)
  local word = source:match("^[%w_]+", at) or source:match("^[^%s%w]", at)
  return math.max(#(word or " "), 1)
end

local function place(problem, file, at)
  problem.file, problem.offset = file.name, at - 1
  problem.line, problem.column = toml.line_column(file.source, at - 1)
  return problem
end

--- Points at the step of a path that is not there.
---@param problem engine.template.Problem
---@param file { name: string, source: string }
---@param places integer[]
---@return engine.template.Problem
function M.point(problem, file, places)
  local step = problem.path[problem.depth]
  problem.length = #(type(step) == "table" and step.name or step)
  return place(problem, file, places[problem.depth])
end

--- Notes what was meant where the word that is marked is the one that the message names.
local function note_meant(problem, file)
  local word = problem.message and problem.message:match("`([%a_][%w_]*)`")
  local near = problem.help and problem.help:match("^did you mean `([%a_][%w_]*)`%?$")
  local marked = file.source:sub(problem.offset + 1, problem.offset + problem.length)
  problem.meant = word and word == marked and near or nil
end

--- Marks the name of a macro instead of where the macro would come from.
local function mark_macro(problem, file)
  local name = problem.message and problem.message:match("^there is no macro `([%w_]+)`")
  local space, called = file.source:match("^([%a_][%w_]*::)([%w_]+)", problem.offset + 1)
  if name and called == name then
    problem.length = #name
    place(problem, file, problem.offset + 1 + #space)
  end
end

--- Makes the problem of a syntax error.
---@param file { name: string, source: string }
---@param p { message: string, at: integer, help?: string }
---@return engine.template.Problem
function M.syntax(file, p)
  return place({
    message = p.message, help = p.help, length = length_at(file.source, p.at), chain = {},
    is_syntax = true,
  }, file, p.at)
end

--- Makes the problem of something that was raised while a template was compiled or rendered.
---@param raised any what error() was given; an error of Lua itself is raised again
---@param run? table the state of the rendering
---@param context? table
---@param main { name: string, source: string } what is blamed when nothing else is known
---@return engine.template.Problem
function M.raised(raised, run, context, main)
  if type(raised) ~= "table" or not (raised.template_error or raised.undefined) then
    error(raised, 0)
  end
  local file = raised.file or run and run.z or main
  local at = raised.at or run and run.at or 1
  local problem = place({ message = raised.template_error, help = raised.help, chain = {},
    limit = raised.limit, is_syntax = raised.is_syntax, is_unwritable = raised.is_unwritable,
    length = length_at(file.source, at) }, file, at)
  if raised.undefined then
    local places = {}
    local ident = lexer.path(file.source, at, 0, places)
    local bindings = bound.names(file, at, run, main)
    local binding = bindings[ident.path[1]]
    if binding then
      without_key(problem, ident.path, binding, file)
    else
      undefined(problem, ident.path, context, false, bindings)
    end
    M.point(problem, file, places)
  else
    mark_macro(problem, file)
    note_meant(problem, file)
  end
  if not raised.undefined and not raised.file and run and run.name
    and not problem.message:find("^%u%l+ `" .. run.name .. "`") then -- a name is of word characters
    problem.message = ("%s: %s"):format(run.name, problem.message)
  end
  for depth = 2, math.min(run and run.d or 0, 128), 2 do
    local caller = run[depth]
    if caller then
      problem.chain[#problem.chain + 1] = place({}, caller, run[depth + 1])
    end
  end
  return problem
end

--- Looks a path up in a context: the problem when it is not there.
---@param file { name: string, source: string }
---@param path table up to a name in brackets it is looked up
---@param at integer where it stands, from 1
---@param context table
---@param is_brief? boolean without what may be meant
---@return engine.template.Problem?
function M.find(file, path, at, context, is_brief)
  local v = context
  for i, step in ipairs(path) do
    if type(step) ~= "string" then
      return nil -- what stands in `[ ]` is not known here
    elseif type(v) ~= "table" then
      v = nil
    elseif i > 1 and value.is_array(v) then
      v = v[(math.tointeger(tonumber(step)) or -1) + 1]
    else
      v = v[step]
    end
    if v == nil then
      break
    end
  end
  if v ~= nil then
    return nil
  end
  local problem, places = { chain = {} }, {}
  lexer.path(file.source, at, 0, places)
  undefined(problem, path, context, is_brief)
  return M.point(problem, file, places)
end

--- Writes a problem in lines: where, what, how it came there.
---@param problem engine.template.Problem
---@return string
function M.text(problem)
  local lines = { ("%s:%d:%d: %s"):format(problem.file, problem.line, problem.column,
    problem.message) }
  if problem.help then
    lines[#lines + 1] = "  help: " .. problem.help
  end
  for i = #problem.chain, 1, -1 do
    local caller = problem.chain[i]
    lines[#lines + 1] = ("  called at %s:%d:%d"):format(caller.file, caller.line, caller.column)
  end
  return table.concat(lines, "\n")
end

return M
