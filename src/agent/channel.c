/* channel.c -- see channel.h for the contract. */
#include "agent/channel.h"
#include "agent/job.h"
#include "base/base.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_SIZE = 64 * 1024,
    IN_MAX = CLNRM_FRAME_HEADER + CLNRM_FRAME_PAYLOAD_MAX + READ_SIZE,
    OUT_MAX = 8 * 1024 * 1024,
    OUT_BUSY = 512 * 1024, /* more than this waiting: no more bulk output */
    LAZY_US = 1000,
    LAZY_MAX = 4096, /* as many bytes at most may wait */
};

void clnrm_channel_open(struct clnrm_channel *ch, int fd)
{
    clnrm_channel_open_pair(ch, fd, fd);
}

void clnrm_channel_open_pair(struct clnrm_channel *ch, int in, int out)
{
    *ch = (struct clnrm_channel){.fd = in, .out_fd = out, .in.max = IN_MAX, .out.max = OUT_MAX};
}

void clnrm_channel_reset(struct clnrm_channel *ch, int fd)
{
    for (int i = 0; i < ch->fd_count; i++)
        close(ch->fds[i]);
    clnrm_buf_free(&ch->in);
    clnrm_buf_free(&ch->out);
    clnrm_channel_open(ch, fd);
}

void clnrm_channel_shut(struct clnrm_channel *ch)
{
    if (ch->out_fd >= 0 && ch->out_fd != ch->fd)
        close(ch->out_fd);
    if (ch->fd >= 0)
        close(ch->fd);
    ch->fd = ch->out_fd = -1;
}

/* Keeps the descriptors of one message.  More than there may be, or fewer than were sent, is as bad as
 * a broken frame: which belongs to which could no longer be told. */
static int keep_fds(struct clnrm_channel *ch, struct msghdr *message)
{
    int status = message->msg_flags & MSG_CTRUNC ? CLNRM_EPROTO : 0;
    const struct cmsghdr *h = CMSG_FIRSTHDR(message); /* the kernel gives no second one */
    if (!h || h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
        return status;
    size_t count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(fd));
        if (ch->fd_count < CLNRM_CHANNEL_FDS_MAX) {
            ch->fds[ch->fd_count++] = fd;
        } else {
            close(fd);
            status = CLNRM_EPROTO;
        }
    }
    return status;
}

static ssize_t receive(struct clnrm_channel *ch, struct iovec *to)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(CLNRM_CHANNEL_FDS_MAX * sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = to,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t n = recvmsg(ch->fd, &message, MSG_CMSG_CLOEXEC);
    if (n < 0)
        return -errno;
    int status = keep_fds(ch, &message);
    return status < 0 ? status : n;
}

int clnrm_channel_take_fds(struct clnrm_channel *ch, int *fds, uint32_t count)
{
    if (count > (uint32_t)ch->fd_count)
        return CLNRM_EPROTO;
    memcpy(fds, ch->fds, count * sizeof(*fds));
    ch->fd_count -= (int)count;
    memmove(ch->fds, ch->fds + count, (size_t)ch->fd_count * sizeof(*fds));
    return 0;
}

long clnrm_channel_fill(struct clnrm_channel *ch)
{
    clnrm_buf_drop(&ch->in, ch->taken);
    ch->taken = 0;
    size_t room = ch->in.cap - ch->in.len;
    if (room < READ_SIZE / 4) {
        int status = clnrm_buf_reserve(&ch->in, READ_SIZE);
        if (status < 0)
            return status;
        room = ch->in.cap - ch->in.len;
    }
    struct iovec to = {.iov_base = ch->in.data + ch->in.len, .iov_len = room};
    ssize_t n = ch->fd == ch->out_fd ? receive(ch, &to) : read(ch->fd, to.iov_base, to.iov_len);
    if (n < 0)
        return ch->fd == ch->out_fd ? n : -errno;
    ch->in.len += (size_t)n;
    return n;
}

