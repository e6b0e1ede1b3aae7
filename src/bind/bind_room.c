/* bind_room.c -- Lua module core.room over core/agent.h.  Types: stdlib/_meta/room.lua. */
#include "bind/output.h"
#include "bind/room.h"
#include "core/sandbox.h"
#include "core/seccomp.h"

struct image_ud {
    struct clnrm_buf frames; /* ROOM and FILTERs: what every agent of such a room is told */
};

struct room_ud {
    struct clnrm_agent *core; /* NULL once closed */
    struct clnrm_waiters waiters;
};

#define ROOM "core.room"

static struct room_ud *check_room(lua_State *L)
{
    struct room_ud *ud = luaL_checkudata(L, 1, ROOM);
    luaL_argcheck(L, ud->core, 1, "room is closed");
    return ud;
}

struct clnrm_agent *clnrm_room_check(lua_State *L)
{
    return check_room(L)->core;
}

void clnrm_room_leave(lua_State *L)
{
    struct room_ud *ud = luaL_checkudata(L, 1, ROOM);
    if (ud->core)
        clnrm_agent_leave(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, CLNRM_ECLOSED);
}

/* Images */

static int l_filter(lua_State *L) /* filter([{trace, no_setid}]) -> program | nil, err */
{
    static const char *const names[] = {"trace", "no_setid", NULL};
    struct clnrm_slice program;
    clnrm_opt_check(L, 1, names);
    unsigned flags = clnrm_opt_boolean(L, 1, "trace", false) ? CLNRM_SECCOMP_TRACE : 0;
    if (clnrm_opt_boolean(L, 1, "no_setid", false))
        flags |= CLNRM_SECCOMP_NO_SETID;
    int status = clnrm_seccomp_program(0, flags, &program);
    if (status < 0)
        return clnrm_fail(L, "room.filter", status);
    lua_pushlstring(L, program.data, program.len);
    return 1;
}

/* image{hostname, uid, gid, root_size, root_inodes, ops, filters} -> image | nil, err */
static int l_image(lua_State *L)
{
    struct clnrm_room_spec spec;
    struct clnrm_slice filters[CLNRM_SANDBOX_FILTERS_MAX];
    lua_settop(L, 1);
    luaL_checktype(L, 1, LUA_TTABLE);
    clnrm_room_read_spec(L, 1, &spec);
    unsigned count =
        clnrm_room_read_texts(L, 1, "filters", filters, CLNRM_SANDBOX_FILTERS_MAX, true);
    struct image_ud *ud = clnrm_newobject(L, CLNRM_ROOM_IMAGE, sizeof(*ud));
    ud->frames.max = CLNRM_SANDBOX_FRAMES_MAX;
    int status = clnrm_sandbox_encode(&spec, filters, count, &ud->frames);
    return status < 0 ? clnrm_fail(L, "room.image", status) : 1;
}

static int l_image_close(lua_State *L)
{
    struct image_ud *ud = luaL_checkudata(L, 1, CLNRM_ROOM_IMAGE);
    clnrm_buf_free(&ud->frames);
    return 0;
}

/* Life of a room */

static void on_change(void *data)
{
    struct room_ud *ud = data;
    clnrm_waiters_wake(&ud->waiters, 0);
}

static void release_room(struct room_ud *ud)
{
    if (ud->core)
        clnrm_agent_release(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, CLNRM_ECLOSED);
}

static int after_open(lua_State *L, int status, lua_KContext ctx) /* stack: image room */
{
    struct room_ud *ud = (struct room_ud *)ctx;
    clnrm_waiters_done(L);
    if (status < 0) {
        release_room(ud);
        return clnrm_fail(L, "room.open", status);
    }
    struct clnrm_agent_info info = clnrm_agent_info(ud->core);
    if (info.status < 0) {
        int results = clnrm_failf(L, "room.open", clnrm_code(info.status), "%s", info.reason);
        release_room(ud);
        return results;
    }
    if (info.state == CLNRM_AGENT_STARTING)
        return clnrm_waiters_wait(L, &ud->waiters, after_open, ctx);
    lua_settop(L, 2);
    return 1;
}

static int l_open(lua_State *L) /* open(image) -> room | nil, err.  Parks the calling task. */
{
    struct image_ud *image = luaL_checkudata(L, 1, CLNRM_ROOM_IMAGE);
    luaL_argcheck(L, image->frames.data, 1, "image is closed");
    lua_settop(L, 1);
    struct room_ud *ud = clnrm_newobject(L, ROOM, sizeof(*ud));
    const struct clnrm_slice frames = {image->frames.data, image->frames.len};
    int status = clnrm_agent_open(clnrm_loop(L), frames, on_change, ud, &ud->core);
    if (status < 0)
        return clnrm_fail(L, "room.open", status);
    return clnrm_waiters_wait(L, &ud->waiters, after_open, (lua_KContext)ud);
}

