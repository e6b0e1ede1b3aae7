/* docker_frames.h -- takes Docker's raw stream apart: what attach, exec and logs carry without a terminal.
 *
 * Each frame has 8 bytes before its payload: the stream (0 stdin, 1 stdout, 2 stderr, 3 an error of the
 * engine), three zeros, and the length as a big-endian 32-bit number.  Bytes are taken as they come; a
 * payload is passed on in pieces and never held, so a length of 4 GiB costs nothing.
 *
 * Ownership: a plain struct, nothing to free.  Threads: one at a time.  Layer: core. */
#ifndef CLNRM_DOCKER_FRAMES_H
#define CLNRM_DOCKER_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLNRM_DOCKER_HEADER 8

enum clnrm_docker_stream {
    CLNRM_DOCKER_STDIN, /* nothing sends it; the docker CLI writes it to stdout, and so do we */
    CLNRM_DOCKER_STDOUT,
    CLNRM_DOCKER_STDERR,
    CLNRM_DOCKER_ERROR,
};

/* A zeroed struct is at the beginning of a stream. */
struct clnrm_docker_frames {
    unsigned char header[CLNRM_DOCKER_HEADER];
    uint32_t have; /* bytes of the header */
    uint32_t left; /* bytes of the payload that have not come */
    bool is_broken;
};

/* A part of a payload; `len` is not 0. */
typedef void clnrm_docker_piece_cb(void *data, enum clnrm_docker_stream stream, const char *bytes,
                                   size_t len);

/* Takes the next bytes.  Returns 0, or CLNRM_EPROTO at a header that is none; then `header` is that one,
 * and all later bytes are refused. */
int clnrm_docker_frames_add(struct clnrm_docker_frames *f, const char *bytes, size_t len,
                            clnrm_docker_piece_cb *on_piece, void *data);

/* Whether the stream may end here: not within a frame. */
bool clnrm_docker_frames_may_end(const struct clnrm_docker_frames *f);

#endif
