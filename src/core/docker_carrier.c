/* docker_carrier.c -- see docker_carrier.h for the contract. */
#include "core/docker_carrier.h"
#include "base/base.h"
#include "core/docker_frames.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BLOCK = 64 * 1024,
    AHEAD = 1024 * 1024, /* bytes that wait for the engine before the socket is left unread */
    SAID_MAX = 1024,
};

struct clnrm_docker_carrier {
    struct clnrm_http_call *call; /* NULL once it is over */
    struct clnrm_docker_frames frames;
    struct clnrm_buf down; /* from down_at on: what the socket did not take yet */
    size_t down_at, said_len;
    int near, far; /* ends of the pair; far -1: closed */
    uv_poll_t poll;
    bool is_over, was_refused;
    int status;
    char said[SAID_MAX], reason[SAID_MAX + 64];
};

/* The far end sees the end; the descriptor is closed behind the handle, for libuv forgets what it polls
 * by its number, which somebody else could have by then. */
static void stop(struct clnrm_docker_carrier *c)
{
    uv_poll_stop(&c->poll);
    shutdown(c->near, SHUT_RDWR);
}

/* Ends both sides.  What the engine had sent before is in the socket already. */
static void finish(struct clnrm_docker_carrier *c, int status, const char *reason)
{
    if (c->is_over)
        return;
    c->is_over = true;
    c->status = status;
    snprintf(c->reason, sizeof(c->reason), "%s", reason ? reason : "");
    clnrm_http_release(c->call);
    c->call = NULL;
    stop(c);
}

/* Keeps the last bytes of what was said. */
static void add_said(struct clnrm_docker_carrier *c, const char *bytes, size_t len)
{
    if (len > SAID_MAX) {
        bytes += len - SAID_MAX;
        len = SAID_MAX;
    }
    size_t over = c->said_len + len > SAID_MAX ? c->said_len + len - SAID_MAX : 0;
    memmove(c->said, c->said + over, c->said_len - over);
    memcpy(c->said + c->said_len - over, bytes, len);
    c->said_len += len - over;
}

/* Writes to the socket.  Returns how many bytes it took, or -errno. */
static ssize_t push(struct clnrm_docker_carrier *c, const char *bytes, size_t len)
{
    size_t at = 0;
    while (at < len) {
        ssize_t n = send(c->near, bytes + at, len - at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0)
            return -errno;
        at += (size_t)n;
    }
    return (ssize_t)at;
}

static void on_piece(void *data, enum clnrm_docker_stream stream, const char *bytes, size_t len)
{
    struct clnrm_docker_carrier *c = data;
    if (stream == CLNRM_DOCKER_STDERR || stream == CLNRM_DOCKER_ERROR) {
        c->was_refused |= stream == CLNRM_DOCKER_ERROR;
        add_said(c, bytes, len);
        return;
    }
    ssize_t n = c->down.len > c->down_at ? 0 : push(c, bytes, len);
    if (n < 0) /* nobody is there any more: seen by the reader of the socket */
        n = (ssize_t)len;
    if ((size_t)n < len)
        clnrm_buf_add(&c->down, bytes + n,
                      len - (size_t)n); /* at most a BLOCK: it has no maximum */
}

static void on_end(struct clnrm_docker_carrier *c, const struct clnrm_http_info *info)
{
    char text[sizeof(c->reason)];
    snprintf(text, sizeof(text), "%s", info->reason ? info->reason : "");
    if (c->was_refused)
        snprintf(text, sizeof(text), "the engine broke it off: %.*s", (int)c->said_len, c->said);
    if (c->was_refused)
        finish(c, CLNRM_EPROTO, text);
    else if (info->status < 0)
        finish(c, info->status, text);
    else if (!clnrm_docker_frames_may_end(&c->frames))
        finish(c, CLNRM_EPROTO, "the engine's stream ended within a frame");
    else
        finish(c, 0, NULL);
}

/* Takes what the engine has sent, as long as the socket takes it. */
static void pull(struct clnrm_docker_carrier *c)
{
    char block[BLOCK];
    while (c->down.len == c->down_at) {
        size_t n = clnrm_http_take(c->call, block, sizeof(block));
        if (n == 0)
            break;
        if (clnrm_docker_frames_add(&c->frames, block, n, on_piece, c) < 0) {
            finish(c, CLNRM_EPROTO, "what the engine sends is no stream of frames");
            return;
        }
    }
    struct clnrm_http_info info = clnrm_http_info(c->call);
    if (c->down.len == c->down_at && info.unread == 0 &&
        (info.state == CLNRM_HTTP_OVER || info.ended))
        on_end(c, &info);
}

