--- The tree that every kind of input becomes before it is compared: named nodes with fields.
---
--- Sealing gives each field the form in which it is compared, with what differs from run to run
--- replaced, and each node a signature: nodes with equal signatures are the same, with all that is
--- below them.  Pure.
---@class engine.diff.node
local hash = require("core.hash")

local M = {}

M.DEPTH_MAX = 500

---@class engine.diff.Field
---@field name string
---@field value string      as it is shown: `"text"` of TOML has its quotes
---@field is_text? boolean  of several lines: differences are shown line by line
---@field is_raw? boolean   a text of TOML as it is, without quotes: it has several lines
---@field is_free? boolean  what programs wrote: ids, times and ports in it are replaced
---@field is_attribute? boolean of a span, an event or a resource
---@field is_volatile? boolean an id, a time or a port as a whole
---@field weight? number    in how far it makes two nodes alike; default 1
---@field norm? string      as it is compared; made by `seal`
---@field replaced? string[] what was replaced in it, in order

---@class engine.diff.Node
---@field kind string       "run", "scenario", "step", "span", "table", …
---@field name string
---@field label? string     how it is shown; default its name
---@field fields engine.diff.Field[] no two of one name
---@field children engine.diff.Node[] in order
---@field duration_ms? number
---@field is_frame? boolean stands for the whole: it is only counted when it differs itself
---@field is_unordered? boolean its place among its siblings means nothing
---@field from? number      when it began and ended: what overlaps has no order
---@field to? number
---@field signature? string made by `seal`
---@field size? integer     nodes in its tree, itself included

--- Makes a node.
---@param kind string
---@param name string
---@return engine.diff.Node
---@nodiscard
function M.new(kind, name)
  return { kind = kind, name = name, fields = {}, children = {} }
end

--- Adds a field, unless there is no value.
---@param node engine.diff.Node
---@param name string
---@param value any
---@param about? table fields of engine.diff.Field
function M.add(node, name, value, about)
  if value == nil then
    return
  end
  local field = { name = name, value = tostring(value) }
  for key, what in pairs(about or {}) do
    field[key] = what
  end
  node.fields[#node.fields + 1] = field
end

--- Gives the second of two fields of one name a number.
local function number_twins(fields)
  local seen = {}
  for _, field in ipairs(fields) do
    local count = (seen[field.name] or 0) + 1
    seen[field.name] = count
    if count > 1 then
      field.name = ("%s #%d"):format(field.name, count)
    end
  end
end

local function seal_field(field, replace)
  if replace and field.is_volatile then
    field.norm, field.replaced = "<volatile>", { field.value }
  elseif replace and field.is_free then
    field.norm, field.replaced = replace(field.value)
  else
    field.norm = field.value
  end
end

local function by_name(a, b)
  return a.name < b.name
end

--- Brings the fields of a node into the form that is compared.
---@param node engine.diff.Node
---@param replace? fun(text: string): string, string[] nil: nothing is replaced
---@return string[] parts what the node says itself, behind which comes what is below it
function M.seal_own(node, replace)
  local parts = { node.kind, node.name }
  number_twins(node.fields)
  table.sort(node.fields, by_name)
  for _, field in ipairs(node.fields) do
    seal_field(field, replace)
    parts[#parts + 1] = ("%s=%d:%s"):format(field.name, #field.norm, field.norm)
  end
  return parts
end

--- Gives a node its signature: nodes with equal ones are the same.
---@param node engine.diff.Node
---@param parts string[] what it says, and the signatures of what is below it
function M.sign(node, parts)
  node.signature = hash.xxh128(table.concat(parts, "\0"))
end

--- Makes a tree fit for comparing.
---@param node engine.diff.Node
---@param replace? fun(text: string): string, string[] nil: nothing is replaced
---@return engine.diff.Node node the same
function M.seal(node, replace)
  local parts, size = M.seal_own(node, replace), 1
  for _, child in ipairs(node.children) do
    M.seal(child, replace)
    parts[#parts + 1] = child.signature
    size = size + child.size
  end
  node.size = size
  M.sign(node, parts)
  return node
end

return M
