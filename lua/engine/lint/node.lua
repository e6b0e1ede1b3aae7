--- What the rules of lint look at: a table of a test file with its kind, its values and its places.
---
--- `node.KEY` is the value that the file has, whichever spelling it uses: `node.expected_exit_code`
--- is there for `exit_code`, too.  What the checker made of it stands in `checked`.
---@class engine.lint.node
local M = {}

---@class engine.lint.Node
---@field kind string            file, room, service, scenario, step, expect, span, template_tag,
---                              lua, lua_call
---@field key? string            of a service: its name
---@field checked engine.model.Checked
---@field is_light? true  engine.lint.light made it: there is no `checked`
---@field header engine.lint.Place its [header], or the braces of an inline table
---@field [string] any

---@class engine.lint.Place
---@field offset integer bytes from 0
---@field stop integer   behind the last byte
---@field at? integer     in the rendered text, where another template may have written it

local Node = {}

--- Every node has `checked`, so that asking for it does not come here.
function Node.__index(self, name)
  if name == "header" then
    return { offset = rawget(self, "offset"), stop = rawget(self, "stop"),
      at = rawget(self, "rendered_at") }
  end
  local checked = self.checked
  return checked.raw[checked.spelt[name] or name]
end

Node.__metatable = false

--- Makes the node of a checked table.
---@param kind string
---@param checked engine.model.Checked
---@param positions core.toml.Positions
---@return engine.lint.Node
function M.new(kind, checked, positions)
  local offset, stop, at = positions:table(checked.raw)
  return setmetatable({
    kind = kind,
    checked = checked,
    offset = offset,
    stop = stop,
    rendered_at = at,
    owner = nil, -- what engine.lint.walk adds has its room
    index = nil,
    siblings = nil,
    step_nodes = nil,
  }, Node)
end

--- What the checker made of a key; of a light node what the file has, which is right.
---@param node engine.lint.Node
---@param name string
---@return any
---@nodiscard
function M.value(node, name)
  if node.is_light then
    return node[name]
  end
  return node.checked.value[name]
end

return M
