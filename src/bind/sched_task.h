/* sched_task.h -- the inside of the scheduler, shared by sched.c and the files of core.task.
 *
 * Layer: bind. */
#ifndef CLNRM_SCHED_TASK_H
#define CLNRM_SCHED_TASK_H

#include "bind/bind.h"
#include "bind/memory.h"

/* User values of a task's userdata. */
enum { CLNRM_TASK_THREAD = 1, CLNRM_TASK_RESULT, CLNRM_TASK_TRACE, CLNRM_TASK_VALUES = 3 };

enum clnrm_task_state { CLNRM_TASK_READY, CLNRM_TASK_RUNNING, CLNRM_TASK_PARKED, CLNRM_TASK_DONE };

struct clnrm_signal {
    int refs, status;
    bool is_set;
    struct clnrm_task *waiter;
    struct clnrm_waiters *waiters; /* the list it stands in, or NULL */
    struct clnrm_signal *next;     /* in that list */
};

struct clnrm_scope {
    struct clnrm_scope *outer;
    struct clnrm_task *task; /* NULL once removed */
    uv_timer_t *timer;       /* of a timeout; NULL once it is closing */
    bool cancelled;          /* sticky */
    bool observed;           /* a wait ended because of it */
    bool shield;             /* cancels of outer scopes do not reach inside */
};

struct clnrm_task {
    struct clnrm_sched *sched;
    lua_State *co;
    enum clnrm_task_state state;
    bool started, failed, is_joined;
    bool is_interruptible;        /* SIGINT may be for it */
    volatile bool is_interrupted; /* by a signal: it raises at its next look at its limit */
    int anchor;                   /* registry reference while alive */
    int ignored_waits;            /* ended at once by a cancel since the last wait that parked */
    int status;                   /* what the wait ended with */
    clnrm_wait_k *k;
    lua_KContext k_ctx;
    struct clnrm_signal *parked_on;  /* counted */
    struct clnrm_signal *own_signal; /* of the wait in a clnrm_waiters; counted */
    struct clnrm_scope root, *scope; /* innermost */
    struct clnrm_waiters joiners;
    struct clnrm_task *next_ready, *next_all, **prev_all;
    lua_Integer instructions, instructions_max; /* of this resume; 0: no limit */
    char spent_at[LUA_IDSIZE + 16]; /* "file:line: " where the limit was first seen to be spent */
    int time, time_max;             /* of the processor since the last wait, in ms; 0: no limit */
    uint64_t slice, slice_began;    /* it gives way after so long, in ns; 0: it does not */
    bool is_preempted;              /* it did: what it has used still counts */
    size_t memory_max;              /* of Lua's heap while it runs; 0: no limit */
};

struct clnrm_sched {
    uv_loop_t loop;
    struct clnrm_task *current;
    struct clnrm_task *ready_head, **ready_tail;
    struct clnrm_task *all;
    int live;
    bool in_loop;   /* in uv_run: a task that becomes ready there must not wait for its poll */
    bool is_ending; /* the main task is over: what is started now is cancelled from the beginning */
    struct clnrm_memory memory;
};

struct clnrm_sched *clnrm_sched_of(lua_State *L);

/* Pushes the value that every wait of ours yields and nothing else does. */
void clnrm_sched_push_park_mark(lua_State *L);

/* Sets the limit of instructions of a task; 0 is none, and leaves the hook that calls it alone. */
void clnrm_task_set_limit(struct clnrm_task *t, lua_Integer max);

/* Returns the running task; raises when there is none. */
struct clnrm_task *clnrm_task_check_current(lua_State *L);

/* The function core.task.event, and the type of what it makes. */
int clnrm_l_event(lua_State *L);
void clnrm_task_open_event(lua_State *L);

/* The functions of core.task about limits. */
int clnrm_l_give_way(lua_State *L);
int clnrm_l_interrupt_off(lua_State *L);
int clnrm_l_interrupt_on(lua_State *L);
int clnrm_l_interruptible(lua_State *L);
int clnrm_l_limit(lua_State *L);
int clnrm_l_memory(lua_State *L);
int clnrm_l_refused(lua_State *L);

/* The hook of a task with a limit of instructions: raises when that, or its time, is spent. */
void clnrm_task_on_count(lua_State *L, lua_Debug *ar);

/* Instructions that the running task has left until its next wait; LUA_MAXINTEGER: no limit. */
lua_Integer clnrm_task_budget(lua_State *L);

/* Counts work of C as instructions of the running task; raises when the limit is spent, and again
 * at every instruction until the task is unwound. */
void clnrm_task_charge(lua_State *L, lua_Integer steps);

/* Takes a function and its `nargs` arguments from the stack, pushes a new ready task. */
struct clnrm_task *clnrm_task_new(lua_State *L, int nargs);

/* Puts a filled task among the live and ready ones. */
void clnrm_task_start(struct clnrm_sched *s, struct clnrm_task *t);

/* Lets the other ready tasks and one turn of the loop go first; the results are true, or nil and
 * the error of a cancelled scope. */
int clnrm_sched_yield(lua_State *L);

/* The same for the running task within a hook, which has to return then. */
void clnrm_sched_preempt(lua_State *L, struct clnrm_task *t);

/* Whether a wait of `t` would end at once with UV_ECANCELED. */
bool clnrm_task_is_cancelled(struct clnrm_task *t);

void clnrm_scope_push(struct clnrm_scope *scope, struct clnrm_task *t);
void clnrm_scope_remove(struct clnrm_scope *scope);
void clnrm_scope_cancel(struct clnrm_scope *scope);

#endif
