/* keys.h -- the keys that are pressed at a terminal, each as it is pressed.
 *
 * Mechanism only.  What a key means is decided in lua/engine/ui/keys.lua.
 * The terminal is read through a description of our own: O_NONBLOCK on it reaches no other process,
 * and nothing is read that was not there, whoever else reads.  clnrm_term_guard() comes first; the
 * terminal is given back as it was by clnrm_term_restore(), so at exit and on a fatal signal too.
 *
 * Ownership: clnrm_keys_open() hands out an object that the caller gives back to clnrm_keys_close()
 * exactly once.  Threads: loop thread only.  Layer: core. */
#ifndef CLNRM_KEYS_H
#define CLNRM_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#define CLNRM_KEYS_MAX 64 /* bytes of one read: keys, or a part of what was pasted */

struct clnrm_keys; /* opaque */

/* Says that clnrm_keys_read() has something, or the terminal is gone.  Runs in a libuv callback. */
typedef void clnrm_keys_cb(void *data);

/* Begins to watch the terminal at `fd`.  It is not changed before clnrm_keys_grab(), and nothing is
 * read before either.  Returns 0 or a negative code: -ENOTTY. */
int clnrm_keys_open(uv_loop_t *loop, int fd, clnrm_keys_cb *on_keys, void *data,
                    struct clnrm_keys **out);

/* Takes the terminal: keys come as they are pressed, and are not shown; `whole`: Ctrl-C and its like
 * come as well, and what is written to the terminal is left as it is.  Returns 0, or -EPERM when we
 * are not in its foreground.  May be called again, after the program was stopped and continued. */
int clnrm_keys_grab(struct clnrm_keys *k, bool whole);

/* Reads nothing from here on; clnrm_term_restore() gives the attributes back. */
void clnrm_keys_release(struct clnrm_keys *k);

/* Puts what was pressed into `out`.  Returns the number of bytes, 0: nothing yet, or not grabbed; else
 * -errno: -EIO when the terminal is gone or we are not in its foreground any more. */
int clnrm_keys_read(struct clnrm_keys *k, char out[CLNRM_KEYS_MAX]);

/* Consumes `k`.  `on_keys` does not run again after this returns. */
void clnrm_keys_close(struct clnrm_keys *k);

#endif
