/* room_port.c -- connections into and out of rooms as Lua objects: core.room.stream, core.room.relay. */
#include "bind/room.h"
#include "core/relay.h"

#include <errno.h>

#define STREAM "core.room.stream"
#define RELAY "core.room.relay"

enum { READ_MAX = 64 * 1024 };

struct stream_ud {
    struct clnrm_agent_op *core; /* NULL once closed */
    struct clnrm_waiters waiters;
};

struct relay_ud {
    struct clnrm_relay *core; /* NULL once closed */
    struct clnrm_waiters waiters;
};

static const char *const PLACE[] = {"net", "ip", NULL};

/* Streams */

static void on_stream_change(void *data)
{
    struct stream_ud *ud = data;
    clnrm_waiters_wake(&ud->waiters, 0);
}

static struct stream_ud *check_stream(lua_State *L)
{
    struct stream_ud *ud = luaL_checkudata(L, 1, STREAM);
    luaL_argcheck(L, ud->core, 1, "stream is closed");
    return ud;
}

static int l_stream_close(lua_State *L) /* stream:close() */
{
    struct stream_ud *ud = luaL_checkudata(L, 1, STREAM);
    if (ud->core)
        clnrm_agent_op_release(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, CLNRM_ECLOSED);
    return 0;
}

/* What every continuation begins with; false when the wait was cancelled or the stream closed under
 * it: then nil and the error are pushed. */
static bool is_open(lua_State *L, const char *op_name, int status, const struct stream_ud *ud)
{
    clnrm_waiters_done(L);
    if (status == 0 && !ud->core)
        status = CLNRM_ECLOSED;
    if (status < 0)
        clnrm_fail(L, op_name, status);
    return status == 0;
}

static int after_dial(lua_State *L, int status, lua_KContext ctx) /* stack: room port stream */
{
    struct stream_ud *ud = (struct stream_ud *)ctx;
    if (!is_open(L, "room.dial", status, ud)) {
        if (ud->core)
            clnrm_agent_op_release(ud->core);
        ud->core = NULL;
        return 2;
    }
    struct clnrm_agent_op_info info = clnrm_agent_op_info(ud->core);
    if (info.state == CLNRM_OP_ASKED)
        return clnrm_waiters_wait(L, &ud->waiters, after_dial, ctx);
    if (info.state == CLNRM_OP_OVER && info.status < 0)
        return clnrm_room_fail_op(L, "room.dial", &info, luaL_tolstring(L, 2, NULL));
    lua_settop(L, 3);
    return 1;
}

int clnrm_room_dial(lua_State *L) /* room:dial(port[, {net, ip}]) -> stream | nil, err */
{
    struct clnrm_agent *agent = clnrm_room_check(L);
    struct clnrm_address at = {.port = clnrm_room_check_port(L, 2, false)};
    clnrm_room_read_place(L, 3, PLACE, &at);
    lua_settop(L, 2);
    struct stream_ud *ud = clnrm_newobject(L, STREAM, sizeof(*ud));
    int status = clnrm_agent_dial(agent, &at, on_stream_change, ud, &ud->core);
    if (status < 0)
        return clnrm_room_fail(L, "room.dial", agent, status);
    return clnrm_waiters_wait(L, &ud->waiters, after_dial, (lua_KContext)ud);
}

/* Pushes what has come; false when nothing has, and more may come. */
static bool push_read(lua_State *L, struct stream_ud *ud, int *results)
{
    struct clnrm_agent_op_info info = clnrm_agent_op_info(ud->core);
    luaL_Buffer b;
    *results = 1;
    if (info.unread > 0) {
        char *to = luaL_buffinitsize(L, &b, READ_MAX);
        luaL_pushresultsize(&b, clnrm_agent_op_take(ud->core, to, READ_MAX));
        return true;
    }
    if (info.ended) {
        lua_pushliteral(L, "");
        return true;
    }
    if (info.state == CLNRM_OP_OVER) {
        *results = clnrm_room_fail_op(L, "stream.read", &info, "connection");
        return true;
    }
    return false;
}

static int after_read(lua_State *L, int status, lua_KContext ctx)
{
    struct stream_ud *ud = (struct stream_ud *)ctx;
    int results;
    if (!is_open(L, "stream.read", status, ud))
        return 2;
    if (push_read(L, ud, &results))
        return results;
    return clnrm_waiters_wait(L, &ud->waiters, after_read, ctx);
}

/* stream:read() -> text | nil, err: what has come, "" at the end.  Parks the calling task. */
static int l_read(lua_State *L)
{
    struct stream_ud *ud = check_stream(L);
    int results;
    if (push_read(L, ud, &results))
        return results;
    return clnrm_waiters_wait(L, &ud->waiters, after_read, (lua_KContext)ud);
}

static int after_write(lua_State *L, int status, lua_KContext ctx)
{
    struct stream_ud *ud = (struct stream_ud *)ctx;
    if (!is_open(L, "stream.write", status, ud))
        return 2;
    struct clnrm_agent_op_info info = clnrm_agent_op_info(ud->core);
    if (info.state == CLNRM_OP_OVER)
        return clnrm_fail(L, "stream.write", UV_EPIPE);
    if (info.input_left > 0)
        return clnrm_waiters_wait(L, &ud->waiters, after_write, ctx);
    lua_pushboolean(L, 1);
    return 1;
}

