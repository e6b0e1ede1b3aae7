/* bind_signal.c -- Lua module core.signal over core/signal.h.  Types: stdlib/_meta/signal.lua. */
#include "bind/bind.h"
#include "core/signal.h"

#define TYPE "core.signal"

struct signal_ud {
    struct clnrm_signals *core; /* NULL once closed */
    int waiting;
    struct clnrm_waiters waiters;
};

static void on_signal(void *data)
{
    struct signal_ud *ud = data; /* lives until __gc, which closes the core first */
    clnrm_waiters_wake(&ud->waiters, 0);
}

static struct signal_ud *check_open(lua_State *L)
{
    struct signal_ud *ud = luaL_checkudata(L, 1, TYPE);
    luaL_argcheck(L, ud->core, 1, "signals are closed");
    return ud;
}

static int check_number(lua_State *L, int arg)
{
    int number = clnrm_signals_number(luaL_checkstring(L, arg));
    luaL_argcheck(L, number != 0, arg, "not a signal that can be waited for");
    return number;
}

static int l_open(lua_State *L) /* open(name, ...) -> signals | nil, err */
{
    int numbers[CLNRM_SIGNALS_MAX], count = lua_gettop(L);
    luaL_argcheck(L, count >= 1 && count <= CLNRM_SIGNALS_MAX, 1, "1 to 16 names of signals");
    for (int i = 0; i < count; i++) {
        numbers[i] = check_number(L, i + 1);
        for (int k = 0; k < i; k++)
            luaL_argcheck(L, numbers[k] != numbers[i], i + 1, "is named twice");
    }
    struct signal_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    int status = clnrm_signals_open(clnrm_loop(L), numbers, count, on_signal, ud, &ud->core);
    return status < 0 ? clnrm_fail(L, "signal.open", status) : 1;
}

static int l_is_ignored(lua_State *L) /* is_ignored(name) -> boolean: as nohup has it for SIGHUP */
{
    lua_pushboolean(L, clnrm_signals_is_ignored(check_number(L, 1)));
    return 1;
}

static int next_signal(lua_State *L, struct signal_ud *ud);

static int on_woken(lua_State *L, int status, lua_KContext ctx)
{
    struct signal_ud *ud = (struct signal_ud *)ctx; /* on the stack as argument 1 */
    clnrm_waiters_done(L);
    if (--ud->waiting == 0 && ud->core)
        clnrm_signals_keep_alive(ud->core, 0);
    if (status < 0)
        return clnrm_fail(L, "signal.next", status);
    return next_signal(L, ud);
}

/* Pushes the next signal, or parks until there is one. */
static int next_signal(lua_State *L, struct signal_ud *ud)
{
    if (!ud->core)
        return clnrm_fail(L, "signal.next", UV_ECANCELED);
    int number = clnrm_signals_take(ud->core);
    if (number != 0) {
        lua_pushstring(L, clnrm_signals_name(number));
        return 1;
    }
    clnrm_check_can_wait(L);
    if (ud->waiting++ == 0)
        clnrm_signals_keep_alive(ud->core, 1);
    return clnrm_waiters_wait(L, &ud->waiters, on_woken, (lua_KContext)ud);
}

static int l_next(lua_State *L) /* signals:next() -> name | nil, err */
{
    return next_signal(L, check_open(L));
}

static int l_stop_self(lua_State *L) /* signals:stop_self(name) -> true | nil, err: its default */
{
    struct signal_ud *ud = check_open(L);
    int status = clnrm_signals_raise(ud->core, check_number(L, 2));
    if (status < 0)
        return clnrm_fail(L, "signal.stop_self", status);
    lua_pushboolean(L, 1);
    return 1;
}

static int l_leave_on(lua_State *L) /* signals:leave_on(name, exit_code) -> true | nil, err */
{
    struct signal_ud *ud = check_open(L);
    int number = check_number(L, 2);
    lua_Integer code = luaL_checkinteger(L, 3);
    luaL_argcheck(L, code >= 0 && code <= 255, 3, "an exit code is 0 to 255");
    int status = clnrm_signals_leave_on(ud->core, number, (int)code);
    if (status < 0)
        return clnrm_fail(L, "signal.leave_on", status);
    lua_pushboolean(L, 1);
    return 1;
}

static void give_back(struct signal_ud *ud, void (*how)(struct clnrm_signals *))
{
    if (ud->core)
        how(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, UV_ECANCELED);
}

static int l_finish(lua_State *L) /* signals:finish(): a close before the end of the program */
{
    give_back(luaL_checkudata(L, 1, TYPE), clnrm_signals_finish);
    return 0;
}

static int l_close(lua_State *L) /* signals:close(), __close and __gc */
{
    give_back(luaL_checkudata(L, 1, TYPE), clnrm_signals_close);
    return 0;
}

int luaopen_core_signal(lua_State *L)
{
    static const luaL_Reg functions[] = {{"is_ignored", l_is_ignored}, {"open", l_open}, {0}};
    static const luaL_Reg methods[] = {{"finish", l_finish},
                                       {"leave_on", l_leave_on},
                                       {"next", l_next},
                                       {"stop_self", l_stop_self},
                                       {0}};
    return clnrm_newmodule(L, TYPE, functions, methods, l_close);
}
