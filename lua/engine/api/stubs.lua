--- Types of the Lua API for editors, made of its table: what `clnrm stubs` writes, and what
--- stdlib/_meta has.
---
--- Pure.
---@class engine.api.stubs
local api = require("engine.api")

local M = {}

M.MARK = "---@meta clnrm" -- the first line of each begins so

local HEAD = [[
---@meta %s

-- The API of Lua tests, for editors.  Generated from lua/engine/api: `make docs`.]]

--- Wraps a text into comment lines of at most 100 columns.
local function comment(out, text, prefix)
  local line = ""
  for word in (text:gsub("\n", " ")):gmatch("%S+") do
    if line ~= "" and #prefix + #line + 1 + #word > 100 then
      out[#out + 1] = prefix .. line
      line = word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  out[#out + 1] = prefix .. line
end

local function one_line(text)
  return (text:gsub("%s+", " "))
end

local function add_fields(out, type)
  for _, entry in ipairs(type.entries) do
    if entry.kind == "field" or entry.kind == "key" then
      out[#out + 1] = ("---@field %s%s %s # %s"):format(entry.name, entry.optional and "?" or "",
        entry.type, one_line(entry.doc))
    end
  end
end

local function names_of(params)
  local names = {}
  for i, param in ipairs(params) do
    names[i] = (param[1]:gsub("%?$", ""))
  end
  return table.concat(names, ", ")
end

local function add_function(out, owner, entry)
  out[#out + 1] = ""
  comment(out, entry.doc, "--- ")
  if entry.example then
    out[#out + 1] = "---"
    out[#out + 1] = "--- ```lua"
    for line in (entry.example .. "\n"):gmatch("(.-)\n") do
      out[#out + 1] = ("--- " .. line):gsub("%s+$", "")
    end
    out[#out + 1] = "--- ```"
  end
  if entry.async then
    out[#out + 1] = "---@async"
  end
  for _, param in ipairs(entry.params or {}) do
    out[#out + 1] = ("---@param %s %s%s"):format(param[1], param[2],
      param[3] and " # " .. one_line(param[3]) or "")
  end
  for _, overload in ipairs(entry.overloads or {}) do
    out[#out + 1] = "---@overload " .. overload
  end
  for _, result in ipairs(entry.returns or {}) do
    out[#out + 1] = ("---@return %s"):format(table.concat(result, " ", 1, math.min(#result, 2)))
  end
  for _, err in ipairs(entry.errors or {}) do
    out[#out + 1] = ("--- %s: %s."):format(err[1], one_line(err[2]))
  end
  out[#out + 1] = ("function %s%s%s(%s) end"):format(owner, entry.kind == "method" and ":" or ".",
    entry.name, names_of(entry.params or {}))
end

local function add_type(out, type)
  out[#out + 1] = ""
  comment(out, type.doc, "--- ")
  out[#out + 1] = "---@class " .. type.name
  add_fields(out, type)
  local owner = type.name:match("[^.]+$")
  if type.kind == "module" or type.kind == "object" then
    out[#out + 1] = ("local %s = {}"):format(owner)
  end
  for _, entry in ipairs(type.entries) do
    if entry.kind == "function" or entry.kind == "method" then
      add_function(out, owner, entry)
    end
  end
end

--- The modules that can be required by themselves have a file each, with what belongs to them: its
--- name is that of the module.
local function file_of(type)
  local part = type.of or type.kind == "module" and type.name:match("^clnrm%.(.+)$")
  return part and "clnrm_" .. part .. ".lua" or "clnrm.lua"
end

local function text_of(file, module)
  local out = { HEAD:format(module) }
  for _, type in ipairs(api.types()) do
    if file_of(type) == file then
      add_type(out, type)
    end
  end
  out[#out + 1] = "\nreturn " .. module:match("[^.]+$") .. "\n"
  return table.concat(out, "\n")
end

---@class engine.api.Stub
---@field name string of the file
---@field make fun(): string

--- Lists the files, by their names.
---@return engine.api.Stub[]
---@nodiscard
function M.list()
  local list = {}
  local function add(name, module)
    list[#list + 1] = {
      name = name,
      make = function()
        return text_of(name, module)
      end,
    }
  end
  add("clnrm.lua", "clnrm")
  for _, type in ipairs(api.types()) do
    if file_of(type) ~= list[1].name and not type.of then
      add(file_of(type), type.name)
    end
  end
  table.sort(list, function(a, b)
    return a.name < b.name
  end)
  return list
end

return M
