/* sched.c -- see sched.h for the contract; the Lua side is bind_task.c. */
#include "bind/overrun.h"
#include "bind/sched_task.h"

static char park_mark; /* its address tells the scheduler's yields from the user's own */

struct clnrm_sched *clnrm_sched_of(lua_State *L)
{
    return *(struct clnrm_sched **)lua_getextraspace(L);
}

uv_loop_t *clnrm_loop(lua_State *L)
{
    return &clnrm_sched_of(L)->loop;
}

void clnrm_sched_push_park_mark(lua_State *L)
{
    lua_pushlightuserdata(L, &park_mark);
}

/* Signals */

struct clnrm_signal *clnrm_signal_new(void)
{
    struct clnrm_signal *s = clnrm_xcalloc(sizeof(*s));
    s->refs = 1;
    return s;
}

struct clnrm_signal *clnrm_signal_ref(struct clnrm_signal *s)
{
    s->refs++;
    return s;
}

void clnrm_signal_unref(struct clnrm_signal *s)
{
    if (s && --s->refs == 0)
        free(s);
}

bool clnrm_signal_is_set(const struct clnrm_signal *s)
{
    return s->is_set;
}

static void make_ready(struct clnrm_task *t, int status)
{
    t->status = status;
    t->state = CLNRM_TASK_READY;
    t->next_ready = NULL;
    *t->sched->ready_tail = t;
    t->sched->ready_tail = &t->next_ready;
    if (t->sched->in_loop)
        uv_stop(&t->sched->loop); /* a timer fires before the loop polls, which would then wait */
}

/* Takes `t` off its signal and makes it ready. */
static void unpark(struct clnrm_task *t, int status)
{
    struct clnrm_signal *s = t->parked_on;
    t->parked_on = NULL;
    s->waiter = NULL;
    clnrm_signal_unref(s);
    make_ready(t, status);
}

void clnrm_signal_set(struct clnrm_signal *s, int status)
{
    if (s->is_set)
        return;
    s->is_set = true;
    s->status = status;
    if (s->waiter)
        unpark(s->waiter, status);
}

/* Whether a wait of `t` must end at once.  Notes in the scope that it was seen, so that a timeout
 * which nobody noticed does not turn finished work into a failure. */
static bool is_cancelled(struct clnrm_task *t)
{
    for (struct clnrm_scope *scope = t->scope; scope; scope = scope->outer) {
        if (scope->cancelled) {
            scope->observed = true;
            return true;
        }
        if (scope->shield)
            return false;
    }
    return false;
}

void clnrm_scope_cancel(struct clnrm_scope *scope)
{
    struct clnrm_task *t = scope->task;
    scope->cancelled = true;
    if (t && t->state == CLNRM_TASK_PARKED && is_cancelled(t))
        unpark(t, UV_ECANCELED);
}

void clnrm_scope_push(struct clnrm_scope *scope, struct clnrm_task *t)
{
    scope->task = t;
    scope->outer = t->scope;
    t->scope = scope;
}

void clnrm_scope_remove(struct clnrm_scope *scope)
{
    if (!scope->task)
        return;
    struct clnrm_scope **at = &scope->task->scope; /* not always the top: a coroutine of the user's
                                                      own may have been left inside its scope */
    while (*at && *at != scope)
        at = &(*at)->outer;
    if (*at)
        *at = scope->outer;
    scope->task = NULL;
}

bool clnrm_task_is_cancelled(struct clnrm_task *t)
{
    return is_cancelled(t);
}

static int push_status(lua_State *L, int status, lua_KContext ctx)
{
    (void)ctx;
    if (status < 0)
        return clnrm_fail(L, "task.wait", status);
    lua_pushboolean(L, 1);
    return 1;
}

static int on_resumed(lua_State *L, int lua_status, lua_KContext ctx)
{
    (void)lua_status, (void)ctx;
    struct clnrm_task *t = clnrm_sched_of(L)->current;
    return t->k(L, t->status, t->k_ctx);
}

void clnrm_check_can_wait(lua_State *L)
{
    if (!clnrm_can_wait(L))
        luaL_error(L, "cannot wait here: not in a task, or inside require, sort or gsub");
}

static void on_doomed(lua_State *L, lua_Debug *ar)
{
    (void)ar;
    luaL_error(L, "the task was cancelled and goes on");
}

