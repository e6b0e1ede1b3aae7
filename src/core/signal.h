/* signal.h -- signals of the operating system, as things to wait for.
 *
 * Mechanism only.  What a signal means to a run is decided in lua/engine/run/stop.lua.
 * While a set is open, its signals have no default effect; they are noted and `on_signal` is called
 * in the loop.  A signal that comes again before it was taken is noted once.
 *
 * Ownership: clnrm_signals_open() hands out an object that the caller gives back to
 * clnrm_signals_close() exactly once; the default actions return then, when no other set has the
 * signal.  Threads: loop thread only.  Layer: core. */
#ifndef CLNRM_SIGNAL_H
#define CLNRM_SIGNAL_H

#include <stdbool.h>
#include <uv.h>

#define CLNRM_SIGNALS_MAX 16 /* in one set */

struct clnrm_signals; /* opaque */

/* Says that clnrm_signals_take() has something.  Runs inside a libuv callback. */
typedef void clnrm_signals_cb(void *data);

/* Returns the number of a signal ("SIGINT") that can be waited for, or 0. */
int clnrm_signals_number(const char *name);

/* Returns its name, or NULL. */
const char *clnrm_signals_name(int number);

/* Returns whether the signal is ignored, as nohup has it for SIGHUP. */
bool clnrm_signals_is_ignored(int number);

/* Begins to note the `count` signals in `numbers`.  Returns 0, -E2BIG for more than
 * CLNRM_SIGNALS_MAX, or a code of libuv's; then nothing is changed. */
int clnrm_signals_open(uv_loop_t *loop, const int *numbers, int count, clnrm_signals_cb *on_signal,
                       void *data, struct clnrm_signals **out);

/* Takes the signal that came first; 0: none. */
int clnrm_signals_take(struct clnrm_signals *s);

/* Whether the set keeps the loop alive; at first it does not. */
void clnrm_signals_keep_alive(struct clnrm_signals *s, int is_awaited);

/* Lets a signal of the set have its default effect on this program, once: SIGTSTP stops it, and the
 * call returns when it was continued.  Returns 0 or a negative code. */
int clnrm_signals_raise(struct clnrm_signals *s, int number);

/* From now on the signal ends the program at once with `exit_code`, whatever the loop is doing; the
 * terminal is restored.  For the rest of the program's life. */
int clnrm_signals_leave_on(struct clnrm_signals *s, int number, int exit_code);

/* Consumes `s` in a program that is about to end.  Of its SIGINT, SIGTERM and SIGHUP the first
 * that comes from now on is noted for clnrm_signals_late_code(), so that the program writes what
 * it has to; the second ends it at once.  SIGUSR1 has no effect.  What another set has open stays
 * that one's. */
void clnrm_signals_finish(struct clnrm_signals *s);

/* Returns the exit code of the signal that came after clnrm_signals_finish(); 0: none did. */
int clnrm_signals_late_code(void);

/* Consumes `s`.  `on_signal` does not run again after this returns. */
void clnrm_signals_close(struct clnrm_signals *s);

#endif
