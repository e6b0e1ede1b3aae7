--- textDocument/definition: from a name to what has it.
local cursor_of = require("engine.lsp.cursor")
local files = require("engine.lsp.files")
local fs = require("core.fs")
local names = require("engine.lsp.names")
local outline_of = require("engine.lsp.outline")
local params_of = require("engine.lsp.params")
local position = require("engine.lsp.position")
local schema = require("engine.lsp.schema")
local tags = require("engine.lsp.tags")
local uri_of = require("engine.lsp.uri")

---@class engine.lsp.definition
local M = {}

local function own(server, document, first, stop)
  return { uri = document.uri, range = server.documents:range(document, first, stop) }
end

--- Where a template begins, or a part of it; one that is built in is nowhere.
local function in_template(server, template, first, stop)
  if template and template.path then
    local lines = position.lines(template.text)
    local encoding = server.documents.encoding
    return { uri = uri_of.of_path(template.path),
      range = position.range(lines, first or 0, stop or 0, encoding) }
  end
end

--- The template whose name a place is in.
local function at_load(server, document, offset)
  for _, one in ipairs(tags.loads(document.text)) do
    if offset >= one.first and offset <= one.stop then
      return in_template(server, files.template(server, document, one.name))
    end
  end
end

--- The key of [vars] or [matrix] that a tag names.
local function at_variable(server, document, offset)
  local name, first = tags.word(document.text, offset)
  local before = name and document.text:sub(1, first)
  local space = before and before:match("([%a_][%w_]*)%.$")
  for _, leaf in ipairs(name and names.leaves(names.outline(document)) or {}) do
    local parts = leaf.parts
    local top = parts[2] and parts[1].name
    if top and parts[2].name == name and (top == space
      or not space and (top == "vars" or top == "matrix")) then
      return own(server, document, parts[2].first, parts[2].stop)
    end
  end
end

local function in_tag(server, document, offset)
  local name, _, _, space = tags.word(document.text, offset)
  if space then
    local found = files.macro(server, document, space, name)
    return found and in_template(server, found.template, found.first, found.stop)
  end
  return at_load(server, document, offset) or at_variable(server, document, offset)
end

--- The service module of the project that a value names.
local function own_module(server, document, name)
  local dir = server.workspace:project(document.path).dir
  local path = ("%s/services/%s.lua"):format(dir == "/" and "" or dir, name)
  if name:find("^[%w_-]+$") and fs.exists(path) then
    return { uri = uri_of.of_path(path), range = position.range({ 0, text = "" }, 0, 0, "utf-8") }
  end
end

--- The scenario of the step that a value is in.
local function owner_of(outline, cursor)
  for _, step in ipairs(names.named(outline, "step")) do
    if step.entry == cursor.entry or step.home == cursor.header then
      return step.owner
    end
  end
end

--- What a value names.
local function at_value(server, document, outline, cursor)
  local text, kind = outline_of.string(outline, cursor.node), schema.refers(cursor.path)
  if not text or not kind then
    return nil
  elseif kind == "plugin" then
    return own_module(server, document, text)
  end
  local list = names.list(outline, kind)
  local owner = kind == "step" and owner_of(outline, cursor)
  for _, one in ipairs(list) do
    if one.name == text and (kind ~= "step" or one.owner == owner) then
      return own(server, document, one.first, one.stop)
    end
  end
end

--- Answers the request.
---@param server engine.lsp.Server
---@param params table
---@return table? location
function M.at(server, params)
  local document, offset = params_of.place(server, params)
  if not document or document.kind == "lua" or document.kind == "project" then
    return nil
  elseif tags.at(document.text, offset) then
    return in_tag(server, document, offset)
  end
  local outline = names.outline(document)
  local cursor = cursor_of.at(outline, offset)
  return cursor and cursor.where == "value" and at_value(server, document, outline, cursor) or nil
end

return M
