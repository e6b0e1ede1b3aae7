--- The Lua API of tests as data: every function, method, field and option key that is public.
---
--- The stubs of editors (stdlib/_meta/clnrm.lua), docs/reference/lua.md and `clnrm help lua` are
--- views of it.  Specs hold it against the live objects, both ways, and run its examples.
---@class engine.api
local M = {}

---@class engine.api.Param
---@field [1] string name; "?" behind it: may be left out; "..." for the rest
---@field [2] string type, as LuaLS writes it
---@field [3]? string what it is

---@class engine.api.Return
---@field [1] string type
---@field [2]? string name
---@field [3]? string what it is

---@class engine.api.Entry
---@field name string
---@field kind "function"|"method"|"field"|"key"
---@field doc string sentences; the first one says what it does
---@field type? string      of fields and keys
---@field params? engine.api.Param[]
---@field returns? engine.api.Return[]
---@field errors? { [1]: string, [2]: string }[] code of a `nil, err`, or "raises" → when
---@field async? boolean    it may wait
---@field optional? boolean of keys and fields: may be nil
---@field overloads? string[] other ways to call it, as LuaLS writes them
---@field example? string   the body of a test, `t` is there; it passes
---@field file? boolean     the example is a whole file
---@field program? boolean  the example is a plain program
---@field verdict? engine.Verdict of the example; default "pass"

---@class engine.api.Type
---@field name string       "clnrm.Room"
---@field kind "module"|"object"|"options"|"record"
---@field title string      words for a heading
---@field doc string
---@field as? string        how it stands in examples: "room"
---@field of? string        the module that it belongs to: "http"
---@field entries engine.api.Entry[]

local PARTS = { "clnrm", "test", "room", "process", "expect", "service", "chaos", "parts", "task" }

local all ---@type engine.api.Type[]?

--- Lists the types, in the order of the reference.
---@return engine.api.Type[]
function M.types()
  if not all then
    all = {}
    for _, part in ipairs(PARTS) do
      local list = require("engine.api." .. part)
      table.move(list, 1, #list, #all + 1, all)
    end
  end
  return all
end

--- Writes how an entry is named: "clnrm.test", "Room:exec", "ExecOptions.timeout".
---@param type engine.api.Type
---@param entry engine.api.Entry
---@return string
---@nodiscard
function M.label(type, entry)
  local owner = type.kind == "module" and type.name or type.name:gsub("^clnrm%.", "")
  return owner .. (entry.kind == "method" and ":" or ".") .. entry.name
end

--- Writes the call: "room:exec(command, [opts])", or the name of a field.
---@param type engine.api.Type
---@param entry engine.api.Entry
---@return string
---@nodiscard
function M.signature(type, entry)
  if entry.kind == "field" or entry.kind == "key" then
    return entry.name
  end
  local params = {}
  for i, param in ipairs(entry.params or {}) do
    local name = param[1]
    params[i] = name:sub(-1) == "?" and ("[%s]"):format(name:sub(1, -2)) or name
  end
  local owner = (type.as or type.name) .. (entry.kind == "method" and ":" or ".")
  return ("%s%s(%s)"):format(owner, entry.name, table.concat(params, ", "))
end

---@class engine.api.Found
---@field type engine.api.Type
---@field entry? engine.api.Entry nil: the type itself

local function plain(name)
  return (name:lower():gsub("^clnrm[.:]", ""):gsub("%b()", ""):gsub(":", "."))
end

--- Finds what a name may mean: "Room:exec", "exec", "clnrm.Room", "expect".
---@param name string
---@return engine.api.Found[] found those whose whole name it is, else those whose last part it is
---@nodiscard
function M.find(name)
  local wanted, whole, last = plain(name), {}, {}
  for _, type in ipairs(M.types()) do
    if name == type.name then
      return { { type = type } }
    elseif plain(type.name) == wanted then
      whole[#whole + 1] = { type = type }
    end
    for _, entry in ipairs(type.entries) do
      local found = { type = type, entry = entry }
      if plain(M.label(type, entry)) == wanted or plain(M.signature(type, entry)) == wanted then
        whole[#whole + 1] = found
      elseif entry.name:lower() == wanted then
        last[#last + 1] = found
      end
    end
  end
  return #whole > 0 and whole or last
end

--- Lists all names, for "did you mean".
---@return string[]
---@nodiscard
function M.names()
  local list = {}
  for _, type in ipairs(M.types()) do
    list[#list + 1] = type.name
    for _, entry in ipairs(type.entries) do
      list[#list + 1] = M.label(type, entry)
      list[#list + 1] = entry.name
    end
  end
  return list
end

return M
