/* input.c -- see input.h for the contract. */
#include "core/input.h"
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

struct clnrm_input {
    uv_poll_t poll;
    int fd;
    bool is_polled; /* false: a file, of which a read never waits; epoll does not take those */
    clnrm_input_cb *on_input;
    void *data;
};

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct clnrm_input *in = poll->data;
    (void)status;
    (void)events;
    uv_poll_stop(poll); /* until it is read: the loop need not turn for it */
    in->on_input(in->data);
}

int clnrm_input_open(uv_loop_t *loop, int fd, clnrm_input_cb *on_input, void *data,
                     struct clnrm_input **out)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0)
        return -errno;
    struct clnrm_input *in = clnrm_xcalloc(sizeof(*in));
    *in = (struct clnrm_input){.fd = fd, .is_polled = true, .on_input = on_input, .data = data};
    in->poll.data = in;
    int status = uv_poll_init(loop, &in->poll, fd);
    if (status == -EPERM) {
        in->is_polled = false;
    } else if (status < 0) {
        free(in);
        return status;
    } else {
        fcntl(fd, F_SETFL, flags); /* libuv has made it nonblocking, for everybody who has it */
    }
    *out = in;
    return 0;
}

int clnrm_input_read(struct clnrm_input *in, char out[CLNRM_INPUT_MAX])
{
    struct pollfd ready = {.fd = in->fd, .events = POLLIN};
    ssize_t n = -1;
    if (in->is_polled && poll(&ready, 1, 0) <= 0)
        errno = EAGAIN;
    else
        n = read(in->fd, out, CLNRM_INPUT_MAX);
    if (n >= 0)
        return (int)n;
    if (errno != EAGAIN && errno != EINTR)
        return -errno;
    int status = in->is_polled ? uv_poll_start(&in->poll, UV_READABLE, on_readable) : 0;
    return status < 0 ? status : -EAGAIN;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void clnrm_input_close(struct clnrm_input *in)
{
    if (in->is_polled)
        uv_close((uv_handle_t *)&in->poll, on_closed);
    else
        free(in);
}
