--- Finds all names at the top of a file that are not defined, where a rendering tells the first.
---
--- Only what is surely rendered, and with the values that the file was given, is told: nothing
--- behind a tag that may set a name, nothing of a template that extends another one.
local errors = require("engine.template.errors")
local run = require("engine.template.run")

local M = {}

local may_set

--- Says whether one of some nodes may set a name for what stands behind all of them.
local function any_sets(nodes, is_in_loop)
  for _, node in ipairs(nodes or {}) do
    if may_set(node, is_in_loop) then
      return true
    end
  end
  return false
end

--- Says whether a node may set a name for what stands behind it.
---@param node engine.template.Node
---@param is_in_loop boolean what `set` sets goes with the loop
---@return boolean
function may_set(node, is_in_loop)
  local t = node.t
  if t == "set" then
    return node.global or not is_in_loop
  elseif t == "include" then
    return true
  elseif t == "if" then
    for _, part in ipairs(node.conds) do
      if any_sets(part.body, is_in_loop) then
        return true
      end
    end
    return node.otherwise ~= nil and any_sets(node.otherwise.body, is_in_loop)
  elseif t == "for" then
    return any_sets(node.body, true) or any_sets(node.empty, is_in_loop)
  end
  return t ~= "macro" and any_sets(node.body, is_in_loop)
end

--- Goes through the tags that write a name's value, at the top of a template.
---@param nodes engine.template.Node[]
---@return fun(): engine.template.Expr?, integer? # and how far it stands behind its place
local function names(nodes)
  for _, node in ipairs(nodes) do
    if node.t == "extends" then
      return function() end -- what stands outside of its blocks is not rendered
    end
  end
  local each = run.each(nodes)
  return function()
    for node, behind in each do
      local e = node.t == "out" and node.e
      if may_set(node, false) then
        return nil
      elseif e and e.k == "ident" and not e.filters then
        return e, (node.shift or 0) + behind
      end
    end
  end
end

--- Finds the names that are not defined.
---@param file { name: string, source: string }
---@param nodes engine.template.Node[] of it
---@param values table
---@param is_told fun(first: integer, last: integer): boolean of a place, from 0: it is told already
---@param helped integer how many are told with what may be meant
---@return fun(): engine.template.Problem?
---@nodiscard
function M.each(file, nodes, values, is_told, helped)
  local next_name, found = names(nodes), 0
  return function()
    for e, behind in next_name do
      local at = e.at + behind
      local problem = not is_told(at - 1, at - 2 + e.stop - e.at)
        and errors.find(file, e.path, at, values, found >= helped)
      if problem then
        found = found + 1
        return problem
      end
    end
  end
end

return M
