--- Writes the Lua modules of the program as precompiled chunks, one behind the other, and a sorted
--- list of them for tools/pack.c.
---
--- usage: lua5.4 tools/embed.lua CHUNKS LIST FILE...
--- `lua/a/b.lua` becomes module `a.b`, `stdlib/a/b.lua` too; `a/init.lua` is module `a`.
local strip = dofile("tools/strip.lua")

local chunks_path, list_path = arg[1], arg[2]

local function module_name(file)
  local name = file:gsub("^lua/", ""):gsub("^stdlib/", ""):gsub("%.lua$", ""):gsub("/init$", "")
  return (name:gsub("/", "."))
end

local function read(path)
  local f = assert(io.open(path, "rb"))
  local text = f:read("a")
  f:close()
  return text
end

local modules = {}
for i = 3, #arg do
  local file = arg[i]
  local chunk = assert(load(read(file), "@" .. file, "t"))
  local bytes = strip(string.dump(chunk))
  modules[#modules + 1] = { name = module_name(file), file = file, bytes = bytes }
end
table.sort(modules, function(a, b)
  return a.name < b.name
end)

local function write(path, text)
  local f = assert(io.open(path, "wb"))
  assert(f:write(text))
  assert(f:close())
end

local rows, parts = {}, {}
for i, module in ipairs(modules) do
  assert(i == 1 or modules[i - 1].name ~= module.name, "two files for module " .. module.name)
  assert(not module.file:find("%s"), "a blank in the name of a file")
  rows[i] = ("%s %s %d\n"):format(module.name, module.file, #module.bytes)
  parts[i] = module.bytes
end
write(chunks_path, table.concat(parts))
write(list_path, table.concat(rows))
