/* bind_http.c -- Lua module core.http over core/http.h.  Types: stdlib/_meta/http.lua. */
#include "bind/bind.h"
#include "bind/http.h"
#include "core/plugin.h"

#define CALL "core.http.call"

enum { LINES_MAX = 64, READ_MAX = 256 * 1024, ARGS_MAX = 64, CONNECT_MS = 10000 };

struct client_ud {
    struct clnrm_http *core; /* NULL once closed */
};

struct call_ud {
    struct clnrm_http_call *core; /* NULL once closed */
    struct clnrm_waiters waiters;
};

static void on_change(void *data)
{
    struct call_ud *ud = data;
    clnrm_waiters_wake(&ud->waiters, 0);
}

static struct call_ud *check_call(lua_State *L)
{
    struct call_ud *ud = luaL_checkudata(L, 1, CALL);
    luaL_argcheck(L, ud->core, 1, "call is closed");
    return ud;
}

static int l_call_close(lua_State *L) /* call:close(): what is not over is broken off */
{
    struct call_ud *ud = luaL_checkudata(L, 1, CALL);
    if (ud->core)
        clnrm_http_release(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, CLNRM_ECLOSED);
    return 0;
}

struct clnrm_http_call *clnrm_http_take_over(lua_State *L, int index)
{
    struct call_ud *ud = luaL_checkudata(L, index, CALL);
    luaL_argcheck(L, ud->core, index, "call is closed");
    struct clnrm_http_call *call = ud->core;
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, CLNRM_ECLOSED);
    return call;
}

/* Clients */

/* Pushes a userdata with the texts of the list at `index` as a NULL-terminated array. */
static const char **push_texts(lua_State *L, int index, int max, const char *what)
{
    lua_Integer count = luaL_len(L, index);
    if (count > max)
        luaL_error(L, "option '%s' has more than %d elements", what, max);
    const char **list = lua_newuserdatauv(L, ((size_t)count + 1) * sizeof(*list), 0);
    for (lua_Integer i = 0; i < count; i++) {
        size_t len;
        if (lua_rawgeti(L, index, i + 1) != LUA_TSTRING)
            luaL_error(L, "option '%s' must be a list of strings", what);
        list[i] = lua_tolstring(L, -1, &len);
        for (size_t at = 0; at < len; at++)
            if (strchr("\r\n", list[i][at])) /* a NUL as well */
                luaL_error(L, "option '%s' has a line end in it", what);
        lua_pop(L, 1);
    }
    list[count] = NULL;
    return list;
}

/* client{base, socket, command, ca, cert, key, connect_ms} -> client | nil, err */
static int l_client(lua_State *L)
{
    static const char *const names[] = {"base", "socket", "command",    "ca",
                                        "cert", "key",    "connect_ms", NULL};
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    clnrm_opt_check(L, 1, names);
    struct clnrm_http_server server = {
        .base = clnrm_opt_text(L, 1, "base", "http://localhost", NULL),
        .socket = clnrm_opt_text(L, 1, "socket", NULL, NULL),
        .ca = clnrm_opt_text(L, 1, "ca", NULL, NULL),
        .cert = clnrm_opt_text(L, 1, "cert", NULL, NULL),
        .key = clnrm_opt_text(L, 1, "key", NULL, NULL),
    };
    lua_Integer connect_ms = clnrm_opt_integer(L, 1, "connect_ms", CONNECT_MS);
    luaL_argcheck(L, connect_ms > 0 && connect_ms <= INT32_MAX, 1, "option 'connect_ms'");
    server.connect_ms = (uint32_t)connect_ms;
    if (lua_getfield(L, 1, "command") != LUA_TNIL) {
        luaL_argcheck(L, lua_istable(L, -1), 1, "option 'command' must be a list");
        server.command = push_texts(L, lua_gettop(L), ARGS_MAX, "command");
        luaL_argcheck(L, server.command[0], 1, "option 'command' must name a command");
    }
    struct client_ud *ud = clnrm_newobject(L, "core.http", sizeof(*ud));
    int status = clnrm_http_open(clnrm_loop(L), &server, &ud->core);
    if (status == CLNRM_EPLUGIN)
        return clnrm_failf(L, "http.client", "EPLUGIN", "%s", clnrm_plugin_error());
    return status < 0 ? clnrm_fail(L, "http.client", status) : 1;
}

static int l_client_close(lua_State *L) /* client:close(); calls that are under way go on */
{
    struct client_ud *ud = luaL_checkudata(L, 1, "core.http");
    if (ud->core)
        clnrm_http_close(ud->core);
    ud->core = NULL;
    return 0;
}

/* Calls */

static uint32_t opt_ms(lua_State *L, const char *name)
{
    lua_Integer ms = clnrm_opt_integer(L, 2, name, 0);
    luaL_argcheck(L, ms >= 0 && ms <= INT32_MAX, 2, name);
    return (uint32_t)ms;
}

