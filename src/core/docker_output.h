/* docker_output.h -- the outputs of a command in a container: a stream of the Engine API (attach, the start of
 * an exec, logs), kept in two spools.
 *
 * The stream is read as fast as it comes and as the spools take it, a bounded part in each turn of the loop;
 * the engine waits while we are behind.  That it ended says nothing about the command: an engine that is
 * killed ends its streams as well.  A stream that breaks the form of its frames, or ends within one, is
 * broken, and what came of it is no output of anything.
 *
 * Ownership: open takes the call over; release consumes the object.  The callback says "look again": it
 * runs inside libuv callbacks, may call anything here, and does not run after the release.
 * Threads: loop thread only.  Layer: core -- must not include lua.h. */
#ifndef CLNRM_DOCKER_OUTPUT_H
#define CLNRM_DOCKER_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/slice.h"
#include "core/http.h"
#include "core/spool.h"

struct clnrm_docker_output_info {
    bool is_over; /* nothing more comes */
    int status;   /* 0, or why it is over: CLNRM_EPROTO (broken), or as clnrm_http_info.status */
    const char *reason;  /* a sentence, when status is not 0; valid until the release */
    uint64_t input_left; /* bytes given to write() that are not sent yet */
};

struct clnrm_docker_output; /* opaque */

typedef void clnrm_docker_output_cb(void *data);

/* Takes over `call`, whose head has come; keeps at most `cap` bytes of each output.  With `tty` there are no
 * frames: all is stdout. */
struct clnrm_docker_output *clnrm_docker_output_open(uv_loop_t *loop, struct clnrm_http_call *call,
                                                     bool tty, uint64_t cap,
                                                     clnrm_docker_output_cb *on_change, void *data);

struct clnrm_docker_output_info clnrm_docker_output_info(const struct clnrm_docker_output *o);

/* Returns what is kept of an output: 0 stdout, 1 stderr. */
const struct clnrm_spool *clnrm_docker_output_spool(const struct clnrm_docker_output *o, int which);

/* Gives bytes of the command's stdin.  Returns 0, or as clnrm_http_write(). */
int clnrm_docker_output_write(struct clnrm_docker_output *o, struct clnrm_slice bytes);

/* Says that the stdin is whole.  Returns 0, or as clnrm_http_end(). */
int clnrm_docker_output_end(struct clnrm_docker_output *o);

/* Consumes the object; a stream that is not over is broken off. */
void clnrm_docker_output_release(struct clnrm_docker_output *o);

#endif
