/* relay_connection.c -- one connection of a relay or a publication, from its socket to its end.
 *
 * It is two halves, a stream of the agent and a socket of the host.  Each half is read only while the
 * other takes what came before. */
#include "base/base.h"
#include "core/relay_impl.h"

#include <stdio.h>

/* A host that is being looked up; it outlives a connection that ends meanwhile. */
struct clnrm_relay_lookup {
    uv_getaddrinfo_t request;
    struct clnrm_relay_connection *connection; /* NULL: nobody wants to know any more */
};

static void on_connection_closed(uv_handle_t *handle)
{
    struct clnrm_relay_connection *c = handle->data;
    struct clnrm_relay *r = c->relay;
    free(c);
    r->handles--;
    clnrm_relay_free_when_over(r);
}

void clnrm_relay_close_connection(struct clnrm_relay_connection *c)
{
    if (c->is_closing)
        return;
    c->is_closing = true;
    if (c->lookup) {
        c->lookup->connection = NULL;
        uv_cancel((uv_req_t *)&c->lookup->request);
    }
    *c->prev = c->next;
    if (c->next)
        c->next->prev = c->prev;
    c->relay->count--;
    if (c->op)
        clnrm_agent_op_release(c->op);
    c->op = NULL;
    uv_close(&c->host.handle, on_connection_closed);
}

static void pump(struct clnrm_relay_connection *c);

static void on_host_written(uv_write_t *request, int status)
{
    struct clnrm_relay_connection *c = request->data;
    c->is_writing = false;
    if (status < 0)
        clnrm_relay_close_connection(c);
    else
        pump(c);
}

static void on_shut(uv_shutdown_t *request, int status)
{
    struct clnrm_relay_connection *c = request->data;
    c->is_writing = false;
    if (status < 0)
        clnrm_relay_close_connection(c);
    else
        pump(c);
}

/* Room to host. */
static void pump_out(struct clnrm_relay_connection *c, const struct clnrm_agent_op_info *info)
{
    if (!c->is_connected || c->is_writing || c->is_shut)
        return;
    c->is_writing = true; /* before the take, which may call back into here */
    size_t n = clnrm_agent_op_take(c->op, c->block, sizeof(c->block));
    if (c->is_closing)
        return;
    int status = 0;
    if (n > 0) {
        const uv_buf_t buf = {.base = c->block, .len = n};
        c->request.write.data = c;
        status = uv_write(&c->request.write, &c->host.stream, &buf, 1, on_host_written);
    } else if (info->ended) {
        c->request.shutdown.data = c;
        c->is_shut = true;
        status = uv_shutdown(&c->request.shutdown, &c->host.stream, on_shut);
    } else {
        c->is_writing = false;
    }
    if (status < 0)
        clnrm_relay_close_connection(c);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    static char block[CLNRM_RELAY_CHUNK]; /* copied before the next read */
    (void)handle, (void)size;
    *buf = (uv_buf_t){.base = block, .len = sizeof(block)};
}

static void on_host_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct clnrm_relay_connection *c = stream->data;
    if (n > 0) {
        if (clnrm_agent_op_write(c->op, (struct clnrm_slice){buf->base, (size_t)n}) < 0)
            clnrm_relay_close_connection(c);
        else
            pump(c);
    } else if (n == UV_EOF) {
        c->host_ended = true;
        c->is_reading = false;
        uv_read_stop(stream);
        clnrm_agent_op_end(c->op);
        pump(c);
    } else if (n < 0) {
        clnrm_relay_close_connection(c);
    }
}

/* Host to room: reads while little waits to be sent. */
static void pump_in(struct clnrm_relay_connection *c, const struct clnrm_agent_op_info *info)
{
    bool may_read = c->is_connected && !c->host_ended && info->state == CLNRM_OP_RUNNING &&
                    info->input_left < CLNRM_FRAME_WINDOW;
    if (may_read == c->is_reading)
        return;
    c->is_reading = may_read;
    if (!may_read)
        uv_read_stop(&c->host.stream);
    else if (uv_read_start(&c->host.stream, on_alloc, on_host_read) < 0)
        clnrm_relay_close_connection(c);
}