/* Ends a wait of a cancelled task.  A loop that takes no notice would spin for ever. */
static int end_cancelled_wait(lua_State *L, struct clnrm_task *t, clnrm_wait_k *k, lua_KContext ctx)
{
    int results = k(L, UV_ECANCELED, ctx); /* in any case: it gives back what the wait held */
    if (++t->ignored_waits <= CLNRM_IGNORED_MAX)
        return results;
    if (t->ignored_waits > 2 * CLNRM_IGNORED_MAX)
        lua_sethook(L, on_doomed, LUA_MASKCOUNT, 1);
    return luaL_error(L, "the task was cancelled and goes on waiting (%d times)", t->ignored_waits);
}

int clnrm_sched_yield(lua_State *L)
{
    struct clnrm_task *t = clnrm_sched_of(L)->current;
    clnrm_check_can_wait(L);
    if (is_cancelled(t))
        return end_cancelled_wait(L, t, push_status, 0);
    make_ready(t, 0);
    t->k = push_status;
    clnrm_sched_push_park_mark(L);
    return lua_yieldk(L, 1, 0, on_resumed);
}

void clnrm_sched_preempt(lua_State *L, struct clnrm_task *t)
{
    t->is_preempted = true;
    make_ready(t, 0);
    lua_yield(L, 0);
}

bool clnrm_can_wait(lua_State *L)
{
    return clnrm_sched_of(L)->current && lua_isyieldable(L);
}

int clnrm_signal_wait(lua_State *L, struct clnrm_signal *s, clnrm_wait_k *k, lua_KContext ctx)
{
    struct clnrm_task *t = clnrm_sched_of(L)->current;
    if (!k)
        k = push_status;
    if (t && is_cancelled(t))
        return end_cancelled_wait(L, t, k, ctx);
    if (s->is_set) /* finished before anyone waited: do not yield at all */
        return k(L, s->status, ctx);
    clnrm_check_can_wait(L);
    if (s->waiter)
        return luaL_error(L, "another task is already waiting on this object");
    s->waiter = t; /* the task, not L: L may be a coroutine that the task made */
    t->parked_on = clnrm_signal_ref(s);
    t->state = CLNRM_TASK_PARKED;
    t->ignored_waits = 0;
    t->k = k;
    t->k_ctx = ctx;
    clnrm_sched_push_park_mark(L);
    return lua_yieldk(L, 1, 0, on_resumed);
}

/* Tasks */

void clnrm_task_start(struct clnrm_sched *s, struct clnrm_task *t)
{
    t->sched = s;
    t->root.task = t;
    t->root.cancelled = s->is_ending;
    t->scope = &t->root;
    t->next_all = s->all;
    t->prev_all = &s->all;
    if (s->all)
        s->all->prev_all = &t->next_all;
    s->all = t;
    s->live++;
    make_ready(t, 0);
}

static void finish(lua_State *L, struct clnrm_task *t)
{
    struct clnrm_sched *s = t->sched;
    t->state = CLNRM_TASK_DONE;
    for (struct clnrm_scope *scope = t->scope; scope; scope = scope->outer)
        scope->task = NULL; /* a coroutine left inside a scope may outlive its task */
    t->scope = NULL;
    *t->prev_all = t->next_all;
    if (t->next_all)
        t->next_all->prev_all = t->prev_all;
    s->live--;
    clnrm_waiters_wake(&t->joiners, 0);
    luaL_unref(L, LUA_REGISTRYINDEX, t->anchor); /* may be collected from now on */
}

/* Keeps the error value on top of `co` as the task's result. */
static void fail_task(struct clnrm_task *t, lua_State *L, lua_State *co)
{
    t->failed = true;
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->anchor); /* task */
    lua_xmove(co, L, 1);                          /* task error */
    lua_setiuservalue(L, -2, CLNRM_TASK_RESULT);
    lua_pop(L, 1);
}

