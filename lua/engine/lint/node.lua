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
---@field header engine.lint.Place its [header], or the braces of an inline table
---@field [string] any

---@class engine.lint.Place
---@field offset integer bytes from 0
---@field stop integer   behind the last byte

local Node = {}

function Node.__index(self, name)
  local checked = rawget(self, "checked")
  if not checked then
    return nil
  elseif name == "header" then
    return { offset = rawget(self, "offset"), stop = rawget(self, "stop") }
  end
  local spelt = checked.spelt[name]
  return checked.raw[spelt or name]
end

Node.__metatable = false

--- Makes the node of a checked table.
---@param kind string
---@param checked engine.model.Checked
---@param positions core.toml.Positions
---@return engine.lint.Node
function M.new(kind, checked, positions)
  local offset, stop = positions:table(checked.raw)
  return setmetatable({
    kind = kind,
    checked = checked,
    offset = offset,
    stop = stop,
  }, Node)
end

return M
