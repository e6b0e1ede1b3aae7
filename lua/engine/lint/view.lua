--- What a rule of the project sees of a file: values and functions, and nothing of the engine.
---
--- Its tables are copies, so that the next rule, and the engine, see what is in the file.
local fix = require("engine.lint.fix")

---@class engine.lint.view
local M = {}

local EDITS = { "replace", "insert_before", "insert_after" }
local PLAIN = { kind = true, key = true, index = true, offset = true, stop = true, text = true,
  name = true, arguments = true, is_statement = true }

--- Makes what copies tables with all that is in them; of one table there is one copy.
---@return fun(value: any): any copy
---@return table<table, table> originals by their copies
local function copier()
  local copies, originals = {}, setmetatable({}, { __mode = "k" })
  local function copy(value)
    if type(value) ~= "table" then
      return value
    elseif not copies[value] then
      -- a time has a metatable that is protected, and says by it what it is
      local own = setmetatable({}, debug.getmetatable(value))
      copies[value], originals[own] = own, value
      for key, one in next, value do
        rawset(own, key, copy(one))
      end
    end
    return copies[value]
  end
  return copy, originals
end

--- Makes the views of one rule of one file.
---@param cx engine.lint.Context
---@param rule engine.lint.Rule
---@param options table
---@return { cx: table, node: fun(node: engine.lint.Node): table }
function M.new(cx, rule, options)
  local views, node_of = {}, setmetatable({}, { __mode = "k" })
  local copy, originals = copier()
  local view

  local function list_of(nodes)
    local list = {}
    for i, node in ipairs(nodes or {}) do
      list[i] = view(node)
    end
    return list
  end

  local function field(node, name)
    if name == "steps" and node.step_nodes then
      return list_of(node.step_nodes)
    elseif name == "owner" then
      return node.owner and view(node.owner)
    elseif name == "header" then
      return node.checked and { offset = node.offset, stop = node.stop }
    elseif node.checked and not (PLAIN[name] and name ~= "name" and rawget(node, name) ~= nil) then
      local spelt = node.checked.spelt[name]
      return copy(node.checked.raw[spelt or name])
    end
    return PLAIN[name] and rawget(node, name) or nil
  end

  function view(node)
    if not views[node] then
      views[node] = setmetatable({}, {
        __index = function(_, name)
          return field(node, name)
        end,
        __newindex = function()
          error("a node cannot be changed", 2)
        end,
        __metatable = false,
      })
      node_of[views[node]] = node
    end
    return views[node]
  end

  local function node(shown, what)
    local found = type(shown) == "table" and node_of[shown]
    if not found or not found.checked and what ~= "report" then
      error(what .. ": a node is wanted", 3)
    end
    return found
  end

  local function check_place(at, what)
    if type(at) ~= "table" or math.type(at.offset) ~= "integer" or math.type(at.stop) ~= "integer"
      or at.offset < 0 or at.stop < at.offset or at.stop > #cx.text then
      error(what .. ": a place is wanted, as node.header or cx:value(node, key)", 3)
    end
    return { offset = at.offset, stop = at.stop }
  end

  --- The edits of a fix; nil: there is none in it.
  local function edits_of(given)
    if rule.fix ~= "safe" and rule.fix ~= "unsafe" then
      error('report: `fix` is given, and `fixable` of the rule is not "safe" or "unsafe"', 3)
    elseif type(given) ~= "table" then
      error("report: `fix` must be an edit, or a list of edits", 3)
    end
    local edits = {}
    for i, edit in ipairs(given.offset and { given } or given) do
      local at = check_place(edit, "report: fix")
      edits[i] = { offset = at.offset, stop = at.stop, text = tostring(edit.text or "") }
    end
    if fix.overlap(edits) then
      error("report: edits of `fix` overlap", 3)
    end
    return edits[1] and edits
  end

  local shown = { file = cx.file, text = cx.text, options = {} }
  for name, value in pairs(options) do
    shown.options[name] = copy(value)
  end
  for _, name in ipairs({ "key", "value", "remove" }) do
    shown[name] = function(_, of, key)
      return cx[name](cx, node(of, name), key)
    end
  end
  for _, name in ipairs(EDITS) do
    shown[name] = function(_, at, text)
      if type(text) ~= "string" then
        error(name .. ": text is wanted", 2)
      end
      return cx[name](cx, check_place(at, name), text)
    end
  end
  function shown.item(_, list, key)
    if type(list) ~= "table" then
      error("item: a list is wanted", 2)
    end
    local ok, at = pcall(cx.item, cx, originals[list] or list, key)
    return ok and at or nil
  end
  function shown.source(_, at)
    return cx:source(check_place(at, "source"))
  end
  function shown.nodes(_, kind)
    return list_of(cx.nodes[kind])
  end
  function shown.report(_, report)
    if type(report) ~= "table" or type(report.message) ~= "string" then
      error("report: `message` must be text", 2)
    end
    local told = { message = report.message }
    for _, name in ipairs({ "key", "at", "label", "help", "fix_message" }) do
      told[name] = report[name] ~= nil and tostring(report[name]) or nil
    end
    told.unsafe = report.unsafe and true or false
    told.node = report.node ~= nil and node(report.node, "report") or nil
    told.place = report.place and check_place(report.place, "report") or nil
    if not told.node and not told.place then
      error("report: `node` or `place` must say what the finding is about", 2)
    elseif told.node and not told.node.checked then
      told.place = told.place or { offset = told.node.offset, stop = told.node.stop }
    end
    told.fix = report.fix ~= nil and edits_of(report.fix) or nil
    cx.rule, cx.options = rule, options
    cx:report(told)
  end
  return { cx = shown, node = view }
end

return M
