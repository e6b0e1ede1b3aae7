/* line.h -- one way of the connections that a bridge carries: what waits on it, and until when.
 *
 * Pieces keep their order.  When a piece may go on is decided as it comes: by the shape of its bridge,
 * and by what is ahead of it.  Layer: agent. */
#ifndef CLNRM_AGENT_LINE_H
#define CLNRM_AGENT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/room.h"

enum {
    CLNRM_LINE_PIECE = 16 * 1024,      /* most bytes that are read at once */
    CLNRM_LINE_QUEUE_MAX = 256 * 1024, /* that wait on one way of one connection, where shaped */
};

struct clnrm_piece {
    struct clnrm_piece *next;
    uint64_t due_us; /* 0: now */
    size_t at, len;
    char data[CLNRM_LINE_PIECE];
};

/* What all connections of a bridge share. */
struct clnrm_shaper {
    struct clnrm_shape shape;
    uint64_t free_us[2]; /* by way: when what was sent before has passed at this bandwidth */
    uint64_t random;
    uint64_t held_back; /* pieces that the shape made wait */
};

/* One way of one connection.  All zero: empty. */
struct clnrm_line {
    struct clnrm_piece *first, *last, *spare;
    size_t queued;
    uint64_t last_us; /* no piece goes on before the one ahead of it */
    bool ended;       /* no more comes */
    bool told;        /* and who reads knows */
};

void clnrm_shaper_set(struct clnrm_shaper *s, const struct clnrm_shape *shape);

/* A connection has come: some wait for their first byte as long as a lost packet would make them. */
void clnrm_line_begin(struct clnrm_line *line, struct clnrm_shaper *s, uint64_t now_us);

/* Whether a further piece may be read into it. */
bool clnrm_line_has_room(const struct clnrm_line *line, const struct clnrm_shaper *s);

/* Reads a piece from `fd`, which goes way `way` (0 or 1).  Returns false when the connection broke. */
bool clnrm_line_read(struct clnrm_line *line, struct clnrm_shaper *s, int way, int fd,
                     uint64_t now_us);

/* Writes to `fd` what may go on, and the end behind it.  Returns false when the connection broke. */
bool clnrm_line_write(struct clnrm_line *line, int fd, uint64_t now_us);

/* Lets go on at once what waits on it. */
void clnrm_line_hurry(struct clnrm_line *line);

void clnrm_line_free(struct clnrm_line *line);

#endif
