--- Finds all names at the top of a file that are not defined, where a rendering tells the first.
---
--- Only what is surely rendered, and with the values that the file was given, is told: no name that
--- a tag before it may set, nothing of a template that extends another one.
local errors = require("engine.template.errors")
local run = require("engine.template.run")

---@class engine.template.undefined
local M = {}

--- Adds the names that some nodes may set for what stands behind them.  What is included and
--- macros set none: their names are their own.
---@param names table<string, true>
---@param nodes? engine.template.Node[]
---@param is_in_loop boolean what `set` sets goes with the loop
local function add(names, nodes, is_in_loop)
  for _, node in ipairs(nodes or {}) do
    if node.t == "set" then
      if node.global or not is_in_loop then
        names[node.name] = true
      end
    elseif node.t ~= "macro" then
      for _, part in ipairs(node.conds or {}) do
        add(names, part.body, is_in_loop)
      end
      add(names, node.otherwise and node.otherwise.body, is_in_loop)
      add(names, node.body, is_in_loop or node.t == "for")
      add(names, node.empty, is_in_loop)
    end
  end
end

--- Goes through the tags that write a name's value, at the top of a template.
---@param nodes engine.template.Node[]
---@return fun(): engine.template.Expr?, integer? # and how far it stands behind its place
local function written(nodes)
  for _, node in ipairs(nodes) do
    if node.t == "extends" then
      return function() end -- what stands outside of its blocks is not rendered
    end
  end
  local each, set = run.each(nodes), { __tera_context = true }
  return function()
    for node, behind in each do
      local e = node.t == "out" and node.e
      add(set, { node }, false)
      if e and e.k == "ident" and not (e.neg or e.filters or set[e.path[1]]) then
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
  local next_name, found = written(nodes), 0
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
