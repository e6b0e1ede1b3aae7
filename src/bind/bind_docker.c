/* bind_docker.c -- Lua module core.docker over core/docker_output.h and core/docker_carrier.h.
 *
 * Types: stdlib/_meta/docker.lua. */
#include "bind/bind.h"
#include "bind/http.h"
#include "bind/output.h"
#include "core/docker_carrier.h"
#include "core/docker_output.h"

#define OUTPUT "core.docker.output"
#define CARRIER "core.docker.carrier"

struct output_ud {
    struct clnrm_docker_output *core; /* NULL once closed */
    struct clnrm_waiters waiters;     /* for more output, its end, input that was taken */
};

static void on_change(void *data)
{
    struct output_ud *ud = data;
    clnrm_waiters_wake(&ud->waiters, 0);
}

static struct output_ud *check_output(lua_State *L)
{
    struct output_ud *ud = luaL_checkudata(L, 1, OUTPUT);
    luaL_argcheck(L, ud->core, 1, "output is closed");
    return ud;
}

/* output(call[, {tty, out_max}]) -> output; the call is closed for everybody else */
static int l_output(lua_State *L)
{
    static const char *const names[] = {"tty", "out_max", NULL};
    bool tty = false;
    lua_Integer out_max = (lua_Integer)CLNRM_SPOOL_CAP_DEFAULT;
    clnrm_opt_check(L, 2, names);
    if (lua_istable(L, 2)) {
        tty = clnrm_opt_boolean(L, 2, "tty", tty);
        out_max = clnrm_opt_integer(L, 2, "out_max", out_max);
        luaL_argcheck(L, out_max >= 0, 2, "option 'out_max' is out of range");
    }
    struct output_ud *ud = clnrm_newobject(L, OUTPUT, sizeof(*ud));
    ud->core = clnrm_docker_output_open(clnrm_loop(L), clnrm_http_take_over(L, 1), tty,
                                        (uint64_t)out_max, on_change, ud);
    return 1;
}

/* Ends the continuations of a wait that was cancelled, or whose output was closed meanwhile: pushes nil
 * and an error. */
static bool goes_on(lua_State *L, const char *op, int status, const struct output_ud *ud)
{
    clnrm_waiters_done(L);
    if (status == 0 && !ud->core)
        status = CLNRM_ECLOSED;
    if (status < 0)
        clnrm_fail(L, op, status);
    return status == 0;
}

static int push_failure(lua_State *L, const char *op, const struct clnrm_docker_output_info *info)
{
    return clnrm_failf(L, op, clnrm_code(info->status), "%s", info->reason);
}

static int push_end(lua_State *L, struct output_ud *ud, const struct clnrm_docker_output_info *info)
{
    static const char *const names[] = {"stdout", "stderr"};
    if (info->status < 0)
        return push_failure(L, "output.wait", info);
    lua_createtable(L, 0, 2);
    for (int i = 0; i < 2; i++) {
        const struct clnrm_spool *s = clnrm_docker_output_spool(ud->core, i);
        clnrm_push_output_info(L, s, s->total);
        lua_setfield(L, -2, names[i]);
    }
    return 1;
}

static int after_wait(lua_State *L, int status, lua_KContext ctx)
{
    struct output_ud *ud = (struct output_ud *)ctx;
    if (!goes_on(L, "output.wait", status, ud))
        return 2;
    struct clnrm_docker_output_info info = clnrm_docker_output_info(ud->core);
    if (info.is_over)
        return push_end(L, ud, &info);
    return clnrm_waiters_wait(L, &ud->waiters, after_wait, ctx);
}

static int l_wait(lua_State *L) /* output:wait() -> ended | nil, err.  Parks the calling task. */
{
    struct output_ud *ud = check_output(L);
    struct clnrm_docker_output_info info = clnrm_docker_output_info(ud->core);
    if (info.is_over)
        return push_end(L, ud, &info);
    return clnrm_waiters_wait(L, &ud->waiters, after_wait, (lua_KContext)ud);
}

