/* task_limit.c -- what a task may use between two waits: instructions, processor time, memory.
 * The functions are core.task's; see sched_task.h for the contract of the rest. */
#include "bind/overrun.h"
#include "bind/sched_task.h"
#include "core/term.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Steps of work inside C in a millisecond, fewer than a slow processor does. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STEPS_PER_MS = 20000 }; /* each access is checked */
#else
enum { STEPS_PER_MS = 200000 };
#endif

enum {
    HOOK_STEP = 10000, /* instructions between two looks at the limit */
    TIME_MAX = 86400000
};

static struct clnrm_task *current(lua_State *L)
{
    struct clnrm_task *t = clnrm_sched_of(L)->current;
    if (!t)
        luaL_error(L, "not in a task");
    return t;
}

/* Instruction limit: a count hook, which the coroutines that a task makes inherit. */

static bool is_ours_source(const lua_Debug *ar)
{
    return strstr(ar->short_src, "lua/engine/") || strstr(ar->short_src, "stdlib/clnrm/");
}

/* Names the innermost line from `level` on that is not the engine's. */
static void note_place(lua_State *L, struct clnrm_task *t, int level)
{
    lua_Debug ar;
    for (; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline > 0 && !is_ours_source(&ar)) {
            snprintf(t->spent_at, sizeof(t->spent_at), "%s:%d: ", ar.short_src, ar.currentline);
            return;
        }
    }
}

/* Unwinds the task: a pcall must not swallow it, so each instruction raises from now on. */
static int raise_spent(lua_State *L, struct clnrm_task *t, int level)
{
    t->instructions = t->instructions_max;
    lua_sethook(L, clnrm_task_on_count, LUA_MASKCOUNT, 1);
    if (t->spent_at[0] == '\0')
        note_place(L, t, level);
    if (t->is_interrupted)
        return luaL_error(L, "%sinterrupted", t->spent_at);
    lua_pushfstring(L, "%sran more than %I instructions", t->spent_at,
                    (LUAI_UACINT)t->instructions_max);
    if (t->time_max > 0)
        lua_pushfstring(L, " or %d ms of the processor", t->time_max);
    else
        lua_pushliteral(L, "");
    lua_pushliteral(L, " without waiting: an endless loop?");
    lua_concat(L, 3);
    return lua_error(L);
}

/* Whether a task that gives way is due to: within code that is not the engine's, which may count
 * on that nothing else runs between two waits of its own. */
static bool is_due(lua_State *L, struct clnrm_task *t, lua_Debug *ar)
{
    if (L != t->co || !lua_isyieldable(L) || uv_hrtime() - t->slice_began < t->slice)
        return false;
    lua_getinfo(L, "S", ar);
    return !is_ours_source(ar);
}

/* Whether `t` itself was cancelled and has not seen it yet: it computes.  A scope within that is
 * over ends waits alone, and what goes on after a cancelled wait unwinds. */
static bool is_unaware(const struct clnrm_task *t)
{
    for (const struct clnrm_scope *scope = t->scope; scope != &t->root; scope = scope->outer)
        if (!scope || scope->shield)
            return false;
    return t->root.cancelled && !t->root.observed;
}

void clnrm_task_on_count(lua_State *L, lua_Debug *ar)
{
#if defined(__SANITIZE_THREAD__)
    usleep(0); /* handlers are held back until the thread calls libc, which a loop may never do */
#endif
    struct clnrm_task *t = clnrm_sched_of(L)->current;
    if (!t || t->instructions_max == 0)
        return;
    t->instructions += HOOK_STEP;
    if (t->is_interrupted || t->instructions > t->instructions_max ||
        (t->time_max > 0 && t->time >= t->time_max))
        raise_spent(L, t, 0); /* a hook runs as the function that it interrupts */
    if (t->slice == 0)
        return;
    if (is_unaware(t)) {
        t->is_interrupted = true;
        raise_spent(L, t, 0);
    }
    if (is_due(L, t, ar))
        clnrm_sched_preempt(L, t);
}

lua_Integer clnrm_task_budget(lua_State *L)
{
    struct clnrm_task *t = clnrm_sched_of(L)->current;
    if (!t || t->instructions_max == 0)
        return LUA_MAXINTEGER;
    if (t->is_interrupted)
        return 0;
    lua_Integer left = t->instructions_max - t->instructions;
    if (t->time_max > 0 && left > (lua_Integer)(t->time_max - t->time) * STEPS_PER_MS)
        left = (lua_Integer)(t->time_max - t->time) * STEPS_PER_MS;
    return left > 0 ? left : 0;
}

void clnrm_task_charge(lua_State *L, lua_Integer steps)
{
    struct clnrm_task *t = clnrm_sched_of(L)->current;
    if (!t || t->instructions_max == 0)
        return;
    if (steps > clnrm_task_budget(L))
        raise_spent(L, t, 1);
    t->instructions += steps;
}

void clnrm_task_set_limit(struct clnrm_task *t, lua_Integer max)
{
    t->instructions_max = max;
    if (max > 0)
        lua_sethook(t->co, clnrm_task_on_count, LUA_MASKCOUNT, HOOK_STEP);
}

int clnrm_l_give_way(lua_State *L) /* give_way(ms): of the calling task, and those it starts */
{
    lua_Integer ms = luaL_checkinteger(L, 1);
    struct clnrm_task *t = current(L);
    luaL_argcheck(L, ms >= 0 && ms <= TIME_MAX, 1, "must be 0 to 86400000");
    luaL_argcheck(L, ms == 0 || t->instructions_max > 0, 1, "the task has no limit");
    t->slice = (uint64_t)ms * 1000000;
    t->slice_began = uv_hrtime();
    return 0;
}

