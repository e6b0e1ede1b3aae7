/* http_call.c -- one request and its answer by libcurl. */
#include "core/http_impl.h"

#include <errno.h>
#include <stdio.h>

enum { BLOCK = 64 * 1024 }; /* most bytes that libcurl gives at once */

static void note_sent(struct clnrm_http_call *call)
{
    long bytes = 0;
    call->http->curl->easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &bytes);
    call->is_sent = call->is_sent || bytes > 0;
}

void clnrm_http_finish(struct clnrm_http_call *call, int status, const char *reason)
{
    char said[CURL_ERROR_SIZE];
    if (call->state == CLNRM_HTTP_OVER)
        return;
    call->state = CLNRM_HTTP_OVER;
    call->status = status;
    if (status < 0) {
        const char *text = reason ? reason : clnrm_status_text(status);
        text = text ? text : strerror(-status);
        const char *more = clnrm_http_command_said(call->http, said, sizeof(said));
        snprintf(call->reason, sizeof(call->reason), "%s%s%s", text, *more ? ": " : "", more);
    }
    clnrm_http_upgrade_stop(call);
    note_sent(call);
    if (call->is_added)
        call->http->curl->multi_remove_handle(call->http->multi, call->easy);
    call->is_added = false;
    clnrm_http_news(call);
}

/* What a failure to connect, to send or to receive was to the kernel. */
static int os_error(struct clnrm_http_call *call, int fallback)
{
    long number = 0;
    call->http->curl->easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &number);
    return number > 0 && number != EINPROGRESS && number != EAGAIN ? -(int)number : fallback;
}

static int status_of(struct clnrm_http_call *call, CURLcode result)
{
    switch (result) {
    case CURLE_OK:
        return 0;
    case CURLE_COULDNT_RESOLVE_HOST:
        return UV_EAI_NONAME;
    case CURLE_COULDNT_CONNECT:
        return os_error(call, UV_ECONNREFUSED);
    case CURLE_OPERATION_TIMEDOUT:
        return UV_ETIMEDOUT;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
        return UV_ECONNRESET;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return os_error(call, CLNRM_EPROTO);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CIPHER:
        return CLNRM_ETLS;
    case CURLE_OUT_OF_MEMORY:
        return UV_ENOMEM;
    default:
        return CLNRM_EPROTO;
    }
}

/* "Failed to connect to localhost port 80" helps nobody whose server is a unix socket. */
static void say_place(struct clnrm_http_call *call, int status)
{
    const struct clnrm_http *h = call->http;
    const char *place = h->command ? h->command[0] : h->socket ? h->socket : h->base;
    snprintf(call->error, sizeof(call->error), "cannot connect to %.160s: %s", place,
             strerror(-status));
}

void clnrm_http_finish_curl(struct clnrm_http_call *call, CURLcode result)
{
    if (call->state == CLNRM_HTTP_OVER)
        return; /* ended by us, with a reason of its own */
    int status = status_of(call, result);
    const char *why = *call->error ? call->error : call->http->curl->easy_strerror(result);
    if (call->refused) {
        status = call->refused;
        why = status == CLNRM_ELIMIT ? "the headers of the answer are too long"
                                     : "the answer is not HTTP";
    } else if (result == CURLE_OK && call->state != CLNRM_HTTP_BODY) { /* libcurl lets that pass */
        status = UV_ECONNRESET;
        why = "the connection was closed within the headers of the answer";
    } else if (result == CURLE_COULDNT_CONNECT) {
        say_place(call, status);
    }
    clnrm_http_finish(call, status, why);
}

/* What libcurl calls */

static void is_active(struct clnrm_http_call *call)
{
    call->is_sent = true;
    call->active_ms = uv_now(call->http->loop);
}

static size_t on_header(char *data, size_t unit, size_t len, void *user)
{
    struct clnrm_http_call *call = user;
    struct clnrm_slice line = {data, len * unit};
    int status = 0;
    is_active(call);
    call->head_bytes += line.len;
    if (call->head_bytes > CLNRM_HTTP_HEADERS_MAX)
        status = CLNRM_ELIMIT;
    else if (call->state == CLNRM_HTTP_BODY)
        return line.len; /* a trailer */
    else if (line.len > 5 && memcmp(data, "HTTP/", 5) == 0) {
        call->head.len = 0;
        status = call->code = clnrm_http_status_line(line);
    } else if (line.len <= 2) {
        if (call->code >= 200)
            call->state = CLNRM_HTTP_BODY;
        clnrm_http_news(call);
    } else {
        status = clnrm_http_header_line(&call->head, line);
    }
    call->refused = status < 0 ? status : 0;
    return status < 0 ? 0 : line.len;
}

