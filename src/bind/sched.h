/* sched.h -- tasks (coroutines the scheduler owns), the signals they wait on, and their scopes.
 *
 * Lua never runs inside a libuv callback: a callback calls clnrm_signal_set() and returns; the task
 * that waits is resumed by the loop.  A primitive that waits makes one signal per operation, keeps a
 * reference to it in its core object until the close callback, and ends with
 * `return clnrm_signal_wait(L, signal, k, ctx)`.
 *
 * Cancellation is by scope.  Each task has a stack of scopes (its own, one per task.timeout, one per
 * task.shield).  A cancelled scope is cancelled for good: every wait inside it returns UV_ECANCELED
 * at once, unless a shield lies between.  So a cancel of a task that is ready or running is not lost.
 * A task that goes on waiting all the same would never end: after CLNRM_IGNORED_MAX such waits in a
 * row they raise, and after twice as many so does every instruction until the task is unwound.
 * Threads: loop thread only.  Layer: bind. */
#ifndef CLNRM_SCHED_H
#define CLNRM_SCHED_H

#include <lua.h>
#include <stdbool.h>
#include <uv.h>

#define CLNRM_TASKS_MAX 100000  /* tasks alive at once */
#define CLNRM_READY_BATCH 4096  /* tasks resumed between two turns of the loop */
#define CLNRM_IGNORED_MAX 10000 /* waits that a cancel ends in a row before the wait raises */

struct clnrm_sched;
struct clnrm_signal;

/* Continues a call after its wait: `status` is what the signal was set to, or UV_ECANCELED.  Pushes
 * the call's results and returns their number. */
typedef int clnrm_wait_k(lua_State *L, int status, lua_KContext ctx);

/* Returns a new signal, not set, with one reference. */
struct clnrm_signal *clnrm_signal_new(void);

/* Adds a reference and returns `s`. */
struct clnrm_signal *clnrm_signal_ref(struct clnrm_signal *s);

/* Gives one reference back (NULL: nothing happens). */
void clnrm_signal_unref(struct clnrm_signal *s);

/* Sets `s`; the first set wins, later ones do nothing.  Wakes the task that waits.  May be called in
 * any libuv callback. */
void clnrm_signal_set(struct clnrm_signal *s, int status);

/* Returns whether `s` is set. */
bool clnrm_signal_is_set(const struct clnrm_signal *s);

/* Parks the calling task until `s` is set or its scope is cancelled, then runs `k`; does not park
 * when either already holds.  Raises where a task cannot wait, or when another task already waits
 * on `s`.  Takes a reference for the time of the wait.  `k` NULL: the results are true, or nil and
 * the error. */
int clnrm_signal_wait(lua_State *L, struct clnrm_signal *s, clnrm_wait_k *k, lua_KContext ctx);

/* Every task that waits for one thing (a task's end, an event).  A zeroed struct has none; it stays
 * in place while one has. */
struct clnrm_waiters {
    struct clnrm_signal *first;
};

/* Parks until clnrm_waiters_wake(); `k` must call clnrm_waiters_done() first. */
int clnrm_waiters_wait(lua_State *L, struct clnrm_waiters *w, clnrm_wait_k *k, lua_KContext ctx);
void clnrm_waiters_done(lua_State *L);

/* Wakes every task that waits.  May be called in any libuv callback. */
void clnrm_waiters_wake(struct clnrm_waiters *w, int status);

/* Whether the caller may wait: it runs in a task, and not in a finalizer, require, sort or gsub. */
bool clnrm_can_wait(lua_State *L);

/* Raises where the caller may not. */
void clnrm_check_can_wait(lua_State *L);

/* The loop of the state's scheduler. */
uv_loop_t *clnrm_loop(lua_State *L);

/* Makes a scheduler and its main state.  Returns NULL when there is no memory or libuv cannot make a
 * loop; then `*state` is untouched. */
struct clnrm_sched *clnrm_sched_open(lua_State **state);

/* Runs the function on top of the stack as the main task, with no arguments, until it ends; then
 * cancels what else is alive and waits for it.  Returns 0 and pushes nothing, or 1 with the error
 * value on the stack. */
int clnrm_sched_run(struct clnrm_sched *s, lua_State *L);

/* Closes the state with all that it holds, every handle, and frees the scheduler.  What the state has
 * in memory is left to the end of the process. */
void clnrm_sched_close(struct clnrm_sched *s, lua_State *L);

#endif