/* Reads the request at 2; what it points to is on the stack or in the table. */
static void read_request(lua_State *L, struct clnrm_http_request *request)
{
    static const char *const names[] = {"method",  "target",     "headers", "body", "feed",
                                        "upgrade", "timeout_ms", "idle_ms", NULL};
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    clnrm_opt_check(L, 2, names);
    *request = (struct clnrm_http_request){
        .method = clnrm_opt_text(L, 2, "method", "GET", NULL),
        .target = clnrm_opt_text(L, 2, "target", NULL, NULL),
        .feeds_body = clnrm_opt_boolean(L, 2, "feed", false),
        .upgrade = clnrm_opt_boolean(L, 2, "upgrade", false),
        .total_ms = opt_ms(L, "timeout_ms"),
        .idle_ms = opt_ms(L, "idle_ms"),
    };
    request->body.data = clnrm_opt_text(L, 2, "body", NULL, &request->body.len);
    request->has_body = request->body.data;
    luaL_argcheck(L, request->target && request->target[0] == '/', 2,
                  "option 'target' must begin with /");
    luaL_argcheck(L, !strpbrk(request->target, " \r\n"), 2, "option 'target' has a blank in it");
    luaL_argcheck(L,
                  strspn(request->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(request->method),
                  2, "option 'method' is no method");
    luaL_argcheck(L, !(request->feeds_body && (request->has_body || request->upgrade)), 2,
                  "option 'feed' goes with neither 'body' nor 'upgrade'");
    if (lua_getfield(L, 2, "headers") != LUA_TNIL) {
        luaL_argcheck(L, lua_istable(L, -1), 2, "option 'headers' must be a list");
        request->headers = push_texts(L, lua_gettop(L), LINES_MAX, "headers");
    }
}

static int push_failure(lua_State *L, const char *op, const struct clnrm_http_info *info)
{
    int results = clnrm_failf(L, op, clnrm_code(info->status), "%s", info->reason);
    lua_createtable(L, 0, 1);
    lua_pushboolean(L, info->is_sent);
    lua_setfield(L, -2, "is_sent");
    lua_setfield(L, -2, "detail");
    return results;
}

/* What every continuation begins with; false when it has pushed nil and an error. */
static bool is_open(lua_State *L, const char *op, int status, const struct call_ud *ud)
{
    clnrm_waiters_done(L);
    if (status == 0 && !ud->core)
        status = CLNRM_ECLOSED;
    if (status < 0)
        clnrm_fail(L, op, status);
    return status == 0;
}

static void close_call(struct call_ud *ud)
{
    if (ud->core)
        clnrm_http_release(ud->core);
    ud->core = NULL;
}

/* Nothing of the answer can be used.  What came of a body before it was cut is given out first: it may
 * be lines that count each by itself. */
static bool has_failed(const struct clnrm_http_info *info)
{
    return info->status < 0 && info->unread == 0;
}

/* Waits for the head of the answer, or for its end.  Stack: client request headers lines call. */
static int after_ask(lua_State *L, int status, lua_KContext ctx)
{
    struct call_ud *ud = (struct call_ud *)ctx;
    if (!is_open(L, "http.ask", status, ud)) {
        close_call(ud);
        return 2;
    }
    struct clnrm_http_info info = clnrm_http_info(ud->core);
    if (info.state == CLNRM_HTTP_ASKED)
        return clnrm_waiters_wait(L, &ud->waiters, after_ask, ctx);
    if (info.state == CLNRM_HTTP_OVER && has_failed(&info)) {
        int results = push_failure(L, "http.ask", &info);
        close_call(ud);
        return results;
    }
    lua_settop(L, 5);
    return 1;
}

/* client:ask{method, target, headers, body, feed, upgrade, timeout_ms, idle_ms} -> call | nil, err
 * Returns when the head of the answer is there; with `feed`, at once. */
static int l_ask(lua_State *L)
{
    struct client_ud *client = luaL_checkudata(L, 1, "core.http");
    luaL_argcheck(L, client->core, 1, "client is closed");
    struct clnrm_http_request request;
    read_request(L, &request);
    lua_settop(L, 4);
    struct call_ud *ud = clnrm_newobject(L, CALL, sizeof(*ud));
    int status = clnrm_http_ask(client->core, &request, on_change, ud, &ud->core);
    if (status < 0)
        return clnrm_fail(L, "http.ask", status);
    if (request.feeds_body)
        return 1;
    return clnrm_waiters_wait(L, &ud->waiters, after_ask, (lua_KContext)ud);
}

static int push_head(lua_State *L, const struct clnrm_http_info *info)
{
    struct clnrm_slice rest = info->headers;
    if (has_failed(info))
        return push_failure(L, "call.head", info);
    lua_pushinteger(L, info->code);
    lua_createtable(L, 0, 8);
    while (rest.len > 0) { /* of a name that comes twice the last one stays */
        const char *colon = memchr(rest.data, ':', rest.len);
        const char *end = memchr(colon, '\n', rest.len - (size_t)(colon - rest.data));
        lua_pushlstring(L, rest.data, (size_t)(colon - rest.data));
        lua_pushlstring(L, colon + 2, (size_t)(end - colon) - 2);
        lua_rawset(L, -3);
        rest.len -= (size_t)(end - rest.data) + 1;
        rest.data = end + 1;
    }
    return 2;
}

static int after_head(lua_State *L, int status, lua_KContext ctx)
{
    struct call_ud *ud = (struct call_ud *)ctx;
    if (!is_open(L, "call.head", status, ud))
        return 2;
    struct clnrm_http_info info = clnrm_http_info(ud->core);
    if (info.state == CLNRM_HTTP_ASKED)
        return clnrm_waiters_wait(L, &ud->waiters, after_head, ctx);
    return push_head(L, &info);
}

/* call:head() -> status, headers | nil, err: waits for it after `feed` */
static int l_head(lua_State *L)
{
    struct call_ud *ud = check_call(L);
    struct clnrm_http_info info = clnrm_http_info(ud->core);
    if (info.state == CLNRM_HTTP_ASKED)
        return clnrm_waiters_wait(L, &ud->waiters, after_head, (lua_KContext)ud);
    return push_head(L, &info);
}

/* Pushes what has come; false when nothing has, and more may come. */
static bool push_read(lua_State *L, struct call_ud *ud, int *results)
{
    struct clnrm_http_info info = clnrm_http_info(ud->core);
    *results = 1;
    if (info.unread > 0) {
        luaL_Buffer b;
        size_t most = info.unread < READ_MAX ? info.unread : READ_MAX;
        char *to = luaL_buffinitsize(L, &b, most);
        luaL_pushresultsize(&b, clnrm_http_take(ud->core, to, most));
        return true;
    }
    if (info.status < 0) {
        *results = push_failure(L, "call.read", &info);
        return true;
    }
    if (info.state != CLNRM_HTTP_OVER && !info.ended)
        return false;
    lua_pushliteral(L, "");
    return true;
}

static int after_read(lua_State *L, int status, lua_KContext ctx)
{
    struct call_ud *ud = (struct call_ud *)ctx;
    int results;
    if (!is_open(L, "call.read", status, ud))
        return 2;
    if (push_read(L, ud, &results))
        return results;
    return clnrm_waiters_wait(L, &ud->waiters, after_read, ctx);
}

/* call:read() -> text | nil, err: what has come, "" at its end.  Parks the calling task. */
static int l_read(lua_State *L)
{
    struct call_ud *ud = check_call(L);
    int results;
    if (push_read(L, ud, &results))
        return results;
    return clnrm_waiters_wait(L, &ud->waiters, after_read, (lua_KContext)ud);
}

/* Pushes the result of a write that is done with; false while some of it waits. */
static bool push_written(lua_State *L, struct call_ud *ud, int *results)
{
    struct clnrm_http_info info = clnrm_http_info(ud->core);
    *results = 1;
    if (info.status < 0) {
        *results = push_failure(L, "call.write", &info);
        return true;
    }
    if (info.input_left > 0 && info.state != CLNRM_HTTP_OVER)
        return false;
    lua_pushboolean(L, 1);
    return true;
}

static int after_write(lua_State *L, int status, lua_KContext ctx)
{
    struct call_ud *ud = (struct call_ud *)ctx;
    int results;
    if (!is_open(L, "call.write", status, ud))
        return 2;
    if (push_written(L, ud, &results))
        return results;
    return clnrm_waiters_wait(L, &ud->waiters, after_write, ctx);
}

/* call:write(text) -> true | nil, err.  Parks until it is on its way. */
static int l_write(lua_State *L)
{
    struct call_ud *ud = check_call(L);
    struct clnrm_slice text;
    int results;
    text.data = luaL_checklstring(L, 2, &text.len);
    int status = clnrm_http_write(ud->core, text);
    if (status < 0)
        return clnrm_fail(L, "call.write", status);
    if (push_written(L, ud, &results))
        return results;
    return clnrm_waiters_wait(L, &ud->waiters, after_write, (lua_KContext)ud);
}

static int l_finish(lua_State *L) /* call:finish() -> true | nil, err: no more is written */
{
    int status = clnrm_http_end(check_call(L)->core);
    if (status < 0)
        return clnrm_fail(L, "call.finish", status);
    lua_pushboolean(L, 1);
    return 1;
}

int luaopen_core_http(lua_State *L)
{
    static const luaL_Reg functions[] = {{"client", l_client}, {NULL, NULL}};
    static const luaL_Reg methods[] = {{"ask", l_ask}, {NULL, NULL}};
    static const luaL_Reg call_methods[] = {
        {"head", l_head}, {"read", l_read}, {"write", l_write}, {"finish", l_finish}, {NULL, NULL}};
    clnrm_newtype(L, CALL, call_methods, l_call_close);
    return clnrm_newmodule(L, "core.http", functions, methods, l_client_close);
}
