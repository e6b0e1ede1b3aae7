/* spool.c -- see spool.h for the contract.
 *
 * In the file, byte `n` of the stream lies at `n` while it belongs to the head, and at
 * head + (n - head) % tail after it: one formula before and after the ring closes. */
#include "core/spool.h"
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t head_size(const struct clnrm_spool *s)
{
    return s->cap / 2;
}

static uint64_t tail_size(const struct clnrm_spool *s)
{
    return s->cap - head_size(s);
}

/* An unnamed file: nothing to remove, whatever ends the program. */
static int open_unnamed(void)
{
    const char *const dirs[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
    for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
        int fd = dirs[i] && dirs[i][0] == '/'
                     ? open(dirs[i], O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600)
                     : -1;
        if (fd >= 0)
            return fd;
    }
    int fd = memfd_create("clnrm-spool", MFD_CLOEXEC); /* no directory to write to: take memory */
    return fd >= 0 ? fd : -errno;
}

/* How many bytes from `offset` on lie together in the file, and where. */
static uint64_t place(const struct clnrm_spool *s, uint64_t offset, uint64_t *at)
{
    uint64_t head = head_size(s), tail = tail_size(s);
    if (offset < head) {
        *at = offset;
        return head - offset;
    }
    *at = head + (offset - head) % tail;
    return s->cap - *at;
}

static int write_at(int fd, const char *data, size_t len, uint64_t at)
{
    while (len > 0) {
        ssize_t n = pwrite(fd, data, len, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        data += n;
        at += (uint64_t)n;
        len -= (size_t)n;
    }
    return 0;
}

/* Writes bytes that belong at `offset` of the stream. */
static int keep(const struct clnrm_spool *s, uint64_t offset, const char *data, size_t len)
{
    uint64_t tail = tail_size(s);
    while (len > 0) {
        if (offset >= head_size(s) && len > tail) { /* only the last of it can stay */
            size_t skip = len - (size_t)tail;
            data += skip;
            offset += skip;
            len -= skip;
        }
        uint64_t at, room = place(s, offset, &at);
        size_t n = len < room ? len : (size_t)room;
        int status = write_at(s->fd, data, n, at);
        if (status < 0)
            return status;
        data += n;
        offset += n;
        len -= n;
    }
    return 0;
}

static int move_to_file(struct clnrm_spool *s)
{
    int fd = open_unnamed();
    if (fd < 0)
        return fd;
    s->fd = fd;
    int status = keep(s, 0, s->memory.data, s->memory.len);
    clnrm_buf_free(&s->memory);
    return status;
}

void clnrm_spool_init(struct clnrm_spool *s, uint64_t cap)
{
    if (cap < CLNRM_SPOOL_CAP_MIN)
        cap = CLNRM_SPOOL_CAP_MIN;
    if (cap > CLNRM_SPOOL_CAP_MAX)
        cap = CLNRM_SPOOL_CAP_MAX;
    size_t memory = cap < CLNRM_SPOOL_MEMORY ? (size_t)cap : CLNRM_SPOOL_MEMORY;
    *s = (struct clnrm_spool){.cap = cap, .fd = -1, .memory = {.max = memory}};
}

void clnrm_spool_add(struct clnrm_spool *s, const void *data, size_t len)
{
    uint64_t offset = s->total;
    s->total += len;
    if (s->status < 0)
        return;
    if (s->fd < 0) {
        if (clnrm_buf_add(&s->memory, data, len) == 0)
            return;
        s->status = move_to_file(s);
    }
    if (s->status == 0)
        s->status = keep(s, offset, data, len);
}

void clnrm_spool_gap(const struct clnrm_spool *s, uint64_t *start, uint64_t *end)
{
    *start = *end = head_size(s);
    if (s->total > s->cap)
        *end = s->total - tail_size(s);
}

uint64_t clnrm_spool_cut(const struct clnrm_spool *s)
{
    return s->total > s->cap ? s->total - s->cap : 0;
}

ssize_t clnrm_spool_read(const struct clnrm_spool *s, uint64_t offset, void *to, size_t len)
{
    uint64_t gap_start, gap_end;
    clnrm_spool_gap(s, &gap_start, &gap_end);
    if (s->status < 0)
        return s->status;
    if (offset >= s->total)
        return 0;
    if (offset >= gap_start && offset < gap_end)
        return -ENODATA;
    uint64_t left = (gap_end > gap_start && offset < gap_start ? gap_start : s->total) - offset;
    if (len > left)
        len = (size_t)left;
    if (s->fd < 0) {
        memcpy(to, s->memory.data + offset, len);
        return (ssize_t)len;
    }
    uint64_t at, room = place(s, offset, &at);
    ssize_t n;
    do
        n = pread(s->fd, to, len < room ? len : (size_t)room, (off_t)at);
    while (n < 0 && errno == EINTR);
    return n > 0 ? n : n < 0 ? -errno : -EIO; /* the file cannot be shorter than what was written */
}

void clnrm_spool_free(struct clnrm_spool *s)
{
    if (s->fd >= 0)
        close(s->fd);
    clnrm_buf_free(&s->memory);
    clnrm_spool_init(s, s->cap);
}
