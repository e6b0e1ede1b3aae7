/* talk.c -- see talk.h for the contract. */
#include "core/talk.h"

#include "base/base.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { READ_SIZE = 64 << 10 };

struct clnrm_talk_door {
    uv_poll_t poll;
    int fd;
    struct stat file; /* of the socket: another may lie at the path by now */
    char *path;
    clnrm_talk_cb *on_change;
    void *data;
};

struct clnrm_talk {
    uv_poll_t poll;
    int fd;
    struct clnrm_buf in, out;
    size_t taken, sent; /* bytes of them that are done with */
    bool is_over, is_deaf;
    clnrm_talk_cb *on_change;
    void *data;
};

static int address(const char *path, struct sockaddr_un *out)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(out->sun_path, sizeof(out->sun_path), "%s", path);
    return n >= (int)sizeof(out->sun_path) ? -ENAMETOOLONG : 0;
}

static int new_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd < 0 ? -errno : fd;
}

static bool is_ours(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.uid == geteuid();
}

/* Connections */

static void on_closed(uv_handle_t *handle)
{
    struct clnrm_talk *t = handle->data;
    clnrm_buf_free(&t->in);
    clnrm_buf_free(&t->out);
    free(t);
}

static void end(struct clnrm_talk *t)
{
    t->is_over = true;
    t->out.len = t->sent = 0;
    uv_poll_stop(&t->poll);
}