int clnrm_channel_take(struct clnrm_channel *ch, struct clnrm_frame *out)
{
    long used = clnrm_frame_next(ch->in.data + ch->taken, ch->in.len - ch->taken, out);
    if (used <= 0)
        return (int)used;
    ch->taken += (size_t)used;
    return 1;
}

void clnrm_channel_flush(struct clnrm_channel *ch)
{
    while (!ch->broken && ch->sent < ch->out.len) {
        ssize_t n = write(ch->out_fd, ch->out.data + ch->sent, ch->out.len - ch->sent);
        if (n >= 0)
            ch->sent += (size_t)n;
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR)
            ch->broken = true;
    }
    if (ch->sent == ch->out.len) {
        ch->urgent = false;
        ch->lazy_us = 0;
    }
    if (ch->sent == ch->out.len || ch->sent > OUT_BUSY) {
        clnrm_buf_drop(&ch->out, ch->sent);
        ch->sent = 0;
    }
}

bool clnrm_channel_has_room(const struct clnrm_channel *ch)
{
    return ch->out.len - ch->sent < OUT_BUSY;
}

uint64_t clnrm_channel_may_wait(const struct clnrm_channel *ch)
{
    bool few = ch->out.len - ch->sent <= LAZY_MAX;
    return ch->urgent || !few || ch->lazy_us == 0 ? 0 : ch->lazy_us + LAZY_US;
}

void clnrm_channel_end_lazy(struct clnrm_channel *ch, struct clnrm_frame_writer *w)
{
    if (clnrm_frame_end(w) < 0)
        ch->broken = true;
    if (ch->lazy_us == 0)
        ch->lazy_us = clnrm_now_us();
}

void clnrm_channel_end(struct clnrm_channel *ch, struct clnrm_frame_writer *w)
{
    clnrm_channel_end_lazy(ch, w);
    ch->urgent = true;
}

/* The bytes are read to where the frame's payload will be, so they are not copied again. */
long clnrm_channel_copy(struct clnrm_channel *ch, uint8_t type, uint32_t id, int fd, size_t max)
{
    enum { BEFORE = CLNRM_FRAME_HEADER + 4 };
    if (max > CLNRM_FRAME_CHUNK)
        max = CLNRM_FRAME_CHUNK;
    if (clnrm_buf_reserve(&ch->out, BEFORE + max) < 0)
        return -ENOBUFS;
    ssize_t n = read(fd, ch->out.data + ch->out.len + BEFORE, max);
    if (n <= 0)
        return n < 0 ? -errno : 0;
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &ch->out, type, id);
    clnrm_frame_put_u32(&w, (uint32_t)n);
    ch->out.len += (size_t)n;
    if (type == CLNRM_FRAME_DATA)
        clnrm_channel_end(ch, &w);
    else
        clnrm_channel_end_lazy(ch, &w);
    return n;
}

void clnrm_channel_done(struct clnrm_channel *ch, uint32_t id, int error, const char *stage,
                        const char *what)
{
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &ch->out, CLNRM_FRAME_DONE, id);
    clnrm_frame_put_u32(&w, (uint32_t)(error < 0 ? -error : error));
    clnrm_frame_put_text(&w, stage, strlen(stage));
    clnrm_frame_put_text(&w, what, strlen(what));
    clnrm_channel_end(ch, &w);
}

void clnrm_channel_credit(struct clnrm_channel *ch, uint32_t id, size_t bytes)
{
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &ch->out, CLNRM_FRAME_CREDIT, id);
    clnrm_frame_put_u32(&w, (uint32_t)bytes);
    clnrm_channel_end(ch, &w);
}

void clnrm_channel_note(struct clnrm_channel *ch, const char *kind, const char *what)
{
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &ch->out, CLNRM_FRAME_NOTE, 0);
    clnrm_frame_put_text(&w, kind, strlen(kind));
    clnrm_frame_put_text(&w, what, strlen(what));
    clnrm_channel_end(ch, &w);
}
