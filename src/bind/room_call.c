/* room_call.c -- what is asked of a room once: put, get, stat, survey, probe, keep, view, net. */
#include "bind/output.h"
#include "bind/room.h"

#include <unistd.h>

/* An operation that a task waits for and then forgets. */
struct call_ud {
    struct clnrm_agent_op *core;
    struct clnrm_waiters waiters;
};

#define CALL "core.room.call"

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

/* What every call ends with: parks, or says why it could not begin. */
static int begun(lua_State *L, const char *name, struct clnrm_agent *agent, int status,
                 struct call_ud *ud, clnrm_wait_k *k)
{
    return status < 0 ? clnrm_room_fail(L, name, agent, status) : wait_call(L, ud, k);
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

/* room:put(path, content[, mode][, {view}]) -> true | nil, err */
int clnrm_room_put(lua_State *L)
{
    struct clnrm_agent *agent = clnrm_room_check(L);
    struct clnrm_slice path, content;
    path.data = luaL_checklstring(L, 2, &path.len);
    content.data = luaL_checklstring(L, 3, &content.len);
    int where = lua_istable(L, 4) ? 4 : 5;
    lua_Integer mode = where == 4 ? 0644 : luaL_optinteger(L, 4, 0644);
    luaL_argcheck(L, mode >= 0 && mode <= 07777, 4, "not a file mode");
    uint32_t view = clnrm_room_read_view(L, where);
    struct call_ud *ud = new_call(L);
    int status =
        clnrm_agent_put(agent, view, path, (uint32_t)mode, content, on_call_change, ud, &ud->core);
    return begun(L, "room.put", agent, status, ud, after_put);
}

/* Pushes the content that a call has brought. */
static int push_content(lua_State *L, const char *name, struct call_ud *ud)
{
    const struct clnrm_spool *s = clnrm_agent_op_output(ud->core, 0);
    int results = clnrm_push_output(L, name, s, s->total, LUA_MAXINTEGER);
    clnrm_agent_op_release(ud->core);
    ud->core = NULL;
    return lua_isnil(L, -results) ? results : (lua_pop(L, 1), 1);
}

static int after_get(lua_State *L, int status, lua_KContext ctx)
{
    int results;
    struct call_ud *ud = (struct call_ud *)ctx;
    if (!is_done(L, "room.get", status, ud, after_get, &results))
        return results;
    return push_content(L, "room.get", ud);
}

/* room:get(path[, max][, {view}]) -> content | nil, err */
int clnrm_room_get(lua_State *L)
{
    struct clnrm_agent *agent = clnrm_room_check(L);
    struct clnrm_slice path;
    path.data = luaL_checklstring(L, 2, &path.len);
    int where = lua_istable(L, 3) ? 3 : 4;
    lua_Integer all = (lua_Integer)CLNRM_SPOOL_CAP_DEFAULT;
    lua_Integer max = where == 3 ? all : luaL_optinteger(L, 3, all);
    luaL_argcheck(L, max >= 0 && (uint64_t)max <= CLNRM_AGENT_GET_MAX, 3, "out of range");
    uint32_t view = clnrm_room_read_view(L, where);
    struct call_ud *ud = new_call(L);
    int status = clnrm_agent_get(agent, view, path, (uint64_t)max, on_call_change, ud, &ud->core);
    return begun(L, "room.get", agent, status, ud, after_get);
}

static int after_survey(lua_State *L, int status, lua_KContext ctx)
{
    int results;
    struct call_ud *ud = (struct call_ud *)ctx;
    if (!is_done(L, "room.survey", status, ud, after_survey, &results))
        return results;
    return push_content(L, "room.survey", ud);
}

int clnrm_room_survey(lua_State *L) /* room:survey([since_ns]) -> text | nil, err */
{
    struct clnrm_agent *agent = clnrm_room_check(L);
    lua_Integer since = luaL_optinteger(L, 2, 0);
    luaL_argcheck(L, since >= 0, 2, "out of range");
    uint64_t since_ns = lua_isnoneornil(L, 2) ? UINT64_MAX : (uint64_t)since;
    struct call_ud *ud = new_call(L);
    int status = clnrm_agent_survey(agent, since_ns, on_call_change, ud, &ud->core);
    return begun(L, "room.survey", agent, status, ud, after_survey);
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

/* room:stat(path[, {view}]) -> {kind, mode, size} | nil, err */
int clnrm_room_stat(lua_State *L)
{
    struct clnrm_agent *agent = clnrm_room_check(L);
    struct clnrm_slice path;
    path.data = luaL_checklstring(L, 2, &path.len);
    uint32_t view = clnrm_room_read_view(L, 3);
    struct call_ud *ud = new_call(L);
    int status = clnrm_agent_stat(agent, view, path, on_call_change, ud, &ud->core);
    return begun(L, "room.stat", agent, status, ud, after_stat);
}

static int after_probe(lua_State *L, int status, lua_KContext ctx)
{
    int results;
    if (!is_done(L, "room.probe", status, (struct call_ud *)ctx, after_probe, &results))
        return results;
    lua_pushboolean(L, 1);
    return 1;
}

/* room:probe(port[, {net, ip, owner}]) -> true | nil, err: connects to it once */
int clnrm_room_probe(lua_State *L)
{
    struct clnrm_agent *agent = clnrm_room_check(L);
    static const char *const names[] = {"net", "ip", "owner", NULL};
    struct clnrm_address at = {.port = clnrm_room_check_port(L, 2, false)};
    const struct clnrm_agent_op *owner = NULL;
    if (clnrm_room_read_place(L, 3, names, &at) && lua_getfield(L, 3, "owner") != LUA_TNIL)
        owner = clnrm_room_command(L, -1);
    lua_settop(L, 3);
    struct call_ud *ud = new_call(L);
    int status = clnrm_agent_probe(agent, &at, owner, on_call_change, ud, &ud->core);
    return begun(L, "room.probe", agent, status, ud, after_probe);
}

static int after_keep(lua_State *L, int status, lua_KContext ctx)
{
    int results;
    if (!is_done(L, "room.keep", status, (struct call_ud *)ctx, after_keep, &results))
        return results;
    struct clnrm_agent_info info = clnrm_agent_info(clnrm_room_check(L));
    lua_pushboolean(L, 1);
    clnrm_room_push_reports(L, &info);
    clnrm_room_leave(L);
    return 2;
}

/* The socket and the key of the table at 3, when there is one. */
static int make_door(lua_State *L, struct clnrm_slice *key)
{
    static const char *const names[] = {"path", "key", NULL};
    if (lua_isnoneornil(L, 3))
        return -1;
    luaL_checktype(L, 3, LUA_TTABLE);
    clnrm_opt_check(L, 3, names);
    const char *path = clnrm_opt_text(L, 3, "path", NULL, NULL);
    key->data = clnrm_opt_text(L, 3, "key", "", &key->len);
    luaL_argcheck(L, path != NULL, 3, "option 'path' is needed");
    luaL_argcheck(L, key->len >= CLNRM_KEY_MIN && key->len <= CLNRM_KEY_MAX, 3,
                  "option 'key' must have 32 to 256 bytes");
    int fd = clnrm_agent_door(path);
    if (fd < 0)
        clnrm_failf(L, "room.keep", clnrm_code(fd), "%s: %s", path, clnrm_reason(fd));
    return fd < 0 ? -2 : fd;
}

/* room:keep(seconds[, {path, key}]) -> true, reports | nil, err: gives the room up; it ends by itself
 * after that time */
int clnrm_room_keep(lua_State *L)
{
    struct clnrm_agent *agent = clnrm_room_check(L);
    struct clnrm_slice key = {0};
    lua_Integer seconds = luaL_checkinteger(L, 2);
    luaL_argcheck(L, seconds > 0 && seconds <= 24 * 3600, 2, "1 second to a day");
    lua_settop(L, 3);
    int door = make_door(L, &key);
    if (door < -1)
        return 2;
    struct call_ud *ud = new_call(L);
    int status =
        clnrm_agent_keep(agent, (uint32_t)seconds, door, key, on_call_change, ud, &ud->core);
    if (door >= 0)
        close(door);
    return begun(L, "room.keep", agent, status, ud, after_keep);
}

/* Views and networks: their handle is the number of the call that made them. */

static int push_made(lua_State *L, const char *name, int status, struct call_ud *ud,
                     clnrm_wait_k *k)
{
    int results;
    if (!is_done(L, name, status, ud, k, &results))
        return results;
    lua_pushinteger(L, clnrm_agent_op_info(ud->core).id);
    return 1;
}

static int after_view(lua_State *L, int status, lua_KContext ctx)
{
    return push_made(L, "room.view", status, (struct call_ud *)ctx, after_view);
}

int clnrm_room_view(lua_State *L) /* room:view(ops) -> view | nil, err */
{
    struct clnrm_agent *agent = clnrm_room_check(L);
    const struct clnrm_room_op *ops;
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    uint32_t count = clnrm_room_read_ops(L, 2, &ops);
    lua_pushliteral(L, "view"); /* what a failure is about, in the place of a path */
    lua_replace(L, 2);
    struct call_ud *ud = new_call(L);
    int status = clnrm_agent_view(agent, count, ops, on_call_change, ud, &ud->core);
    return begun(L, "room.view", agent, status, ud, after_view);
}

static int after_net(lua_State *L, int status, lua_KContext ctx)
{
    return push_made(L, "room.net", status, (struct call_ud *)ctx, after_net);
}

int clnrm_room_net(lua_State *L) /* room:net() -> net | nil, err */
{
    struct clnrm_agent *agent = clnrm_room_check(L);
    lua_settop(L, 1);
    lua_pushliteral(L, "network");
    struct call_ud *ud = new_call(L);
    int status = clnrm_agent_net(agent, on_call_change, ud, &ud->core);
    return begun(L, "room.net", agent, status, ud, after_net);
}

void clnrm_room_open_call(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    clnrm_newtype(L, CALL, none, l_call_close);
}
