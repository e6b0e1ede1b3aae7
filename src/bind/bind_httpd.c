/* bind_httpd.c -- Lua module core.httpd over core/httpd.h.  Types: stdlib/_meta/httpd.lua. */
#include "bind/bind.h"
#include "core/httpd.h"
#include "core/plugin.h"

#define TYPE "core.httpd"
#define REQUEST "core.httpd.request"

enum { HEADERS_MAX = 32 };

struct server_ud {
    struct clnrm_httpd *core; /* NULL once closed */
    struct clnrm_waiters waiters;
};

struct request_ud {
    struct clnrm_httpd_request *core; /* NULL once closed */
    struct clnrm_waiters waiters;
};

static void on_request(void *data)
{
    struct server_ud *ud = data; /* lives until __gc, which closes the core first */
    clnrm_waiters_wake(&ud->waiters, 0);
}

static void on_change(void *data)
{
    struct request_ud *ud = data; /* the same */
    clnrm_waiters_wake(&ud->waiters, 0);
}

static uint32_t opt_within(lua_State *L, const char *name, lua_Integer most)
{
    lua_Integer value = clnrm_opt_integer(L, 1, name, 0);
    if (value < 0 || value > most)
        luaL_error(L, "option '%s' is not from 0 to %I", name, most);
    return (uint32_t)value;
}

static int l_open(lua_State *L) /* open([{port, request_ms, send_ms}]) -> server | nil, err */
{
    static const char *const known[] = {"port", "request_ms", "send_ms", NULL};
    clnrm_opt_check(L, 1, known);
    struct clnrm_httpd_options options = {
        .port = (uint16_t)opt_within(L, "port", UINT16_MAX),
        .request_ms = opt_within(L, "request_ms", INT32_MAX),
        .send_ms = opt_within(L, "send_ms", INT32_MAX),
    };
    struct server_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    int status = clnrm_httpd_open(clnrm_loop(L), &options, on_request, ud, &ud->core);
    if (status == CLNRM_EPLUGIN)
        return clnrm_failf(L, "httpd.open", "EPLUGIN", "%s", clnrm_plugin_error());
    return status < 0 ? clnrm_fail(L, "httpd.open", status) : 1;
}

static struct server_ud *check_server(lua_State *L)
{
    struct server_ud *ud = luaL_checkudata(L, 1, TYPE);
    luaL_argcheck(L, ud->core, 1, "server is closed");
    return ud;
}

static int l_port(lua_State *L) /* server:port() -> integer */
{
    lua_pushinteger(L, clnrm_httpd_port(check_server(L)->core));
    return 1;
}

static int l_connections(lua_State *L) /* server:connections() -> integer */
{
    lua_pushinteger(L, clnrm_httpd_connections(check_server(L)->core));
    return 1;
}

static int next_request(lua_State *L, struct server_ud *ud);

static int on_asked(lua_State *L, int status, lua_KContext ctx)
{
    struct server_ud *ud = (struct server_ud *)ctx; /* on the stack as argument 1 */
    clnrm_waiters_done(L);
    if (status < 0)
        return clnrm_fail(L, "httpd.next", status);
    return next_request(L, ud);
}

/* Pushes the next request, or parks until there is one. */
static int next_request(lua_State *L, struct server_ud *ud)
{
    if (!ud->core)
        return clnrm_fail(L, "httpd.next", UV_ECANCELED);
    struct request_ud *request = clnrm_newobject(L, REQUEST, sizeof(*request));
    request->core = clnrm_httpd_next(ud->core, on_change, request);
    if (request->core)
        return 1;
    lua_pop(L, 1);
    clnrm_check_can_wait(L);
    return clnrm_waiters_wait(L, &ud->waiters, on_asked, (lua_KContext)ud);
}

static int l_next(lua_State *L) /* server:next() -> request | nil, err.  Parks the calling task. */
{
    return next_request(L, check_server(L));
}

static int l_close(lua_State *L) /* server:close(), __close and __gc */
{
    struct server_ud *ud = luaL_checkudata(L, 1, TYPE);
    if (ud->core)
        clnrm_httpd_close(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, UV_ECANCELED);
    return 0;
}

/* Requests */

static struct request_ud *check_request(lua_State *L)
{
    struct request_ud *ud = luaL_checkudata(L, 1, REQUEST);
    luaL_argcheck(L, ud->core, 1, "request is closed");
    return ud;
}

