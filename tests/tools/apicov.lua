--- Checks that the API of the C primitives is whole: registered, typed in _meta, named in a spec.
---
--- usage: lua5.4 tests/tools/apicov.lua [ROOT]     prints each gap, exits 1 when there is one
---
--- Both ways: a function in a luaL_Reg table of src/bind/bind_<stem>.c or src/bind/<stem>_*.c has
--- an entry in stdlib/_meta/<stem>.lua and is mentioned by a spec about that primitive; a function
--- in _meta exists in C.

local root = arg[1] or "."
local gaps = {}

local function gap(...)
  gaps[#gaps + 1] = (...):format(select(2, ...))
end

local function read(path)
  local f = io.open(root .. "/" .. path, "rb")
  if not f then
    return nil
  end
  local text = f:read("a")
  f:close()
  return text
end

local function list(command)
  local lines = {}
  local pipe = assert(io.popen(("cd '%s' && %s | LC_ALL=C sort"):format(root, command)))
  for line in pipe:lines() do
    lines[#lines + 1] = line
  end
  pipe:close()
  return lines
end

--- The names that a binding gives to Lua: rows of luaL_Reg tables and fields set by hand.
local function registered(text)
  local names, fields = {}, {}
  for body in text:gmatch("luaL_Reg%s+[%w_]+%[%]%s*=%s*(%b{})") do
    for name in body:gmatch('{%s*"([^"]+)"') do
      names[name] = not name:match("^__") or nil
    end
  end
  for field in text:gmatch('lua_setfield%(%s*L%s*,[^,]+,%s*"([%w_]+)"%s*%)') do
    fields[field] = true
  end
  return names, fields
end

--- The functions that a _meta file describes.
local function described(text)
  local names = {}
  for name in text:gmatch("\nfunction%s+[%w_%.]+[%.:]([%w_]+)%s*%(") do
    names[name] = true
  end
  for name in text:gmatch("%-%-%-@field%s+([%w_]+)%s+fun%(") do
    names[name] = true
  end
  return names
end

local function mentions(text, name)
  return text:find("%f[%w_]" .. name .. "%f[^%w_]") ~= nil
end

local specs = {} ---@type { path: string, text: string }[]
for _, path in ipairs(list("find tests -name '*_spec.lua'")) do
  specs[#specs + 1] = { path = path, text = read(path) }
end

--- The specs about a primitive: those that require it, or are named after it.
local function specs_about(stem)
  local found = {}
  for _, spec in ipairs(specs) do
    local named = spec.path:match("([%w_]+)_spec%.lua$") == stem
    if named or spec.text:find('"core.' .. stem .. '"', 1, true) then
      found[#found + 1] = spec
    end
  end
  return found
end

local function check_stem(stem)
  local sources = {}
  local find = "find src/bind -name bind_%s.c -o -name '%s_*.c'"
  for _, path in ipairs(list(find:format(stem, stem))) do
    sources[#sources + 1] = read(path)
  end
  local names, fields = registered(table.concat(sources, "\n"))
  local meta = read("stdlib/_meta/" .. stem .. ".lua")
  if not meta then
    gap("core.%s: no stdlib/_meta/%s.lua", stem, stem)
    meta = ""
  end
  local entries, about = described(meta), specs_about(stem)
  for name in pairs(names) do
    if not entries[name] then
      gap("core.%s: %s is not in stdlib/_meta/%s.lua", stem, name, stem)
    end
    local covered = false
    for _, spec in ipairs(about) do
      covered = covered or mentions(spec.text, name)
    end
    if not covered then
      gap("core.%s: no spec mentions %s", stem, name)
    end
  end
  for name in pairs(entries) do
    -- close() comes from clnrm_newtype
    if not (names[name] or fields[name] or name == "close") then
      gap("core.%s: _meta describes %s, which C does not register", stem, name)
    end
  end
end

for _, path in ipairs(list("find src/bind -name 'bind_*.c'")) do
  check_stem(path:match("bind_([%w_]+)%.c$"))
end
for _, path in ipairs(list("find stdlib/_meta -name '*.lua'")) do
  local stem = path:match("([%w_]+)%.lua$")
  local is_generated = stem:match("^clnrm") -- from lua/engine/api, which a spec checks
  stem = stem:gsub("_types$", "") -- tables of a primitive whose functions fill a file
  if not is_generated and not read("src/bind/bind_" .. stem .. ".c") then
    gap("%s: there is no src/bind/bind_%s.c", path, stem)
  end
end

table.sort(gaps)
for _, text in ipairs(gaps) do
  print(text)
end
os.exit(#gaps == 0)
