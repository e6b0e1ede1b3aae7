/* agent_stream.c -- the stream of frames to and from an agent. */
#include "core/agent_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Frames in */

static void take_frame(struct clnrm_agent *a, const struct clnrm_frame *f)
{
    const char *why = "";
    int status;
    if (a->has_closed) {
        status = CLNRM_EPROTO;
        why = "a frame after CLOSED";
    } else if (f->id == 0) {
        status = clnrm_agent_room_frame(a, f, &why);
    } else if (a->state == CLNRM_AGENT_STARTING) {
        status = CLNRM_EPROTO;
        why = "an answer before READY";
    } else {
        status = clnrm_agent_op_frame(a, f, &why);
    }
    if (status < 0)
        clnrm_agent_lose(a, CLNRM_EPROTO, "the agent broke the protocol: %s", why);
}

/* Takes every whole frame; returns how many bytes were used. */
static size_t take_frames(struct clnrm_agent *a, const char *data, size_t len)
{
    size_t at = 0;
    while (a->fd >= 0) {
        struct clnrm_frame f;
        long n = clnrm_frame_next(data + at, len - at, &f);
        if (n == 0)
            break;
        if (n < 0) {
            clnrm_agent_lose(a, CLNRM_EPROTO, "the agent broke the protocol: a broken header");
            break;
        }
        take_frame(a, &f);
        at += (size_t)n;
    }
    return at;
}

static void take_bytes(struct clnrm_agent *a, const char *data, size_t len)
{
    if (a->in.len > 0) {
        clnrm_buf_add(&a->in, data, len); /* cannot fail: its maximum is a frame and a read */
        clnrm_buf_drop(&a->in, take_frames(a, a->in.data, a->in.len));
        return;
    }
    size_t used = take_frames(a, data, len);
    if (a->fd >= 0)
        clnrm_buf_add(&a->in, data + used, len - used);
}

static void on_end_of_stream(struct clnrm_agent *a, int error)
{
    if (a->has_closed && a->in.len == 0 && error == 0)
        clnrm_agent_lose(a, 0, "the room is closed");
    else if (a->state == CLNRM_AGENT_STARTING)
        clnrm_agent_lose(a, CLNRM_EAGENT, "the agent ended before the room was ready");
    else if (error == 0 || error == ECONNRESET)
        clnrm_agent_lose(a, CLNRM_EAGENT, "the agent of the room has ended");
    else
        clnrm_agent_lose(a, CLNRM_EAGENT, "the agent cannot be reached: %s", strerror(error));
}

static void read_stream(struct clnrm_agent *a)
{
    static char block
        [CLNRM_AGENT_READ_SIZE]; /* shared by all rooms: nothing stays in it between two reads */
    ssize_t n = read(a->fd, block, sizeof(block));
    if (n > 0)
        take_bytes(a, block, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        on_end_of_stream(a, n == 0 ? 0 : errno);
}

/* Frames out */

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct clnrm_agent *a = poll->data;
    a->handles++; /* callbacks may release it */
    if (status < 0)
        clnrm_agent_lose(a, CLNRM_EAGENT, "the agent cannot be reached: %s", uv_strerror(status));
    if (a->fd >= 0 && (events & UV_READABLE))
        read_stream(a);
    if (a->fd >= 0)
        clnrm_agent_flush(a);
    a->handles--;
    clnrm_agent_free_when_over(a);
}

void clnrm_agent_listen(struct clnrm_agent *a)
{
    uv_poll_start(&a->poll, UV_READABLE, on_ready);
}

static void poll_for(struct clnrm_agent *a, bool write)
{
    if (a->wants_write == write)
        return;
    a->wants_write = write;
    uv_poll_start(&a->poll, UV_READABLE | (write ? UV_WRITABLE : 0), on_ready);
}

int clnrm_agent_pass(struct clnrm_agent *a, const int *fds, int count)
{
    struct clnrm_agent_passed *p = clnrm_xcalloc(sizeof(*p)), **at = &a->passed;
    p->at = a->written + (a->out.len - a->out_at);
    for (int i = 0; i < count; i++) {
        int fd = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
        if (fd < 0) {
            int error = errno;
            while (p->count > 0)
                close(p->fds[--p->count]);
            free(p);
            return -error;
        }
        p->fds[p->count++] = fd;
    }
    while (*at)
        at = &(*at)->next;
    *at = p;
    return 0;
}

static void drop_first(struct clnrm_agent *a)
{
    struct clnrm_agent_passed *p = a->passed;
    a->passed = p->next;
    while (p->count > 0)
        close(p->fds[--p->count]);
    free(p);
}

void clnrm_agent_drop_passed(struct clnrm_agent *a)
{
    while (a->passed)
        drop_first(a);
}

/* Sends some of `out`, and with its first byte the descriptors that belong to what begins there. */
static ssize_t send_some(struct clnrm_agent *a)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(CLNRM_SPAWN_GROUPS_MAX * sizeof(int))];
    } control = {.bytes = {0}};
    struct iovec some = {.iov_base = a->out.data + a->out_at, .iov_len = a->out.len - a->out_at};
    struct msghdr message = {.msg_iov = &some, .msg_iovlen = 1};
    const struct clnrm_agent_passed *now =
        a->passed && a->passed->at == a->written ? a->passed : NULL;
    const struct clnrm_agent_passed *next = now ? now->next : a->passed;
    if (next && next->at - a->written < some.iov_len)
        some.iov_len = (size_t)(next->at - a->written);
    if (now) {
        size_t size = (size_t)now->count * sizeof(int);
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        *header = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(size), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(header), now->fds, size);
    }
    ssize_t n = sendmsg(a->fd, &message, MSG_NOSIGNAL);
    if (n > 0 && now)
        drop_first(a);
    a->written += n > 0 ? (uint64_t)n : 0;
    return n;
}

/* Writes `out`.  Returns false when the socket takes no more, or is lost. */
static bool write_out(struct clnrm_agent *a)
{
    while (a->out_at < a->out.len) {
        ssize_t n = send_some(a);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
            return false; /* the other end is closed: what it said before is still to be read */
        if (n < 0 && errno != EAGAIN) {
            clnrm_agent_lose(a, CLNRM_EAGENT, "the agent cannot be reached: %s", strerror(errno));
            return false;
        }
        if (n < 0) {
            poll_for(a, true);
            return false;
        }
        a->out_at += (size_t)n;
    }
    a->out.len = a->out_at = 0;
    return true;
}

void clnrm_agent_flush(struct clnrm_agent *a)
{
    if (a->is_full)
        clnrm_agent_lose(a, CLNRM_EAGENT, "too much waits to be sent to the agent");
    if (a->fd < 0 || a->is_flushing) /* called from a callback: the flush above goes on */
        return;
    a->is_flushing = true;
    do {
        while (write_out(a)) {
            clnrm_agent_pump(a);
            if (a->out.len == 0) {
                poll_for(a, false);
                break;
            }
        }
    } while (clnrm_agent_tell_drained(a) && a->fd >= 0);
    a->is_flushing = false;
}

void clnrm_agent_send_u32(struct clnrm_agent *a, uint8_t type, uint32_t id, uint32_t value)
{
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &a->out, type, id);
    clnrm_frame_put_u32(&w, value);
    a->is_full |= clnrm_frame_end(&w) < 0;
}

void clnrm_agent_send_empty(struct clnrm_agent *a, uint8_t type, uint32_t id)
{
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &a->out, type, id);
    a->is_full |= clnrm_frame_end(&w) < 0;
}