static void send_some(struct clnrm_talk *t)
{
    ssize_t n = send(t->fd, t->out.data + t->sent, t->out.len - t->sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        end(t);
    t->sent += n > 0 ? (size_t)n : 0;
    if (t->sent == t->out.len)
        t->out.len = t->sent = 0;
}

static void receive_some(struct clnrm_talk *t)
{
    char bytes[READ_SIZE];
    clnrm_buf_drop(&t->in, t->taken); /* here and not for each line: the rest is moved */
    t->taken = 0;
    ssize_t n = recv(t->fd, bytes, sizeof(bytes), 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        end(t);
    else if (n > 0 && !t->is_deaf)
        clnrm_buf_add(&t->in, bytes, (size_t)n); /* its maximum leaves place for one more read */
}

static void on_event(uv_poll_t *poll, int status, int events);

/* Listens to what can go on: a side that sends more than is taken waits. */
static void arm(struct clnrm_talk *t)
{
    bool has_place = t->is_deaf || t->in.len - t->taken <= CLNRM_TALK_LINE_MAX;
    int events = (has_place ? UV_READABLE : 0) | (t->out.len > 0 ? UV_WRITABLE : 0);
    if (!t->is_over)
        uv_poll_start(&t->poll, events, on_event);
}

static void on_event(uv_poll_t *poll, int status, int events)
{
    struct clnrm_talk *t = poll->data;
    if (status < 0)
        end(t);
    if (!t->is_over && (events & UV_WRITABLE) && t->out.len > 0)
        send_some(t);
    if (!t->is_over && (events & UV_READABLE))
        receive_some(t);
    arm(t);
    t->on_change(t->data); /* may close `t` */
}

static int begin(uv_loop_t *loop, int fd, clnrm_talk_cb *on_change, void *data,
                 struct clnrm_talk **out)
{
    struct clnrm_talk *t = clnrm_xcalloc(sizeof(*t));
    *t = (struct clnrm_talk){.fd = fd, .on_change = on_change, .data = data};
    t->in.max = CLNRM_TALK_LINE_MAX + 2 * (size_t)READ_SIZE + 1;
    t->out.max = CLNRM_TALK_UNSENT_MAX;
    int status = uv_poll_init(loop, &t->poll, fd);
    if (status < 0) {
        close(fd);
        free(t);
        return status;
    }
    t->poll.data = t;
    arm(t);
    *out = t;
    return 0;
}

int clnrm_talk_connect(uv_loop_t *loop, const char *path, clnrm_talk_cb *on_change, void *data,
                       struct clnrm_talk **out)
{
    struct sockaddr_un to;
    int status = address(path, &to);
    int fd = status < 0 ? status : new_socket();
    if (fd < 0)
        return fd;
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        status = -errno;
    else if (!is_ours(fd))
        status = -EPERM;
    if (status < 0) {
        close(fd);
        return status;
    }
    return begin(loop, fd, on_change, data, out);
}

int clnrm_talk_read(struct clnrm_talk *t, struct clnrm_slice *out)
{
    size_t left = t->in.len - t->taken;
    const char *from = left > 0 ? t->in.data + t->taken : NULL;
    const char *stop = from ? memchr(from, '\n', left) : NULL;
    size_t len = stop ? (size_t)(stop - from) : left;
    if (t->is_deaf || len > CLNRM_TALK_LINE_MAX) {
        t->is_deaf = true;
        t->in.len = t->taken = 0;
        arm(t);
        return CLNRM_ELIMIT;
    }
    if (!stop) {
        arm(t);
        return t->is_over ? CLNRM_ECLOSED : -EAGAIN;
    }
    *out = (struct clnrm_slice){from, len};
    t->taken += len + 1;
    arm(t);
    return 0;
}

int clnrm_talk_write(struct clnrm_talk *t, struct clnrm_slice line)
{
    if (t->is_over)
        return CLNRM_ECLOSED;
    if (t->sent > 0 && t->sent >= t->out.len / 2) { /* bytes are moved once for each that is sent */
        clnrm_buf_drop(&t->out, t->sent);
        t->sent = 0;
    }
    if (t->out.len + line.len + 1 > t->out.max)
        return CLNRM_ELIMIT;
    clnrm_buf_add(&t->out, line.data, line.len);
    clnrm_buf_add(&t->out, "\n", 1);
    arm(t);
    return 0;
}

size_t clnrm_talk_unsent(const struct clnrm_talk *t)
{
    return t->out.len - t->sent;
}

bool clnrm_talk_is_over(const struct clnrm_talk *t)
{
    return t->is_over;
}

void clnrm_talk_close(struct clnrm_talk *t)
{
    uv_poll_stop(&t->poll);
    uv_close((uv_handle_t *)&t->poll, on_closed);
    close(t->fd);
}

/* The door */

static void on_door_closed(uv_handle_t *handle)
{
    struct clnrm_talk_door *door = handle->data;
    free(door->path);
    free(door);
}

static void on_come(uv_poll_t *poll, int status, int events)
{
    struct clnrm_talk_door *door = poll->data;
    (void)status, (void)events;
    uv_poll_stop(poll); /* until it was asked who */
    door->on_change(door->data);
}

/* Whether nobody listens at a path where a socket lies. */
static bool is_stale(const struct sockaddr_un *at)
{
    struct stat st;
    int fd = lstat(at->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) ? new_socket() : -1;
    if (fd < 0)
        return false;
    bool refused =
        connect(fd, (const struct sockaddr *)at, sizeof(*at)) < 0 && errno == ECONNREFUSED;
    close(fd);
    return refused;
}

/* Makes the socket; nobody can connect before its rights are right. */
static int listen_at(int fd, const struct sockaddr_un *at, struct stat *file)
{
    int status = bind(fd, (const struct sockaddr *)at, sizeof(*at)) < 0 ? -errno : 0;
    if (status == -EADDRINUSE && is_stale(at) && unlink(at->sun_path) == 0)
        status = bind(fd, (const struct sockaddr *)at, sizeof(*at)) < 0 ? -errno : 0;
    if (status < 0)
        return status;
    if (chmod(at->sun_path, 0600) < 0 || lstat(at->sun_path, file) < 0 ||
        listen(fd, CLNRM_TALK_BACKLOG) < 0) {
        status = -errno;
        unlink(at->sun_path);
    }
    return status;
}

int clnrm_talk_listen(uv_loop_t *loop, const char *path, clnrm_talk_cb *on_change, void *data,
                      struct clnrm_talk_door **out)
{
    struct sockaddr_un at;
    struct stat file;
    int status = address(path, &at);
    int fd = status < 0 ? status : new_socket();
    if (fd < 0)
        return fd;
    status = listen_at(fd, &at, &file);
    if (status < 0) {
        close(fd);
        return status;
    }
    struct clnrm_talk_door *door = clnrm_xcalloc(sizeof(*door));
    *door = (struct clnrm_talk_door){.fd = fd, .file = file, .on_change = on_change, .data = data};
    status = uv_poll_init(loop, &door->poll, fd);
    if (status < 0) {
        unlink(at.sun_path);
        close(fd);
        free(door);
        return status;
    }
    door->path = clnrm_xstrdup(path);
    door->poll.data = door;
    uv_unref((uv_handle_t *)&door->poll); /* waiting for others keeps no program alive */
    *out = door;
    return 0;
}

int clnrm_talk_next(struct clnrm_talk_door *door, clnrm_talk_cb *on_change, void *data,
                    struct clnrm_talk **out)
{
    int fd;
    while ((fd = accept4(door->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0 ||
           errno == ECONNABORTED || errno == EINTR) {
        if (fd < 0)
            continue;
        if (is_ours(fd)) {
            int status = begin(door->poll.loop, fd, on_change, data, out);
            if (status == 0)
                uv_unref((uv_handle_t *)&(*out)->poll);
            return status;
        }
        close(fd);
    }
    int status = -errno;
    if (status == -EAGAIN)
        uv_poll_start(&door->poll, UV_READABLE, on_come);
    return status;
}

void clnrm_talk_leave(struct clnrm_talk_door *door)
{
    struct stat now;
    bool is_there = lstat(door->path, &now) == 0 && now.st_dev == door->file.st_dev &&
                    now.st_ino == door->file.st_ino;
    if (is_there)
        unlink(door->path);
    uv_close((uv_handle_t *)&door->poll, on_door_closed);
    close(door->fd);
}
