/* httpd.h -- an HTTP/1.1 server for pages of this machine: on 127.0.0.1, and on the loop.
 *
 * Made for the page of the developer loop, by libmicrohttpd (core/microhttpd.h), which parses.
 * Mechanism only: who may ask, and what is answered, is decided in lua/engine/dev/ui.  A request is
 * handed out when all of it is there; its answer is one body, or a stream that is written to.
 *
 * Everything a client can do has a bound: connections at once, bytes of a head and of a body, the
 * time until a request is there and until an answer is taken, bytes of a stream that wait.  The
 * server's handles keep no loop alive.
 *
 * Ownership: clnrm_httpd_open() hands out a server that the caller gives back to
 * clnrm_httpd_close(), clnrm_httpd_next() a request that goes to clnrm_httpd_release(), each
 * exactly once, in any order. Threads: loop thread only.  Layer: core. */
#ifndef CLNRM_HTTPD_H
#define CLNRM_HTTPD_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/slice.h"

#define CLNRM_HTTPD_CONNECTIONS_MAX 64u   /* at once; more wait in the kernel's backlog */
#define CLNRM_HTTPD_HEAD_MAX (16u << 10)  /* bytes of memory for a request's head */
#define CLNRM_HTTPD_BODY_MAX (64u << 10)  /* bytes of a request's body: else 413 */
#define CLNRM_HTTPD_FIELDS_MAX 100u       /* headers and values of the query: else 431 */
#define CLNRM_HTTPD_STREAM_MAX (1u << 20) /* bytes of a stream that wait to be sent */
#define CLNRM_HTTPD_REQUEST_MS 10000u     /* for a connection to send a whole request */
#define CLNRM_HTTPD_SEND_MS 20000u /* for an answer, or what waits of a stream, to be taken */

struct clnrm_httpd;         /* opaque */
struct clnrm_httpd_request; /* opaque */

/* Says that there is a request, or that a request has changed.  Runs in a libuv callback. */
typedef void clnrm_httpd_cb(void *data);

struct clnrm_httpd_options {
    uint16_t port;       /* 0: any that is free */
    uint32_t request_ms; /* for a connection to send a head, and then a body; 0: the default */
    uint32_t send_ms;    /* for an answer, or what waits of a stream, to be taken; 0: the default */
};

/* A header, or a value of the query with its escapes resolved.  Both texts end with a NUL; a value
 * may hold others. */
struct clnrm_httpd_field {
    bool is_query;
    char *name;
    struct clnrm_slice value;
};

/* A request as it came; valid until it is released. */
struct clnrm_httpd_head {
    const char *method, *path; /* the path with its escapes resolved */
    const struct clnrm_httpd_field *fields;
    size_t count;
    struct clnrm_slice body;
};

/* Listens on 127.0.0.1.  Returns 0; CLNRM_EPLUGIN: libmicrohttpd cannot be
 * loaded (clnrm_plugin_error() says why); or -errno: -EADDRINUSE, -EACCES. */
int clnrm_httpd_open(uv_loop_t *loop, const struct clnrm_httpd_options *options,
                     clnrm_httpd_cb *on_request, void *data, struct clnrm_httpd **out);

uint16_t clnrm_httpd_port(const struct clnrm_httpd *h);

/* Returns how many connections there are now. */
unsigned clnrm_httpd_connections(const struct clnrm_httpd *h);

/* Takes the next request, or returns NULL.  `on_change` then runs when some of its stream was
 * taken, and when the client is gone. */
struct clnrm_httpd_request *clnrm_httpd_next(struct clnrm_httpd *h, clnrm_httpd_cb *on_change,
                                             void *data);

/* Consumes `h`: every connection is cut.  Requests that are not released yet are gone. */
void clnrm_httpd_close(struct clnrm_httpd *h);

struct clnrm_httpd_head clnrm_httpd_request_head(const struct clnrm_httpd_request *r);

/* Answers with `status` and a body.  `headers` are pairs of name and value, ended by NULL.
 * Returns 0; CLNRM_ECLOSED: the client is gone; -EALREADY: it is answered; -EINVAL: a header that
 * HTTP cannot have. */
int clnrm_httpd_answer(struct clnrm_httpd_request *r, unsigned status, const char *const *headers,
                       struct clnrm_slice body);

/* Begins an answer whose body is written bit by bit; codes as above. */
int clnrm_httpd_stream(struct clnrm_httpd_request *r, unsigned status, const char *const *headers);

/* Adds to the stream.  Returns 0; CLNRM_ECLOSED; CLNRM_ELIMIT: too much waits already, and nothing
 * was added; -EINVAL: it is no stream. */
int clnrm_httpd_write(struct clnrm_httpd_request *r, struct clnrm_slice bytes);

/* Returns how many bytes of the stream wait to be sent. */
size_t clnrm_httpd_unsent(const struct clnrm_httpd_request *r);

/* Whether the client is gone, or the answer has been sent. */
bool clnrm_httpd_is_over(const struct clnrm_httpd_request *r);

/* Consumes `r`: a stream ends after what was written, one without an answer gets 500. */
void clnrm_httpd_release(struct clnrm_httpd_request *r);

#endif
