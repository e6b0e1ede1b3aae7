/* input.h -- the bytes of a descriptor as they come: a pipe, a socket or a file at standard input.
 *
 * Mechanism only.  What the bytes mean is decided by who reads them: lua/engine/lsp.
 * The descriptor stays its owner's: it is not closed, and is left as blocking as it was, because
 * O_NONBLOCK would reach every other process that has it.
 *
 * Ownership: clnrm_input_open() hands out an object that the caller gives back to
 * clnrm_input_close() exactly once.  Threads: loop thread only.  Layer: core. */
#ifndef CLNRM_INPUT_H
#define CLNRM_INPUT_H

#include <stddef.h>
#include <uv.h>

#define CLNRM_INPUT_MAX 65536 /* bytes of one read */

struct clnrm_input; /* opaque */

/* Says that clnrm_input_read() has something, or the end.  Runs in a libuv callback. */
typedef void clnrm_input_cb(void *data);

/* Begins to watch `fd`.  Nothing is read yet.  Returns 0 or a negative code: -EBADF, or -EEXIST when
 * the loop watches it already. */
int clnrm_input_open(uv_loop_t *loop, int fd, clnrm_input_cb *on_input, void *data,
                     struct clnrm_input **out);

/* Puts what came into `out`.  Returns the number of bytes, 0 at the end, -EAGAIN: nothing yet, then
 * `on_input` runs once when there is; or another -errno. */
int clnrm_input_read(struct clnrm_input *in, char out[CLNRM_INPUT_MAX]);

/* Consumes `in`.  `on_input` does not run again after this returns. */
void clnrm_input_close(struct clnrm_input *in);

#endif
