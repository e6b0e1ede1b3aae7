--- textDocument/hover: what a key, a name or a code means.
local catalogue = require("engine.lint.catalogue")
local codes = require("engine.codes")
local cursor_of = require("engine.lsp.cursor")
local files = require("engine.lsp.files")
local markup = require("engine.markup")
local names = require("engine.lsp.names")
local outline_of = require("engine.lsp.outline")
local params_of = require("engine.lsp.params")
local reference = require("engine.template.reference")
local schema = require("engine.lsp.schema")
local tags = require("engine.lsp.tags")
local trim = require("engine.trim")

---@class engine.lsp.hover
local M = {}

local PAGE_MAX = 4000 -- bytes of a page that are shown

local function call(name, entry)
  return entry[1] == "" and name .. "()" or ("%s(%s)"):format(name, entry[1])
end

local function template_entry(title, entry)
  return ("`%s`\n\n%s\n\n```\n%s\n```"):format(title, entry[2], entry[3])
end

--- What a name in a tag is: a macro, a filter, a test or a function.
local function in_tag(server, document, tag, offset)
  local name, first, stop, space = tags.word(document.text, offset)
  if not name then
    return nil
  end
  if space then
    local found = files.macro(server, document, space, name)
    return found and ("macro `%s` of %s"):format(found.head, found.shown), first, stop
  end
  local before = document.text:sub(tag.first + 3, first)
  local entry, title
  if before:find("|%s*$") then
    entry, title = reference.filters[name], "| " .. name
    title = entry and entry[1] ~= "" and title .. "(" .. entry[1] .. ")" or title
  elseif before:find("%f[%w]is%s+$") or before:find("%f[%w]is%s+not%s+$") then
    entry, title = reference.tests[name], "is " .. name
  else
    entry = reference.functions[name]
    title = entry and call(name, entry)
  end
  return entry and template_entry(title, entry), first, stop
end

--- The page of a code that a place touches: in a comment that ignores it, or in [lint].
local function at_code(document, offset)
  local first = offset
  while first > 0 and document.text:find("^[%w]", first) do
    first = first - 1
  end
  local code, stop = document.text:match("^(%u%d%d%d)%f[^%w]()", first + 1)
  local before = code and document.text:sub(1, first)
  local line = before and before:sub(trim.last_line(before))
  if not code or not (line:find("clnrm:%s*ignore") or document.kind == "project") then
    return nil
  end
  local rule = catalogue.find(code)
  local page = codes.get(code)
  if page then
    local text = page.text:sub(1, PAGE_MAX)
    local title = rule and ("%s %s: %s"):format(code, rule.name, page.title)
      or ("%s: %s"):format(code, page.title)
    return ("**%s**\n\n%s"):format(title, text), first, stop - 1
  end
end

local function at_service(outline, name)
  local lines = { ("service `%s`"):format(name) }
  for _, key in ipairs({ "plugin", "type", "image", "command" }) do
    for _, top in ipairs({ "services", "service" }) do
      for _, leaf in ipairs(names.leaves(outline)) do
        local p = leaf.parts
        if #p == 3 and p[1].name == top and p[2].name == name and p[3].name == key
          and leaf.value then
          lines[#lines + 1] = ("\n`%s = %s`"):format(key,
            outline.source:sub(leaf.value.first + 1, leaf.value.stop):sub(1, 200))
        end
      end
    end
  end
  return table.concat(lines, "\n")
end

local function at_value(server, document, outline, cursor)
  local node = cursor.node
  local found = schema.find(document, cursor.path, names.plugins(server, document))
  if not node or node.kind == "array" or node.kind == "table" then
    return nil
  end
  local text = outline_of.string(outline, node)
  if text and schema.refers(cursor.path) == "service" then
    return at_service(outline, text), node.first, node.stop
  end
  return found and found.key and schema.describe(found.key), node.first, node.stop
end

local function at_key(server, document, cursor)
  local part = cursor.part
  if not part then
    return nil
  end
  local path = table.move(cursor.path, 1, #cursor.path, 1, {})
  path[#path + 1] = part.name
  local found = schema.find(document, path, names.plugins(server, document))
  if found and found.key then
    return schema.describe(found.key), part.first, part.stop
  elseif found and found.type.kind == "record" then
    local inner = found.type
    return ("`%s`\n\nIts keys: %s"):format(inner.title, table.concat(inner.listed, ", ")),
      part.first, part.stop
  end
end

--- What stands at a place.
---@return string? text Markdown
---@return integer? first
---@return integer? stop
local function find(server, document, offset)
  local text, first, stop = at_code(document, offset)
  if text then
    return text, first, stop
  elseif document.kind == "lua" then
    return nil
  end
  local tag = tags.at(document.text, offset)
  if tag then
    return in_tag(server, document, tag, offset)
  end
  local outline = names.outline(document)
  local cursor = cursor_of.at(outline, offset)
  if not cursor then
    return nil
  elseif cursor.where == "value" then
    return at_value(server, document, outline, cursor)
  end
  return at_key(server, document, cursor)
end

--- Answers the request.
---@param server engine.lsp.Server
---@param params table
---@return table?
function M.at(server, params)
  local document, offset = params_of.place(server, params)
  if not document then
    return nil
  end
  local text, first, stop = find(server, document, offset)
  if not text then
    return nil
  end
  return {
    contents = markup.of(text, server.client.markdown),
    range = server.documents:range(document, first, stop),
  }
end

return M
