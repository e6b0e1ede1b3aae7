/* bind_task.c -- Lua module core.task over sched.h: tasks, timeouts, shields.
 * Types: stdlib/_meta/task.lua.  Events: task_event.c.  Groups are policy:
 * stdlib/clnrm/task.lua. */
#include "bind/sched_task.h"

#include <math.h>

#define TASK "core.task"
#define SCOPE "core.task.scope"

static const char *const state_names[] = {"ready", "running", "parked", "done"};

/* Message handler at a task's edge and at each scope: keeps the first traceback of an error. */
static int remember_trace(lua_State *L)
{
    struct clnrm_task *t = clnrm_sched_of(L)->current;
    if (!t)
        return 1;
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->anchor); /* error task */
    if (lua_getiuservalue(L, 2, CLNRM_TASK_TRACE) == LUA_TTABLE &&
        (lua_rawgeti(L, -1, 1), lua_rawequal(L, -1, 1))) { /* passed on by an inner scope */
        lua_settop(L, 1);
        return 1;
    }
    lua_settop(L, 2);
    lua_createtable(L, 2, 0); /* error task trace */
    lua_pushvalue(L, 1);
    lua_rawseti(L, -2, 1);
    luaL_traceback(L, L, NULL, 1);
    lua_rawseti(L, -2, 2);
    lua_setiuservalue(L, 2, CLNRM_TASK_TRACE);
    lua_settop(L, 1);
    return 1;
}

static int on_task_end(lua_State *L, int status, lua_KContext ctx)
{
    (void)ctx;
    struct clnrm_task *t = clnrm_sched_of(L)->current;
    int n = lua_gettop(L) - 1; /* less the message handler */
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->anchor);
    if (status == LUA_OK || status == LUA_YIELD) {
        lua_createtable(L, n, 1); /* results... task table */
        for (int i = 1; i <= n; i++) {
            lua_pushvalue(L, 1 + i);
            lua_rawseti(L, -2, i);
        }
        lua_pushinteger(L, n);
        lua_setfield(L, -2, "n");
    } else {
        t->failed = true;
        lua_pushvalue(L, 2);
    }
    lua_setiuservalue(L, -2, CLNRM_TASK_RESULT);
    return 0;
}

static int task_main(lua_State *L) /* fn, args... */
{
    lua_pushcfunction(L, remember_trace);
    lua_insert(L, 1);
    int rc = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, 0, on_task_end);
    return on_task_end(L, rc, 0);
}

struct clnrm_task *clnrm_task_new(lua_State *L, int nargs)
{
    struct clnrm_sched *s = clnrm_sched_of(L);
    struct clnrm_task *t = lua_newuserdatauv(L, sizeof(*t), CLNRM_TASK_VALUES);
    memset(t, 0, sizeof(*t));
    t->state = CLNRM_TASK_DONE; /* until it is started, for __gc */
    t->is_joined = true;
    luaL_setmetatable(L, TASK);
    lua_State *co = lua_newthread(L); /* fn args... task thread */
    lua_sethook(co, NULL, 0, 0);      /* which it has from L, maybe one that raises */
    lua_setiuservalue(L, -2, CLNRM_TASK_THREAD);
    lua_pushvalue(L, -1);
    t->anchor = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_insert(L, -nargs - 2); /* task fn args... */
    lua_pushcfunction(co, task_main);
    lua_xmove(L, co, nargs + 1);
    t->co = co;
    t->is_joined = false;
    if (s->current) { /* what a script starts has the limits of the script */
        t->memory_max = s->current->memory_max;
        t->time_max = s->current->time_max;
        t->is_interruptible = s->current->is_interruptible;
        t->slice = s->current->slice;
        clnrm_task_set_limit(t, s->current->instructions_max);
    }
    clnrm_task_start(s, t);
    return t;
}

struct clnrm_task *clnrm_task_check_current(lua_State *L)
{
    struct clnrm_task *t = clnrm_sched_of(L)->current;
    if (!t)
        luaL_error(L, "not in a task");
    return t;
}

static int l_spawn(lua_State *L) /* spawn(fn, ...) -> task */
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    if (clnrm_sched_of(L)->live >= CLNRM_TASKS_MAX)
        return luaL_error(L, "more than %d tasks are alive", CLNRM_TASKS_MAX);
    clnrm_task_new(L, lua_gettop(L) - 1);
    return 1;
}

static int push_result(lua_State *L, struct clnrm_task *t)
{
    t->is_joined = true;
    lua_getiuservalue(L, 1, CLNRM_TASK_RESULT);
    if (t->failed)
        return lua_error(L);
    int table = lua_gettop(L);
    lua_getfield(L, table, "n");
    int n = (int)lua_tointeger(L, -1);
    luaL_checkstack(L, n, "too many results");
    for (int i = 1; i <= n; i++)
        lua_rawgeti(L, table, i);
    return n;
}

static int on_joined(lua_State *L, int status, lua_KContext ctx)
{
    (void)ctx;
    clnrm_waiters_done(L);
    if (status < 0)
        return clnrm_fail(L, "task.join", status);
    return push_result(L, luaL_checkudata(L, 1, TASK));
}