static int l_is_over(lua_State *L) /* output:is_over() -> boolean: nothing more comes */
{
    lua_pushboolean(L, clnrm_docker_output_info(check_output(L)->core).is_over);
    return 1;
}

/* The output named by argument 2: 0 stdout, 1 stderr. */
static const struct clnrm_spool *check_spool(lua_State *L, const struct output_ud *ud)
{
    static const char *const names[] = {"stdout", "stderr", NULL};
    return clnrm_docker_output_spool(ud->core, luaL_checkoption(L, 2, "stdout", names));
}

/* Pushes the bytes at 3, at most as many as 4 says, or what stands behind the last of them; false when that
 * is not known yet.  The end of a broken stream is not the end of what was written. */
static bool push_read(lua_State *L, struct output_ud *ud, int *results)
{
    struct clnrm_docker_output_info info = clnrm_docker_output_info(ud->core);
    const struct clnrm_spool *s = check_spool(L, ud);
    lua_Integer offset = lua_tointeger(L, 3);
    if (s->total > (uint64_t)offset || (info.is_over && info.status == 0))
        *results = clnrm_push_output_part(L, "output.read", s, offset, lua_tointeger(L, 4));
    else if (info.is_over)
        *results = push_failure(L, "output.read", &info);
    else
        return false;
    return true;
}

static int after_read(lua_State *L, int status, lua_KContext ctx)
{
    struct output_ud *ud = (struct output_ud *)ctx;
    int results;
    if (!goes_on(L, "output.read", status, ud))
        return 2;
    if (push_read(L, ud, &results))
        return results;
    return clnrm_waiters_wait(L, &ud->waiters, after_read, ctx);
}

/* output:read(stream, offset[, len]) -> text | nil, err: bytes from `offset` on, as soon as there are
 * some; "" when the stream has ended and there are none.  Parks the calling task. */
static int l_read(lua_State *L)
{
    struct output_ud *ud = check_output(L);
    lua_Integer offset = luaL_checkinteger(L, 3), len = luaL_optinteger(L, 4, 65536);
    int results;
    check_spool(L, ud);
    luaL_argcheck(L, offset >= 0, 3, "must not be negative");
    luaL_argcheck(L, len > 0 && len <= (1 << 20), 4, "must be between 1 and 1048576");
    lua_settop(L, 3);
    lua_pushinteger(L, len);
    if (push_read(L, ud, &results))
        return results;
    return clnrm_waiters_wait(L, &ud->waiters, after_read, (lua_KContext)ud);
}

/* Pushes the result of a write that is done with; false while some of it waits. */
static bool push_written(lua_State *L, struct output_ud *ud, int *results)
{
    struct clnrm_docker_output_info info = clnrm_docker_output_info(ud->core);
    if (!info.is_over && info.input_left > 0)
        return false;
    *results = 1;
    if (info.is_over)
        *results = clnrm_fail(L, "output.write", info.status < 0 ? info.status : UV_EPIPE);
    else
        lua_pushboolean(L, 1);
    return true;
}

static int after_write(lua_State *L, int status, lua_KContext ctx)
{
    struct output_ud *ud = (struct output_ud *)ctx;
    int results;
    if (!goes_on(L, "output.write", status, ud))
        return 2;
    if (push_written(L, ud, &results))
        return results;
    return clnrm_waiters_wait(L, &ud->waiters, after_write, ctx);
}

/* output:write(text) -> true | nil, err: feeds its stdin.  Parks until it is on its way. */
static int l_write(lua_State *L)
{
    struct output_ud *ud = check_output(L);
    struct clnrm_slice text;
    int results;
    text.data = luaL_checklstring(L, 2, &text.len);
    int status = clnrm_docker_output_write(ud->core, text);
    if (status < 0)
        return clnrm_fail(L, "output.write", status);
    if (push_written(L, ud, &results))
        return results;
    return clnrm_waiters_wait(L, &ud->waiters, after_write, (lua_KContext)ud);
}

static int l_finish(lua_State *L) /* output:finish() -> true | nil, err: its stdin is whole */
{
    int status = clnrm_docker_output_end(check_output(L)->core);
    if (status < 0)
        return clnrm_fail(L, "output.finish", status);
    lua_pushboolean(L, 1);
    return 1;
}

