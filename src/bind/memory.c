/* memory.c -- see memory.h for the contract; the Lua side is bind_task.c. */
#include "bind/memory.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_TOGETHER = 4 };

/* kB of memory before the collector first runs: what starting leaves behind is little, and most
 * commands end before they need more. */
enum { GC_CREDIT = 4096 };

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

#if defined(__SANITIZE_ADDRESS__)
enum { IS_WATCHED = true, SMALL_MAX = 0 }; /* every block is one of malloc's, and watched */
#else
enum { IS_WATCHED = false, SMALL_MAX = CLNRM_SMALL_MAX };
#endif

static void release(struct clnrm_memory *m, void *block, size_t size)
{
    if (size > SMALL_MAX)
        free(block);
    else
        clnrm_small_give(&m->small, block, size);
}

static void *make(struct clnrm_memory *m, size_t size)
{
    return size > SMALL_MAX ? malloc(size) : clnrm_small_take(&m->small, size);
}

/* Gives a block another size; one that shrinks always can. */
static void *resize(struct clnrm_memory *m, void *block, size_t old_size, size_t new_size)
{
    if (old_size > SMALL_MAX && new_size > SMALL_MAX)
        return realloc(block, new_size);
    if (old_size <= SMALL_MAX && new_size <= SMALL_MAX &&
        clnrm_small_class(old_size) == clnrm_small_class(new_size))
        return block;
    void *moved = make(m, new_size);
    if (!moved)
        return new_size <= old_size ? block : NULL;
    memcpy(moved, block, old_size < new_size ? old_size : new_size);
    release(m, block, old_size);
    return moved;
}

static void *allocate(void *data, void *block, size_t old_size, size_t new_size)
{
    struct clnrm_memory *m = data;
    if (new_size == 0) {
        if (block) {
            m->used -= old_size;
            if (!m->is_abandoned)
                release(m, block, old_size);
        }
        return NULL;
    }
    if (!block)
        old_size = 0; /* it is the kind of a new object */
    if (m->max != 0 && new_size > old_size && m->used + (new_size - old_size) > m->max) {
        remember(m, new_size - old_size);
        return NULL;
    }
    void *moved = block ? resize(m, block, old_size, new_size) : make(m, new_size);
    if (moved)
        m->used += new_size - old_size;
    return moved;
}

static int panic(lua_State *L)
{
    fprintf(stderr, "clnrm: an error outside of every task: %s\n", luaL_tolstring(L, -1, NULL));
    return 0; /* Lua aborts */
}

/* Writes what warn() is given to standard error; "@on" and "@off" switch it. */
static void warn(void *data, const char *text, int is_continued)
{
    struct clnrm_memory *m = data;
    bool is_control = !m->is_within && !is_continued && *text == '@';
    if (is_control && strcmp(text, "@on") == 0)
        m->warns = true;
    else if (is_control && strcmp(text, "@off") == 0)
        m->warns = false;
    else if (!is_control && m->warns)
        fprintf(stderr, "%s%s%s", m->is_within ? "" : "Lua warning: ", text,
                is_continued ? "" : "\n");
    m->is_within = is_continued;
}

/* The finalizer of the first object that has one, and so the last that is called: what would follow
 * gives back each object, one by one, to a heap that ends with the process. */
static int leave(lua_State *L)
{
    struct clnrm_memory **m = lua_touserdata(L, 1);
    if ((*m)->is_abandoned)
        longjmp((*m)->over, 1);
    return 0;
}

static void add_last(lua_State *L, struct clnrm_memory *m)
{
    struct clnrm_memory **last = lua_newuserdatauv(L, sizeof(struct clnrm_memory *), 0);
    *last = m;
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, leave);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, m);
}

lua_State *clnrm_memory_state(struct clnrm_memory *m)
{
    lua_State *L = lua_newstate(allocate, m);
    if (L) {
        add_last(L, m);
        lua_atpanic(L, panic);
        lua_setwarnf(L, warn, m);
        lua_gc(L, LUA_GCSTEP, -GC_CREDIT);
    }
    return L;
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

void clnrm_memory_close(struct clnrm_memory *m, lua_State *L)
{
    m->is_abandoned = !IS_WATCHED;
    if (m->is_abandoned) {
        if (setjmp(m->over))
            return;
    }
    lua_close(L);
}
