/* relay_impl.h -- what relay.c and relay_connection.c share.
 *
 * Layer: core. */
#ifndef CLNRM_RELAY_IMPL_H
#define CLNRM_RELAY_IMPL_H

#include <netinet/in.h>

#include "core/relay.h"

enum { CLNRM_RELAY_CHUNK = 64 * 1024 };

struct clnrm_relay_lookup; /* of a host's name */

struct clnrm_relay_connection {
    struct clnrm_relay *relay;
    struct clnrm_relay_lookup *lookup;
    struct clnrm_relay_connection *next, **prev;
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
    char block[CLNRM_RELAY_CHUNK]; /* on its way to the host */
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
    struct clnrm_relay_connection *connections;
    unsigned count;
    int handles; /* that libuv still knows */
    uint64_t ever;
};

/* Frees a closed relay that libuv knows nothing of any more. */
void clnrm_relay_free_when_over(struct clnrm_relay *r);

/* 127.0.0.1:port. */
struct sockaddr_in clnrm_relay_loopback(uint16_t port);

/* Makes a connection of `r`, which owns it; is_pipe: its socket of the host is one of unix. */
struct clnrm_relay_connection *clnrm_relay_new_connection(struct clnrm_relay *r, bool is_pipe);

/* Connects the socket of a connection from the room to where its relay leads; closes it when that
 * fails, now or later. */
void clnrm_relay_connect(struct clnrm_relay_connection *c);

/* Follows the stream of the connection `data`: for clnrm_agent_op_listen and clnrm_agent_dial. */
void clnrm_relay_on_op_change(void *data);

/* Ends a connection, once; its memory goes when libuv lets go. */
void clnrm_relay_close_connection(struct clnrm_relay_connection *c);

#endif
