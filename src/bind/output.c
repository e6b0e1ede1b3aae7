/* output.c -- see output.h for the contract. */
#include "bind/output.h"
#include "bind/bind.h"

#include <errno.h>

/* Adds bytes [from, to) of the stream; returns 0 or why not.  There is room for them: a buffer that
 * grows would hold all of them twice. */
static int add_part(luaL_Buffer *b, const struct clnrm_spool *s, uint64_t from, uint64_t to)
{
    while (from < to) {
        ssize_t n =
            clnrm_spool_read(s, from, luaL_buffaddr(b) + luaL_bufflen(b), (size_t)(to - from));
        if (n <= 0)
            return n < 0 ? (int)n : -EIO;
        luaL_addsize(b, (size_t)n);
        from += (uint64_t)n;
    }
    return 0;
}

int clnrm_push_output(lua_State *L, const char *op, const struct clnrm_spool *s, uint64_t total,
                      lua_Integer max)
{
    uint64_t gap_start, gap_end, limit = max < 0 ? 0 : (uint64_t)max;
    luaL_Buffer b;
    clnrm_spool_gap(s, &gap_start, &gap_end);
    bool whole = gap_start == gap_end;
    uint64_t head = whole ? s->total : gap_start, tail = s->total - (whole ? 0 : gap_end);
    if (whole && s->total <= limit) {
        tail = 0;
    } else if (head > limit || tail > limit - head) {
        head = head < limit / 2 ? head : limit / 2;
        tail = tail < limit - head ? tail : limit - head;
    }
    luaL_buffinitsize(L, &b, (size_t)(head + tail));
    int status = s->status;
    if (status == 0)
        status = add_part(&b, s, 0, head);
    if (status == 0)
        status = add_part(&b, s, s->total - tail, s->total);
    luaL_pushresult(&b);
    if (status < 0)
        return clnrm_fail(L, op, status);
    lua_pushinteger(L, (lua_Integer)(total - head - tail));
    return 2;
}

int clnrm_push_output_part(lua_State *L, const char *op, const struct clnrm_spool *s,
                           lua_Integer offset, lua_Integer len)
{
    luaL_Buffer b;
    ssize_t n =
        clnrm_spool_read(s, (uint64_t)offset, luaL_buffinitsize(L, &b, (size_t)len), (size_t)len);
    luaL_pushresultsize(&b, n > 0 ? (size_t)n : 0);
    if (n == -ENODATA)
        return clnrm_failf(L, op, "ENODATA", "this part of the output was cut");
    return n < 0 ? clnrm_fail(L, op, (int)n) : 1;
}

void clnrm_push_output_info(lua_State *L, const struct clnrm_spool *s, uint64_t total)
{
    uint64_t gap_start, gap_end;
    clnrm_spool_gap(s, &gap_start, &gap_end);
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, (lua_Integer)total);
    lua_setfield(L, -2, "bytes");
    lua_pushinteger(L, (lua_Integer)(total - (s->total - (gap_end - gap_start))));
    lua_setfield(L, -2, "cut");
}
