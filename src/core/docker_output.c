/* docker_output.c -- see docker_output.h for the contract. */
#include "core/docker_output.h"
#include "base/base.h"
#include "core/docker_frames.h"

enum {
    BLOCK = 64 * 1024,
    TURN_MAX = 2 * 1024 * 1024, /* bytes in one turn of the loop: others have theirs */
    SAID_MAX = 512,             /* of an error of the engine */
};

struct clnrm_docker_output {
    struct clnrm_http_call *call; /* NULL once it is over */
    struct clnrm_docker_frames frames;
    struct clnrm_spool spools[2];
    uv_idle_t pumping; /* active while there is something to be taken */
    bool tty, is_over, was_refused;
    int status;
    size_t said_len;
    char said[SAID_MAX + 1], reason[SAID_MAX + 64];
    clnrm_docker_output_cb *on_change;
    void *data;
};

static void on_piece(void *data, enum clnrm_docker_stream stream, const char *bytes, size_t len)
{
    struct clnrm_docker_output *o = data;
    if (stream != CLNRM_DOCKER_ERROR) {
        clnrm_spool_add(&o->spools[stream == CLNRM_DOCKER_STDERR], bytes, len);
        return;
    }
    size_t room = SAID_MAX - o->said_len, n = len < room ? len : room;
    memcpy(o->said + o->said_len, bytes, n);
    o->said_len += n;
    o->was_refused = true;
}

static void finish(struct clnrm_docker_output *o, int status, const char *reason)
{
    o->is_over = true;
    o->status = status;
    snprintf(o->reason, sizeof(o->reason), "%s", reason ? reason : "");
    clnrm_http_release(o->call);
    o->call = NULL;
    uv_idle_stop(&o->pumping);
}

/* The stream has ended, after all of it was taken. */
static void on_end(struct clnrm_docker_output *o, const struct clnrm_http_info *info)
{
    char text[sizeof(o->reason)];
    if (o->was_refused) {
        snprintf(text, sizeof(text), "the engine broke it off: %s", o->said);
        finish(o, CLNRM_EPROTO, text);
    } else if (info->status < 0) {
        snprintf(text, sizeof(text), "%s", info->reason);
        finish(o, info->status, text);
    } else if (!o->tty && !clnrm_docker_frames_may_end(&o->frames)) {
        finish(o, CLNRM_EPROTO, "the stream of its output ended within a frame");
    } else {
        finish(o, 0, NULL);
    }
}

static int add(struct clnrm_docker_output *o, const char *bytes, size_t len)
{
    if (!o->tty)
        return clnrm_docker_frames_add(&o->frames, bytes, len, on_piece, o);
    clnrm_spool_add(&o->spools[0], bytes, len);
    return 0;
}

static void refuse(struct clnrm_docker_output *o)
{
    const unsigned char *h = o->frames.header;
    char text[128];
    snprintf(text, sizeof(text),
             "the stream of its output is broken: %02x %02x %02x %02x begins no frame", h[0], h[1],
             h[2], h[3]);
    finish(o, CLNRM_EPROTO, text);
}

static void on_turn(uv_idle_t *idle)
{
    struct clnrm_docker_output *o = idle->data;
    char block[BLOCK];
    for (size_t n, taken = 0; taken < TURN_MAX; taken += n) {
        n = clnrm_http_take(o->call, block, sizeof(block));
        if (n == 0)
            break;
        if (add(o, block, n) < 0) {
            refuse(o);
            o->on_change(o->data);
            return;
        }
    }
    struct clnrm_http_info info = clnrm_http_info(o->call);
    if (info.unread == 0) {
        uv_idle_stop(idle);
        if (info.state == CLNRM_HTTP_OVER || info.ended)
            on_end(o, &info);
    }
    o->on_change(o->data);
}

static void on_news(void *data)
{
    struct clnrm_docker_output *o = data;
    uv_idle_start(&o->pumping, on_turn);
}

struct clnrm_docker_output *clnrm_docker_output_open(uv_loop_t *loop, struct clnrm_http_call *call,
                                                     bool tty, uint64_t cap,
                                                     clnrm_docker_output_cb *on_change, void *data)
{
    struct clnrm_docker_output *o = clnrm_xcalloc(sizeof(*o));
    o->call = call;
    o->tty = tty;
    o->on_change = on_change;
    o->data = data;
    clnrm_spool_init(&o->spools[0], cap);
    clnrm_spool_init(&o->spools[1], cap);
    uv_idle_init(loop, &o->pumping);
    o->pumping.data = o;
    clnrm_http_listen(call, on_news, o);
    on_news(o); /* some of it may have come with the head */
    return o;
}

struct clnrm_docker_output_info clnrm_docker_output_info(const struct clnrm_docker_output *o)
{
    return (struct clnrm_docker_output_info){
        .is_over = o->is_over,
        .status = o->status,
        .reason = o->reason,
        .input_left = o->call ? clnrm_http_info(o->call).input_left : 0,
    };
}

const struct clnrm_spool *clnrm_docker_output_spool(const struct clnrm_docker_output *o, int which)
{
    return &o->spools[which];
}

int clnrm_docker_output_write(struct clnrm_docker_output *o, struct clnrm_slice bytes)
{
    return o->call ? clnrm_http_write(o->call, bytes) : UV_EPIPE;
}

int clnrm_docker_output_end(struct clnrm_docker_output *o)
{
    return o->call ? clnrm_http_end(o->call) : 0;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void clnrm_docker_output_release(struct clnrm_docker_output *o)
{
    if (o->call)
        clnrm_http_release(o->call);
    o->call = NULL;
    clnrm_spool_free(&o->spools[0]);
    clnrm_spool_free(&o->spools[1]);
    uv_close((uv_handle_t *)&o->pumping, on_closed); /* stops it */
}
