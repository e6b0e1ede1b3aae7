/* http_upgrade.c -- a connection that becomes a stream of bytes: libcurl connects, we speak.
 *
 * libcurl follows no `101 Switching Protocols` to a protocol that it does not know, so it only makes the
 * connection (TLS included) and sends and receives bytes over it. */
#include "core/http_impl.h"

#include <stdio.h>
#include <sys/socket.h>

enum { CHUNK = 64 * 1024, ANSWER_MAX = 1024 * 1024 /* bytes of an answer that is no stream */ };

static int add(struct clnrm_buf *to, const char *text)
{
    return clnrm_buf_add(to, text, strlen(text));
}

int clnrm_http_upgrade_request(struct clnrm_http_call *call,
                               const struct clnrm_http_request *request)
{
    const char *host = strstr(call->http->base, "://");
    char length[64];
    struct clnrm_buf *to = &call->input;
    snprintf(length, sizeof(length), "Content-Length: %zu\r\n", request->body.len);
    int status = add(to, request->method) | add(to, " ") | add(to, request->target) |
                 add(to, " HTTP/1.1\r\nHost: ") | add(to, host ? host + 3 : "localhost") |
                 add(to, "\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n") | add(to, length);
    for (const char *const *line = request->headers; line && *line; line++)
        status |= add(to, *line) | add(to, "\r\n");
    status |= add(to, "\r\n") | clnrm_buf_add(to, request->body.data, request->body.len);
    return status ? CLNRM_ELIMIT : 0;
}

static void fail(struct clnrm_http_call *call, int status, const char *reason)
{
    clnrm_http_finish(call, status, reason);
}

/* Writes what waits.  Returns false when the call is over. */
static bool send_input(struct clnrm_http_call *call)
{
    const struct clnrm_curl *c = call->http->curl;
    while (call->input_at < call->input.len) {
        size_t n = 0;
        CURLcode result = c->easy_send(call->easy, call->input.data + call->input_at,
                                       call->input.len - call->input_at, &n);
        if (result == CURLE_AGAIN)
            return true;
        if (result != CURLE_OK) {
            fail(call, UV_ECONNRESET, "the connection was closed while something was sent");
            return false;
        }
        call->input_at += n;
        call->is_sent = true;
        call->active_ms = uv_now(call->http->loop);
    }
    if (call->input.len > 0) {
        call->input.len = call->input_at = 0;
        clnrm_http_news(call);
    }
    if (call->input_ended && !call->is_shut && call->state == CLNRM_HTTP_STREAM) {
        curl_socket_t fd = CURL_SOCKET_BAD;
        c->easy_getinfo(call->easy, CURLINFO_ACTIVESOCKET, &fd);
        shutdown(fd, SHUT_WR);
        call->is_shut = true;
    }
    return true;
}

/* Reads the length of an answer that is an ordinary one, an error most likely. */
static int begin_answer(struct clnrm_http_call *call)
{
    struct clnrm_slice length = clnrm_http_header(&call->head, "content-length");
    char text[24], *end;
    if (clnrm_http_header(&call->head, "transfer-encoding").len > 0)
        return CLNRM_EPROTO;
    call->body_left = ANSWER_MAX;
    if (length.data) {
        snprintf(text, sizeof(text), "%.*s", (int)(length.len < 20 ? length.len : 20), length.data);
        call->body_left = strtoull(text, &end, 10);
        if (length.len == 0 || *end || call->body_left > ANSWER_MAX)
            return CLNRM_EPROTO;
        call->has_length = true;
    }
    call->state = CLNRM_HTTP_BODY;
    return 0;
}

