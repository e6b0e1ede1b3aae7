--- Shows the parts of a test file to the rules, in the order of the file.
local node = require("engine.lint.node")

---@class engine.lint.walk
local M = {}

--- Kinds of nodes; each of a file in TOML can have a hook `KIND_exit` besides.
M.KINDS = {
  "file", "room", "service", "scenario", "step", "expect", "span",
  "template_tag", "lua", "lua_call",
}

local PARTS = { "room", "service", "scenario", "expect", "span" } -- of a file, besides its steps

local function call(cx, list, one)
  if not list then
    return
  end
  for i = 1, #list do
    local entry = list[i]
    cx.rule, cx.options = entry.rule, entry.options
    entry.fn(cx, one)
  end
end

--- Lists what is of one kind; two spellings of a table are joined.
local function items(root, ...)
  local list = {}
  for _, name in ipairs({ ... }) do
    for _, item in ipairs(root.value[name] or {}) do
      list[#list + 1] = item.value and item.key and item.value or item
      if item.key and type(item.value) == "table" then
        item.value.name_in_file = item.key
      end
    end
  end
  return list
end

local function add(cx, kind, checked)
  local one = node.new(kind, checked, cx.positions)
  local list = cx.nodes[kind]
  if not list then
    list = {}
    cx.nodes[kind] = list
  end
  list[#list + 1] = one
  return one
end

local function add_steps(cx, owner, list)
  local steps = {}
  for i, checked in ipairs(list or {}) do
    local step = add(cx, "step", checked)
    step.owner, step.index, step.siblings = owner, i, steps
    steps[i] = step
  end
  owner.step_nodes = steps
end

--- Makes the nodes of a file, so that a rule can look at others than its own.
local function make(cx, root)
  cx.nodes = {}
  local file = add(cx, "file", root)
  if root.value.room then
    add(cx, "room", root.value.room)
  end
  for _, checked in ipairs(items(root, "service", "services")) do
    if checked.raw then
      add(cx, "service", checked).key = checked.name_in_file
    end
  end
  add_steps(cx, file, root.value.steps)
  for _, checked in ipairs(items(root, "scenario", "scenarios")) do
    local scenario = add(cx, "scenario", checked)
    add_steps(cx, scenario, checked.value.steps)
  end
  local expect = root.value.expect
  if expect then
    add(cx, "expect", expect)
    for _, checked in ipairs(expect.value.span or {}) do
      add(cx, "span", checked)
    end
  end
  return file
end

--- Visits a node, what it holds, and leaves it.
local function visit(cx, visitors, one)
  local kind = one.kind
  call(cx, visitors[kind], one)
  local steps = kind == "scenario" and one.step_nodes
  for i = 1, steps and #steps or 0 do
    visit(cx, visitors, steps[i])
  end
  call(cx, visitors[kind .. "_exit"], one)
end

--- Visits the nodes of a file, in its order.
---@param cx engine.lint.Context
---@param file engine.lint.Node
---@param visitors table<string, { rule: engine.lint.Rule, options: table, fn: function }[]>
function M.nodes(cx, file, visitors)
  call(cx, visitors.file, file)
  for _, step in ipairs(file.step_nodes) do
    visit(cx, visitors, step)
  end
  for _, kind in ipairs(PARTS) do
    for _, one in ipairs(cx.nodes[kind] or {}) do
      visit(cx, visitors, one)
    end
  end
  call(cx, visitors.file_exit, file)
end

--- Walks a file that was read.
---@param cx engine.lint.Context
---@param root engine.model.Checked
---@param visitors table<string, { rule: engine.lint.Rule, options: table, fn: function }[]>
function M.file(cx, root, visitors)
  M.nodes(cx, make(cx, root), visitors)
end

M.call = call

return M
