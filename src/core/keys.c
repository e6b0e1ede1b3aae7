/* keys.c -- see keys.h for the contract. */
#include "core/keys.h"
#include "base/base.h"
#include "core/term.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct clnrm_keys {
    uv_poll_t poll;
    int fd;
    bool is_grabbed;
    clnrm_keys_cb *on_keys;
    void *data;
};

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct clnrm_keys *k = poll->data;
    (void)status;
    (void)events;
    uv_poll_stop(poll); /* until they are read: the loop need not turn for it */
    k->on_keys(k->data);
}

int clnrm_keys_open(uv_loop_t *loop, int fd, clnrm_keys_cb *on_keys, void *data,
                    struct clnrm_keys **out)
{
    int own = clnrm_term_reopen(fd, O_RDONLY);
    if (own < 0)
        return own;
    struct clnrm_keys *k = clnrm_xcalloc(sizeof(*k));
    k->fd = own;
    k->on_keys = on_keys;
    k->data = data;
    k->poll.data = k;
    int status = uv_poll_init(loop, &k->poll, own);
    if (status < 0) {
        close(own);
        free(k);
        return status;
    }
    uv_unref((uv_handle_t *)&k->poll); /* nothing is waited for because a key might come */
    *out = k;
    return 0;
}

int clnrm_keys_grab(struct clnrm_keys *k, bool whole)
{
    int status = clnrm_term_raw_keys(k->fd, whole);
    k->is_grabbed = status == 0;
    return status < 0 ? status : uv_poll_start(&k->poll, UV_READABLE, on_readable);
}

void clnrm_keys_release(struct clnrm_keys *k)
{
    k->is_grabbed = false;
    uv_poll_stop(&k->poll);
}

int clnrm_keys_read(struct clnrm_keys *k, char out[CLNRM_KEYS_MAX])
{
    if (!k->is_grabbed)
        return 0;
    if (!clnrm_term_is_foreground(k->fd))
        return -EIO; /* a read would stop the program with SIGTTIN */
    ssize_t n = read(k->fd, out, CLNRM_KEYS_MAX);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        return n == 0 ? -EIO : -errno;
    uv_poll_start(&k->poll, UV_READABLE, on_readable);
    return n < 0 ? 0 : (int)n;
}

static void on_closed(uv_handle_t *handle)
{
    struct clnrm_keys *k = handle->data;
    close(k->fd);
    free(k);
}

void clnrm_keys_close(struct clnrm_keys *k)
{
    uv_close((uv_handle_t *)&k->poll, on_closed);
}
