/* http.c -- see http.h for the contract; here: the client, libcurl's sockets and timers on the loop.
 *
 * libcurl must not be called from its own callbacks in most ways, and an owner may do anything when he
 * is told.  So callbacks only note news, which is told when libcurl has returned. */
#include "core/http_impl.h"
#include "core/plugin.h"

enum {
    LATE_MS = 1000, /* a timer that fires so late: we were stopped, and what came is read first */
    GRACE_MS = 500,
};

/* A connection that libcurl wants to be watched. */
struct watched {
    uv_poll_t poll;
    struct clnrm_http *http;
    curl_socket_t fd;
};

void clnrm_http_news(struct clnrm_http_call *call)
{
    call->has_news = true;
}

struct clnrm_http_info clnrm_http_info(const struct clnrm_http_call *call)
{
    return (struct clnrm_http_info){
        .state = call->state,
        .status = call->status,
        .reason = call->reason,
        .is_sent = call->is_sent,
        .code = call->code < 0 ? 0 : call->code,
        .headers = {call->head.data, call->head.len},
        .unread = call->inbox.len - call->inbox_at,
        .input_left = call->input.len - call->input_at,
        .ended = call->ended,
    };
}

void clnrm_http_listen(struct clnrm_http_call *call, clnrm_http_cb *on_change, void *data)
{
    call->on_change = on_change;
    call->data = data;
}

void clnrm_http_tell(struct clnrm_http *h)
{
    if (h->is_telling)
        return; /* whoever tells will come round to it */
    h->is_telling = true;
    h->refs++; /* an owner may close it */
    for (struct clnrm_http_call *call = h->calls; call;) {
        if (!call->has_news) {
            call = call->next;
            continue;
        }
        call->has_news = false;
        call->on_change(call->data);
        call = h->calls; /* any of them may be gone */
    }
    h->is_telling = false;
    clnrm_http_unref(h);
}

/* Takes note of the requests that libcurl has ended. */
static void collect(struct clnrm_http *h)
{
    CURLMsg *message;
    int left;
    while ((message = h->curl->multi_info_read(h->multi, &left))) {
        struct clnrm_http_call *call = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode result = message->data.result; /* gone once the handle is removed */
        h->curl->easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
        if (result == CURLE_OK && call->upgrade && call->state == CLNRM_HTTP_ASKED)
            clnrm_http_upgrade(call);
        else
            clnrm_http_finish_curl(call, result);
    }
}

static void act(struct clnrm_http *h, curl_socket_t fd, int events)
{
    int running;
    h->curl->multi_socket_action(h->multi, fd, events, &running);
    collect(h);
    clnrm_http_tell(h);
}

void clnrm_http_on_closed(uv_handle_t *handle)
{
    struct clnrm_http *h = handle->data;
    h->handles--;
    if (h->handles == 0 && h->refs == 0)
        free(h);
}

static void on_watched_closed(uv_handle_t *handle)
{
    struct watched *w = handle->data;
    uv_handle_t of = {.data = w->http};
    free(w);
    clnrm_http_on_closed(&of);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct watched *w = poll->data;
    /* what is wrong with it libcurl finds out by trying: CURL_CSELECT_ERR would lose the error */
    int flags = status < 0 || events & UV_READABLE ? CURL_CSELECT_IN : 0;
    flags |= status < 0 || events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
    act(w->http, w->fd, flags);
}

static void on_curl_timer(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_curl_wants_timer(CURLM *multi, long ms, void *data)
{
    struct clnrm_http *h = data;
    (void)multi;
    if (ms < 0)
        uv_timer_stop(&h->timer);
    else
        uv_timer_start(&h->timer, on_curl_timer, (uint64_t)ms, 0);
    return 0;
}

static int on_curl_wants_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *of_socket)
{
    struct clnrm_http *h = data;
    struct watched *w = of_socket;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (w) {
            h->curl->multi_assign(h->multi, fd, NULL);
            uv_close((uv_handle_t *)&w->poll, on_watched_closed);
        }
        return 0;
    }
    if (!w) {
        w = clnrm_xcalloc(sizeof(*w));
        *w = (struct watched){.http = h, .fd = fd, .poll.data = w};
        if (uv_poll_init(h->loop, &w->poll, fd) < 0) {
            free(w);
            return -1; /* libcurl ends the request */
        }
        h->handles++;
        h->curl->multi_assign(h->multi, fd, w);
    }
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    return uv_poll_start(&w->poll, events, on_ready) < 0 ? -1 : 0;
}

/* Deadlines */

