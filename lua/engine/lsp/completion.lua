--- textDocument/completion: keys of tables, values, names of the file, and what tags can call.
local catalogue = require("engine.lint.catalogue")
local completion_tags = require("engine.lsp.completion_tags")
local cursor_of = require("engine.lsp.cursor")
local json = require("core.json")
local markup = require("engine.markup")
local names = require("engine.lsp.names")
local params_of = require("engine.lsp.params")
local schema = require("engine.lsp.schema")
local tags = require("engine.lsp.tags")

---@class engine.lsp.completion
local M = {}

M.KIND = { module = 9, property = 10, value = 12, enum = 20, reference = 18, constant = 21 }

local ITEMS_MAX = 500

---@class engine.lsp.Choice
---@field label string
---@field kind integer
---@field text string     that is inserted
---@field detail? string
---@field docs? string    Markdown
---@field order? string   how it is sorted; default: its label

---@class engine.lsp.Choices
---@field list engine.lsp.Choice[]
---@field first integer what is replaced
---@field stop integer

--- Lists the keys that the table at the cursor has already.
local function given_keys(outline, cursor)
  local given, depth = {}, #cursor.path
  local function add(parts, base)
    local part = parts[depth - base + 1]
    if not part or part == cursor.part then
      return
    end
    for i = base + 1, depth do
      if parts[i - base].name ~= cursor.path[i] then
        return
      end
    end
    if depth - base + 1 == #parts then
      given[part.name] = true
    end
  end
  if cursor.siblings then
    local base = depth - (cursor.parts and cursor.index and cursor.index - 1 or 0)
    for _, pair in ipairs(cursor.siblings) do
      add(pair.parts, base)
    end
    return given
  end
  local base = cursor.header and #cursor.header.parts or 0
  for _, entry in ipairs(outline.entries) do
    if entry.kind == "pair" and entry.table == cursor.header then
      add(entry.parts, base)
    end
  end
  return given
end

--- What is inserted for a key: a table goes on with a point.
local function key_text(key, has_equals)
  if has_equals then
    return key.name
  end
  local inner = schema.inner(key.type)
  local is_table = inner and inner.kind == "record" and key.type.kind == "record"
  return key.name .. (is_table and "." or " = ")
end

local function header_text(name, type_)
  return (type_.kind == "list" and "[[%s]]" or "[%s]"):format(name)
end

local function is_table_type(type_)
  return schema.inner(type_) ~= nil
end

--- The headers of a file, to begin a table with.
local function headers(document, list)
  local root = schema.record(document, {})
  for _, key in ipairs(root.keys) do
    if is_table_type(key.type) and key.enforced ~= false then
      local name = key.type.kind == "map" and key.name .. ".NAME" or key.name
      local text = header_text(name, key.type)
      list[#list + 1] = { label = text, kind = M.KIND.module, text = text, detail = key.doc,
        order = "~" .. text }
    end
  end
end

local function at_key(server, document, outline, cursor, offset)
  local record = schema.record(document, cursor.path, names.plugins(server, document))
  local list, given = {}, given_keys(outline, cursor)
  local has_equals = cursor.entry and cursor.entry.equals ~= nil
  for _, key in ipairs(record and record.keys or {}) do
    local is_root_table = record.root and is_table_type(key.type)
    if not given[key.name] and not is_root_table then
      list[#list + 1] = {
        label = key.name, kind = M.KIND.property, text = key_text(key, has_equals),
        detail = key.type.expects, docs = schema.describe(key),
        order = (key.required and "0" or key.enforced == false and "2" or "1") .. key.name,
      }
    end
  end
  local part = cursor.part
  if not part and not cursor.siblings and not cursor.entry then
    headers(document, list)
  end
  return { list = list, first = part and part.first or offset, stop = part and part.stop or offset }
end

