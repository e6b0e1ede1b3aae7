/* bind_talk.c -- Lua module core.talk over core/talk.h.  Types: stdlib/_meta/talk.lua. */
#include "bind/bind.h"
#include "core/talk.h"

#define TYPE "core.talk"
#define CONNECTION "core.talk.connection"

struct door_ud {
    struct clnrm_talk_door *core; /* NULL once closed */
    struct clnrm_waiters waiters;
};

struct talk_ud {
    struct clnrm_talk *core; /* NULL once closed */
    struct clnrm_waiters waiters;
};

static void on_come(void *data)
{
    struct door_ud *ud = data; /* lives until __gc, which closes the core first */
    clnrm_waiters_wake(&ud->waiters, 0);
}

static void on_change(void *data)
{
    struct talk_ud *ud = data; /* the same */
    clnrm_waiters_wake(&ud->waiters, 0);
}

static const char *check_path(lua_State *L)
{
    size_t len;
    const char *path = luaL_checklstring(L, 1, &len);
    luaL_argcheck(L, strlen(path) == len, 1, "a path has no zero bytes");
    return path;
}

static int l_listen(lua_State *L) /* listen(path) -> door | nil, err */
{
    const char *path = check_path(L);
    struct door_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    int status = clnrm_talk_listen(clnrm_loop(L), path, on_come, ud, &ud->core);
    return status < 0 ? clnrm_fail(L, "talk.listen", status) : 1;
}

static int l_connect(lua_State *L) /* connect(path) -> connection | nil, err */
{
    const char *path = check_path(L);
    struct talk_ud *ud = clnrm_newobject(L, CONNECTION, sizeof(*ud));
    int status = clnrm_talk_connect(clnrm_loop(L), path, on_change, ud, &ud->core);
    return status < 0 ? clnrm_fail(L, "talk.connect", status) : 1;
}

static int next_connection(lua_State *L, struct door_ud *ud);

static int on_asked(lua_State *L, int status, lua_KContext ctx)
{
    struct door_ud *ud = (struct door_ud *)ctx; /* on the stack as argument 1 */
    clnrm_waiters_done(L);
    if (status < 0)
        return clnrm_fail(L, "door.next", status);
    return next_connection(L, ud);
}

/* Pushes the next connection, or parks until there is one. */
static int next_connection(lua_State *L, struct door_ud *ud)
{
    if (!ud->core)
        return clnrm_fail(L, "door.next", UV_ECANCELED);
    struct talk_ud *talk = clnrm_newobject(L, CONNECTION, sizeof(*talk));
    int status = clnrm_talk_next(ud->core, on_change, talk, &talk->core);
    if (status == 0)
        return 1;
    lua_pop(L, 1);
    if (status != UV_EAGAIN)
        return clnrm_fail(L, "door.next", status);
    clnrm_check_can_wait(L);
    return clnrm_waiters_wait(L, &ud->waiters, on_asked, (lua_KContext)ud);
}

static int l_next(lua_State *L) /* door:next() -> connection | nil, err.  Parks the calling task. */
{
    struct door_ud *ud = luaL_checkudata(L, 1, TYPE);
    luaL_argcheck(L, ud->core, 1, "door is closed");
    return next_connection(L, ud);
}

static int l_close(lua_State *L) /* door:close(), __close and __gc */
{
    struct door_ud *ud = luaL_checkudata(L, 1, TYPE);
    if (ud->core)
        clnrm_talk_leave(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, UV_ECANCELED);
    return 0;
}

/* Connections */

static struct talk_ud *check_talk(lua_State *L)
{
    struct talk_ud *ud = luaL_checkudata(L, 1, CONNECTION);
    luaL_argcheck(L, ud->core, 1, "connection is closed");
    return ud;
}

static int read_line(lua_State *L, struct talk_ud *ud);

static int on_read(lua_State *L, int status, lua_KContext ctx)
{
    struct talk_ud *ud = (struct talk_ud *)ctx; /* on the stack as argument 1 */
    clnrm_waiters_done(L);
    if (status < 0)
        return clnrm_fail(L, "connection.read", status);
    return read_line(L, ud);
}

static int read_line(lua_State *L, struct talk_ud *ud)
{
    struct clnrm_slice line;
    if (!ud->core)
        return clnrm_fail(L, "connection.read", UV_ECANCELED);
    int status = clnrm_talk_read(ud->core, &line);
    if (status == 0) {
        lua_pushlstring(L, line.data, line.len);
        return 1;
    }
    if (status != UV_EAGAIN)
        return clnrm_fail(L, "connection.read", status);
    clnrm_check_can_wait(L);
    return clnrm_waiters_wait(L, &ud->waiters, on_read, (lua_KContext)ud);
}

static int l_read(lua_State *L) /* connection:read() -> line | nil, err.  Parks the calling task. */
{
    return read_line(L, check_talk(L));
}

static int l_write(lua_State *L) /* connection:write(line) -> true | nil, err.  Never waits. */
{
    struct talk_ud *ud = check_talk(L);
    struct clnrm_slice line;
    line.data = luaL_checklstring(L, 2, &line.len);
    luaL_argcheck(L, !memchr(line.data, '\n', line.len), 2, "more than one line");
    int status = clnrm_talk_write(ud->core, line);
    if (status < 0)
        return clnrm_fail(L, "connection.write", status);
    lua_pushboolean(L, 1);
    return 1;
}

static int wait_sent(lua_State *L, struct talk_ud *ud);

static int on_sent(lua_State *L, int status, lua_KContext ctx)
{
    struct talk_ud *ud = (struct talk_ud *)ctx; /* on the stack as argument 1 */
    clnrm_waiters_done(L);
    if (status < 0)
        return clnrm_fail(L, "connection.flush", status);
    return wait_sent(L, ud);
}

static int wait_sent(lua_State *L, struct talk_ud *ud)
{
    if (!ud->core || clnrm_talk_is_over(ud->core))
        return clnrm_fail(L, "connection.flush", CLNRM_ECLOSED);
    if (clnrm_talk_unsent(ud->core) > 0) {
        clnrm_check_can_wait(L);
        return clnrm_waiters_wait(L, &ud->waiters, on_sent, (lua_KContext)ud);
    }
    lua_pushboolean(L, 1);
    return 1;
}

static int
l_flush(lua_State *L) /* connection:flush() -> true | nil, err.  Parks the calling task. */
{
    return wait_sent(L, check_talk(L));
}

static int l_unsent(lua_State *L) /* connection:unsent() -> integer */
{
    lua_pushinteger(L, (lua_Integer)clnrm_talk_unsent(check_talk(L)->core));
    return 1;
}

static int l_talk_close(lua_State *L) /* connection:close(), __close and __gc */
{
    struct talk_ud *ud = luaL_checkudata(L, 1, CONNECTION);
    if (ud->core)
        clnrm_talk_close(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, UV_ECANCELED);
    return 0;
}

int luaopen_core_talk(lua_State *L)
{
    static const luaL_Reg functions[] = {{"listen", l_listen}, {"connect", l_connect}, {0}};
    static const luaL_Reg methods[] = {{"next", l_next}, {0}};
    static const luaL_Reg connection_methods[] = {
        {"read", l_read}, {"write", l_write}, {"flush", l_flush}, {"unsent", l_unsent}, {0}};
    clnrm_newtype(L, CONNECTION, connection_methods, l_talk_close);
    return clnrm_newmodule(L, TYPE, functions, methods, l_close);
}