/* Looks whether the answer's head is whole in the inbox. */
static void read_head(struct clnrm_http_call *call)
{
    long n;
    do { /* a 100 or 102 may come before the answer */
        const struct clnrm_slice bytes = {call->inbox.data + call->inbox_at,
                                          call->inbox.len - call->inbox_at};
        n = clnrm_http_head(bytes, &call->code, &call->head);
        call->inbox_at += n > 0 ? (size_t)n : 0;
        call->head_bytes += n > 0 ? (size_t)n : 0;
        if (call->head_bytes > CLNRM_HTTP_HEADERS_MAX)
            n = CLNRM_ELIMIT;
    } while (n > 0 && call->code < 200 && call->code != 101);
    if (n > 0 && (call->code == 101 || call->code == 200))
        call->state = CLNRM_HTTP_STREAM;
    else if (n > 0)
        n = begin_answer(call);
    if (n < 0)
        fail(call, (int)n,
             n == CLNRM_ELIMIT ? "the headers of the answer are too long"
                               : "the answer is not HTTP");
    if (n != 0)
        clnrm_http_news(call);
}

/* The end of an ordinary answer: what is more is no part of it. */
static void end_answer(struct clnrm_http_call *call)
{
    size_t unread = call->inbox.len - call->inbox_at;
    if (call->state != CLNRM_HTTP_BODY || unread < call->body_left)
        return;
    call->inbox.len = call->inbox_at + (size_t)call->body_left;
    fail(call, call->has_length ? 0 : CLNRM_ELIMIT, NULL);
}

static void on_end(struct clnrm_http_call *call)
{
    call->ended = true;
    clnrm_http_news(call);
    if (call->state == CLNRM_HTTP_ASKED)
        fail(call, UV_ECONNRESET, "the server closed the connection without an answer");
    else if (call->state == CLNRM_HTTP_BODY)
        fail(call, call->has_length ? UV_ECONNRESET : 0, NULL);
}

/* Reads what is there.  Returns false when the call is over. */
static bool receive(struct clnrm_http_call *call)
{
    while (!call->ended) {
        size_t n = 0;
        if (call->inbox.len - call->inbox_at >= CLNRM_HTTP_WINDOW) {
            call->receiving_paused = true;
            return true;
        }
        clnrm_buf_drop(&call->inbox, call->inbox_at);
        call->inbox_at = 0;
        clnrm_buf_reserve(&call->inbox, CHUNK);
        CURLcode result =
            call->http->curl->easy_recv(call->easy, call->inbox.data + call->inbox.len, CHUNK, &n);
        if (result == CURLE_AGAIN)
            return true;
        call->active_ms = uv_now(call->http->loop);
        if (result != CURLE_OK) {
            fail(call, UV_ECONNRESET, "the connection was broken off");
        } else if (n == 0) {
            on_end(call);
        } else {
            call->inbox.len += n;
            clnrm_http_news(call);
            if (call->state == CLNRM_HTTP_ASKED)
                read_head(call);
            end_answer(call);
        }
        if (call->state == CLNRM_HTTP_OVER)
            return false;
    }
    return true;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct clnrm_http_call *call = poll->data;
    struct clnrm_http *h = call->http;
    (void)events;
    clnrm_http_upgrade_pump(call); /* what came before a reset is read all the same */
    if (status < 0 && call->state != CLNRM_HTTP_OVER)
        fail(call, UV_ECONNRESET, "the connection was broken off");
    clnrm_http_tell(h);
}

void clnrm_http_upgrade_pump(struct clnrm_http_call *call)
{
    if (!call->has_poll || call->state == CLNRM_HTTP_OVER || !send_input(call) || !receive(call))
        return;
    int events = call->input_at < call->input.len ? UV_WRITABLE : 0;
    events |= call->ended || call->receiving_paused ? 0 : UV_READABLE;
    if (events)
        uv_poll_start(&call->poll, events, on_ready);
    else
        uv_poll_stop(&call->poll);
}

void clnrm_http_upgrade(struct clnrm_http_call *call)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    call->http->curl->easy_getinfo(call->easy, CURLINFO_ACTIVESOCKET, &fd);
    int status =
        fd == CURL_SOCKET_BAD ? UV_ECONNRESET : uv_poll_init(call->http->loop, &call->poll, fd);
    if (status < 0) {
        fail(call, status, NULL);
        return;
    }
    call->poll.data = call;
    call->has_poll = true;
    call->http->handles++;
    clnrm_http_upgrade_pump(call);
}

void clnrm_http_upgrade_stop(struct clnrm_http_call *call)
{
    if (call->has_poll)
        uv_poll_stop(&call->poll);
}