static int push_closed(lua_State *L, struct room_ud *ud)
{
    struct clnrm_agent_info info = clnrm_agent_info(ud->core);
    if (info.stuck)
        clnrm_failf(L, "room.close", "EAGENT", "processes of the room could not be ended");
    else if (info.status < 0)
        clnrm_failf(L, "room.close", clnrm_code(info.status), "%s", info.reason);
    else
        lua_pushinteger(L, info.killed);
    bool failed = info.stuck || info.status < 0;
    release_room(ud);
    return failed ? 2 : 1;
}

static int after_close(lua_State *L, int status, lua_KContext ctx)
{
    struct room_ud *ud = (struct room_ud *)ctx;
    clnrm_waiters_done(L);
    if (!ud->core) { /* another task has closed it meanwhile */
        lua_pushinteger(L, 0);
        return 1;
    }
    if (status == UV_ECANCELED) {
        release_room(ud);
        return clnrm_fail(L, "room.close", status);
    }
    if (clnrm_agent_info(ud->core).state != CLNRM_AGENT_ENDED)
        return clnrm_waiters_wait(L, &ud->waiters, after_close, ctx);
    return push_closed(L, ud);
}

/* room:close() -> killed | nil, err: ends the room; the number of processes that were still alive.
 * Parks until nothing of it is left, where that is possible; in a finalizer the room is killed. */
static int l_close(lua_State *L)
{
    struct room_ud *ud = luaL_checkudata(L, 1, ROOM);
    lua_settop(L, 1);
    if (!ud->core)
        return 0;
    if (!clnrm_can_wait(L)) {
        release_room(ud);
        return 0;
    }
    clnrm_agent_close(ud->core);
    if (clnrm_agent_info(ud->core).state == CLNRM_AGENT_ENDED)
        return push_closed(L, ud);
    return clnrm_waiters_wait(L, &ud->waiters, after_close, (lua_KContext)ud);
}

/* What is known of it */

static void push_facts(lua_State *L, const struct clnrm_agent_fact *facts, uint32_t count)
{
    lua_createtable(L, (int)count, 0);
    for (uint32_t i = 0; i < count; i++) {
        lua_createtable(L, 0, 2);
        lua_pushstring(L, facts[i].name);
        lua_setfield(L, -2, "name");
        lua_pushstring(L, facts[i].what);
        lua_setfield(L, -2, "what");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static int l_isolation(lua_State *L) /* room:isolation() -> {{name, what}...} */
{
    struct clnrm_agent_info info = clnrm_agent_info(check_room(L)->core);
    push_facts(L, info.isolation, info.isolation_count);
    return 1;
}

static int l_notes(lua_State *L) /* room:notes() -> {{name, what}...} */
{
    struct clnrm_agent_info info = clnrm_agent_info(check_room(L)->core);
    push_facts(L, info.notes, info.note_count);
    return 1;
}

static int l_pid(lua_State *L) /* room:pid() -> integer: of its agent, on the host */
{
    lua_pushinteger(L, clnrm_agent_info(check_room(L)->core).pid);
    return 1;
}

static int l_status(lua_State *L) /* room:status() -> true | nil, err: whether it can be used */
{
    struct clnrm_agent_info info = clnrm_agent_info(check_room(L)->core);
    if (info.status < 0)
        return clnrm_failf(L, "room.status", clnrm_code(info.status), "%s", info.reason);
    if (info.state != CLNRM_AGENT_READY)
        return clnrm_fail(L, "room.status", CLNRM_ECLOSED);
    lua_pushboolean(L, 1);
    return 1;
}

int luaopen_core_room(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"open", l_open}, {"image", l_image}, {"filter", l_filter}, {NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"spawn", clnrm_room_spawn},
        {"put", clnrm_room_put},
        {"get", clnrm_room_get},
        {"stat", clnrm_room_stat},
        {"probe", clnrm_room_probe},
        {"view", clnrm_room_view},
        {"net", clnrm_room_net},
        {"status", l_status},
        {"notes", l_notes},
        {"pid", l_pid},
        {"isolation", l_isolation},
        {"dial", clnrm_room_dial},
        {"relay", clnrm_room_relay},
        {"publish", clnrm_room_publish},
        {"bridge", clnrm_room_bridge},
        {"keep", clnrm_room_keep},
        {NULL, NULL},
    };
    clnrm_newtype(L, CLNRM_ROOM_IMAGE, none, l_image_close);
    clnrm_room_open_call(L);
    clnrm_room_open_process(L);
    clnrm_room_open_port(L);
    return clnrm_newmodule(L, ROOM, functions, methods, l_close);
}
