/* httpd_request.c -- one request, from its first line to the last byte of its answer.
 *
 * libmicrohttpd calls on_request once for the head, once for each part of the body and once at its
 * end.  There the connection is suspended until the owner has answered, and then on_request is
 * called once more.  A stream suspends its connection whenever nothing waits to be sent. */
#include "core/httpd_impl.h"

#include <errno.h>
#include <strings.h>

enum { BLOCK = 16 << 10, WRONG = 400, TOO_LARGE = 413, TOO_MANY = 431, NO_ANSWER = 500 };

void clnrm_httpd_request_unref(struct clnrm_httpd_request *r)
{
    struct clnrm_httpd *h = r->server;
    if (--r->refs > 0)
        return;
    if (r->response)
        h->mhd->destroy_response(r->response);
    for (size_t i = 0; i < r->count; i++) {
        free(r->fields[i].name);
        free((char *)(uintptr_t)r->fields[i].value.data);
    }
    free(r->fields);
    free(r->method);
    free(r->path);
    clnrm_buf_free(&r->body);
    clnrm_buf_free(&r->stream);
    free(r);
    clnrm_httpd_unref(h);
}

static void set_due(struct clnrm_httpd_request *r, uint64_t ms)
{
    if (r->socket)
        r->socket->due_ms = ms ? uv_now(r->server->loop) + ms : 0;
}

/* Tells the owner, when there is one. */
static void tell(struct clnrm_httpd_request *r)
{
    if (r->on_change)
        r->on_change(r->data);
}

/* Whether a header says once more, or otherwise, what a request must say once: for whom it is, and
 * where it ends.  libmicrohttpd takes one of them. */
static bool is_second(const struct clnrm_httpd_request *r, const char *name)
{
    bool is_host = strcasecmp(name, "host") == 0;
    bool is_length =
        strcasecmp(name, "content-length") == 0 || strcasecmp(name, "transfer-encoding") == 0;
    for (size_t i = 0; (is_host || is_length) && i < r->count; i++) {
        const char *other = r->fields[i].name;
        if (is_host ? strcasecmp(other, "host") == 0
                    : strcasecmp(other, "content-length") == 0 ||
                          strcasecmp(other, "transfer-encoding") == 0)
            return true;
    }
    return false;
}

static enum MHD_Result add_field(void *cls, enum MHD_ValueKind kind, const char *name,
                                 size_t name_len, const char *value, size_t value_len)
{
    struct clnrm_httpd_request *r = cls;
    if (r->count == CLNRM_HTTPD_FIELDS_MAX) {
        r->refused = TOO_MANY;
        return MHD_NO;
    }
    if (kind == MHD_HEADER_KIND && is_second(r, name))
        r->refused = WRONG;
    r->fields = clnrm_xrealloc(r->fields, (r->count + 1) * sizeof(*r->fields));
    r->fields[r->count++] = (struct clnrm_httpd_field){
        .is_query = kind == MHD_GET_ARGUMENT_KIND,
        .name = clnrm_xmemdup(name, name_len),
        .value = {clnrm_xmemdup(value ? value : "", value_len), value_len},
    };
    return MHD_YES;
}

static struct clnrm_httpd_request *begin(struct clnrm_httpd *h, struct MHD_Connection *connection,
                                         const char *url, const char *method)
{
    const union MHD_ConnectionInfo *info =
        h->mhd->get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct clnrm_httpd_request *r = clnrm_xcalloc(sizeof(*r));
    *r = (struct clnrm_httpd_request){
        .server = h,
        .connection = connection,
        .socket = info->socket_context,
        .refs = 2,
        .method = clnrm_xstrdup(method),
        .path = clnrm_xstrdup(url),
        .body = {.max = CLNRM_HTTPD_BODY_MAX},
        .stream = {.max = CLNRM_HTTPD_STREAM_MAX},
    };
    h->refs++;
    r->socket->request = r;
    set_due(r, r->server->options.request_ms);
    h->mhd->get_connection_values_n(connection, MHD_HEADER_KIND, add_field, r);
    h->mhd->get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, add_field, r);
    return r;
}

