/* http.h -- HTTP/1.1 requests to one server, on the loop: over a unix socket, TCP, TLS, or the stdin and
 * stdout of a command.
 *
 * Made for the Docker Engine's API, by libcurl (core/curl.h).  Connections are kept and used again.  A
 * proxy is never used, a redirect never followed, and a server that presents no valid certificate never
 * spoken to.  What changes something (POST, PUT, DELETE) is sent once, over a connection of its own; GET
 * and HEAD are sent again when a kept connection turns out to be closed.
 *
 * Ownership: open and request hand out an object that the caller gives back with the matching close or
 * release exactly once; a call keeps its client.  Callbacks say "look again": they run inside libuv
 * callbacks, may call anything here, and do not run after the release.
 * Threads: loop thread only.  Layer: core -- must not include lua.h. */
#ifndef CLNRM_HTTP_H
#define CLNRM_HTTP_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/slice.h"

#define CLNRM_HTTP_HEADERS_MAX (64u * 1024) /* bytes of an answer's headers, trailers included */
#define CLNRM_HTTP_WINDOW (1024u * 1024)    /* bytes of a body that wait for their reader */
#define CLNRM_HTTP_INPUT_MAX (64u * 1024 * 1024) /* bytes given to write() that are not sent yet */

struct clnrm_http_server {
    const char *base;   /* "http://localhost", "https://host:2376": no slash at its end */
    const char *socket; /* path of a unix socket; NULL: none */
    const char *const
        *command; /* speaks HTTP on its stdin and stdout, one for each connection; NULL */
    const char *ca, *cert, *key; /* PEM files; NULL: the system's, no certificate of ours */
    uint32_t connect_ms;         /* for a connection to be there, TLS included */
};

struct clnrm_http_request {
    const char *method, *target; /* "POST", "/v1.41/containers/create?name=x" */
    const char *const *headers;  /* "Name: value", NULL-terminated; NULL: none */
    struct clnrm_slice body;     /* copied */
    bool has_body;
    bool feeds_body; /* the body comes by write() and end(), chunked; not for an upgrade */
    bool upgrade; /* the connection becomes a stream of bytes both ways after the answer's head */
    uint32_t total_ms, idle_ms; /* until the call is over; without a byte either way; 0: for ever */
};

enum clnrm_http_state {
    CLNRM_HTTP_ASKED,  /* no answer yet */
    CLNRM_HTTP_STREAM, /* of an upgrade: bytes may be written and taken */
    CLNRM_HTTP_BODY,   /* the head is here, the body comes */
    CLNRM_HTTP_OVER,   /* whole (status 0), or failed */
};

struct clnrm_http_info {
    enum clnrm_http_state state;
    /* 0, or why it failed: -ETIMEDOUT, -ECONNRESET (closed before the answer was whole), -ENOENT,
     * -EACCES, -ECONNREFUSED and the like of connecting, CLNRM_EPROTO (no HTTP, or cut), CLNRM_ETLS,
     * CLNRM_ELIMIT (headers) */
    int status;
    const char *reason;         /* a sentence, when status is not 0; valid until the release */
    bool is_sent;               /* some of the request left: the server may have carried it out */
    int code;                   /* of the answer's status line; 0: none yet */
    struct clnrm_slice headers; /* its lines, each "name: value\n" with the name in small letters */
    size_t unread;              /* bytes that take() would give */
    uint64_t input_left;        /* bytes given to write() that are not sent yet */
    bool ended;                 /* of a stream: the server sends no more */
};

struct clnrm_http;      /* opaque: a client of one server */
struct clnrm_http_call; /* opaque: one request */

typedef void clnrm_http_cb(void *data);

/* Makes a client; nothing is sent.  Returns 0, or CLNRM_EPLUGIN. */
int clnrm_http_open(uv_loop_t *loop, const struct clnrm_http_server *server,
                    struct clnrm_http **out);

/* Consumes the client; calls that are under way go on. */
void clnrm_http_close(struct clnrm_http *h);

/* Starts a request.  Returns 0, or a negative code: then there is no call. */
int clnrm_http_ask(struct clnrm_http *h, const struct clnrm_http_request *request,
                   clnrm_http_cb *on_change, void *data, struct clnrm_http_call **out);

/* Gives a call another owner: from now on news go to `on_change`. */
void clnrm_http_listen(struct clnrm_http_call *call, clnrm_http_cb *on_change, void *data);

/* Returns what is known now; texts are valid until the next call with `call`. */
struct clnrm_http_info clnrm_http_info(const struct clnrm_http_call *call);

/* Takes at most `len` bytes of the body or stream; returns how many. */
size_t clnrm_http_take(struct clnrm_http_call *call, char *to, size_t len);

/* Gives bytes of the request's body, or of a stream.  Returns 0, CLNRM_ELIMIT when too much waits,
 * -EPIPE when nothing more is taken.  The callback runs when all are sent. */
int clnrm_http_write(struct clnrm_http_call *call, struct clnrm_slice bytes);

/* Says that no more will be written: the body is whole; a stream's own half is shut.  Returns 0, or
 * -ENOTSUP for a stream over TLS, whose half libcurl cannot shut. */
int clnrm_http_end(struct clnrm_http_call *call);

/* Consumes the call; what is not over is broken off. */
void clnrm_http_release(struct clnrm_http_call *call);

#endif
