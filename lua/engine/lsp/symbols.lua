--- textDocument/documentSymbol: the parts of a file, as a tree or as a list.
local json = require("core.json")
local names = require("engine.lsp.names")
local outline_of = require("engine.lsp.outline")
local params_of = require("engine.lsp.params")

---@class engine.lsp.symbols
local M = {}

local KIND = { table = 19, service = 5, scenario = 6, step = 24, test = 12 } -- of the protocol
local SCENARIOS = { scenario = true, scenarios = true }
local NAME_MAX = 100

---@class engine.lsp.Part a part of a file
---@field name string
---@field kind integer
---@field first integer
---@field stop integer
---@field at { [1]: integer, [2]: integer } what is marked of it
---@field children engine.lsp.Part[]

--- The first line of a name, as a list shows it; never empty.
local function shown(name)
  local line = name:match("^[^\r\n]*"):sub(1, NAME_MAX)
  return line:find("%S") and line or "(no name)"
end

local function kind_of(parts)
  local first, last = parts[1].name, parts[#parts].name
  if (first == "services" or first == "service") and #parts == 2 then
    return "service", last
  elseif SCENARIOS[first] and #parts == 1 then
    return "scenario"
  elseif last == "steps" then
    return "step"
  end
  return "table", table.concat(outline_of.names(parts), ".")
end

--- The value of `name` below each header.
local function given_names(outline)
  local given = {}
  for _, leaf in ipairs(names.leaves(outline)) do
    local entry, parts = leaf.entry, leaf.parts
    if entry.kind == "pair" and entry.table and #parts == #entry.table.parts + 1
      and parts[#parts].name == "name" then
      given[entry.table] = outline_of.string(outline, leaf.value)
    end
  end
  return given
end

--- Lists the parts of a file in TOML.
local function of_toml(document)
  local outline = names.outline(document)
  local given, list, scenario, last = given_names(outline), {}, nil, nil
  for _, entry in ipairs(outline.entries) do
    if entry.kind == "pair" then
      local top = last or scenario
      if top then
        top.stop = math.max(top.stop, entry.stop)
      end
    elseif entry.parts[1] then
      local kind, name = kind_of(entry.parts)
      local part = {
        name = shown(given[entry] or name or kind), kind = KIND[kind], first = entry.first,
        stop = entry.stop, at = { entry.first, entry.stop }, children = {},
      }
      local is_inside = scenario and #entry.parts > 1 and SCENARIOS[entry.parts[1].name]
      table.insert(is_inside and scenario.children or list, part)
      scenario = kind == "scenario" and part or is_inside and scenario or nil
      last = part
    end
    if scenario and last then
      scenario.stop = math.max(scenario.stop, last.stop)
    end
  end
  return list
end

--- Lists the tests of a file in Lua.
local function of_lua(document)
  local list = {}
  local visitors = { lua_call = true }
  require("engine.lint.lua_nodes").walk({ text = document.text }, visitors, function(_, _, call)
    local name = (call.name or ""):find("^clnrm%.test$") or call.name == "clnrm.only"
    local text = name and call.arguments:match("^%(%s*\"([^\"\n]*)\"")
    if text then
      list[#list + 1] = {
        name = shown(text), kind = KIND.test, first = call.offset,
        stop = call.stop + #call.arguments, at = { call.offset, call.stop }, children = {},
      }
    end
  end)
  return list
end

local function tree(server, document, list)
  local out = json.array()
  for i, part in ipairs(list) do
    out[i] = {
      name = part.name, kind = part.kind,
      range = server.documents:range(document, part.first, part.stop),
      selectionRange = server.documents:range(document, part.at[1], part.at[2]),
      children = part.children[1] and tree(server, document, part.children) or nil,
    }
  end
  return out
end

local function flat(server, document, list, out, container)
  for _, part in ipairs(list) do
    out[#out + 1] = {
      name = part.name, kind = part.kind, containerName = container,
      location = {
        uri = document.uri, range = server.documents:range(document, part.first, part.stop),
      },
    }
    flat(server, document, part.children, out, part.name)
  end
  return out
end

--- Answers the request.
---@param server engine.lsp.Server
---@param params table
---@return table[]?
function M.of(server, params)
  local document = params_of.document(server, params)
  if not document then
    return nil
  end
  local list = (document.kind == "lua" and of_lua or of_toml)(document)
  if server.client.tree then
    return tree(server, document, list)
  end
  return flat(server, document, list, json.array())
end

return M