static uint64_t due_of(const struct clnrm_http_call *call)
{
    uint64_t idle = call->idle_ms ? call->active_ms + call->idle_ms : 0;
    if (call->state == CLNRM_HTTP_OVER)
        return 0;
    if (call->due_ms == 0 || (idle && idle < call->due_ms))
        return idle;
    return call->due_ms;
}

static void on_deadline(uv_timer_t *timer)
{
    struct clnrm_http *h = timer->data;
    uint64_t now = uv_now(h->loop);
    for (struct clnrm_http_call *call = h->calls, *next; call; call = next) {
        uint64_t due = due_of(call);
        next = call->next; /* to finish a call removes none from the list */
        if (due && now > due + LATE_MS) {
            call->active_ms = now;
            call->due_ms = call->due_ms && call->due_ms <= now ? now + GRACE_MS : call->due_ms;
        } else if (due && now >= due) {
            clnrm_http_finish(call, UV_ETIMEDOUT,
                              due == call->due_ms ? "the server did not answer in time"
                                                  : "the server fell silent");
        }
        clnrm_http_arm(call);
    }
    clnrm_http_tell(h);
}

void clnrm_http_tell_soon(struct clnrm_http_call *call)
{
    struct clnrm_http *h = call->http;
    if (call->has_news && !h->is_telling)
        uv_timer_start(&h->deadlines, on_deadline, 0, 0); /* which arms itself anew */
}

void clnrm_http_arm(struct clnrm_http_call *call)
{
    struct clnrm_http *h = call->http;
    uint64_t due = due_of(call), now = uv_now(h->loop);
    uint64_t in_ms = due > now ? due - now : 0;
    if (due &&
        (!uv_is_active((uv_handle_t *)&h->deadlines) || uv_timer_get_due_in(&h->deadlines) > in_ms))
        uv_timer_start(&h->deadlines, on_deadline, in_ms, 0);
}

/* Life */

static char *copy(const char *text)
{
    return text ? clnrm_xstrdup(text) : NULL;
}

static char **copy_list(const char *const *list)
{
    size_t count = 0;
    while (list && list[count])
        count++;
    if (count == 0)
        return NULL;
    char **out = clnrm_xcalloc((count + 1) * sizeof(*out));
    for (size_t i = 0; i < count; i++)
        out[i] = clnrm_xstrdup(list[i]);
    return out;
}

int clnrm_http_open(uv_loop_t *loop, const struct clnrm_http_server *server,
                    struct clnrm_http **out)
{
    static bool is_set_up = false;
    void *symbol;
    int status = clnrm_plugin_symbol("curl", "clnrm_curl", &symbol);
    if (status < 0)
        return status;
    const struct clnrm_curl *curl = symbol;
    if (!is_set_up && curl->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return CLNRM_EPLUGIN;
    is_set_up = true;
    CURLM *multi = curl->multi_init();
    if (!multi)
        return UV_ENOMEM;
    struct clnrm_http *h = clnrm_xcalloc(sizeof(*h));
    *h = (struct clnrm_http){
        .loop = loop,
        .curl = curl,
        .multi = multi,
        .refs = 1,
        .handles = 2,
        .timer.data = h,
        .deadlines.data = h,
        .base = clnrm_xstrdup(server->base),
        .socket = copy(server->socket),
        .ca = copy(server->ca),
        .cert = copy(server->cert),
        .key = copy(server->key),
        .command = copy_list(server->command),
        .connect_ms = server->connect_ms,
        .listener = -1,
        .socket_fd = -1,
        .command_errors = -1,
    };
    uv_timer_init(loop, &h->timer);
    uv_timer_init(loop, &h->deadlines);
    curl->multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_curl_wants_socket);
    curl->multi_setopt(multi, CURLMOPT_SOCKETDATA, h);
    curl->multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_curl_wants_timer);
    curl->multi_setopt(multi, CURLMOPT_TIMERDATA, h);
    status = h->command ? clnrm_http_command_open(h) : 0;
    if (status < 0)
        clnrm_http_close(h);
    else
        *out = h;
    return status;
}

void clnrm_http_unref(struct clnrm_http *h)
{
    if (--h->refs > 0)
        return;
    h->curl->multi_cleanup(h->multi);
    uv_close((uv_handle_t *)&h->timer, clnrm_http_on_closed);
    uv_close((uv_handle_t *)&h->deadlines, clnrm_http_on_closed);
    clnrm_http_command_close(h);
    char *texts[] = {h->base, h->socket, h->ca, h->cert, h->key};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        free(texts[i]);
    for (char **arg = h->command; arg && *arg; arg++)
        free(*arg);
    free(h->command);
}

void clnrm_http_close(struct clnrm_http *h)
{
    clnrm_http_unref(h);
}