static int push_stream(lua_State *L, const char *op, int which)
{
    const struct clnrm_spool *s = clnrm_docker_output_spool(check_output(L)->core, which);
    return clnrm_push_output(L, op, s, s->total, luaL_optinteger(L, 2, LUA_MAXINTEGER));
}

static int l_stdout(lua_State *L) /* output:stdout([max]) -> text, cut | nil, err */
{
    return push_stream(L, "output.stdout", 0);
}

static int l_stderr(lua_State *L) /* output:stderr([max]) -> text, cut | nil, err */
{
    return push_stream(L, "output.stderr", 1);
}

static int l_close(lua_State *L) /* output:close(): a stream that is not over is broken off */
{
    struct output_ud *ud = luaL_checkudata(L, 1, OUTPUT);
    if (ud->core)
        clnrm_docker_output_release(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, CLNRM_ECLOSED);
    return 0;
}

/* Carriers */

struct carrier_ud {
    struct clnrm_docker_carrier *core; /* NULL once closed */
};

static struct clnrm_docker_carrier *check_carrier(lua_State *L)
{
    struct carrier_ud *ud = luaL_checkudata(L, 1, CARRIER);
    luaL_argcheck(L, ud->core, 1, "carrier is closed");
    return ud->core;
}

static int l_carrier(lua_State *L) /* carrier(call) -> carrier | nil, err */
{
    struct carrier_ud *ud = clnrm_newobject(L, CARRIER, sizeof(*ud));
    int status = clnrm_docker_carrier_open(clnrm_loop(L), clnrm_http_take_over(L, 1), &ud->core);
    return status < 0 ? clnrm_fail(L, "docker.carrier", status) : 1;
}

static int l_carrier_fd(lua_State *L) /* carrier:fd() -> number | nil once it was given up */
{
    int fd = clnrm_docker_carrier_info(check_carrier(L)).fd;
    if (fd < 0)
        lua_pushnil(L);
    else
        lua_pushinteger(L, fd);
    return 1;
}

static int
l_carrier_joined(lua_State *L) /* carrier:joined(): somebody has a copy of the descriptor */
{
    clnrm_docker_carrier_joined(check_carrier(L));
    return 0;
}

static int l_carrier_said(lua_State *L) /* carrier:said() -> the last bytes of stderr */
{
    struct clnrm_slice said = clnrm_docker_carrier_said(check_carrier(L));
    lua_pushlstring(L, said.data, said.len);
    return 1;
}

/* carrier:why() -> nil while it goes on, or when its end was orderly | err */
static int l_carrier_why(lua_State *L)
{
    struct clnrm_docker_carrier_info info = clnrm_docker_carrier_info(check_carrier(L));
    lua_pushnil(L);
    if (info.status < 0)
        clnrm_failf(L, "docker.carrier", clnrm_code(info.status), "%s", info.reason);
    return 1;
}

static int l_carrier_close(lua_State *L) /* carrier:close(): the stream is broken off */
{
    struct carrier_ud *ud = luaL_checkudata(L, 1, CARRIER);
    if (ud->core)
        clnrm_docker_carrier_release(ud->core);
    ud->core = NULL;
    return 0;
}

int luaopen_core_docker(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"output", l_output}, {"carrier", l_carrier}, {NULL, NULL}};
    static const luaL_Reg carrier_methods[] = {{"fd", l_carrier_fd},
                                               {"joined", l_carrier_joined},
                                               {"said", l_carrier_said},
                                               {"why", l_carrier_why},
                                               {NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"wait", l_wait},     {"is_over", l_is_over}, {"read", l_read},     {"write", l_write},
        {"finish", l_finish}, {"stdout", l_stdout},   {"stderr", l_stderr}, {NULL, NULL},
    };
    clnrm_newtype(L, OUTPUT, methods, l_close);
    clnrm_newtype(L, CARRIER, carrier_methods, l_carrier_close);
    return clnrm_newmodule(L, "core.docker", functions, NULL, NULL);
}
