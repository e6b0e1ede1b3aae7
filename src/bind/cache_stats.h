/* cache_stats.h -- the counters of a cache as a Lua table, the same for every cache.  Layer: bind. */
#ifndef CLNRM_CACHE_STATS_H
#define CLNRM_CACHE_STATS_H

#include <lua.h>

#include "core/lru.h"

/* Pushes {hits=, misses=, evictions=, count=, bytes=}. */
void clnrm_push_cache_stats(lua_State *L, const struct clnrm_lru_stats *stats);

#endif