static int l_join(lua_State *L) /* task:join() -> results... ; raises what the task raised */
{
    struct clnrm_task *t = luaL_checkudata(L, 1, TASK);
    if (t->state == CLNRM_TASK_DONE)
        return push_result(L, t);
    luaL_argcheck(L, t != clnrm_sched_of(L)->current, 1, "a task cannot wait for itself");
    return clnrm_waiters_wait(L, &t->joiners, on_joined, 0);
}

static int l_cancel(lua_State *L) /* task:cancel() */
{
    struct clnrm_task *t = luaL_checkudata(L, 1, TASK);
    if (t->state != CLNRM_TASK_DONE)
        clnrm_scope_cancel(&t->root);
    return 0;
}

static int l_state(lua_State *L) /* task:state() -> "ready"|"running"|"parked"|"done" */
{
    struct clnrm_task *t = luaL_checkudata(L, 1, TASK);
    lua_pushstring(L, state_names[t->state]);
    return 1;
}

static int l_failed(lua_State *L) /* task:failed() -> boolean: it ended by an error */
{
    struct clnrm_task *t = luaL_checkudata(L, 1, TASK);
    lua_pushboolean(L, t->failed);
    return 1;
}

static int l_trace(lua_State *L) /* task:trace() -> string | nil: where its error was raised */
{
    luaL_checkudata(L, 1, TASK);
    if (lua_getiuservalue(L, 1, CLNRM_TASK_TRACE) != LUA_TTABLE)
        return 0;
    lua_rawgeti(L, -1, 2);
    return 1;
}

static int l_task_gc(lua_State *L)
{
    struct clnrm_task *t = lua_touserdata(L, 1);
    if (t->state != CLNRM_TASK_DONE || !t->failed || t->is_joined)
        return 0;
    t->is_joined = true;
    lua_getiuservalue(L, 1, CLNRM_TASK_RESULT);
    lua_writestringerror("clnrm: a task failed and nobody waited for it: %s\n",
                         luaL_tolstring(L, -1, NULL));
    return 0;
}

/* Time */

enum { NS_PER_MS = 1000000 };

struct timer {
    uv_timer_t uv; /* first: what libuv hands out is this struct */
    uv_timer_cb on_due;
    uint64_t due_ns; /* on uv_hrtime()'s clock */
};

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_sleep_over(uv_timer_t *timer)
{
    struct clnrm_signal *s = timer->data;
    clnrm_signal_set(s, 0);
}

static uint64_t check_ms(lua_State *L, int arg)
{
    lua_Number ms = luaL_checknumber(L, arg);
    luaL_argcheck(L, ms >= 0 && ms <= 1e12, arg, "a time in milliseconds must be 0 to 1e12");
    return (uint64_t)ceil(ms);
}

/* The loop counts whole milliseconds, so its timers may fire that much before the time is up. */
static void on_timer(uv_timer_t *uv)
{
    struct timer *timer = (struct timer *)uv;
    uint64_t now = uv_hrtime();
    if (now >= timer->due_ns)
        timer->on_due(uv);
    else
        uv_timer_start(uv, on_timer, (timer->due_ns - now + NS_PER_MS - 1) / NS_PER_MS, 0);
}

static uv_timer_t *start_timer(lua_State *L, uv_timer_cb cb, void *data, uint64_t ms)
{
    struct timer *timer = clnrm_xcalloc(sizeof(*timer));
    uv_loop_t *loop = clnrm_loop(L);
    uv_timer_init(loop, &timer->uv); /* cannot fail */
    uv_update_time(loop);            /* else the time since the last turn is taken off */
    timer->uv.data = data;
    timer->on_due = cb;
    timer->due_ns = uv_hrtime() + ms * NS_PER_MS; /* 1e12 ms fit: see check_ms */
    uv_timer_start(&timer->uv, on_timer, ms, 0);
    return &timer->uv;
}

static int on_slept(lua_State *L, int status, lua_KContext ctx)
{
    uv_timer_t *timer = (uv_timer_t *)ctx;
    clnrm_signal_unref(timer->data);
    uv_close((uv_handle_t *)timer, on_timer_closed);
    if (status < 0)
        return clnrm_fail(L, "task.sleep", status);
    lua_pushboolean(L, 1);
    return 1;
}

static int l_sleep(lua_State *L) /* sleep(ms) -> true | nil, err */
{
    uint64_t ms = check_ms(L, 1);
    clnrm_task_check_current(L);
    if (!lua_isyieldable(L))
        return luaL_error(L, "cannot wait here: not in a task, or inside require, sort or gsub");
    struct clnrm_signal *s = clnrm_signal_new();
    uv_timer_t *timer = start_timer(L, on_sleep_over, s, ms);
    return clnrm_signal_wait(L, s, on_slept, (lua_KContext)timer);
}

static int l_yield(lua_State *L) /* yield() -> true | nil, err: lets every other ready task run */
{
    return clnrm_sched_yield(L);
}

