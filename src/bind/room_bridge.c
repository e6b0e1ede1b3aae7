/* room_bridge.c -- what lasts in a room until it is given up: bridges, and full file systems. */
#include "bind/room.h"

#include <errno.h>

#define BRIDGE "core.room.bridge"
#define FILL "core.room.fill"
#define SHAPE "core.room.shaping"

struct lasting_ud {
    struct clnrm_agent_op *core; /* NULL once closed */
    struct clnrm_waiters waiters;
};

static void on_change(void *data)
{
    struct lasting_ud *ud = data;
    clnrm_waiters_wake(&ud->waiters, 0);
}

static int release(lua_State *L, const char *type)
{
    struct lasting_ud *ud = luaL_checkudata(L, 1, type);
    if (ud->core)
        clnrm_agent_op_release(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, CLNRM_ECLOSED);
    return 0;
}

static int l_bridge_close(lua_State *L) /* bridge:close() */
{
    return release(L, BRIDGE);
}

static int l_fill_close(lua_State *L) /* fill:close() */
{
    return release(L, FILL);
}

static int l_shaping_close(lua_State *L)
{
    return release(L, SHAPE);
}

/* What a start ends with: the object at `index`, or why there is none, told of the text at 2. */
static int after_start(lua_State *L, const char *name, int status, struct lasting_ud *ud, int index,
                       clnrm_wait_k *k)
{
    struct clnrm_agent_op_info info = {0};
    int results;
    clnrm_waiters_done(L);
    if (status == 0 && !ud->core)
        status = CLNRM_ECLOSED;
    if (status == 0 && (info = clnrm_agent_op_info(ud->core)).state == CLNRM_OP_ASKED)
        return clnrm_waiters_wait(L, &ud->waiters, k, (lua_KContext)ud);
    if (info.state == CLNRM_OP_RUNNING) {
        lua_settop(L, index);
        return 1;
    }
    if (status < 0)
        results = clnrm_fail(L, name, status);
    else
        results = clnrm_room_fail_op(L, name, &info, luaL_tolstring(L, 2, NULL));
    if (ud->core)
        clnrm_agent_op_release(ud->core);
    ud->core = NULL;
    return results;
}

/* Bridges */

static int after_bridge(lua_State *L, int status, lua_KContext ctx) /* stack: room port bridge */
{
    return after_start(L, "room.bridge", status, (struct lasting_ud *)ctx, 3, after_bridge);
}

/* Reads the address of the table at `index`. */
static struct clnrm_address read_address(lua_State *L, int index, const char *const *names)
{
    struct clnrm_address at;
    clnrm_room_read_any_place(L, index, names, &at);
    lua_Integer port = clnrm_opt_integer(L, index, "port", 0);
    luaL_argcheck(L, port > 0 && port < 65536, 2, "option 'port' is not a port");
    at.port = (uint32_t)port;
    return at;
}