static void resume(struct clnrm_sched *s, lua_State *L, struct clnrm_task *t)
{
    int results = 0, args = t->started ? 0 : lua_gettop(t->co) - 1;
    t->started = true;
    t->state = CLNRM_TASK_RUNNING;
    if (!t->is_preempted) {
        t->instructions = 0;
        t->time = 0;
        t->spent_at[0] = '\0';
    }
    t->is_preempted = false;
    t->slice_began = t->slice > 0 ? uv_hrtime() : 0;
    s->current = t;
    clnrm_memory_enter(&s->memory, t->co, t->memory_max);
    int rc = lua_resume(t->co, L, args, &results);
    clnrm_memory_enter(&s->memory, NULL, 0);
    s->current = NULL;
    if (rc == LUA_YIELD && t->state != CLNRM_TASK_RUNNING) { /* a wait of ours, not a copied mark */
        lua_pop(t->co, results);
        return;
    }
    if (rc == LUA_YIELD) {
        lua_settop(t->co, 0);
        lua_pushliteral(t->co, "attempt to yield outside a coroutine");
        fail_task(t, L, t->co);
        lua_resetthread(t->co);
    } else if (rc != LUA_OK) {
        fail_task(t, L, t->co);
        lua_resetthread(t->co);
    }
    finish(L, t);
}

static void run_ready(struct clnrm_sched *s, lua_State *L)
{
    struct clnrm_task *t = s->ready_head;
    s->ready_head = NULL; /* tasks made ready meanwhile wait a turn */
    s->ready_tail = &s->ready_head;
    for (int i = 0; t && i < CLNRM_READY_BATCH; i++) {
        struct clnrm_task *next = t->next_ready;
        resume(s, L, t);
        t = next;
    }
    if (!t)
        return;
    struct clnrm_task *last = t; /* the rest goes before what became ready meanwhile */
    while (last->next_ready)
        last = last->next_ready;
    last->next_ready = s->ready_head;
    if (!s->ready_head)
        s->ready_tail = &last->next_ready;
    s->ready_head = t;
}

static void wake_all(struct clnrm_sched *s, int status)
{
    for (struct clnrm_task *t = s->all; t; t = t->next_all)
        if (t->state == CLNRM_TASK_PARKED)
            unpark(t, status);
}

static void turn(struct clnrm_sched *s, lua_State *L)
{
    run_ready(s, L);
    if (s->live == 0)
        return;
    if (!s->ready_head && !uv_loop_alive(&s->loop))
        wake_all(s, CLNRM_EDEADLOCK);
    s->in_loop = true;
    uv_run(&s->loop, s->ready_head ? UV_RUN_NOWAIT : UV_RUN_ONCE);
    s->in_loop = false;
}

int clnrm_sched_run(struct clnrm_sched *s, lua_State *L)
{
    struct clnrm_task *main_task = clnrm_task_new(L, 0); /* takes the function; pushes the task */
    while (main_task->state != CLNRM_TASK_DONE)
        turn(s, L);
    s->is_ending = true;
    for (struct clnrm_task *t = s->all; t; t = t->next_all)
        clnrm_scope_cancel(&t->root);
    while (s->live > 0)
        turn(s, L);
    s->is_ending = false;
    int failed = main_task->failed;
    main_task->is_joined = true;
    if (failed) {
        lua_getiuservalue(L, -1, CLNRM_TASK_RESULT);
        lua_remove(L, -2);
    } else {
        lua_pop(L, 1);
    }
    return failed;
}

struct clnrm_sched *clnrm_sched_open(lua_State **state)
{
    struct clnrm_sched *s = clnrm_xcalloc(sizeof(*s));
    if (uv_loop_init(&s->loop) < 0) {
        free(s);
        return NULL;
    }
    s->ready_tail = &s->ready_head;
    lua_State *L = clnrm_memory_state(&s->memory);
    if (!L) {
        uv_loop_close(&s->loop);
        free(s);
        return NULL;
    }
    *(struct clnrm_sched **)lua_getextraspace(L) = s;
    *state = L;
    return s;
}

static void close_handle(uv_handle_t *handle, void *data)
{
    (void)data;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void clnrm_sched_close(struct clnrm_sched *s, lua_State *L)
{
    clnrm_overrun_end(s);
    clnrm_memory_close(&s->memory, L);
    uv_run(&s->loop, UV_RUN_NOWAIT); /* close callbacks of what the state's end closed */
    if (uv_loop_close(&s->loop) == UV_EBUSY) {
        uv_walk(&s->loop, close_handle, NULL); /* a handle that its owner forgot */
        uv_run(&s->loop, UV_RUN_DEFAULT);
        uv_loop_close(&s->loop);
    }
    free(s);
}
