--- Writes the list of C primitives: one row for each src/bind/bind_<stem>.c.
---
--- usage: lua5.4 tools/modules.lua OUT.c src/bind/bind_*.c
local stems = {}
for i = 2, #arg do
  stems[#stems + 1] = assert(arg[i]:match("bind_([%w_]+)%.c$"))
end
table.sort(stems)

local externs, rows = {}, {}
for i, stem in ipairs(stems) do
  externs[i] = ("int luaopen_core_%s(lua_State *L);"):format(stem)
  rows[i] = ('    {"core.%s", luaopen_core_%s},'):format(stem, stem)
end
local out = assert(io.open(arg[1], "w"))
out:write(([[
/* made by tools/modules.lua */
#include "bind/modules.h"

%s

const luaL_Reg clnrm_modules[] = {
%s
    {NULL, NULL}};
]]):format(table.concat(externs, "\n"), table.concat(rows, "\n")))
assert(out:close())