/* stream:write(text) -> true | nil, err.  Parks until it is on its way. */
static int l_write(lua_State *L)
{
    struct stream_ud *ud = check_stream(L);
    struct clnrm_slice text;
    text.data = luaL_checklstring(L, 2, &text.len);
    int status = clnrm_agent_op_write(ud->core, text);
    if (status < 0)
        return clnrm_fail(L, "stream.write", status);
    if (clnrm_agent_op_info(ud->core).input_left > 0)
        return clnrm_waiters_wait(L, &ud->waiters, after_write, (lua_KContext)ud);
    lua_pushboolean(L, 1);
    return 1;
}

static int l_finish(lua_State *L) /* stream:finish(): no more is written; reading goes on */
{
    clnrm_agent_op_end(check_stream(L)->core);
    return 0;
}

/* Relays */

static void on_relay_change(void *data)
{
    struct relay_ud *ud = data;
    clnrm_waiters_wake(&ud->waiters, 0);
}

static struct relay_ud *check_relay(lua_State *L)
{
    struct relay_ud *ud = luaL_checkudata(L, 1, RELAY);
    luaL_argcheck(L, ud->core, 1, "relay is closed");
    return ud;
}

static void release_relay(struct relay_ud *ud)
{
    if (ud->core)
        clnrm_relay_close(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, CLNRM_ECLOSED);
}

static int l_relay_close(lua_State *L) /* relay:close() */
{
    release_relay(luaL_checkudata(L, 1, RELAY));
    return 0;
}

static int after_relay(lua_State *L, int status,
                       lua_KContext ctx) /* stack: room port target relay */
{
    struct relay_ud *ud = (struct relay_ud *)ctx;
    clnrm_waiters_done(L);
    if (status == 0 && !ud->core)
        status = CLNRM_ECLOSED;
    if (status < 0) {
        release_relay(ud);
        return clnrm_fail(L, "room.relay", status);
    }
    status = clnrm_relay_status(ud->core);
    if (status > 0)
        return clnrm_waiters_wait(L, &ud->waiters, after_relay, ctx);
    if (status == 0) {
        lua_settop(L, 4);
        return 1;
    }
    struct clnrm_agent_op_info info = clnrm_agent_op_info(clnrm_relay_op(ud->core));
    int results = clnrm_room_fail_op(L, "room.relay", &info, luaL_tolstring(L, 2, NULL));
    release_relay(ud);
    return results;
}

/* room:relay(port, {port = n[, host = s]} | {path = s}[, {net, ip}]) -> relay | nil, err */
int clnrm_room_relay(lua_State *L)
{
    struct clnrm_agent *agent = clnrm_room_check(L);
    static const char *const names[] = {"port", "path", "host", NULL};
    struct clnrm_address at = {.port = clnrm_room_check_port(L, 2, false)};
    luaL_checktype(L, 3, LUA_TTABLE);
    clnrm_room_read_place(L, 4, PLACE, &at);
    clnrm_opt_check(L, 3, names);
    lua_settop(L, 3);
    size_t len;
    lua_Integer to = clnrm_opt_integer(L, 3, "port", 0);
    struct clnrm_relay_target target = {.path = clnrm_opt_text(L, 3, "path", NULL, &len),
                                        .port = (uint16_t)to};
    target.host = clnrm_opt_text(L, 3, "host", NULL, NULL);
    luaL_argcheck(L, !target.host || !target.path, 3, "either a host or a path");
    luaL_argcheck(L, to >= 0 && to < 65536 && (to > 0) == !target.path, 3,
                  "either a port or a path");
    luaL_argcheck(L, !target.path || (strlen(target.path) == len && len > 0 && len < 108), 3,
                  "not a path of a socket");
    struct relay_ud *ud = clnrm_newobject(L, RELAY, sizeof(*ud));
    int status =
        clnrm_relay_open(agent, clnrm_loop(L), &at, &target, on_relay_change, ud, &ud->core);
    if (status < 0)
        return clnrm_room_fail(L, "room.relay", agent, status);
    return clnrm_waiters_wait(L, &ud->waiters, after_relay, (lua_KContext)ud);
}

/* room:publish(port[, host_port][, {net, ip}]) -> relay | nil, err */
int clnrm_room_publish(lua_State *L)
{
    struct clnrm_agent *agent = clnrm_room_check(L);
    struct clnrm_address at = {.port = clnrm_room_check_port(L, 2, false)};
    int where = lua_istable(L, 3) ? 3 : 4;
    clnrm_room_read_place(L, where, PLACE, &at);
    bool any = where == 3 || lua_isnoneornil(L, 3);
    uint16_t host_port = any ? 0 : clnrm_room_check_port(L, 3, true);
    struct relay_ud *ud = clnrm_newobject(L, RELAY, sizeof(*ud));
    int status = clnrm_relay_publish(agent, clnrm_loop(L), &at, host_port, &ud->core);
    return status < 0 ? clnrm_fail(L, "room.publish", status) : 1;
}

static int l_port(lua_State *L) /* relay:port() -> integer: on the host, of what was published */
{
    lua_pushinteger(L, clnrm_relay_port(check_relay(L)->core));
    return 1;
}

static int l_connections(lua_State *L) /* relay:connections() -> now, ever */
{
    uint64_t ever;
    lua_pushinteger(L, clnrm_relay_connections(check_relay(L)->core, &ever));
    lua_pushinteger(L, (lua_Integer)ever);
    return 2;
}

void clnrm_room_open_port(lua_State *L)
{
    static const luaL_Reg stream_methods[] = {
        {"read", l_read}, {"write", l_write}, {"finish", l_finish}, {NULL, NULL}};
    static const luaL_Reg relay_methods[] = {
        {"port", l_port}, {"connections", l_connections}, {NULL, NULL}};
    clnrm_newtype(L, STREAM, stream_methods, l_stream_close);
    clnrm_newtype(L, RELAY, relay_methods, l_relay_close);
}
