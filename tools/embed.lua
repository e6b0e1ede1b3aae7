--- Writes the Lua modules of the program as precompiled chunks: one blob and one sorted index.
---
--- usage: lua5.4 tools/embed.lua BLOB INDEX.c FILE...
--- `lua/a/b.lua` becomes module `a.b`, `stdlib/a/b.lua` too; `a/init.lua` is module `a`.
local strip = dofile("tools/strip.lua")

local blob_path, index_path = arg[1], arg[2]

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

local rows, parts, offset = {}, {}, 0
for i, module in ipairs(modules) do
  assert(i == 1 or modules[i - 1].name ~= module.name, "two files for module " .. module.name)
  rows[i] = ('    {"%s", "%s", %d, %d},'):format(module.name, module.file, offset, #module.bytes)
  parts[i] = module.bytes
  offset = offset + #module.bytes
end

local blob = assert(io.open(blob_path, "wb"))
blob:write(table.concat(parts))
assert(blob:close())

local index = assert(io.open(index_path, "w"))
index:write(([[
/* made by tools/embed.lua */
#include "bind/embed.h"

const struct clnrm_embedded clnrm_embedded[] = {
%s
};
const size_t clnrm_embedded_count = %d;
__asm__(".section .rodata\n"
        ".global clnrm_embedded_blob\n"
        "clnrm_embedded_blob:\n"
        ".incbin \"%s\"\n"
        ".byte 0\n"
        ".previous\n");
]]):format(table.concat(rows, "\n"), #modules, blob_path))
assert(index:close())
