/* cache_stats.c -- see cache_stats.h for the contract. */
#include "bind/cache_stats.h"
#include "base/base.h"

void clnrm_push_cache_stats(lua_State *L, const struct clnrm_lru_stats *stats)
{
    lua_createtable(L, 0, 5);
    lua_pushinteger(L, (lua_Integer)stats->hits);
    lua_setfield(L, -2, "hits");
    lua_pushinteger(L, (lua_Integer)stats->misses);
    lua_setfield(L, -2, "misses");
    lua_pushinteger(L, (lua_Integer)stats->evictions);
    lua_setfield(L, -2, "evictions");
    lua_pushinteger(L, (lua_Integer)stats->count);
    lua_setfield(L, -2, "count");
    lua_pushinteger(L, (lua_Integer)stats->bytes);
    lua_setfield(L, -2, "bytes");
}