/* room:bridge{net, ip, port, to = {net, ip, port}} -> bridge | nil, err */
int clnrm_room_bridge(lua_State *L)
{
    static const char *const from_names[] = {"net", "ip", "port", "to", NULL};
    static const char *const to_names[] = {"net", "ip", "port", NULL};
    struct clnrm_agent *agent = clnrm_room_check(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    struct clnrm_address at = read_address(L, 2, from_names);
    luaL_argcheck(L, lua_getfield(L, 2, "to") == LUA_TTABLE, 2, "option 'to' must be a table");
    struct clnrm_address to = read_address(L, 3, to_names);
    lua_settop(L, 2);
    lua_getfield(L, 2, "port"); /* what a failure is about */
    lua_replace(L, 2);
    struct lasting_ud *ud = clnrm_newobject(L, BRIDGE, sizeof(*ud));
    int status = clnrm_agent_bridge(agent, &at, &to, on_change, ud, &ud->core);
    if (status < 0)
        return clnrm_room_fail(L, "room.bridge", agent, status);
    return clnrm_waiters_wait(L, &ud->waiters, after_bridge, (lua_KContext)ud);
}

static int after_shape(lua_State *L, int status, lua_KContext ctx) /* stack: bridge "shape" call */
{
    struct lasting_ud *ud = (struct lasting_ud *)ctx;
    clnrm_waiters_done(L);
    if (status == 0 && !ud->core)
        status = CLNRM_ECLOSED;
    if (status < 0)
        return clnrm_fail(L, "bridge.shape", status);
    struct clnrm_agent_op_info info = clnrm_agent_op_info(ud->core);
    if (info.state != CLNRM_OP_OVER)
        return clnrm_waiters_wait(L, &ud->waiters, after_shape, ctx);
    if (info.status < 0)
        return clnrm_room_fail_op(L, "bridge.shape", &info, "bridge");
    lua_pushinteger(L, (lua_Integer)strtoull(info.what, NULL, 10));
    return 1;
}

static uint64_t shape_number(lua_State *L, const char *name, lua_Integer max)
{
    lua_Integer value = clnrm_opt_integer(L, 2, name, 0);
    if (value < 0 || value > max)
        luaL_error(L, "option '%s' is out of range", name);
    return (uint64_t)value;
}

/* bridge:shape{held, delay_us, loss_ppm, bandwidth, seed} -> held_back | nil, err */
static int l_shape(lua_State *L)
{
    static const char *const names[] = {"held", "delay_us", "loss_ppm", "bandwidth", "seed", NULL};
    struct lasting_ud *bridge = luaL_checkudata(L, 1, BRIDGE);
    luaL_argcheck(L, bridge->core, 1, "bridge is closed");
    luaL_checktype(L, 2, LUA_TTABLE);
    clnrm_opt_check(L, 2, names);
    struct clnrm_shape shape = {
        .held = clnrm_opt_boolean(L, 2, "held", false),
        .delay_us = shape_number(L, "delay_us", CLNRM_SHAPE_DELAY_MAX_US),
        .loss_ppm = (uint32_t)shape_number(L, "loss_ppm", 999999),
        .bandwidth = shape_number(L, "bandwidth", INT64_MAX / 2000000),
        .seed = shape_number(L, "seed", LUA_MAXINTEGER),
    };
    lua_settop(L, 2);
    struct lasting_ud *ud = clnrm_newobject(L, SHAPE, sizeof(*ud));
    int status = clnrm_agent_shape(bridge->core, &shape, on_change, ud, &ud->core);
    if (status < 0)
        return clnrm_fail(L, "bridge.shape", status);
    return clnrm_waiters_wait(L, &ud->waiters, after_shape, (lua_KContext)ud);
}

/* Full file systems */

static int after_fill(lua_State *L, int status, lua_KContext ctx) /* stack: room path fill */
{
    return after_start(L, "room.fill", status, (struct lasting_ud *)ctx, 3, after_fill);
}

/* room:fill(path, max[, {view}]) -> fill | nil, err */
int clnrm_room_fill(lua_State *L)
{
    struct clnrm_agent *agent = clnrm_room_check(L);
    struct clnrm_slice path;
    path.data = luaL_checklstring(L, 2, &path.len);
    lua_Integer max = luaL_checkinteger(L, 3);
    luaL_argcheck(L, max > 0, 3, "out of range");
    uint32_t view = clnrm_room_read_view(L, 4);
    lua_settop(L, 2);
    struct lasting_ud *ud = clnrm_newobject(L, FILL, sizeof(*ud));
    int status = clnrm_agent_fill(agent, view, path, (uint64_t)max, on_change, ud, &ud->core);
    if (status < 0)
        return clnrm_room_fail(L, "room.fill", agent, status);
    return clnrm_waiters_wait(L, &ud->waiters, after_fill, (lua_KContext)ud);
}

static int l_bytes(lua_State *L) /* fill:bytes() -> integer: that it took */
{
    struct lasting_ud *ud = luaL_checkudata(L, 1, FILL);
    luaL_argcheck(L, ud->core, 1, "fill is closed");
    lua_pushinteger(L, (lua_Integer)strtoull(clnrm_agent_op_info(ud->core).what, NULL, 10));
    return 1;
}

void clnrm_room_open_bridge(lua_State *L)
{
    static const luaL_Reg bridge_methods[] = {{"shape", l_shape}, {NULL, NULL}};
    static const luaL_Reg fill_methods[] = {{"bytes", l_bytes}, {NULL, NULL}};
    static const luaL_Reg none[] = {{NULL, NULL}};
    clnrm_newtype(L, BRIDGE, bridge_methods, l_bridge_close);
    clnrm_newtype(L, FILL, fill_methods, l_fill_close);
    clnrm_newtype(L, SHAPE, none, l_shaping_close);
}