/* Scopes */

static void scope_end(struct clnrm_scope *scope)
{
    clnrm_scope_remove(scope);
    if (scope->timer) {
        scope->timer->data = NULL;
        uv_close((uv_handle_t *)scope->timer, on_timer_closed);
        scope->timer = NULL;
    }
}

static int l_scope_close(lua_State *L) /* scope:close(), __close and __gc */
{
    scope_end(luaL_checkudata(L, 1, SCOPE));
    return 0;
}

static int l_scope_cancel(lua_State *L) /* scope:cancel(): every wait inside it ends, for good */
{
    clnrm_scope_cancel(luaL_checkudata(L, 1, SCOPE));
    return 0;
}

static int l_scope(lua_State *L) /* scope() -> scope: around what the task does until its close */
{
    struct clnrm_task *t = clnrm_task_check_current(L);
    clnrm_scope_push(clnrm_newobject(L, SCOPE, sizeof(struct clnrm_scope)), t);
    return 1;
}

static void on_timeout(uv_timer_t *timer)
{
    clnrm_scope_cancel(timer->data);
}

static int on_scope_end(lua_State *L, int status, lua_KContext ctx)
{
    struct clnrm_scope *scope = (struct clnrm_scope *)ctx; /* stack: scope, handler, results... */
    scope_end(scope);
    if (status != LUA_OK && status != LUA_YIELD)
        return lua_error(L);
    if (scope->observed && !scope->shield)
        return clnrm_failf(L, "task.timeout", "ETIMEDOUT", "the time is up");
    return lua_gettop(L) - 2;
}

/* Calls the function at 2 with the arguments behind it in a new scope, which takes slot 1. */
static int call_in_scope(lua_State *L, uint64_t ms, bool shield)
{
    struct clnrm_task *t = clnrm_task_check_current(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    struct clnrm_scope *scope = clnrm_newobject(L, SCOPE, sizeof(*scope));
    lua_replace(L, 1);
    clnrm_scope_push(scope, t);
    scope->shield = shield;
    if (!shield)
        scope->timer = start_timer(L, on_timeout, scope, ms);
    lua_pushcfunction(L, remember_trace);
    lua_insert(L, 2); /* scope handler fn args... */
    int rc = lua_pcallk(L, lua_gettop(L) - 3, LUA_MULTRET, 2, (lua_KContext)scope, on_scope_end);
    return on_scope_end(L, rc, (lua_KContext)scope);
}

static int l_timeout(lua_State *L) /* timeout(ms, fn, ...) -> results... | nil, err (ETIMEDOUT) */
{
    uint64_t ms = check_ms(L, 1);
    return call_in_scope(L, ms, false);
}

static int
l_shield(lua_State *L) /* shield(fn, ...) -> results...: waits inside are not cancelled */
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_pushnil(L); /* the slot of the scope */
    lua_insert(L, 1);
    return call_in_scope(L, 0, true);
}

static int l_is_cancelled(lua_State *L) /* is_cancelled() -> boolean: the next wait would end */
{
    lua_pushboolean(L, clnrm_task_is_cancelled(clnrm_task_check_current(L)));
    return 1;
}

static int l_current(lua_State *L) /* current() -> task */
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, clnrm_task_check_current(L)->anchor);
    return 1;
}

static int l_alive(lua_State *L) /* alive() -> integer: tasks that have not ended */
{
    lua_pushinteger(L, clnrm_sched_of(L)->live);
    return 1;
}

int luaopen_core_task(lua_State *L)
{
    static const luaL_Reg functions[] = {{"alive", l_alive},
                                         {"current", l_current},
                                         {"event", clnrm_l_event},
                                         {"is_cancelled", l_is_cancelled},
                                         {"interrupt_off", clnrm_l_interrupt_off},
                                         {"interrupt_on", clnrm_l_interrupt_on},
                                         {"give_way", clnrm_l_give_way},
                                         {"interruptible", clnrm_l_interruptible},
                                         {"limit", clnrm_l_limit},
                                         {"memory", clnrm_l_memory},
                                         {"refused", clnrm_l_refused},
                                         {"scope", l_scope},
                                         {"shield", l_shield},
                                         {"sleep", l_sleep},
                                         {"spawn", l_spawn},
                                         {"timeout", l_timeout},
                                         {"yield", l_yield},
                                         {0}};
    static const luaL_Reg methods[] = {{"cancel", l_cancel}, {"failed", l_failed}, {"join", l_join},
                                       {"state", l_state},   {"trace", l_trace},   {0}};
    static const luaL_Reg scope_methods[] = {{"cancel", l_scope_cancel}, {0}};
    clnrm_task_open_event(L);
    clnrm_newtype(L, SCOPE, scope_methods, l_scope_close);
    clnrm_newmodule(L, TASK, functions, methods, NULL);
    luaL_getmetatable(L, TASK);
    lua_pushcfunction(L, l_task_gc);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
    clnrm_sched_push_park_mark(L);
    lua_setfield(L, -2, "park");
    return 1;
}
