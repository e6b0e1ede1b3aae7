--- A comparison as data: `clnrm.diff/1`, see docs/diff.md.
---@class engine.diff.view.json
local compare = require("engine.diff.compare")
local json = require("core.json")
local of_file = require("engine.diff.of_file")

local M = {}

M.SCHEMA = "clnrm.diff/1"

--- A value as one of TOML is written on a line; all others are as they are.
local function value_of(value, is_raw)
  return value and is_raw and of_file.quoted(value) or value
end

local function fields_of(change)
  local out = json.array()
  for i, field in ipairs(change.fields) do
    local raw = field.raw or {}
    out[i] = { name = field.name, op = field.op, a = value_of(field.a, raw.a),
      b = value_of(field.b, raw.b) }
  end
  local side = change.op == "added" and "b" or change.op == "removed" and "a"
  for _, field in ipairs(side and change.node.fields or {}) do
    out[#out + 1] = { name = field.name, op = change.op,
      [side] = value_of(field.norm, field.is_raw) }
  end
  return out
end

local function add(out, change, path, told)
  local is_told = told.all or change.op ~= "same" or change.timing
  local node = change.node
  if is_told then
    out[#out + 1] = {
      op = change.op,
      path = json.array(table.move(path, 1, #path, 1, {})),
      kind = node.kind,
      name = node.name,
      label = node.label,
      name_before = change.similarity and change.a.name or nil,
      similarity = change.similarity,
      moved = change.is_moved or false,
      moved_from = change.from and json.array(table.move(change.from, 1, #change.from, 1, {})),
      fields = fields_of(change),
      a_ms = change.a and change.a.duration_ms,
      b_ms = change.b and change.b.duration_ms,
      timing = change.timing,
    }
  end
  path[#path + 1] = node.name
  for _, child in ipairs(change.children) do
    if told.all or not child.is_hidden then
      add(out, child, path, told)
    end
  end
  path[#path] = nil
end

local function side_of(input)
  return {
    kind = input.kind,
    name = input.shown,
    count = input.count,
    notes = json.array(input.notes),
  }
end

--- Renders a comparison.
---@param _ any
---@param told engine.diff.Told
---@return string # one line
---@nodiscard
function M.render(_, told)
  local changes = json.array()
  add(changes, told.result.root, {}, told)
  return assert(json.encode({
    schema = M.SCHEMA,
    kind = told.kind,
    a = side_of(told.a),
    b = side_of(told.b),
    same = told.result.is_same,
    counts = told.result.counts,
    ignored = told.result.ignored,
    left_out = json.array(told.left_out),
    noise = { ms = compare.NOISE_MS, ratio = compare.NOISE_RATIO },
    changes = changes,
  }, { invalid = "replace" })) .. "\n"
end

return M