static void flush(struct clnrm_docker_carrier *c)
{
    ssize_t n = push(c, c->down.data + c->down_at, c->down.len - c->down_at);
    c->down_at += n < 0 ? c->down.len - c->down_at : (size_t)n;
    if (c->down_at == c->down.len)
        c->down.len = c->down_at = 0;
}

/* Sends what was written to the socket. */
static void forward(struct clnrm_docker_carrier *c)
{
    static char block[BLOCK]; /* nothing stays in it between two reads */
    ssize_t n = recv(c->near, block, sizeof(block), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    int status = n <= 0 ? 0 : clnrm_http_write(c->call, (struct clnrm_slice){block, (size_t)n});
    if (n <= 0)
        finish(c, 0, NULL); /* the room was released */
    else if (status < 0 && status != UV_EPIPE)
        finish(c, status, "the agent's input cannot be sent to the engine");
}

static void on_ready(uv_poll_t *poll, int status, int events);

/* Goes on as far as it goes, and waits for what may go on next. */
static void pump(struct clnrm_docker_carrier *c)
{
    if (!c->is_over)
        pull(c);
    if (c->is_over)
        return;
    bool is_behind = clnrm_http_info(c->call).input_left > AHEAD;
    int events = UV_DISCONNECT | (is_behind ? 0 : UV_READABLE);
    uv_poll_start(&c->poll, events | (c->down.len > c->down_at ? UV_WRITABLE : 0), on_ready);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct clnrm_docker_carrier *c = poll->data;
    if (status < 0)
        finish(c, 0, NULL); /* the room was released, with something unread */
    if (!c->is_over && (events & UV_WRITABLE))
        flush(c);
    if (!c->is_over && (events & UV_READABLE))
        forward(c);
    else if (!c->is_over && (events & UV_DISCONNECT))
        finish(c, 0, NULL); /* and what it had still written is not read any more */
    pump(c);
}

static void on_news(void *data)
{
    pump(data);
}

static int make_pair(struct clnrm_docker_carrier *c, uv_loop_t *loop)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
        return -errno;
    int status = uv_poll_init(loop, &c->poll, ends[0]);
    if (status < 0) {
        close(ends[0]);
        close(ends[1]);
        return status;
    }
    c->poll.data = c;
    c->near = ends[0];
    c->far = ends[1];
    return 0;
}

int clnrm_docker_carrier_open(uv_loop_t *loop, struct clnrm_http_call *call,
                              struct clnrm_docker_carrier **out)
{
    struct clnrm_docker_carrier *c = clnrm_xcalloc(sizeof(*c));
    int status = make_pair(c, loop);
    if (status < 0) {
        clnrm_http_release(call);
        free(c);
        return status;
    }
    c->call = call;
    c->down.max = SIZE_MAX;
    clnrm_http_listen(call, on_news, c);
    pump(c); /* some of it may have come with the head */
    *out = c;
    return 0;
}

struct clnrm_docker_carrier_info clnrm_docker_carrier_info(const struct clnrm_docker_carrier *c)
{
    return (struct clnrm_docker_carrier_info){
        .is_over = c->is_over, .status = c->status, .reason = c->reason, .fd = c->far};
}

struct clnrm_slice clnrm_docker_carrier_said(const struct clnrm_docker_carrier *c)
{
    return (struct clnrm_slice){c->said, c->said_len};
}

void clnrm_docker_carrier_joined(struct clnrm_docker_carrier *c)
{
    if (c->far >= 0)
        close(c->far);
    c->far = -1;
}

static void on_closed(uv_handle_t *handle)
{
    struct clnrm_docker_carrier *c = handle->data;
    clnrm_buf_free(&c->down);
    free(c);
}

void clnrm_docker_carrier_release(struct clnrm_docker_carrier *c)
{
    finish(c, 0, NULL);
    clnrm_docker_carrier_joined(c);
    uv_close((uv_handle_t *)&c->poll, on_closed);
    close(c->near);
}
