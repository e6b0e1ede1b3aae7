/* relay.c -- see relay.h for the contract.
 *
 * A connection is two halves, a stream of the agent and a socket of the host.  Each half is read only
 * while the other takes what came before. */
#include "core/relay.h"
#include "base/base.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

enum { CHUNK = 64 * 1024, BACKLOG = 64 };

/* A host that is being looked up; it outlives a connection that ends meanwhile. */
struct lookup {
    uv_getaddrinfo_t request;
    struct connection *connection; /* NULL: nobody wants to know any more */
};

struct connection {
    struct clnrm_relay *relay;
    struct lookup *lookup;
    struct connection *next, **prev;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } host;
    union {
        uv_connect_t connect;
        uv_write_t write;
        uv_shutdown_t shutdown;
    } request;                 /* one at a time: connect, then writes, then shutdown */
    struct clnrm_agent_op *op; /* NULL once given back */
    bool is_connected, is_writing, is_shut, is_reading, host_ended, is_closing;
    char block[CHUNK]; /* on its way to the host */
};

struct clnrm_relay {
    uv_loop_t *loop;
    struct clnrm_agent *agent;
    struct clnrm_agent_op *op; /* of a relay; NULL for a publication */
    struct clnrm_relay_target target;
    uv_tcp_t listener; /* of a publication */
    bool has_listener, is_closed;
    struct clnrm_address at; /* in the room */
    uint16_t host_port;
    struct connection *connections;
    unsigned count;
    int handles; /* that libuv still knows */
    uint64_t ever;
};

static void free_when_over(struct clnrm_relay *r)
{
    if (!r->is_closed || r->handles > 0)
        return;
    clnrm_agent_unhold(r->agent);
    free((char *)(uintptr_t)r->target.path);
    free((char *)(uintptr_t)r->target.host);
    free(r);
}

static void on_connection_closed(uv_handle_t *handle)
{
    struct connection *c = handle->data;
    struct clnrm_relay *r = c->relay;
    free(c);
    r->handles--;
    free_when_over(r);
}

static void close_connection(struct connection *c)
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

static void pump(struct connection *c);

static void on_host_written(uv_write_t *request, int status)
{
    struct connection *c = request->data;
    c->is_writing = false;
    if (status < 0)
        close_connection(c);
    else
        pump(c);
}

static void on_shut(uv_shutdown_t *request, int status)
{
    struct connection *c = request->data;
    c->is_writing = false;
    if (status < 0)
        close_connection(c);
    else
        pump(c);
}

/* Room to host. */
static void pump_out(struct connection *c, const struct clnrm_agent_op_info *info)
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
        close_connection(c);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    static char block[CHUNK]; /* copied before the next read */
    (void)handle, (void)size;
    *buf = (uv_buf_t){.base = block, .len = sizeof(block)};
}

static void on_host_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct connection *c = stream->data;
    if (n > 0) {
        if (clnrm_agent_op_write(c->op, (struct clnrm_slice){buf->base, (size_t)n}) < 0)
            close_connection(c);
        else
            pump(c);
    } else if (n == UV_EOF) {
        c->host_ended = true;
        c->is_reading = false;
        uv_read_stop(stream);
        clnrm_agent_op_end(c->op);
        pump(c);
    } else if (n < 0) {
        close_connection(c);
    }
}

/* Host to room: reads while little waits to be sent. */
static void pump_in(struct connection *c, const struct clnrm_agent_op_info *info)
{
    bool may_read = c->is_connected && !c->host_ended && info->state == CLNRM_OP_RUNNING &&
                    info->input_left < CLNRM_FRAME_WINDOW;
    if (may_read == c->is_reading)
        return;
    c->is_reading = may_read;
    if (!may_read)
        uv_read_stop(&c->host.stream);
    else if (uv_read_start(&c->host.stream, on_alloc, on_host_read) < 0)
        close_connection(c);
}

static void pump(struct connection *c)
{
    if (c->is_closing)
        return;
    struct clnrm_agent_op_info info = clnrm_agent_op_info(c->op);
    if (info.state == CLNRM_OP_OVER && info.status < 0) { /* refused in the room, or it is lost */
        close_connection(c);
        return;
    }
    pump_out(c, &info);
    if (!c->is_closing)
        pump_in(c, &info);
    if (!c->is_closing && info.state == CLNRM_OP_OVER && c->is_shut && !c->is_writing)
        close_connection(c);
}

static void on_op_change(void *data)
{
    struct connection *c = data;
    if (c->op) /* not while the operation is being made */
        pump(c);
}

static struct connection *new_connection(struct clnrm_relay *r, bool is_pipe)
{
    struct connection *c = clnrm_xcalloc(sizeof(*c));
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
    struct connection *c = request->data;
    c->is_connected = status == 0;
    if (status < 0)
        close_connection(c);
    else
        pump(c);
}

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void connect_to(struct connection *c, const struct sockaddr *address)
{
    if (uv_tcp_connect(&c->request.connect, &c->host.tcp, address, on_host_connected) < 0)
        close_connection(c);
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
    struct lookup *lookup = request->data;
    struct connection *c = lookup->connection;
    if (c) {
        c->lookup = NULL;
        if (status < 0 || !found)
            close_connection(c);
        else
            connect_to(c, choose(found));
    }
    uv_freeaddrinfo(found);
    free(lookup);
}

