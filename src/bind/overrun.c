/* overrun.c -- see overrun.h for the contract. */
#include "bind/overrun.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { TICK_MS = 100, EXIT_BUG = 3 };

static struct clnrm_sched *volatile watched;

/* The innermost line of Lua, or "?".  Reads the chain of frames only. */
static const char *place_of(lua_State *co, char *text, size_t size)
{
    lua_Debug ar;
    for (int level = 0; lua_getstack(co, level, &ar); level++) {
        lua_getinfo(co, "Sl", &ar);
        if (ar.currentline > 0) {
            snprintf(text, size, "%s:%d", ar.short_src, ar.currentline);
            return text;
        }
    }
    return "?";
}

static void end_program(struct clnrm_task *t)
{
    char place[LUA_IDSIZE + 16], line[256];
    int n = snprintf(line, sizeof(line),
                     "clnrm: %s: called a function that did not come back in %d s of processor "
                     "time; nothing but the end of the program stops it\n",
                     place_of(t->co, place, sizeof(place)), 2 * t->time_max / 1000);
    ssize_t written = write(STDERR_FILENO, line, (size_t)n);
    (void)written;
    _exit(EXIT_BUG);
}

static void on_tick(int signal_number)
{
    (void)signal_number;
    struct clnrm_task *t =
        watched ? watched->current : NULL; /* one tick may be on its way at the end */
    if (!t || t->time_max == 0)
        return;
    t->time += TICK_MS;
    if (t->time >= 2 * t->time_max)
        end_program(t);
    if (t->time >= t->time_max)
        lua_sethook(t->co, clnrm_task_on_count, LUA_MASKCOUNT, 1);
}

void clnrm_overrun_watch(struct clnrm_sched *s)
{
    if (watched)
        return;
    watched = s;
    struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    sigaction(SIGPROF, &action, NULL);
    struct itimerval every = {{0, TICK_MS * 1000}, {0, TICK_MS * 1000}};
    setitimer(ITIMER_PROF, &every, NULL);
}

void clnrm_overrun_end(const struct clnrm_sched *s)
{
    if (watched != s)
        return;
    struct itimerval never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_PROF, &never, NULL);
    watched = NULL;
}
