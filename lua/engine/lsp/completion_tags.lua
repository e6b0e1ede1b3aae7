--- What can be written at a place in a tag of a template.
local call_of = require("engine.lsp.call")
local fake = require("engine.generate.fake")
local files = require("engine.lsp.files")
local names = require("engine.lsp.names")
local reference = require("engine.template.reference")
local standard = require("engine.template.context")

---@class engine.lsp.completion_tags
local M = {}

local KIND = {
  method = 2, fn = 3, field = 5, variable = 6, argument = 10, value = 12, keyword = 14, file = 17,
}
local ITEMS_MAX = 10000
local KEYWORDS = {
  "if", "elif", "else", "endif", "for", "endfor", "break", "continue", "set", "set_global",
  "include", "import", "extends", "block", "endblock", "macro", "endmacro", "raw", "endraw",
  "filter", "endfilter",
}

local LOADS = { include = true, import = true, extends = true }

local function sorted(list)
  table.sort(list, function(a, b)
    return a.label < b.label
  end)
  return list
end

--- Lists entries of the reference; `call` says how one is written.
local function entries(of, kind, call)
  local list = {}
  for name, entry in pairs(of) do
    list[#list + 1] = {
      label = name, kind = kind, text = call(name, entry),
      detail = entry[1] ~= "" and ("(%s)"):format(entry[1]) or nil,
      docs = ("%s\n\n```\n%s\n```"):format(entry[2], entry[3]),
    }
  end
  return sorted(list)
end

local function plain(name)
  return name
end

local function called(name, entry)
  return name .. (entry[1] == "" and "()" or "(")
end

local function texts(list, kind)
  local choices = {}
  for i, name in ipairs(list) do
    choices[i] = { label = name, kind = kind, text = name }
  end
  return choices
end

--- The keys of [vars] or [matrix].
local function keys_of(document, space)
  local list, seen = {}, {}
  for _, leaf in ipairs(names.leaves(names.outline(document))) do
    local part = leaf.parts[2]
    if part and leaf.parts[1].name == space and not (seen[part.name] or part.has_tag)
      and not (space == "matrix" and (part.name == "exclude" or part.name == "include")) then
      seen[part.name], list[#list + 1] = true, part.name
    end
  end
  return list
end

--- What an expression can begin with.
local function expression(document)
  local list = entries(reference.functions, KIND.fn, called)
  for _, space in ipairs({ "vars", "matrix" }) do
    local keys = keys_of(document, space)
    if keys[1] then
      list[#list + 1] = { label = space, kind = KIND.variable, text = space .. "." }
      for _, name in ipairs(keys) do
        list[#list + 1] = { label = name, kind = KIND.variable, text = name,
          detail = ("of [%s]"):format(space), order = "!" .. name }
      end
    end
  end
  for name, of in pairs(standard.STANDARD) do
    list[#list + 1] = { label = name, kind = KIND.variable, text = name,
      detail = ("%s, else %q"):format(of[1], of[2]) }
  end
  return sorted(list)
end

--- The arguments that can be given to what is called, as it is told in one line.
local function arguments_of(server, document, call)
  if call.space then
    for _, macro in ipairs(files.macros(server, document, call.space)) do
      if macro.name == call.name then
        return macro.head:match("%((.*)%)")
      end
    end
    return nil
  end
  local entry = (call.is_filter and reference.filters or reference.functions)[call.name]
  local options = {}
  for name in pairs(call.name == "fake" and fake.options[call.texts.kind] or {}) do
    options[#options + 1] = name
  end
  table.sort(options)
  return entry and table.concat({ entry[1], table.unpack(options) }, ", ")
end

--- Lists the arguments that are not given yet.
local function arguments(server, document, call)
  local list, line = {}, arguments_of(server, document, call)
  for name, default in call_of.arguments(line or "") do
    if not call.given[name] then
      list[#list + 1] = { label = name, kind = KIND.argument, text = name .. "=",
        detail = default ~= "" and "default " .. default or nil }
    end
  end
  return line and list
end

--- Lists the texts that an argument can be; `quote` is put around them.
local function values(call, quote)
  local list = {}
  for i, name in ipairs(call.name == "fake" and call.argument == "kind" and fake.list() or {}) do
    list[i] = { label = name, kind = KIND.value, text = quote .. name .. quote }
  end
  return list
end

--- Lists what fits behind what is written.
local function list_of(server, document, tag, before)
  local space, call = before:match("([%a_][%w_]*)::$"), call_of.at(before)
  if call.text then
    return values(call, "")
  elseif space then
    local list = {}
    for i, macro in ipairs(files.macros(server, document, space)) do
      list[i] = { label = macro.name, kind = KIND.method, text = macro.name .. "(",
        detail = macro.head }
    end
    return list
  elseif before:find("|%s*$") then
    return entries(reference.filters, KIND.method, function(name, entry)
      return entry[1] == "" and name or name .. "("
    end)
  elseif before:find("%f[%w]is%s+$") or before:find("%f[%w]is%s+not%s+$") then
    return entries(reference.tests, KIND.method, plain)
  elseif before:find("%f[%w_]vars%.$") or before:find("%f[%w_]matrix%.$") then
    return texts(keys_of(document, before:match("([%a_]+)%.$")), KIND.field)
  elseif tag.kind == "%" and before:find("^%-?%s*$") then
    return texts(KEYWORDS, KIND.keyword)
  elseif before:find("%.$") then
    return {}
  end
  local of_call = call.argument == "" and arguments(server, document, call)
  local words = values(call, '"')
  return of_call or table.move(expression(document), 1, ITEMS_MAX, #words + 1, words)
end

--- Lists what can be written in a tag.
---@param server engine.lsp.Server
---@param document engine.lsp.Document
---@param tag engine.lsp.TagAt
---@param offset integer
---@return engine.lsp.Choices
function M.at(server, document, tag, offset)
  local name = tag.kind == "%" and LOADS[tag.before:match("^%-?%s*(%a+)")]
    and tag.before:match("^[^\"'`]*[\"'`]([^\"'`]*)$")
  if name then
    return { list = texts(files.templates(server, document), KIND.file), first = offset - #name,
      stop = offset }
  end
  local word = tag.before:match("[%w_]*$")
  local before = tag.before:sub(1, #tag.before - #word)
  return { list = list_of(server, document, tag, before), first = offset - #word, stop = offset }
end

return M