static void look_up(struct connection *c)
{
    char port[8];
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct lookup *lookup = clnrm_xcalloc(sizeof(*lookup));
    lookup->connection = c;
    lookup->request.data = lookup;
    c->lookup = lookup;
    snprintf(port, sizeof(port), "%u", c->relay->target.port);
    if (uv_getaddrinfo(c->relay->loop, &lookup->request, on_found, c->relay->target.host, port,
                       &hints) < 0) {
        c->lookup = NULL;
        free(lookup);
        close_connection(c);
    }
}

/* A connection came from the room. */
static void on_accept(void *data, struct clnrm_agent_op *stream)
{
    struct clnrm_relay *r = data;
    if (r->count >= CLNRM_RELAY_CONNECTIONS_MAX) {
        clnrm_agent_op_release(stream);
        return;
    }
    struct connection *c = new_connection(r, r->target.path != NULL);
    c->op = stream;
    c->request.connect.data = c;
    clnrm_agent_op_listen(stream, on_op_change, c);
    if (r->target.path) {
        uv_pipe_connect(&c->request.connect, &c->host.pipe, r->target.path, on_host_connected);
        return;
    }
    if (r->target.host) {
        look_up(c);
        return;
    }
    const struct sockaddr_in address = loopback(r->target.port);
    connect_to(c, (const struct sockaddr *)&address);
}

/* A connection came from the host. */
static void on_connection(uv_stream_t *server, int status)
{
    struct clnrm_relay *r = server->data;
    if (status < 0)
        return;
    struct connection *c = new_connection(r, false);
    c->is_connected = true;
    if (uv_accept(server, &c->host.stream) < 0 || r->count > CLNRM_RELAY_CONNECTIONS_MAX ||
        clnrm_agent_dial(r->agent, &r->at, on_op_change, c, &c->op) < 0)
        close_connection(c);
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct clnrm_relay *r = handle->data;
    r->handles--;
    free_when_over(r);
}

int clnrm_relay_open(struct clnrm_agent *agent, uv_loop_t *loop, const struct clnrm_address *at,
                     const struct clnrm_relay_target *target, clnrm_agent_cb *on_change, void *data,
                     struct clnrm_relay **out)
{
    struct clnrm_relay *r = clnrm_xcalloc(sizeof(*r));
    *r = (struct clnrm_relay){.loop = loop, .agent = agent, .at = *at, .target = *target};
    int status = clnrm_agent_relay(agent, at, on_change, data, &r->op);
    if (status < 0) {
        free(r);
        return status;
    }
    clnrm_agent_hold(agent);
    if (target->path)
        r->target.path = clnrm_xstrdup(target->path);
    if (target->host)
        r->target.host = clnrm_xstrdup(target->host);
    clnrm_agent_op_accept(r->op, on_accept, r);
    *out = r;
    return 0;
}

int clnrm_relay_publish(struct clnrm_agent *agent, uv_loop_t *loop, const struct clnrm_address *at,
                        uint16_t host_port, struct clnrm_relay **out)
{
    struct clnrm_relay *r = clnrm_xcalloc(sizeof(*r));
    struct sockaddr_in address = loopback(host_port);
    int len = sizeof(address);
    *r = (struct clnrm_relay){.loop = loop, .agent = agent, .at = *at};
    int status = uv_tcp_init(loop, &r->listener);
    if (status < 0) {
        free(r);
        return status;
    }
    clnrm_agent_hold(agent);
    r->listener.data = r;
    r->has_listener = true;
    r->handles = 1;
    uv_unref((uv_handle_t *)&r->listener); /* waiting for strangers keeps no program alive */
    status = uv_tcp_bind(&r->listener, (const struct sockaddr *)&address, 0);
    if (status == 0)
        status = uv_listen((uv_stream_t *)&r->listener, BACKLOG, on_connection);
    if (status == 0)
        status = uv_tcp_getsockname(&r->listener, (struct sockaddr *)&address, &len);
    if (status < 0) {
        clnrm_relay_close(r);
        return status;
    }
    r->host_port = ntohs(address.sin_port);
    *out = r;
    return 0;
}

int clnrm_relay_status(const struct clnrm_relay *r)
{
    if (!r->op)
        return 0;
    struct clnrm_agent_op_info info = clnrm_agent_op_info(r->op);
    return info.state == CLNRM_OP_ASKED ? 1 : info.status;
}

const struct clnrm_agent_op *clnrm_relay_op(const struct clnrm_relay *r)
{
    return r->op;
}

uint16_t clnrm_relay_port(const struct clnrm_relay *r)
{
    return r->host_port;
}

unsigned clnrm_relay_connections(const struct clnrm_relay *r, uint64_t *ever)
{
    *ever = r->ever;
    return r->count;
}

void clnrm_relay_close(struct clnrm_relay *r)
{
    if (r->op)
        clnrm_agent_op_release(r->op);
    r->op = NULL;
    while (r->connections)
        close_connection(r->connections);
    if (r->has_listener)
        uv_close((uv_handle_t *)&r->listener, on_listener_closed);
    r->is_closed = true;
    free_when_over(r);
}