static void pump(struct clnrm_relay_connection *c)
{
    if (c->is_closing)
        return;
    struct clnrm_agent_op_info info = clnrm_agent_op_info(c->op);
    if (info.state == CLNRM_OP_OVER && info.status < 0) { /* refused in the room, or it is lost */
        clnrm_relay_close_connection(c);
        return;
    }
    pump_out(c, &info);
    if (!c->is_closing)
        pump_in(c, &info);
    if (!c->is_closing && info.state == CLNRM_OP_OVER && c->is_shut && !c->is_writing)
        clnrm_relay_close_connection(c);
}

void clnrm_relay_on_op_change(void *data)
{
    struct clnrm_relay_connection *c = data;
    if (c->op) /* not while the operation is being made */
        pump(c);
}

struct clnrm_relay_connection *clnrm_relay_new_connection(struct clnrm_relay *r, bool is_pipe)
{
    struct clnrm_relay_connection *c = clnrm_xcalloc(sizeof(*c));
    c->relay = r;
    if (is_pipe)
        uv_pipe_init(r->loop, &c->host.pipe, 0);
    else
        uv_tcp_init(r->loop, &c->host.tcp);
    c->host.handle.data = c;
    c->next = r->connections;
    c->prev = &r->connections;
    if (c->next)
        c->next->prev = &c->next;
    r->connections = c;
    r->count++;
    r->ever++;
    r->handles++;
    return c;
}

static void on_host_connected(uv_connect_t *request, int status)
{
    struct clnrm_relay_connection *c = request->data;
    c->is_connected = status == 0;
    if (status < 0)
        clnrm_relay_close_connection(c);
    else
        pump(c);
}

struct sockaddr_in clnrm_relay_loopback(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void connect_to(struct clnrm_relay_connection *c, const struct sockaddr *address)
{
    if (uv_tcp_connect(&c->request.connect, &c->host.tcp, address, on_host_connected) < 0)
        clnrm_relay_close_connection(c);
}

/* One address is tried: of IPv4 when there is one, which most servers of a machine listen on. */
static const struct sockaddr *choose(const struct addrinfo *found)
{
    const struct addrinfo *one = found;
    while (one && one->ai_family != AF_INET)
        one = one->ai_next;
    return (one ? one : found)->ai_addr;
}

static void on_found(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
    struct clnrm_relay_lookup *lookup = request->data;
    struct clnrm_relay_connection *c = lookup->connection;
    if (c) {
        c->lookup = NULL;
        if (status < 0 || !found)
            clnrm_relay_close_connection(c);
        else
            connect_to(c, choose(found));
    }
    uv_freeaddrinfo(found);
    free(lookup);
}

static void look_up(struct clnrm_relay_connection *c)
{
    char port[8];
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct clnrm_relay_lookup *lookup = clnrm_xcalloc(sizeof(*lookup));
    lookup->connection = c;
    lookup->request.data = lookup;
    c->lookup = lookup;
    snprintf(port, sizeof(port), "%u", c->relay->target.port);
    if (uv_getaddrinfo(c->relay->loop, &lookup->request, on_found, c->relay->target.host, port,
                       &hints) < 0) {
        c->lookup = NULL;
        free(lookup);
        clnrm_relay_close_connection(c);
    }
}

void clnrm_relay_connect(struct clnrm_relay_connection *c)
{
    const struct clnrm_relay_target *target = &c->relay->target;
    c->request.connect.data = c;
    if (target->path) {
        uv_pipe_connect(&c->request.connect, &c->host.pipe, target->path, on_host_connected);
    } else if (target->host) {
        look_up(c);
    } else {
        const struct sockaddr_in address = clnrm_relay_loopback(target->port);
        connect_to(c, (const struct sockaddr *)&address);
    }
}