static int l_head(lua_State *L) /* request:head() -> table */
{
    struct clnrm_httpd_head head = clnrm_httpd_request_head(check_request(L)->core);
    lua_createtable(L, 0, 5); /* head */
    lua_pushstring(L, head.method);
    lua_setfield(L, -2, "method");
    lua_pushstring(L, head.path);
    lua_setfield(L, -2, "path");
    lua_pushlstring(L, head.body.data ? head.body.data : "", head.body.len);
    lua_setfield(L, -2, "body");
    lua_newtable(L); /* head headers */
    lua_newtable(L); /* head headers query */
    for (size_t i = 0; i < head.count; i++) {
        const struct clnrm_httpd_field *field = &head.fields[i];
        char name[256];
        size_t len = strlen(field->name);
        if (!field->is_query && len < sizeof(name)) { /* those are the same in any letters */
            for (size_t at = 0; at <= len; at++) {
                char c = field->name[at];
                name[at] = (char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
            }
            lua_pushstring(L, name);
        } else {
            lua_pushstring(L, field->name);
        }
        lua_pushlstring(L, field->value.data, field->value.len);
        lua_rawset(L, field->is_query ? -3 : -4);
    }
    lua_setfield(L, -3, "query");
    lua_setfield(L, -2, "headers");
    return 1;
}

/* Reads the table of headers at `index`; the texts stay in it.  Ended by NULL. */
static void read_headers(lua_State *L, int index, const char *headers[2 * HEADERS_MAX + 1])
{
    int count = 0;
    headers[0] = NULL;
    if (lua_isnoneornil(L, index))
        return;
    luaL_checktype(L, index, LUA_TTABLE);
    lua_pushnil(L);
    while (lua_next(L, index)) {
        luaL_argcheck(L, count < HEADERS_MAX, index, "too many headers");
        luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING && lua_type(L, -1) == LUA_TSTRING, index,
                      "headers are texts by name");
        headers[2 * count] = lua_tostring(L, -2);
        headers[2 * count + 1] = lua_tostring(L, -1);
        headers[2 * ++count] = NULL;
        lua_pop(L, 1);
    }
}

static unsigned check_status(lua_State *L, int index)
{
    lua_Integer status = luaL_checkinteger(L, index);
    luaL_argcheck(L, status >= 200 && status <= 599, index, "not the status of an answer");
    return (unsigned)status;
}

/* request:answer(status, headers, body) -> true | nil, err */
static int l_answer(lua_State *L)
{
    struct request_ud *ud = check_request(L);
    const char *headers[2 * HEADERS_MAX + 1];
    struct clnrm_slice body;
    unsigned status = check_status(L, 2);
    body.data = luaL_optlstring(L, 4, "", &body.len);
    read_headers(L, 3, headers);
    int code = clnrm_httpd_answer(ud->core, status, headers, body);
    if (code < 0)
        return clnrm_fail(L, "request.answer", code);
    lua_pushboolean(L, 1);
    return 1;
}

static int l_stream(lua_State *L) /* request:stream(status, headers) -> true | nil, err */
{
    struct request_ud *ud = check_request(L);
    const char *headers[2 * HEADERS_MAX + 1];
    unsigned status = check_status(L, 2);
    read_headers(L, 3, headers);
    int code = clnrm_httpd_stream(ud->core, status, headers);
    if (code < 0)
        return clnrm_fail(L, "request.stream", code);
    lua_pushboolean(L, 1);
    return 1;
}

static int wait_sent(lua_State *L, struct request_ud *ud);

static int on_sent(lua_State *L, int status, lua_KContext ctx)
{
    struct request_ud *ud = (struct request_ud *)ctx; /* on the stack as argument 1 */
    clnrm_waiters_done(L);
    if (status < 0)
        return clnrm_fail(L, "request.write", status);
    return wait_sent(L, ud);
}

static int wait_sent(lua_State *L, struct request_ud *ud)
{
    if (!ud->core || clnrm_httpd_is_over(ud->core))
        return clnrm_fail(L, "request.write", CLNRM_ECLOSED);
    if (clnrm_httpd_unsent(ud->core) > 0)
        return clnrm_waiters_wait(L, &ud->waiters, on_sent, (lua_KContext)ud);
    lua_pushboolean(L, 1);
    return 1;
}

/* request:write(text) -> true | nil, err.  Parks until it is on its way. */
static int l_write(lua_State *L)
{
    struct request_ud *ud = check_request(L);
    struct clnrm_slice text;
    text.data = luaL_checklstring(L, 2, &text.len);
    clnrm_check_can_wait(L);
    int status = clnrm_httpd_write(ud->core, text);
    if (status < 0)
        return clnrm_fail(L, "request.write", status);
    return wait_sent(L, ud);
}

static int l_request_close(lua_State *L) /* request:close(), __close and __gc */
{
    struct request_ud *ud = luaL_checkudata(L, 1, REQUEST);
    if (ud->core)
        clnrm_httpd_release(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, UV_ECANCELED);
    return 0;
}

int luaopen_core_httpd(lua_State *L)
{
    static const luaL_Reg functions[] = {{"open", l_open}, {0}};
    static const luaL_Reg methods[] = {
        {"port", l_port}, {"connections", l_connections}, {"next", l_next}, {0}};
    static const luaL_Reg request_methods[] = {
        {"head", l_head}, {"answer", l_answer}, {"stream", l_stream}, {"write", l_write}, {0}};
    clnrm_newtype(L, REQUEST, request_methods, l_request_close);
    return clnrm_newmodule(L, TYPE, functions, methods, l_close);
}
