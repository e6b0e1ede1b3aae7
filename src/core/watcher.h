/* watcher.h -- a second process of clnrm that outlives it, and is told by the kernel when it has ended.
 *
 * It is this program again, in a session of its own, with no descriptor but the reading end of a pipe
 * whose other end nobody has but us and no command of ours inherits.  Until the pipe ends it only
 * waits, with no Lua state, and takes no signal that can be ignored.  Then it does what the text says
 * that it was given, unless it was dismissed.  What that is, Lua decides (engine.main).
 * Ownership: open hands out an object that the caller gives back with close.  Threads: loop thread.
 * Layer: core. */
#ifndef CLNRM_WATCHER_H
#define CLNRM_WATCHER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/slice.h"

#define CLNRM_WATCHER_COMMAND "--watcher"   /* argv[1] of the second process */
#define CLNRM_WATCHER_TEXT_MAX (32u * 1024) /* fits into the pipe: writing never waits */

struct clnrm_watcher; /* opaque */

/* Starts one and gives it `text`; `cwd` is its directory, NULL: ours.  Returns 0, CLNRM_ELIMIT for a
 * text that is too long, or -errno: then there is none. */
int clnrm_watcher_open(struct clnrm_slice text, const char *cwd, struct clnrm_watcher **out);

/* Whether it still waits; false once it was killed. */
bool clnrm_watcher_is_alive(struct clnrm_watcher *w);

pid_t clnrm_watcher_pid(const struct clnrm_watcher *w);

/* Consumes `w`.  With `dismiss` it ends at once, which is waited for, though not for one that is
 * stopped; without, it acts as soon as this process has ended. */
void clnrm_watcher_close(struct clnrm_watcher *w, bool dismiss);

/* In the second process: waits until its pipe ends.  Returns its text, valid for good, or NULL when it
 * was dismissed or given nothing. */
char *clnrm_watcher_await(void);

#endif
