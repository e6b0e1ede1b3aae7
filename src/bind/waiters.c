/* waiters.c -- tasks that wait for one thing, each by a signal of its own; see sched.h. */
#include "bind/sched_task.h"

int clnrm_waiters_wait(lua_State *L, struct clnrm_waiters *w, clnrm_wait_k *k, lua_KContext ctx)
{
    struct clnrm_task *t = clnrm_sched_of(L)->current;
    clnrm_check_can_wait(L); /* before there is a signal to give back */
    struct clnrm_signal *s = clnrm_signal_new();
    s->waiters = w;
    s->next = w->first;
    w->first = s;
    t->own_signal = s;
    return clnrm_signal_wait(L, s, k, ctx);
}

void clnrm_waiters_done(lua_State *L)
{
    struct clnrm_task *t = clnrm_sched_of(L)->current;
    struct clnrm_signal *s = t->own_signal;
    t->own_signal = NULL;
    if (s->waiters) { /* not woken by the thing itself, but cancelled */
        struct clnrm_signal **at = &s->waiters->first;
        while (*at != s)
            at = &(*at)->next;
        *at = s->next;
    }
    clnrm_signal_unref(s);
}

void clnrm_waiters_wake(struct clnrm_waiters *w, int status)
{
    struct clnrm_signal *s = w->first;
    w->first = NULL;
    while (s) {
        struct clnrm_signal *next = s->next;
        s->waiters = NULL;
        clnrm_signal_set(s, status);
        s = next;
    }
}