local function at_header(server, document, cursor, offset)
  local path = cursor.path
  local found = schema.find(document, path, names.plugins(server, document))
  local inner = found and schema.inner(found.type)
  local list = {}
  if inner and inner.kind == "map" and (path[1] == "services" or path[1] == "service") then
    for _, service in ipairs(names.choices(document, "service")) do
      list[#list + 1] = { label = service.name, kind = M.KIND.reference, text = service.name }
    end
  end
  for _, key in ipairs(inner and inner.kind == "record" and inner.keys or {}) do
    local is_list = key.type.kind == "list"
    if is_table_type(key.type) and is_list == (cursor.entry.kind == "headers") then
      list[#list + 1] = { label = key.name, kind = M.KIND.module, text = key.name,
        detail = key.doc }
    end
  end
  local part = cursor.part
  return { list = list, first = part and part.first or offset, stop = part and part.stop or offset }
end

local function quoted(text)
  if not text:find("[%c\"\\]") then
    return '"' .. text .. '"'
  end
  return assert(json.encode(text))
end

local add_type

local KINDS = {
  one_of = function(type_, add)
    for _, word in ipairs(type_.words) do
      add(quoted(word), M.KIND.enum)
    end
  end,
  boolean = function(_, add)
    add("true", M.KIND.constant)
    add("false", M.KIND.constant)
  end,
  list = function(type_, add)
    add_type(type_.item, add)
  end,
  either = function(type_, add)
    for _, kind in ipairs({ "boolean", "string", "array" }) do
      local choice = type_.choices[kind]
      if choice and choice.kind then
        add_type(choice, add)
      end
    end
    if type_.sample then
      add(type_.sample, M.KIND.value, type_.expects)
    end
  end,
}

function add_type(type_, add)
  local fn = KINDS[type_.kind]
  if fn then
    fn(type_, add)
  elseif type_.sample then
    add(type_.sample, M.KIND.value, type_.expects)
  end
end

--- The steps that one may wait for: those of its list but itself.
local function other_steps(document, cursor)
  local steps, own = names.choices(document, "step"), nil
  for _, step in ipairs(steps) do
    own = own or cursor.header and step.home == cursor.header and step
  end
  if not own then
    return steps
  end
  local list = {}
  for _, step in ipairs(steps) do
    list[#list + 1] = step ~= own and step.owner == own.owner and step or nil
  end
  return list
end

--- Lists what a value names: services, steps, scenarios, modules, generators.
local function referred(server, document, cursor, kind)
  local list = {}
  if kind == "plugin" then
    local dir = server.workspace:project(document.path).dir
    for _, name in ipairs(require("engine.service.modules").names(dir)) do
      list[#list + 1] = { name = name }
    end
    return list
  elseif kind == "step" then
    return other_steps(document, cursor)
  elseif kind == "generator" then
    for i, name in ipairs(require("engine.property.generators").list()) do
      list[i] = { name = name }
    end
    return list
  end
  local own = cursor.path[#cursor.path] == "depends_on" and cursor.path[2] -- of a service: itself
  for _, one in ipairs(names.choices(document, kind)) do
    list[#list + 1] = one.name ~= own and one or nil
  end
  return list
end

local function at_value(server, document, cursor, offset)
  local node = cursor.node
  local list, seen = {}, {}
  local function add(text, kind, detail)
    if not seen[text] then
      seen[text] = true
      list[#list + 1] = { label = text, kind = kind, text = text, detail = detail }
    end
  end
  local kind = schema.refers(cursor.path)
  for _, one in ipairs(kind and referred(server, document, cursor, kind) or {}) do
    add(quoted(one.name), M.KIND.reference, kind)
  end
  local found = not kind and schema.find(document, cursor.path, names.plugins(server, document))
  if found then
    local is_item = node and node.kind == "array"
    add_type(is_item and found.type.item or found.type, add)
  end
  local is_leaf = node and node.kind ~= "array" and node.kind ~= "table"
  local stop = is_leaf and node.kind ~= "junk" and node.stop or offset
  return { list = list, first = is_leaf and node.first or offset, stop = math.max(stop, offset) }
end

--- The rules that a comment may ignore.
local function at_comment(line, offset)
  local word = line:match("#%s*clnrm:%s*ignore[%a-]*%[[^%]]-(%w*)$")
  if not word then
    return nil
  end
  local list = {}
  for _, rule in ipairs(catalogue.list()) do
    list[#list + 1] = { label = rule.code, kind = M.KIND.constant, text = rule.code,
      detail = rule.name, docs = rule.summary }
  end
  return { list = list, first = offset - #word, stop = offset }
end

---@return engine.lsp.Choices?
local function choices(server, document, offset)
  local tag = tags.at(document.text, offset)
  if tag then
    return completion_tags.at(server, document, tag, offset)
  end
  local from = math.max(1, offset - 1000)
  local of_comment = at_comment(document.text:sub(from, offset):match("[^\r\n]*$"), offset)
  if of_comment then
    return of_comment
  end
  local outline = names.outline(document)
  local cursor = cursor_of.at(outline, offset)
  if not cursor then
    return nil
  elseif cursor.where == "key" then
    return at_key(server, document, outline, cursor, offset)
  elseif cursor.where == "header" then
    return at_header(server, document, cursor, offset)
  end
  return at_value(server, document, cursor, offset)
end

--- Answers the request.
---@param server engine.lsp.Server
---@param params table
---@return table?
function M.at(server, params)
  local document, offset = params_of.place(server, params)
  local found = document and document.kind ~= "lua" and choices(server, document, offset)
  if not found then
    return nil
  end
  local range = server.documents:range(document, found.first, found.stop)
  local items = json.array()
  for i = 1, math.min(#found.list, ITEMS_MAX) do
    local choice = found.list[i]
    items[i] = {
      label = choice.label, kind = choice.kind, sortText = choice.order, filterText = choice.text,
      detail = choice.detail and markup.plain(choice.detail),
      documentation = choice.docs and markup.of(choice.docs, server.client.documentation),
      textEdit = { range = range, newText = choice.text },
    }
  end
  return { isIncomplete = #found.list > ITEMS_MAX, items = items }
end

return M
