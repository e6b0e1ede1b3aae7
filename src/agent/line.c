/* line.c -- see line.h for the contract. */
#include "agent/line.h"
#include "base/base.h"

#include <errno.h>
#include <sys/socket.h>

enum {
    FIRST_RETRY_US = 200 * 1000,    /* the least that TCP of Linux waits for an acknowledgement */
    CONNECT_RETRY_US = 1000 * 1000, /* the same of a connection that begins */
    RETRIES_MAX = 4,                /* so that a piece is 3 s late at most, a connection 15 s */
    SLICE_HZ = 20,                  /* a piece takes a twentieth of a second at most */
    PIECE_MIN = 256,                /* bytes */
};

/* xorshift64: the same seed loses the same pieces. */
static uint64_t next_random(struct clnrm_shaper *s)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return s->random;
}

void clnrm_shaper_set(struct clnrm_shaper *s, const struct clnrm_shape *shape)
{
    s->shape = *shape;
    s->free_us[0] = s->free_us[1] = 0;
    s->random = (shape->seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
    if (s->random == 0)
        s->random = 1; /* the one state that it never leaves */
    s->held_back = 0;
}

/* How long what may be lost is late: nothing, or as often as it is lost in a row. */
static uint64_t lost_us(struct clnrm_shaper *s, uint64_t retry_us)
{
    uint64_t late = 0;
    if (!s->shape.loss_ppm)
        return 0;
    for (int i = 0; i < RETRIES_MAX && next_random(s) % 1000000 < s->shape.loss_ppm; i++)
        late += retry_us << i;
    return late;
}

void clnrm_line_begin(struct clnrm_line *line, struct clnrm_shaper *s, uint64_t now_us)
{
    uint64_t late = lost_us(s, CONNECT_RETRY_US);
    if (late) {
        line->last_us = now_us + late;
        s->held_back++;
    }
}

static uint64_t due_of(struct clnrm_line *line, struct clnrm_shaper *s, int way, size_t len,
                       uint64_t now_us)
{
    const struct clnrm_shape *shape = &s->shape;
    uint64_t due = now_us;
    if (shape->bandwidth) {
        uint64_t from = s->free_us[way] > now_us ? s->free_us[way] : now_us;
        due = s->free_us[way] = from + (uint64_t)len * 1000000 / shape->bandwidth;
    }
    due += shape->delay_us + lost_us(s, FIRST_RETRY_US);
    if (due < line->last_us)
        due = line->last_us;
    if (due <= now_us)
        return 0;
    line->last_us = due;
    s->held_back++;
    return due;
}

static size_t piece_size(const struct clnrm_shape *shape)
{
    uint64_t size = shape->bandwidth / SLICE_HZ;
    if (!shape->bandwidth || size > CLNRM_LINE_PIECE)
        return CLNRM_LINE_PIECE;
    return size < PIECE_MIN ? PIECE_MIN : (size_t)size;
}

bool clnrm_line_has_room(const struct clnrm_line *line, const struct clnrm_shaper *s)
{
    const struct clnrm_shape *shape = &s->shape;
    if (line->ended || shape->held)
        return false;
    if (!line->first)
        return true;
    if (shape->bandwidth && line->queued >= 4 * piece_size(shape))
        return false; /* who writes feels the narrow line, as a full window would make him */
    return (shape->delay_us || shape->loss_ppm || shape->bandwidth) &&
           line->queued < CLNRM_LINE_QUEUE_MAX;
}

bool clnrm_line_read(struct clnrm_line *line, struct clnrm_shaper *s, int way, int fd,
                     uint64_t now_us)
{
    struct clnrm_piece *piece = line->spare ? line->spare : clnrm_xmalloc(sizeof(*piece));
    line->spare = piece;
    ssize_t n = recv(fd, piece->data, piece_size(&s->shape), 0);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    line->ended = n == 0;
    if (n == 0)
        return true;
    line->spare = NULL;
    piece->next = NULL;
    piece->at = 0;
    piece->len = (size_t)n;
    piece->due_us = due_of(line, s, way, piece->len, now_us);
    if (line->last)
        line->last->next = piece;
    else
        line->first = piece;
    line->last = piece;
    line->queued += piece->len;
    return true;
}

bool clnrm_line_write(struct clnrm_line *line, int fd, uint64_t now_us)
{
    struct clnrm_piece *piece;
    while ((piece = line->first) && piece->due_us <= now_us) {
        ssize_t n = send(fd, piece->data + piece->at, piece->len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN;
        piece->at += (size_t)n;
        piece->len -= (size_t)n;
        line->queued -= (size_t)n;
        if (piece->len > 0)
            continue;
        line->first = piece->next;
        if (!line->first)
            line->last = NULL;
        if (line->spare)
            free(piece);
        else
            line->spare = piece;
    }
    if (line->ended && !line->told && !line->first) {
        shutdown(fd, SHUT_WR);
        line->told = true;
    }
    return true;
}

void clnrm_line_hurry(struct clnrm_line *line)
{
    for (struct clnrm_piece *piece = line->first; piece; piece = piece->next)
        piece->due_us = 0;
    line->last_us = 0;
}

void clnrm_line_free(struct clnrm_line *line)
{
    for (struct clnrm_piece *piece = line->first, *next; piece; piece = next) {
        next = piece->next;
        free(piece);
    }
    free(line->spare);
}
