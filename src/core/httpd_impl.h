/* httpd_impl.h -- what httpd.c and httpd_request.c share.
 *
 * Layer: core. */
#ifndef CLNRM_HTTPD_IMPL_H
#define CLNRM_HTTPD_IMPL_H

#include "base/base.h"
#include "core/httpd.h"
#include "core/microhttpd.h"

struct clnrm_httpd_connection {
    struct clnrm_httpd_connection *next, **prev;
    int fd;
    struct clnrm_httpd_request *request; /* that is under way, or NULL */
    uint64_t due_ms;                     /* on uv_now()'s clock; 0: nothing is due */
};

struct clnrm_httpd {
    uv_loop_t *loop;
    const struct clnrm_microhttpd *mhd;
    struct MHD_Daemon *daemon;
    struct clnrm_httpd_options options;
    uv_poll_t poll;         /* of libmicrohttpd's epoll */
    uv_timer_t soon, sweep; /* soon: libmicrohttpd wants to run; sweep: what is overdue is cut */
    int handles;            /* that libuv still knows */
    int refs;               /* the owner's and the requests' */
    bool is_closed, has_news;
    struct clnrm_httpd_connection *connections;
    unsigned count;
    struct clnrm_httpd_request *first, **last; /* that nobody has taken */
    clnrm_httpd_cb *on_request;
    void *data;
};

enum clnrm_httpd_state { CLNRM_HTTPD_READING, CLNRM_HTTPD_ASKED, CLNRM_HTTPD_ANSWERED };

struct clnrm_httpd_request {
    struct clnrm_httpd *server;
    struct clnrm_httpd_request *next;      /* of those that nobody has taken */
    struct MHD_Connection *connection;     /* NULL once it is over */
    struct clnrm_httpd_connection *socket; /* the same */
    int refs; /* the owner's, libmicrohttpd's, and that of a streamed answer */
    enum clnrm_httpd_state state;
    bool is_suspended, is_stream, stream_ended;
    unsigned refused; /* a status: it is not handed out at all */
    char *method, *path;
    struct clnrm_httpd_field *fields;
    size_t count;
    struct clnrm_buf body, stream;
    struct MHD_Response *response; /* until it is queued */
    unsigned status;
    clnrm_httpd_cb *on_change;
    void *data;
};

/* httpd.c */

/* Lets libmicrohttpd run in the loop's next turn. */
void clnrm_httpd_soon(struct clnrm_httpd *h);

/* Gives one reference back. */
void clnrm_httpd_unref(struct clnrm_httpd *h);

/* httpd_request.c */

/* libmicrohttpd's callbacks. */
enum MHD_Result clnrm_httpd_on_request(void *cls, struct MHD_Connection *connection,
                                       const char *url, const char *method, const char *version,
                                       const char *upload, size_t *upload_size, void **of);
void clnrm_httpd_on_completed(void *cls, struct MHD_Connection *connection, void **of,
                              enum MHD_RequestTerminationCode code);

/* Gives one reference back. */
void clnrm_httpd_request_unref(struct clnrm_httpd_request *r);

#endif