static size_t on_body(char *data, size_t unit, size_t len, void *user)
{
    struct clnrm_http_call *call = user;
    is_active(call);
    if (call->inbox.len - call->inbox_at >= CLNRM_HTTP_WINDOW) {
        call->receiving_paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    clnrm_buf_drop(&call->inbox, call->inbox_at);
    call->inbox_at = 0;
    clnrm_http_news(call);
    return clnrm_buf_add(&call->inbox, data, len * unit) < 0 ? 0 : len * unit;
}

static size_t on_input(char *to, size_t unit, size_t len, void *user)
{
    struct clnrm_http_call *call = user;
    size_t left = call->input.len - call->input_at, n = len * unit < left ? len * unit : left;
    if (n == 0 && !call->input_ended) {
        call->sending_paused = true;
        return CURL_READFUNC_PAUSE;
    }
    if (n > 0)
        memcpy(to, call->input.data + call->input_at, n);
    call->input_at += n;
    if (call->input_at == call->input.len) {
        call->input.len = call->input_at = 0;
        clnrm_http_news(call);
    }
    is_active(call);
    return n;
}

/* Asking */

static void set_server(struct clnrm_http *h, CURL *easy)
{
    const struct clnrm_curl *c = h->curl;
    c->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    c->easy_setopt(easy, CURLOPT_PROXY, "");
    c->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    c->easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    c->easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    c->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)h->connect_ms);
    c->easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)BLOCK);
    if (h->socket)
        c->easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, h->socket);
    if (h->ca)
        c->easy_setopt(easy, CURLOPT_CAINFO, h->ca);
    if (h->cert)
        c->easy_setopt(easy, CURLOPT_SSLCERT, h->cert);
    if (h->key)
        c->easy_setopt(easy, CURLOPT_SSLKEY, h->key);
}

static void set_method(struct clnrm_http_call *call, const struct clnrm_http_request *request)
{
    const struct clnrm_curl *c = call->http->curl;
    bool reads = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    if (request->feeds_body) {
        c->easy_setopt(call->easy, CURLOPT_UPLOAD, 1L);
        c->easy_setopt(call->easy, CURLOPT_READFUNCTION, on_input);
        c->easy_setopt(call->easy, CURLOPT_READDATA, call);
    } else if (request->has_body || !reads) {
        clnrm_buf_add(&call->body, request->body.data, request->body.len);
        c->easy_setopt(call->easy, CURLOPT_POSTFIELDS, call->body.len ? call->body.data : "");
        c->easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
    } else if (strcmp(request->method, "HEAD") == 0) {
        c->easy_setopt(call->easy, CURLOPT_NOBODY, 1L);
    }
    c->easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST, request->method);
    if (!reads) /* on a kept connection libcurl might send it twice */
        c->easy_setopt(call->easy, CURLOPT_FRESH_CONNECT, 1L);
}

static void add_header(struct clnrm_http_call *call, const char *line)
{
    call->headers = call->http->curl->slist_append(call->headers, line);
}

static void set_headers(struct clnrm_http_call *call, const struct clnrm_http_request *request)
{
    add_header(call, "Expect:");
    add_header(call, "Content-Type:"); /* a line of the caller's comes later and counts */
    for (const char *const *line = request->headers; line && *line; line++)
        add_header(call, *line);
    call->http->curl->easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
}

static int set_request(struct clnrm_http_call *call, const struct clnrm_http_request *request)
{
    const struct clnrm_curl *c = call->http->curl;
    size_t size = strlen(call->http->base) + strlen(request->target) + 1;
    char *url = clnrm_xmalloc(size);
    snprintf(url, size, "%s%s", call->http->base, request->target);
    c->easy_setopt(call->easy, CURLOPT_URL, url); /* copied */
    free(url);
    c->easy_setopt(call->easy, CURLOPT_PATH_AS_IS, 1L);
    c->easy_setopt(call->easy, CURLOPT_PRIVATE, call);
    c->easy_setopt(call->easy, CURLOPT_ERRORBUFFER, call->error);
    c->easy_setopt(call->easy, CURLOPT_HEADERFUNCTION, on_header);
    c->easy_setopt(call->easy, CURLOPT_HEADERDATA, call);
    c->easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, on_body);
    c->easy_setopt(call->easy, CURLOPT_WRITEDATA, call);
    set_server(call->http, call->easy);
    if (request->upgrade) {
        c->easy_setopt(call->easy, CURLOPT_CONNECT_ONLY, 1L);
        return clnrm_http_upgrade_request(call, request);
    }
    set_method(call, request);
    set_headers(call, request);
    return 0;
}

static void free_call(struct clnrm_http_call *call)
{
    call->http->curl->easy_cleanup(call->easy);
    call->http->curl->slist_free_all(call->headers);
    clnrm_buf_free(&call->head);
    clnrm_buf_free(&call->inbox);
    clnrm_buf_free(&call->input);
    clnrm_buf_free(&call->body);
}