static void suspend(struct clnrm_httpd_request *r)
{
    r->is_suspended = true;
    r->server->mhd->suspend_connection(r->connection);
}

static void resume(struct clnrm_httpd_request *r)
{
    if (!r->is_suspended || !r->connection)
        return;
    r->is_suspended = false;
    r->server->mhd->resume_connection(r->connection);
    clnrm_httpd_soon(r->server);
}

/* All of a request is there: hands it out, and waits for its answer. */
static enum MHD_Result ask(struct clnrm_httpd *h, struct clnrm_httpd_request *r)
{
    r->state = CLNRM_HTTPD_ASKED;
    set_due(r, 0);
    suspend(r);
    *h->last = r;
    h->last = &r->next;
    h->has_news = true;
    return MHD_YES;
}

/* Answers what is not handed out. */
static enum MHD_Result refuse(struct clnrm_httpd_request *r)
{
    const struct clnrm_microhttpd *mhd = r->server->mhd;
    static char none[1];
    struct MHD_Response *response =
        mhd->create_response_from_buffer(0, none, MHD_RESPMEM_PERSISTENT);
    mhd->add_response_header(response, "Connection", "close");
    enum MHD_Result ok = mhd->queue_response(r->connection, r->refused, response);
    mhd->destroy_response(response);
    if (r->state == CLNRM_HTTPD_READING)
        clnrm_httpd_request_unref(r); /* nobody will take it */
    r->state = CLNRM_HTTPD_ANSWERED;
    set_due(r, r->server->options.send_ms);
    return ok;
}

enum MHD_Result clnrm_httpd_on_request(void *cls, struct MHD_Connection *connection,
                                       const char *url, const char *method, const char *version,
                                       const char *upload, size_t *upload_size, void **of)
{
    struct clnrm_httpd *h = cls;
    struct clnrm_httpd_request *r = *of;
    (void)version;
    if (h->is_closed)
        return MHD_NO;
    if (!r) {
        *of = begin(h, connection, url, method);
        return MHD_YES;
    }
    if (*upload_size > 0) {
        if (!r->refused && clnrm_buf_add(&r->body, upload, *upload_size) < 0)
            r->refused = TOO_LARGE;
        *upload_size = 0;
        return MHD_YES;
    }
    if (r->refused)
        return refuse(r);
    if (r->state == CLNRM_HTTPD_READING)
        return ask(h, r);
    if (!r->response) /* its owner is gone without a word, or it is queued already */
        return MHD_NO;
    enum MHD_Result ok = h->mhd->queue_response(connection, r->status, r->response);
    h->mhd->destroy_response(r->response); /* libmicrohttpd counts for itself */
    r->response = NULL;
    return ok;
}

void clnrm_httpd_on_completed(void *cls, struct MHD_Connection *connection, void **of,
                              enum MHD_RequestTerminationCode code)
{
    struct clnrm_httpd_request *r = *of;
    (void)cls, (void)connection, (void)code;
    if (!r)
        return;
    *of = NULL;
    r->connection = NULL;
    r->is_suspended = false;
    set_due(r, r->server->options.request_ms); /* for the next one */
    r->socket->request = NULL;
    r->socket = NULL;
    struct MHD_Response *unsent = r->response; /* it may hold a reference of its own */
    r->response = NULL;
    if (unsent)
        r->server->mhd->destroy_response(unsent);
    tell(r);
    if (r->state == CLNRM_HTTPD_READING)
        clnrm_httpd_request_unref(r); /* the reference of the owner that it never had */
    clnrm_httpd_request_unref(r);
}

struct clnrm_httpd_head clnrm_httpd_request_head(const struct clnrm_httpd_request *r)
{
    return (struct clnrm_httpd_head){
        .method = r->method,
        .path = r->path,
        .fields = r->fields,
        .count = r->count,
        .body = {r->body.data, r->body.len},
    };
}

