/* task_event.c -- the events of core.task: any number of tasks wait until somebody sets one. */
#include "bind/sched_task.h"

#define EVENT "core.task.event"

struct event_ud {
    bool is_set;
    struct clnrm_waiters waiters;
};

int clnrm_l_event(lua_State *L) /* event() -> event */
{
    clnrm_newobject(L, EVENT, sizeof(struct event_ud));
    return 1;
}

static int l_event_set(lua_State *L) /* event:set(): wakes all that wait; later waits do not park */
{
    struct event_ud *ud = luaL_checkudata(L, 1, EVENT);
    ud->is_set = true;
    clnrm_waiters_wake(&ud->waiters, 0);
    return 0;
}

static int l_event_clear(lua_State *L) /* event:clear() */
{
    struct event_ud *ud = luaL_checkudata(L, 1, EVENT);
    ud->is_set = false;
    return 0;
}

static int l_event_is_set(lua_State *L) /* event:is_set() -> boolean */
{
    struct event_ud *ud = luaL_checkudata(L, 1, EVENT);
    lua_pushboolean(L, ud->is_set);
    return 1;
}

static int on_event(lua_State *L, int status, lua_KContext ctx)
{
    (void)ctx;
    clnrm_waiters_done(L);
    if (status < 0)
        return clnrm_fail(L, "event.wait", status);
    lua_pushboolean(L, 1);
    return 1;
}

static int l_event_wait(lua_State *L) /* event:wait() -> true | nil, err */
{
    struct event_ud *ud = luaL_checkudata(L, 1, EVENT);
    if (clnrm_task_is_cancelled(clnrm_task_check_current(L)))
        return clnrm_fail(L, "event.wait", UV_ECANCELED);
    if (ud->is_set) {
        lua_pushboolean(L, 1);
        return 1;
    }
    return clnrm_waiters_wait(L, &ud->waiters, on_event, 0);
}

void clnrm_task_open_event(lua_State *L)
{
    static const luaL_Reg methods[] = {{"clear", l_event_clear},
                                       {"is_set", l_event_is_set},
                                       {"set", l_event_set},
                                       {"wait", l_event_wait},
                                       {0}};
    clnrm_newtype(L, EVENT, methods, NULL);
}
