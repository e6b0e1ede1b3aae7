/* httpd.c -- see httpd.h for the contract; here: the server on the loop, its connections, their
 * end.
 *
 * libmicrohttpd keeps its sockets in an epoll of its own, which the loop polls; it runs when that
 * is ready, when its own timeout is over, and after a connection was resumed. */
#include "core/httpd_impl.h"
#include "core/plugin.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 64, SWEEP_MS = 500, IDLE_SECONDS = 60 };

void clnrm_httpd_unref(struct clnrm_httpd *h)
{
    if (--h->refs == 0 && h->handles == 0)
        free(h);
}

static void on_closed(uv_handle_t *handle)
{
    struct clnrm_httpd *h = handle->data;
    if (--h->handles == 0 && h->refs == 0)
        free(h);
}

static void run(struct clnrm_httpd *h);

static void on_soon(uv_timer_t *timer)
{
    run(timer->data);
}

/* Lets libmicrohttpd do what it can, and says when it wants to do more. */
static void run(struct clnrm_httpd *h)
{
    MHD_UNSIGNED_LONG_LONG ms;
    h->mhd->run(h->daemon);
    if (h->mhd->get_timeout(h->daemon, &ms) == MHD_YES)
        uv_timer_start(&h->soon, on_soon, ms, 0);
    if (h->has_news) {
        h->has_news = false;
        h->on_request(h->data);
    }
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    run(poll->data);
}

void clnrm_httpd_soon(struct clnrm_httpd *h)
{
    if (!h->is_closed)
        uv_timer_start(&h->soon, on_soon, 0, 0);
}

/* Cuts what is overdue.  The socket stays libmicrohttpd's, which sees its end. */
static void on_sweep(uv_timer_t *timer)
{
    struct clnrm_httpd *h = timer->data;
    uint64_t now = uv_now(h->loop);
    for (struct clnrm_httpd_connection *c = h->connections; c; c = c->next) {
        if (c->due_ms == 0 || c->due_ms > now)
            continue;
        c->due_ms = 0;
        shutdown(c->fd, SHUT_RDWR);
    }
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct clnrm_httpd *h = cls;
    struct clnrm_httpd_connection *c = *context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            h->mhd->get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        c = clnrm_xcalloc(sizeof(*c));
        *c = (struct clnrm_httpd_connection){
            .fd = info->connect_fd,
            .due_ms = uv_now(h->loop) + h->options.request_ms,
            .next = h->connections,
            .prev = &h->connections,
        };
        if (c->next)
            c->next->prev = &c->next;
        h->connections = c;
        h->count++;
        *context = c;
    } else if (c) {
        *c->prev = c->next;
        if (c->next)
            c->next->prev = c->prev;
        h->count--;
        free(c);
        *context = NULL;
    }
}

/* Returns a socket that listens on 127.0.0.1, or -errno; `port` becomes the one that it has. */
static int listen_on(uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(*port)};
    socklen_t len = sizeof(at);
    const int yes = 1;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    /* what remains of earlier connections of this port shall not keep it; a listener does */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
        bind(fd, (const struct sockaddr *)&at, len) < 0 || listen(fd, BACKLOG) < 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) < 0) {
        int status = -errno;
        close(fd);
        return status;
    }
    *port = ntohs(at.sin_port);
    return fd;
}

static struct MHD_Daemon *start(struct clnrm_httpd *h, int fd)
{
    const struct MHD_OptionItem options[] = {
        {MHD_OPTION_LISTEN_SOCKET, fd, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, CLNRM_HTTPD_CONNECTIONS_MAX, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CLNRM_HTTPD_HEAD_MAX, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)clnrm_httpd_on_completed, h},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, h},
        {MHD_OPTION_END, 0, NULL},
    };
    return h->mhd->start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
                                clnrm_httpd_on_request, h, MHD_OPTION_ARRAY, options,
                                MHD_OPTION_END);
}

