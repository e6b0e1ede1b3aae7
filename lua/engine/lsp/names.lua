--- The names that a text gives to its parts: services, scenarios, steps; and where each stands.
---
--- Of a text with errors, too: what it says no more, because a quote is open say, is taken from the
--- last text without errors.
local documents = require("engine.lsp.documents")
local outline_of = require("engine.lsp.outline")

---@class engine.lsp.names
local M = {}

---@class engine.lsp.Leaf a key with all of its path
---@field parts engine.lsp.Part[]
---@field value? engine.lsp.Node
---@field entry engine.lsp.Entry
---@field home? engine.lsp.Entry|engine.lsp.Node the table that it is of; nil: the root

---@class engine.lsp.Named
---@field name string
---@field first integer of the name
---@field stop integer
---@field owner? engine.lsp.Entry of a step: its scenario; nil: the file
---@field entry engine.lsp.Entry  the header or the key that makes it
---@field home? table
---@field has_tag? boolean the name is as it is written, with its tags

local SERVICES = { services = true, service = true }
local SCENARIOS = { scenario = true, scenarios = true }

local function add_leaf(list, parts, pair, entry, home)
  local all = table.move(parts, 1, #parts, 1, {})
  table.move(pair.parts, 1, #pair.parts, #all + 1, all)
  list[#list + 1] = { parts = all, value = pair.value, entry = entry, home = home }
  local function look_into(node)
    if node and node.kind == "table" then
      for _, inner in ipairs(node.pairs) do
        add_leaf(list, all, inner, entry, node)
      end
    elseif node and node.kind == "array" then
      for _, item in ipairs(node.items) do
        look_into(item)
      end
    end
  end
  look_into(pair.value)
end

--- Lists all keys with their whole paths.
---@param outline engine.lsp.Outline
---@return engine.lsp.Leaf[]
function M.leaves(outline)
  if not outline.leaves then
    outline.leaves = {}
    for _, entry in ipairs(outline.entries) do
      if entry.kind == "pair" then
        add_leaf(outline.leaves, entry.table and entry.table.parts or {}, entry, entry, entry.table)
      else
        table.insert(outline.leaves, { parts = entry.parts, entry = entry, home = entry })
      end
    end
  end
  return outline.leaves
end

--- Lists the services of a text, each where it is named first.
---@param outline engine.lsp.Outline
---@return engine.lsp.Named[]
function M.services(outline)
  local list, seen = {}, {}
  for _, leaf in ipairs(M.leaves(outline)) do
    local part = leaf.parts[2]
    if part and SERVICES[leaf.parts[1].name] and not (seen[part.name] or part.has_tag) then
      seen[part.name] = true
      list[#list + 1] = { name = part.name, first = part.first, stop = part.stop,
        entry = leaf.entry }
    end
  end
  return list
end

--- Tells whether a path is that of a key of a step or a scenario.
local function kind_of(parts)
  local first, second = parts[1].name, parts[2] and parts[2].name
  if first == "steps" and #parts == 2 then
    return "step"
  elseif SCENARIOS[first] and second == "steps" and #parts == 3 then
    return "step"
  elseif SCENARIOS[first] and #parts == 2 then
    return "scenario"
  end
end

--- Lists what has a name by a key `name`: steps or scenarios.
---@param outline engine.lsp.Outline
---@param kind "step"|"scenario"
---@return engine.lsp.Named[]
function M.named(outline, kind)
  local list, scenario = {}, nil
  for _, leaf in ipairs(M.leaves(outline)) do
    local parts, entry = leaf.parts, leaf.entry
    local is_header = entry.kind == "headers" and parts == entry.parts
    if is_header and #parts == 1 then
      scenario = SCENARIOS[parts[1].name] and entry or nil
    elseif parts[#parts] and parts[#parts].name == "name" and kind_of(parts) == kind then
      local name, has_tag = outline_of.string(outline, leaf.value)
      if name then
        list[#list + 1] = {
          name = name, has_tag = has_tag, first = leaf.value.first, stop = leaf.value.stop,
          entry = entry, home = leaf.home,
          owner = kind == "step" and #parts == 3 and scenario or nil,
        }
      end
    end
  end
  return list
end

--- Lists names of one kind.
---@param outline engine.lsp.Outline
---@param kind "service"|"step"|"scenario"
---@return engine.lsp.Named[]
function M.list(outline, kind)
  return kind == "service" and M.services(outline) or M.named(outline, kind)
end

--- Whether a name means the same in any quotes: one with tags is not read, but put in again.
local function is_portable(one)
  return not (one.has_tag and one.name:find("[\"\\\n]"))
end

--- The names of a text without errors, and nothing else of it.
local function names_only(outline)
  local all = {}
  for _, kind in ipairs({ "service", "step", "scenario" }) do
    all[kind] = {}
    for _, one in ipairs(M.list(outline, kind)) do
      all[kind][#all[kind] + 1] = is_portable(one) and { name = one.name } or nil
    end
  end
  return all
end

--- The outline of a document.
---@param document engine.lsp.Document
---@return engine.lsp.Outline
function M.outline(document)
  documents.touch(document)
  if not document.outline then
    document.outline = outline_of.of(document.text)
    if not document.outline.has_problems then
      document.good_names = names_only(document.outline)
    end
  end
  return document.outline
end

--- Lists names to choose from: those of the text, and of the last one without errors.
---@param document engine.lsp.Document
---@param kind "service"|"step"|"scenario"
---@return engine.lsp.Named[]
function M.choices(document, kind)
  local list, seen = {}, {}
  for _, one in ipairs(M.list(M.outline(document), kind)) do
    list[#list + 1] = is_portable(one) and one or nil
    seen[one.name] = true
  end
  local is_broken = document.outline.has_problems
  for _, one in ipairs(is_broken and document.good_names and document.good_names[kind] or {}) do
    if not seen[one.name] then
      list[#list + 1] = one
    end
  end
  return list
end

--- Finds the value of a key by its whole path.
---@param outline engine.lsp.Outline
---@param path string[]
---@return string? # when it is a text
function M.text_at(outline, path)
  for _, leaf in ipairs(M.leaves(outline)) do
    if #leaf.parts == #path then
      local is_same = true
      for i, name in ipairs(path) do
        is_same = is_same and leaf.parts[i].name == name
      end
      if is_same then
        return outline_of.string(outline, leaf.value)
      end
    end
  end
end

--- Makes what engine.lsp.schema asks for the modules of services.
---@param server engine.lsp.Server
---@param document engine.lsp.Document
---@return { of: (fun(service: string): string?), project_dir: string }
function M.plugins(server, document)
  local outline = M.outline(document)
  local function of(service)
    for top in pairs(SERVICES) do
      for _, key in ipairs({ "plugin", "type" }) do
        local plugin = M.text_at(outline, { top, service, key })
        if plugin then
          return plugin
        end
      end
    end
  end
  return { of = of, project_dir = server.workspace:project(document.path).dir }
end

return M
