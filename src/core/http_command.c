/* http_command.c -- connections over the stdin and stdout of a command: `ssh HOST docker system dial-stdio`.
 *
 * libcurl connects to a unix socket of ours, whose name is gone from the file system before it is used;
 * each connection becomes the stdin and stdout of a command of its own.  (7.88 does not take a socket that
 * is connected already, though CURL_SOCKOPT_ALREADY_CONNECTED says so.) */
#include "core/http_impl.h"
#include "core/reap.h"
#include "core/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 64 };

/* A command that runs; it may outlive its client until it is reaped. */
struct clnrm_http_running {
    struct clnrm_reap reap;
    struct clnrm_http_running *next, **prev;
    pid_t pid;
};

static void on_ended(void *data, pid_t pid, int wait_status, const struct rusage *usage)
{
    struct clnrm_http_running *r = data;
    (void)pid, (void)wait_status, (void)usage;
    clnrm_reap_stop(&r->reap);
    *r->prev = r->next;
    if (r->next)
        r->next->prev = r->prev;
    free(r);
}

static int start(struct clnrm_http *h, int connection, pid_t *pid)
{
    enum clnrm_spawn_stage stage;
    const char *path = getenv("PATH");
    const struct clnrm_spawn spawn = {
        .argv = (const char *const *)h->command,
        .env = (const char *const *)environ,
        .path = path ? path : "/usr/local/bin:/usr/bin:/bin",
        .exec_fd = -1,
        .fds = {connection, connection, h->command_errors},
        .fd_count = 3,
        .new_session = true, /* it must not ask the terminal for a password */
    };
    return clnrm_spawn(&spawn, pid, &stage);
}

static void serve(struct clnrm_http *h, int connection)
{
    pid_t pid;
    int status = start(h, connection, &pid);
    if (status < 0) { /* libcurl finds the connection closed */
        dprintf(h->command_errors, "%s: %s\n", h->command[0], strerror(-status));
        return;
    }
    struct clnrm_http_running *r = clnrm_xcalloc(sizeof(*r));
    *r = (struct clnrm_http_running){.pid = pid, .next = h->running, .prev = &h->running};
    if (r->next)
        r->next->prev = &r->next;
    h->running = r;
    if (clnrm_reap_start(&r->reap, h->loop, pid, on_ended, r) < 0)
        kill(-pid, SIGKILL);
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
    struct clnrm_http *h = poll->data;
    int fd;
    (void)status, (void)events;
    while ((fd = accept4(h->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        serve(h, fd);
        close(fd);
    }
}

/* Listens on a socket in `dir`.  Returns a descriptor that names the socket, or -errno. */
static int listen_in(struct clnrm_http *h, const char *dir)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int n = snprintf(at.sun_path, sizeof(at.sun_path), "%s/s", dir);
    if (n >= (int)sizeof(at.sun_path))
        return -ENAMETOOLONG;
    if (bind(h->listener, (struct sockaddr *)&at, sizeof(at)) < 0)
        return -errno;
    int fd = listen(h->listener, BACKLOG) < 0 ? -1 : open(at.sun_path, O_PATH | O_CLOEXEC);
    int status = fd < 0 ? -errno : fd;
    unlink(at.sun_path);
    return status;
}

int clnrm_http_command_open(struct clnrm_http *h)
{
    char dir[PATH_MAX], socket_path[64];
    const char *top = getenv("XDG_RUNTIME_DIR");
    snprintf(dir, sizeof(dir), "%s/clnrm-XXXXXX", top && *top == '/' ? top : "/tmp");
    h->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    h->command_errors = memfd_create("clnrm-command", MFD_CLOEXEC);
    if (h->listener < 0 || h->command_errors < 0 || !mkdtemp(dir))
        return -errno;
    h->socket_fd = listen_in(h, dir);
    rmdir(dir);
    if (h->socket_fd < 0)
        return h->socket_fd;
    snprintf(socket_path, sizeof(socket_path), "/proc/self/fd/%d", h->socket_fd);
    h->socket = clnrm_xstrdup(socket_path);
    int status = uv_poll_init(h->loop, &h->listening, h->listener);
    if (status < 0)
        return status;
    h->handles++;
    h->is_listening = true;
    h->listening.data = h;
    uv_unref((uv_handle_t *)&h->listening); /* a request keeps the loop turning, not this */
    return uv_poll_start(&h->listening, UV_READABLE, on_connection);
}

void clnrm_http_command_close(struct clnrm_http *h)
{
    if (h->is_listening)
        uv_close((uv_handle_t *)&h->listening, clnrm_http_on_closed);
    for (struct clnrm_http_running *r = h->running; r; r = r->next)
        kill(-r->pid, SIGTERM);
    if (h->running) { /* whoever is left is reaped without us */
        static struct clnrm_http_running *left;
        struct clnrm_http_running *last = h->running;
        while (last->next)
            last = last->next;
        last->next = left;
        if (left)
            left->prev = &last->next;
        left = h->running;
        left->prev = &left;
    }
    const int fds[] = {h->listener, h->socket_fd, h->command_errors};
    for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

const char *clnrm_http_command_said(const struct clnrm_http *h, char *to, size_t size)
{
    off_t end = h->command_errors < 0 ? 0 : lseek(h->command_errors, 0, SEEK_END);
    off_t from = end > (off_t)size - 1 ? end - (off_t)size + 1 : 0;
    ssize_t n = end > 0 ? pread(h->command_errors, to, (size_t)(end - from), from) : 0;
    while (n > 0 && strchr("\r\n", to[n - 1]))
        n--;
    to[n > 0 ? n : 0] = '\0';
    const char *line = strrchr(to, '\n');
    return line ? line + 1 : to;
}