static int may_answer(const struct clnrm_httpd_request *r)
{
    if (!r->connection || r->server->is_closed)
        return CLNRM_ECLOSED;
    return r->state == CLNRM_HTTPD_ASKED ? 0 : -EALREADY;
}

/* Takes `response` as the answer, and lets it be sent. */
static int answer(struct clnrm_httpd_request *r, unsigned status, const char *const *headers,
                  struct MHD_Response *response)
{
    const struct clnrm_microhttpd *mhd = r->server->mhd;
    if (!response)
        return -ENOMEM;
    for (; headers && headers[0]; headers += 2) {
        if (mhd->add_response_header(response, headers[0], headers[1]) == MHD_NO) {
            mhd->destroy_response(response);
            return -EINVAL;
        }
    }
    r->response = response;
    r->status = status;
    r->state = CLNRM_HTTPD_ANSWERED;
    set_due(r, r->server->options.send_ms);
    resume(r);
    return 0;
}

int clnrm_httpd_answer(struct clnrm_httpd_request *r, unsigned status, const char *const *headers,
                       struct clnrm_slice body)
{
    int code = may_answer(r);
    if (code < 0)
        return code;
    /* a copy: the caller's bytes need not stay, and libmicrohttpd does not change them */
    return answer(r, status, headers,
                  r->server->mhd->create_response_from_buffer(
                      body.len, (char *)(uintptr_t)body.data, MHD_RESPMEM_MUST_COPY));
}

/* Gives libmicrohttpd what waits of a stream. */
static ssize_t on_read(void *cls, uint64_t position, char *to, size_t max)
{
    struct clnrm_httpd_request *r = cls;
    (void)position;
    if (r->stream.len > 0) {
        size_t n = r->stream.len < max ? r->stream.len : max;
        memcpy(to, r->stream.data, n);
        clnrm_buf_drop(&r->stream, n);
        set_due(r, r->server->options.send_ms); /* what came before is on its way */
        tell(r);
        return (ssize_t)n;
    }
    if (r->stream_ended || r->server->is_closed)
        return MHD_CONTENT_READER_END_OF_STREAM;
    set_due(r, 0);
    suspend(r);
    return 0;
}

static void on_free(void *cls)
{
    clnrm_httpd_request_unref(cls);
}

int clnrm_httpd_stream(struct clnrm_httpd_request *r, unsigned status, const char *const *headers)
{
    int code = may_answer(r);
    if (code < 0)
        return code;
    r->refs++; /* of the answer, given back by on_free */
    r->is_stream = true;
    return answer(r, status, headers,
                  r->server->mhd->create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, on_read, r,
                                                                on_free));
}

int clnrm_httpd_write(struct clnrm_httpd_request *r, struct clnrm_slice bytes)
{
    if (!r->connection || r->server->is_closed)
        return CLNRM_ECLOSED;
    if (!r->is_stream || r->stream_ended)
        return -EINVAL;
    bool was_empty = r->stream.len == 0;
    int status = clnrm_buf_add(&r->stream, bytes.data, bytes.len);
    if (status < 0)
        return status;
    if (was_empty && bytes.len > 0) {
        set_due(r, r->server->options.send_ms);
        resume(r);
    }
    return 0;
}

size_t clnrm_httpd_unsent(const struct clnrm_httpd_request *r)
{
    return r->connection ? r->stream.len : 0;
}

bool clnrm_httpd_is_over(const struct clnrm_httpd_request *r)
{
    return !r->connection;
}

void clnrm_httpd_release(struct clnrm_httpd_request *r)
{
    r->on_change = NULL;
    if (r->connection && r->state == CLNRM_HTTPD_ASKED) {
        r->refused = NO_ANSWER;
        resume(r);
    } else if (r->is_stream && !r->stream_ended) {
        r->stream_ended = true;
        resume(r);
    }
    clnrm_httpd_request_unref(r);
}