int clnrm_l_limit(
    lua_State *L) /* limit(instructions [, ms]): of the calling task between two waits */
{
    lua_Integer max = luaL_checkinteger(L, 1), ms = luaL_optinteger(L, 2, 0);
    luaL_argcheck(L, max >= 0, 1, "must not be negative");
    luaL_argcheck(L, ms >= 0 && ms <= TIME_MAX, 2, "must be 0 to 86400000");
    luaL_argcheck(L, ms == 0 || max > 0, 2, "needs a limit of instructions");
    current(L)->time_max = (int)ms;
    if (ms > 0)
        clnrm_overrun_watch(clnrm_sched_of(L));
    clnrm_task_set_limit(current(L), max);
    if (L != current(L)->co || max == 0) /* a coroutine of the task */
        lua_sethook(L, max > 0 ? clnrm_task_on_count : NULL, max > 0 ? LUA_MASKCOUNT : 0,
                    HOOK_STEP);
    return 0;
}

/* Interrupts: the signal is noted in the task that runs, which looks with its limit, and goes on to
 * the loop, which may be what it is for.  So are those that end the program: what computes without
 * an end would never let the loop see them, as when its terminal is gone. */

static const int INTERRUPTS[] = {SIGINT, SIGTERM, SIGHUP};
enum {
    INTERRUPT_COUNT = sizeof(INTERRUPTS) / sizeof(INTERRUPTS[0]),
    UNHEARD_MAX = 2,
    UNHEARD_S = 2
};

static struct clnrm_sched *volatile interrupted;
static struct sigaction before[INTERRUPT_COUNT];
static volatile sig_atomic_t ending; /* SIGTERM or SIGHUP */

static void leave(int number)
{
    clnrm_term_restore();
    _exit(128 + number);
}

/* What is within a function of C never looks.  The third Ctrl-C ends the program at once; a signal
 * that is to end it, when nobody has looked for UNHEARD_S. */
static void note_interrupt(struct clnrm_task *t, int number)
{
    static volatile sig_atomic_t unheard;
    unheard = t->is_interrupted && number == SIGINT ? unheard + 1 : 0;
    t->is_interrupted = true;
    if (unheard >= UNHEARD_MAX)
        leave(SIGINT);
    if (number != SIGINT) {
        ending = number;
        (void)alarm(UNHEARD_S);
    }
}

static void on_alarm(int number)
{
    struct clnrm_task *t = interrupted ? interrupted->current : NULL;
    (void)number;
    if (t && t->is_interruptible && t->is_interrupted)
        leave(ending);
}

static void on_interrupt(int number)
{
    struct clnrm_task *t = interrupted ? interrupted->current : NULL;
    if (t && t->is_interruptible)
        note_interrupt(t, number);
    for (int i = 0; i < INTERRUPT_COUNT; i++)
        if (INTERRUPTS[i] == number && before[i].sa_handler != SIG_DFL &&
            before[i].sa_handler != SIG_IGN)
            before[i].sa_handler(number);
}

static bool is_ours(int number, struct sigaction *now)
{
    sigaction(number, NULL, now);
    return now->sa_handler == on_interrupt;
}

/* interrupt_on(): SIGINT, SIGTERM and SIGHUP, those whose set is open already */
int clnrm_l_interrupt_on(lua_State *L)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART}, now;
    interrupted = clnrm_sched_of(L);
    sigfillset(&action.sa_mask);
    now = action;
    now.sa_handler = on_alarm;
    sigaction(SIGALRM, &now, NULL);
    for (int i = 0; i < INTERRUPT_COUNT; i++)
        if (!is_ours(INTERRUPTS[i], &now) && now.sa_handler != SIG_DFL &&
            now.sa_handler != SIG_IGN) {
            before[i] = now;
            sigaction(INTERRUPTS[i], &action, NULL);
        }
    return 0;
}

int clnrm_l_interruptible(lua_State *L) /* interruptible(): the calling task, and those it starts */
{
    struct clnrm_task *t = current(L);
    luaL_argcheck(L, t->instructions_max > 0, 1, "the task has no limit");
    t->is_interruptible = true;
    return 0;
}

/* interrupt_off(): they are for the loop alone again */
int clnrm_l_interrupt_off(lua_State *L)
{
    struct sigaction now;
    (void)L;
    for (int i = 0; i < INTERRUPT_COUNT; i++)
        if (is_ours(INTERRUPTS[i], &now))
            sigaction(INTERRUPTS[i], &before[i], NULL);
    interrupted = NULL;
    return 0;
}

/* Memory limit */

int clnrm_l_memory(lua_State *L) /* memory(bytes): that the calling task may add to Lua's heap */
{
    lua_Integer bytes = luaL_checkinteger(L, 1);
    luaL_argcheck(L, bytes >= 0, 1, "must not be negative");
    struct clnrm_task *t = current(L);
    struct clnrm_memory *m = &t->sched->memory;
    t->memory_max = clnrm_memory_limit(m, L, (size_t)bytes);
    clnrm_memory_enter(m, t->co, t->memory_max);
    return 0;
}

int clnrm_l_refused(lua_State *L) /* refused() -> { size, { file, line }... } | nil: the last one */
{
    const struct clnrm_refusal *r = &clnrm_sched_of(L)->memory.refusal;
    if (r->size == 0)
        return 0;
    lua_createtable(L, r->count, 1);
    lua_pushinteger(L, (lua_Integer)r->size);
    lua_setfield(L, -2, "size");
    for (int i = 0; i < r->count; i++) {
        lua_createtable(L, 0, 2);
        lua_pushstring(L, r->frames[i].file);
        lua_setfield(L, -2, "file");
        lua_pushinteger(L, r->frames[i].line);
        lua_setfield(L, -2, "line");
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}