/* Makes the handles of a server whose daemon runs.  Returns 0 or a negative code. */
static int watch(struct clnrm_httpd *h)
{
    const union MHD_DaemonInfo *info = h->mhd->get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    int status = uv_poll_init(h->loop, &h->poll, info->epoll_fd);
    if (status < 0)
        return status;
    uv_timer_init(h->loop, &h->soon);
    uv_timer_init(h->loop, &h->sweep);
    uv_handle_t *handles[] = {(uv_handle_t *)&h->poll, (uv_handle_t *)&h->soon,
                              (uv_handle_t *)&h->sweep};
    for (size_t i = 0; i < sizeof(handles) / sizeof(*handles); i++) {
        handles[i]->data = h;
        uv_unref(handles[i]); /* waiting for strangers keeps no program alive */
        h->handles++;
    }
    uv_timer_start(&h->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    return uv_poll_start(&h->poll, UV_READABLE, on_ready);
}

int clnrm_httpd_open(uv_loop_t *loop, const struct clnrm_httpd_options *options,
                     clnrm_httpd_cb *on_request, void *data, struct clnrm_httpd **out)
{
    void *mhd;
    int status = clnrm_plugin_symbol("httpd", "clnrm_microhttpd", &mhd);
    if (status < 0)
        return status;
    uint16_t port = options->port;
    int fd = listen_on(&port);
    if (fd < 0)
        return fd;
    struct clnrm_httpd *h = clnrm_xcalloc(sizeof(*h));
    *h = (struct clnrm_httpd){
        .loop = loop, .mhd = mhd, .refs = 1, .on_request = on_request, .data = data};
    h->options = (struct clnrm_httpd_options){
        .port = port,
        .request_ms = options->request_ms ? options->request_ms : CLNRM_HTTPD_REQUEST_MS,
        .send_ms = options->send_ms ? options->send_ms : CLNRM_HTTPD_SEND_MS,
    };
    h->last = &h->first;
    h->daemon = start(h, fd);
    if (!h->daemon) { /* it has closed the socket */
        free(h);
        return -ENOMEM;
    }
    status = watch(h);
    if (status < 0) {
        clnrm_httpd_close(h);
        return status;
    }
    *out = h;
    return 0;
}

uint16_t clnrm_httpd_port(const struct clnrm_httpd *h)
{
    return h->options.port;
}

unsigned clnrm_httpd_connections(const struct clnrm_httpd *h)
{
    return h->count;
}

struct clnrm_httpd_request *clnrm_httpd_next(struct clnrm_httpd *h, clnrm_httpd_cb *on_change,
                                             void *data)
{
    struct clnrm_httpd_request *r = h->first;
    if (!r)
        return NULL;
    h->first = r->next;
    if (!h->first)
        h->last = &h->first;
    r->next = NULL;
    r->on_change = on_change;
    r->data = data;
    return r;
}

void clnrm_httpd_close(struct clnrm_httpd *h)
{
    uv_handle_t *handles[] = {(uv_handle_t *)&h->poll, (uv_handle_t *)&h->soon,
                              (uv_handle_t *)&h->sweep};
    h->is_closed = true;
    if (h->handles > 0)
        uv_poll_stop(&h->poll); /* before its descriptor is closed */
    /* libmicrohttpd must not be stopped while a connection is suspended: those that are go on, and
     * find no answer */
    for (struct clnrm_httpd_connection *c = h->connections; c; c = c->next)
        if (c->request && c->request->is_suspended)
            h->mhd->resume_connection(c->request->connection);
    h->mhd->run(h->daemon);
    h->mhd->stop_daemon(h->daemon);
    while (h->first) { /* nobody has taken them, and libmicrohttpd has let go */
        struct clnrm_httpd_request *r = clnrm_httpd_next(h, NULL, NULL);
        clnrm_httpd_request_unref(r);
    }
    for (int i = h->handles; i > 0; i--)
        uv_close(handles[i - 1], on_closed);
    clnrm_httpd_unref(h);
}
