/* relay.c -- see relay.h for the contract; relay_connection.c carries the bytes. */
#include "base/base.h"
#include "core/relay_impl.h"

enum { BACKLOG = 64 };

void clnrm_relay_free_when_over(struct clnrm_relay *r)
{
    if (!r->is_closed || r->handles > 0)
        return;
    clnrm_agent_unhold(r->agent);
    free((char *)(uintptr_t)r->target.path);
    free((char *)(uintptr_t)r->target.host);
    free(r);
}

/* A connection came from the room. */
static void on_accept(void *data, struct clnrm_agent_op *stream)
{
    struct clnrm_relay *r = data;
    if (r->count >= CLNRM_RELAY_CONNECTIONS_MAX) {
        clnrm_agent_op_release(stream);
        return;
    }
    struct clnrm_relay_connection *c = clnrm_relay_new_connection(r, r->target.path != NULL);
    c->op = stream;
    clnrm_agent_op_listen(stream, clnrm_relay_on_op_change, c);
    clnrm_relay_connect(c);
}

/* A connection came from the host. */
static void on_connection(uv_stream_t *server, int status)
{
    struct clnrm_relay *r = server->data;
    if (status < 0)
        return;
    struct clnrm_relay_connection *c = clnrm_relay_new_connection(r, false);
    c->is_connected = true;
    if (uv_accept(server, &c->host.stream) < 0 || r->count > CLNRM_RELAY_CONNECTIONS_MAX ||
        clnrm_agent_dial(r->agent, &r->at, clnrm_relay_on_op_change, c, &c->op) < 0)
        clnrm_relay_close_connection(c);
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct clnrm_relay *r = handle->data;
    r->handles--;
    clnrm_relay_free_when_over(r);
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
    struct sockaddr_in address = clnrm_relay_loopback(host_port);
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
        clnrm_relay_close_connection(r->connections);
    if (r->has_listener)
        uv_close((uv_handle_t *)&r->listener, on_listener_closed);
    r->is_closed = true;
    clnrm_relay_free_when_over(r);
}
