/* memory.c -- see memory.h for the contract; the Lua side is bind_task.c. */
#include "bind/memory.h"

#include <stdlib.h>
#include <string.h>

enum { FILES_TOGETHER = 4 };

/* Remembers where the task was.  Reads the chain of its frames only, which is whole whenever Lua
 * allocates: an error of memory unwinds the stack without asking anybody. */
static void remember(struct clnrm_memory *m, size_t size)
{
    struct clnrm_refusal *r = &m->refusal;
    lua_Debug ar;
    r->size = size;
    r->count = 0;
    for (int level = 0; r->count < CLNRM_REFUSED_FRAMES && lua_getstack(m->running, level, &ar);
         level++) {
        lua_getinfo(m->running, "Sl", &ar);
        if (ar.currentline <= 0)
            continue; /* a function of C */
        memcpy(r->frames[r->count].file, ar.short_src, LUA_IDSIZE);
        r->frames[r->count].line = ar.currentline;
        r->count++;
    }
}

static void *allocate(void *data, void *block, size_t old_size, size_t new_size)
{
    struct clnrm_memory *m = data;
    if (!block)
        old_size = 0; /* it is the kind of a new object */
    if (new_size == 0) {
        if (!m->is_abandoned)
            free(block);
        m->used -= old_size;
        return NULL;
    }
    if (m->max != 0 && new_size > old_size && m->used + (new_size - old_size) > m->max) {
        remember(m, new_size - old_size);
        return NULL;
    }
    void *moved = realloc(block, new_size);
    if (moved)
        m->used += new_size - old_size;
    return moved;
}

void clnrm_memory_install(struct clnrm_memory *m, lua_State *L)
{
    m->used = (size_t)lua_gc(L, LUA_GCCOUNT) * 1024 + (size_t)lua_gc(L, LUA_GCCOUNTB);
    lua_setallocf(L, allocate, m);
}

void clnrm_memory_enter(struct clnrm_memory *m, lua_State *co, size_t max)
{
    m->running = co;
    m->max = max;
}

size_t clnrm_memory_limit(struct clnrm_memory *m, lua_State *L, size_t bytes)
{
    if (bytes == 0)
        return 0;
    if (m->floor == 0)
        m->floor = m->used;
    if (m->used <= m->floor + bytes / 4) /* and some of it is garbage */
        return m->floor + bytes;
    lua_gc(L, LUA_GCCOLLECT);
    size_t all = m->floor + FILES_TOGETHER * bytes;
    return m->used + bytes < all ? m->used + bytes : all;
}

void clnrm_memory_abandon(struct clnrm_memory *m)
{
#if !defined(__SANITIZE_ADDRESS__)
    m->is_abandoned = true;
#else
    (void)m;
#endif
}
