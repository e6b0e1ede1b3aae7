--- The templates that a document names: where they are, and the macros in them.
---
--- As the templates themselves are found: beside the document, from the project's root, built in.
local fs = require("core.fs")
local macros = require("engine.template.macros")
local tags = require("engine.lsp.tags")

---@class engine.lsp.files
local M = {}

local FILE_MAX = 4 << 20
local LISTED_MAX = 200

---@class engine.lsp.Template
---@field text string
---@field path? string absolute; nil: it is built in
---@field shown string

local function parent(path)
  local dir = path:match("^(.*)/[^/]*$")
  return dir == "" and "/" or dir
end

local function join(dir, name)
  return (dir == "/" and "" or dir) .. "/" .. name
end

--- Reads a template that a document names; what leads out of the project is none.
---@param server engine.lsp.Server
---@param document engine.lsp.Document
---@param name string
---@return engine.lsp.Template?
function M.template(server, document, name)
  if name == "" or ("/" .. name .. "/"):find("/%.%.?/") or name:find("[%z\n]") then
    return nil
  end
  local project = server.workspace:project(document.path)
  for _, dir in ipairs({ parent(document.path), project.dir }) do
    local path = join(dir, name)
    local text = server.documents:text_of(path) or fs.read(path, { max = FILE_MAX })
    if text then
      return { text = text, path = path, shown = name }
    end
  end
  local text = macros[name]
  return text and { text = text, shown = name .. " (built in)" }
end

--- Finds a macro by the name that it is called by.
---@param server engine.lsp.Server
---@param document engine.lsp.Document
---@param space string what stands before `::`
---@param name string
---@return { template: engine.lsp.Template, first: integer, stop: integer, head: string,
---   shown: string }?
function M.macro(server, document, space, name)
  local function look(template)
    local first, stop, head = tags.macro(template.text, name)
    if first then
      return { template = template, first = first, stop = stop, head = head,
        shown = template.shown }
    end
  end
  if space == "self" then
    local own = { text = document.text, path = document.path, shown = "this file" }
    return look(own)
  end
  for _, one in ipairs(tags.loads(document.text)) do
    if one.word == "import" and one.alias == space then
      local template = M.template(server, document, one.name)
      return template and look(template)
    end
  end
end

--- Lists the macros that can be called behind `space::`.
---@param server engine.lsp.Server
---@param document engine.lsp.Document
---@param space string
---@return { name: string, head: string }[]
function M.macros(server, document, space)
  if space == "self" then
    return tags.macros(document.text)
  end
  for _, one in ipairs(tags.loads(document.text)) do
    if one.word == "import" and one.alias == space then
      local template = M.template(server, document, one.name)
      return template and tags.macros(template.text) or {}
    end
  end
  return {}
end

--- Lists the templates that a document could name.
---@param server engine.lsp.Server
---@param document engine.lsp.Document
---@return string[]
function M.templates(server, document)
  local list, seen = {}, {}
  local function add(name)
    if not seen[name] and #list < LISTED_MAX then
      seen[name], list[#list + 1] = true, name
    end
  end
  local project = server.workspace:project(document.path)
  for _, dir in ipairs({ parent(document.path), project.dir }) do
    for _, entry in ipairs(fs.scandir(dir) or {}) do
      if entry.name:find("%.tera$") and join(dir, entry.name) ~= document.path then
        add(entry.name)
      end
    end
  end
  for name in pairs(macros) do
    add(name)
  end
  table.sort(list)
  return list
end

return M
