/* bind_room.c -- Lua module core.room over core/agent.h.  Types: stdlib/_meta/room.lua. */
#include "bind/output.h"
#include "bind/room.h"
#include "core/sandbox.h"
#include "core/seccomp.h"

#include <errno.h>

struct image_ud {
    struct clnrm_buf frames; /* ROOM and FILTERs: what every agent of such a room is told */
};

struct room_ud {
    struct clnrm_agent *core; /* NULL once closed */
    struct clnrm_waiters waiters;
};

/* An operation that a task waits for and then forgets. */
struct call_ud {
    struct clnrm_agent_op *core;
    struct clnrm_waiters waiters;
};

#define ROOM "core.room"
#define CALL "core.room.call"

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

/* Images */

static int l_filter(lua_State *L) /* filter([{trace}]) -> program | nil, err */
{
    static const char *const names[] = {"trace", NULL};
    struct clnrm_slice program;
    clnrm_opt_check(L, 1, names);
    unsigned flags = clnrm_opt_boolean(L, 1, "trace", false) ? CLNRM_SECCOMP_TRACE : 0;
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

/* Calls: one question, one answer */

static void on_call_change(void *data)
{
    struct call_ud *ud = data;
    clnrm_waiters_wake(&ud->waiters, 0);
}

static int l_call_close(lua_State *L)
{
    struct call_ud *ud = luaL_checkudata(L, 1, CALL);
    if (ud->core)
        clnrm_agent_op_release(ud->core);
    ud->core = NULL;
    return 0;
}

/* Calls have their path or port at 2; the object on top keeps the operation until it is over. */
static struct call_ud *new_call(lua_State *L)
{
    return clnrm_newobject(L, CALL, sizeof(struct call_ud));
}

/* Parks until the call is over.  Returns 1 when it is and `k` may push its results. */
static int wait_call(lua_State *L, struct call_ud *ud, clnrm_wait_k *k)
{
    return clnrm_waiters_wait(L, &ud->waiters, k, (lua_KContext)ud);
}

static int fail_call(lua_State *L, const char *name, struct room_ud *room, int status)
{
    return clnrm_room_fail(L, name, room->core, status);
}

/* What every continuation of a call begins with: false when results were pushed or it waits on;
 * then `*results` is what to return. */
static bool is_done(lua_State *L, const char *name, int status, struct call_ud *ud, clnrm_wait_k *k,
                    int *results)
{
    clnrm_waiters_done(L);
    if (status < 0) {
        clnrm_agent_op_release(ud->core);
        ud->core = NULL;
        *results = clnrm_fail(L, name, status);
        return false;
    }
    struct clnrm_agent_op_info info = clnrm_agent_op_info(ud->core);
    if (info.state != CLNRM_OP_OVER) {
        *results = wait_call(L, ud, k);
        return false;
    }
    if (info.status < 0) {
        *results = clnrm_room_fail_op(L, name, &info, luaL_tolstring(L, 2, NULL));
        return false;
    }
    return true;
}

static int after_put(lua_State *L, int status, lua_KContext ctx)
{
    int results;
    if (!is_done(L, "room.put", status, (struct call_ud *)ctx, after_put, &results))
        return results;
    lua_pushboolean(L, 1);
    return 1;
}

static int l_put(lua_State *L) /* room:put(path, content[, mode]) -> true | nil, err */
{
    struct room_ud *room = check_room(L);
    struct clnrm_slice path, content;
    path.data = luaL_checklstring(L, 2, &path.len);
    content.data = luaL_checklstring(L, 3, &content.len);
    lua_Integer mode = luaL_optinteger(L, 4, 0644);
    luaL_argcheck(L, mode >= 0 && mode <= 07777, 4, "not a file mode");
    struct call_ud *ud = new_call(L);
    int status =
        clnrm_agent_put(room->core, path, (uint32_t)mode, content, on_call_change, ud, &ud->core);
    return status < 0 ? fail_call(L, "room.put", room, status) : wait_call(L, ud, after_put);
}

static int after_get(lua_State *L, int status, lua_KContext ctx)
{
    int results;
    struct call_ud *ud = (struct call_ud *)ctx;
    if (!is_done(L, "room.get", status, ud, after_get, &results))
        return results;
    const struct clnrm_spool *s = clnrm_agent_op_output(ud->core, 0);
    results = clnrm_push_output(L, "room.get", s, s->total, LUA_MAXINTEGER);
    clnrm_agent_op_release(ud->core);
    ud->core = NULL;
    return lua_isnil(L, -results) ? results : (lua_pop(L, 1), 1);
}

static int l_get(lua_State *L) /* room:get(path[, max]) -> content | nil, err */
{
    struct room_ud *room = check_room(L);
    struct clnrm_slice path;
    path.data = luaL_checklstring(L, 2, &path.len);
    lua_Integer max = luaL_optinteger(L, 3, (lua_Integer)CLNRM_SPOOL_CAP_DEFAULT);
    luaL_argcheck(L, max >= 0 && (uint64_t)max <= CLNRM_AGENT_GET_MAX, 3, "out of range");
    struct call_ud *ud = new_call(L);
    int status = clnrm_agent_get(room->core, path, (uint64_t)max, on_call_change, ud, &ud->core);
    return status < 0 ? fail_call(L, "room.get", room, status) : wait_call(L, ud, after_get);
}

static int after_stat(lua_State *L, int status, lua_KContext ctx)
{
    int results;
    struct call_ud *ud = (struct call_ud *)ctx;
    if (!is_done(L, "room.stat", status, ud, after_stat, &results))
        return results;
    struct clnrm_agent_op_info info = clnrm_agent_op_info(ud->core);
    const char *kind = info.file_kind == 'f'   ? "file"
                       : info.file_kind == 'd' ? "directory"
                       : info.file_kind == 'l' ? "link"
                       : info.file_kind == 'o' ? "other"
                                               : "absent";
    lua_createtable(L, 0, 3);
    lua_pushstring(L, kind);
    lua_setfield(L, -2, "kind");
    lua_pushinteger(L, info.file_mode & 07777);
    lua_setfield(L, -2, "mode");
    lua_pushinteger(L, (lua_Integer)info.file_size);
    lua_setfield(L, -2, "size");
    return 1;
}

static int l_stat(lua_State *L) /* room:stat(path) -> {kind, mode, size} | nil, err */
{
    struct room_ud *room = check_room(L);
    struct clnrm_slice path;
    path.data = luaL_checklstring(L, 2, &path.len);
    struct call_ud *ud = new_call(L);
    int status = clnrm_agent_stat(room->core, path, on_call_change, ud, &ud->core);
    return status < 0 ? fail_call(L, "room.stat", room, status) : wait_call(L, ud, after_stat);
}

static int after_probe(lua_State *L, int status, lua_KContext ctx)
{
    int results;
    if (!is_done(L, "room.probe", status, (struct call_ud *)ctx, after_probe, &results))
        return results;
    lua_pushboolean(L, 1);
    return 1;
}

/* room:probe(port) -> true | nil, err: connects to 127.0.0.1:port in the room once */
static int l_probe(lua_State *L)
{
    struct room_ud *room = check_room(L);
    lua_Integer port = luaL_checkinteger(L, 2);
    luaL_argcheck(L, port > 0 && port < 65536, 2, "not a port");
    struct call_ud *ud = new_call(L);
    int status = clnrm_agent_probe(room->core, (uint16_t)port, on_call_change, ud, &ud->core);
    return status < 0 ? fail_call(L, "room.probe", room, status) : wait_call(L, ud, after_probe);
}

static int after_keep(lua_State *L, int status, lua_KContext ctx)
{
    int results;
    struct room_ud *room = luaL_checkudata(L, 1, ROOM);
    if (!is_done(L, "room.keep", status, (struct call_ud *)ctx, after_keep, &results))
        return results;
    if (room->core)
        clnrm_agent_leave(room->core);
    room->core = NULL;
    clnrm_waiters_wake(&room->waiters, CLNRM_ECLOSED);
    lua_pushboolean(L, 1);
    return 1;
}

/* room:keep(seconds) -> true | nil, err: gives the room up; it ends by itself after that time */
static int l_keep(lua_State *L)
{
    struct room_ud *room = check_room(L);
    lua_Integer seconds = luaL_checkinteger(L, 2);
    luaL_argcheck(L, seconds > 0 && seconds <= 24 * 3600, 2, "1 second to a day");
    struct call_ud *ud = new_call(L);
    int status = clnrm_agent_keep(room->core, (uint32_t)seconds, on_call_change, ud, &ud->core);
    return status < 0 ? fail_call(L, "room.keep", room, status) : wait_call(L, ud, after_keep);
}

int luaopen_core_room(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"open", l_open}, {"image", l_image}, {"filter", l_filter}, {NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"spawn", clnrm_room_spawn},
        {"put", l_put},
        {"get", l_get},
        {"stat", l_stat},
        {"probe", l_probe},
        {"status", l_status},
        {"notes", l_notes},
        {"pid", l_pid},
        {"isolation", l_isolation},
        {"dial", clnrm_room_dial},
        {"relay", clnrm_room_relay},
        {"publish", clnrm_room_publish},
        {"keep", l_keep},
        {NULL, NULL},
    };
    clnrm_newtype(L, CLNRM_ROOM_IMAGE, none, l_image_close);
    clnrm_newtype(L, CALL, none, l_call_close);
    clnrm_room_open_process(L);
    clnrm_room_open_port(L);
    return clnrm_newmodule(L, ROOM, functions, methods, l_close);
}
