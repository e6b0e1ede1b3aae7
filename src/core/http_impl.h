/* http_impl.h -- what http.c, http_call.c, http_command.c, http_head.c and http_upgrade.c share.
 *
 * Layer: core. */
#ifndef CLNRM_HTTP_IMPL_H
#define CLNRM_HTTP_IMPL_H

#include "base/base.h"
#include "core/curl.h"
#include "core/http.h"

struct clnrm_http {
    uv_loop_t *loop;
    const struct clnrm_curl *curl;
    CURLM *multi;
    uv_timer_t timer;     /* libcurl's own */
    uv_timer_t deadlines; /* of the calls */
    int handles;          /* that libuv still knows */
    int refs;             /* the owner's and the calls' */
    bool is_telling;
    char *base, *socket, *ca, *cert, *key;
    char **command; /* NULL-terminated, or NULL; the rest is of http_command.c */
    int listener, socket_fd, command_errors; /* -1: none; errors: a file with its stderr */
    bool is_listening;
    uv_poll_t listening;
    struct clnrm_http_running *running;
    uint32_t connect_ms;
    struct clnrm_http_call *calls;
};

struct clnrm_http_call {
    struct clnrm_http *http;
    struct clnrm_http_call *next, **prev;
    CURL *easy;
    struct curl_slist *headers;
    char error[CURL_ERROR_SIZE];

    enum clnrm_http_state state;
    int status, refused; /* refused: why one of our callbacks made libcurl end it */
    char reason[2 * CURL_ERROR_SIZE];
    bool is_sent, upgrade, feeds_body, is_added;
    bool has_news; /* the owner does not know yet */
    int code;
    struct clnrm_buf head;         /* as clnrm_http_info.headers */
    size_t head_bytes;             /* of all heads of this call, informational ones too */
    struct clnrm_buf inbox, input; /* input: from input_at on, to be sent */
    size_t inbox_at, input_at;
    bool input_ended, receiving_paused, sending_paused;
    struct clnrm_buf body; /* of the request, when it is there from the start */

    uint64_t due_ms, active_ms; /* on uv_now()'s clock: the end; the last byte */
    uint32_t idle_ms;

    /* of an upgrade */
    uv_poll_t poll;
    bool has_poll, ended, is_shut, has_length;
    uint64_t body_left; /* of an answer that is no stream */

    clnrm_http_cb *on_change;
    void *data;
};

/* http.c */

/* Notes that the owner has to look again. */
void clnrm_http_news(struct clnrm_http_call *call);

/* Tells owners what is new; after libcurl has returned. */
void clnrm_http_tell(struct clnrm_http *h);

/* Tells the news of a call in the loop's next turn: for functions that its owner calls, which may
 * have received what another task of the owner waits for. */
void clnrm_http_tell_soon(struct clnrm_http_call *call);

/* Makes the timer of deadlines fire in time for `call`. */
void clnrm_http_arm(struct clnrm_http_call *call);

/* Gives one reference back. */
void clnrm_http_unref(struct clnrm_http *h);

/* A handle of `h` is closed. */
void clnrm_http_on_closed(uv_handle_t *handle);

/* http_call.c */

/* Ends a call: `status` 0, or why, with `reason` (NULL: the status's own text). */
void clnrm_http_finish(struct clnrm_http_call *call, int status, const char *reason);

/* Ends it as libcurl says. */
void clnrm_http_finish_curl(struct clnrm_http_call *call, CURLcode result);

/* http_command.c */

/* Makes the socket that leads to the command.  Returns 0, or a negative code; _close is due anyway. */
int clnrm_http_command_open(struct clnrm_http *h);
void clnrm_http_command_close(struct clnrm_http *h);

/* Returns the last line that the command wrote to stderr, in `to`, or "". */
const char *clnrm_http_command_said(const struct clnrm_http *h, char *to, size_t size);

/* http_head.c */

/* Takes the status line of an answer.  Returns the code, or CLNRM_EPROTO. */
int clnrm_http_status_line(struct clnrm_slice line);

/* Adds one header line as "name: value\n" to `head`.  Returns 0, CLNRM_ELIMIT or CLNRM_EPROTO. */
int clnrm_http_header_line(struct clnrm_buf *head, struct clnrm_slice line);

/* Takes a whole head from `bytes`: returns how many bytes it has, 0 when it is not whole yet, or a
 * negative code. */
long clnrm_http_head(struct clnrm_slice bytes, int *code, struct clnrm_buf *head);

/* Returns the value of the header `name` (small letters) in `head`; {NULL, 0} when it is not there. */
struct clnrm_slice clnrm_http_header(const struct clnrm_buf *head, const char *name);

/* http_upgrade.c */

/* Begins to speak over the connection that libcurl made. */
void clnrm_http_upgrade(struct clnrm_http_call *call);

/* Composes the head of the upgrade's request before it is needed.  Returns 0 or CLNRM_ELIMIT. */
int clnrm_http_upgrade_request(struct clnrm_http_call *call,
                               const struct clnrm_http_request *request);

/* Reads and writes as far as it goes. */
void clnrm_http_upgrade_pump(struct clnrm_http_call *call);

/* Stops to look at the connection. */
void clnrm_http_upgrade_stop(struct clnrm_http_call *call);

#endif