int clnrm_http_ask(struct clnrm_http *h, const struct clnrm_http_request *request,
                   clnrm_http_cb *on_change, void *data, struct clnrm_http_call **out)
{
    struct clnrm_http_call *call = clnrm_xcalloc(sizeof(*call));
    uv_update_time(h->loop);
    uint64_t now = uv_now(h->loop);
    *call = (struct clnrm_http_call){
        .http = h,
        .easy = h->curl->easy_init(),
        .upgrade = request->upgrade,
        .feeds_body = request->feeds_body,
        .head.max = CLNRM_HTTP_HEADERS_MAX,
        .inbox.max = 2 * CLNRM_HTTP_WINDOW,
        .input.max = CLNRM_HTTP_INPUT_MAX + CLNRM_HTTP_HEADERS_MAX,
        .body.max = CLNRM_HTTP_INPUT_MAX,
        .due_ms = request->total_ms ? now + request->total_ms : 0,
        .idle_ms = request->idle_ms,
        .active_ms = now,
        .on_change = on_change,
        .data = data,
    };
    int status = !call->easy                                ? UV_ENOMEM
                 : request->body.len > CLNRM_HTTP_INPUT_MAX ? CLNRM_ELIMIT
                                                            : set_request(call, request);
    if (status == 0 && h->curl->multi_add_handle(h->multi, call->easy) != CURLM_OK)
        status = UV_ENOMEM;
    if (status < 0) {
        free_call(call);
        free(call);
        return status;
    }
    call->is_added = true;
    call->next = h->calls;
    call->prev = &h->calls;
    if (call->next)
        call->next->prev = &call->next;
    h->calls = call;
    h->refs++;
    clnrm_http_arm(call);
    *out = call;
    return 0;
}

/* Lets libcurl go on with what was paused. */
static void go_on(struct clnrm_http_call *call)
{
    call->http->curl->easy_pause(call->easy, CURLPAUSE_CONT);
}

size_t clnrm_http_take(struct clnrm_http_call *call, char *to, size_t len)
{
    size_t left = call->inbox.len - call->inbox_at, n = len < left ? len : left;
    if (n > 0)
        memcpy(to, call->inbox.data + call->inbox_at, n);
    call->inbox_at += n;
    if (call->inbox_at == call->inbox.len)
        call->inbox.len = call->inbox_at = 0;
    if (!call->receiving_paused || call->inbox.len - call->inbox_at > CLNRM_HTTP_WINDOW / 2 ||
        call->state == CLNRM_HTTP_OVER)
        return n;
    call->receiving_paused = false;
    if (call->upgrade)
        clnrm_http_upgrade_pump(call);
    else
        go_on(call);
    clnrm_http_tell_soon(call);
    return n;
}

/* Sends what is new. */
static void send_on(struct clnrm_http_call *call)
{
    if (call->upgrade)
        clnrm_http_upgrade_pump(call);
    else if (call->sending_paused) {
        call->sending_paused = false;
        go_on(call);
    }
    clnrm_http_tell_soon(call);
}

int clnrm_http_write(struct clnrm_http_call *call, struct clnrm_slice bytes)
{
    bool may = call->feeds_body || call->state == CLNRM_HTTP_STREAM;
    if (call->state == CLNRM_HTTP_OVER || call->input_ended || !may)
        return UV_EPIPE;
    if (call->input.len - call->input_at + bytes.len > CLNRM_HTTP_INPUT_MAX)
        return CLNRM_ELIMIT;
    clnrm_buf_drop(&call->input, call->input_at);
    call->input_at = 0;
    clnrm_buf_add(&call->input, bytes.data, bytes.len);
    send_on(call);
    return 0;
}

int clnrm_http_end(struct clnrm_http_call *call)
{
    if (call->upgrade && strncmp(call->http->base, "https:", 6) == 0)
        return UV_ENOTSUP;
    if (call->input_ended || call->state == CLNRM_HTTP_OVER)
        return 0;
    call->input_ended = true;
    send_on(call);
    return 0;
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct clnrm_http_call *call = handle->data;
    uv_handle_t of = {.data = call->http};
    free(call);
    clnrm_http_on_closed(&of);
}

void clnrm_http_release(struct clnrm_http_call *call)
{
    struct clnrm_http *h = call->http;
    clnrm_http_finish(call, CLNRM_ECLOSED, NULL);
    *call->prev = call->next;
    if (call->next)
        call->next->prev = call->prev;
    free_call(call);
    if (call->has_poll) /* libuv still holds its memory */
        uv_close((uv_handle_t *)&call->poll, on_poll_closed);
    else
        free(call);
    clnrm_http_unref(h);
}
