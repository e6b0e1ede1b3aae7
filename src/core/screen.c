/* screen.c -- see screen.h for the contract. */
#include "core/screen.h"
#include "base/base.h"
#include "core/guardian.h"
#include "core/plugin.h"
#include "core/term.h"

#include <errno.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

/* A terminal that knows it shows a frame when all of it has come. */
#define BEGIN "\033[?2026h"
#define END "\033[?2026l"
#define CANCEL "\030" /* ends a sequence that was cut */

enum { FRAME_MAX = 32 << 20, ROWS_MAX = 500, COLUMNS_MAX = 1000 };

static bool is_open; /* of ncurses there is one */

struct clnrm_screen {
    uv_poll_t poll;
    int in, out; /* descriptions of our own */
    const struct clnrm_screen_lib *lib;
    void *screen;
    int rows, columns;
    bool is_entered;
    struct clnrm_buf pending; /* of a frame that was not taken yet */
    size_t written;
    clnrm_screen_cb *on_key;
    void *data;
};

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct clnrm_screen *s = poll->data;
    (void)status, (void)events;
    uv_poll_stop(poll); /* until the keys are taken */
    s->on_key(s->data);
}

static void on_closed(uv_handle_t *handle)
{
    struct clnrm_screen *s = handle->data;
    close(s->in);
    clnrm_buf_free(&s->pending);
    free(s);
}

static int open_fds(struct clnrm_screen *s, int in, int out)
{
    s->in = clnrm_term_reopen(in, O_RDONLY);
    if (s->in < 0)
        return s->in;
    s->out = clnrm_term_reopen(out, O_WRONLY);
    if (s->out < 0) {
        close(s->in);
        return s->out;
    }
    return 0;
}

int clnrm_screen_open(uv_loop_t *loop, int in, int out, const char *term, bool has_color,
                      clnrm_screen_cb *on_key, void *data, struct clnrm_screen **out_screen)
{
    void *lib;
    if (is_open)
        return -EBUSY;
    struct clnrm_screen *s = clnrm_xcalloc(sizeof(*s));
    int status = open_fds(s, in, out);
    if (status < 0) {
        free(s);
        return status;
    }
    status = clnrm_plugin_symbol("screen", "clnrm_screen_lib", &lib);
    if (status == 0) {
        s->lib = lib;
        s->screen = s->lib->open(term, s->in, has_color);
        status = s->screen ? uv_poll_init(loop, &s->poll, s->in) : -ENOTSUP;
    }
    if (status < 0) {
        if (s->screen)
            s->lib->close(s->screen);
        close(s->in);
        close(s->out);
        free(s);
        return status;
    }
    s->pending.max = FRAME_MAX;
    s->on_key = on_key;
    s->data = data;
    s->poll.data = s;
    uv_unref((uv_handle_t *)&s->poll);
    is_open = true;
    clnrm_screen_resize(s);
    *out_screen = s;
    return 0;
}

int clnrm_screen_enter(struct clnrm_screen *s)
{
    struct termios attributes;
    char undo[CLNRM_TERM_UNDO_MAX];
    if (s->is_entered)
        return 0;
    bool is_known = clnrm_term_attributes(&attributes);
    int status = clnrm_term_raw_keys(s->in, false);
    if (status < 0)
        return status;
    int len = snprintf(undo, sizeof(undo), "%s%s%s", CANCEL, END, s->lib->undo(s->screen));
    clnrm_term_undo(s->out, undo, (size_t)len);
    if (is_known && clnrm_guardian_start(s->out) == 0)
        clnrm_guardian_arm(&attributes, undo, (size_t)len);
    s->lib->restart(s->screen);
    s->is_entered = true;
    return uv_poll_start(&s->poll, UV_READABLE, on_readable);
}

void clnrm_screen_leave(struct clnrm_screen *s)
{
    if (!s->is_entered)
        return;
    s->is_entered = false;
    uv_poll_stop(&s->poll);
    s->pending.len = s->written = 0; /* the undo begins with what ends a sequence that was cut */
    clnrm_term_restore();
}

int clnrm_screen_resize(struct clnrm_screen *s)
{
    unsigned rows = 0, columns = 0;
    int status = clnrm_term_size(s->out, &rows, &columns);
    if (status < 0)
        return status;
    if (rows == 0 || columns == 0) /* a terminal that does not say */
        rows = 24, columns = CLNRM_TERM_WIDTH_DEFAULT;
    rows = rows < ROWS_MAX ? rows : ROWS_MAX;
    columns = columns < COLUMNS_MAX ? columns : COLUMNS_MAX;
    bool has_changed = (int)rows != s->rows || (int)columns != s->columns;
    s->rows = (int)rows;
    s->columns = (int)columns;
    s->lib->resize(s->screen, s->rows, s->columns);
    return has_changed;
}

void clnrm_screen_size(const struct clnrm_screen *s, int *rows, int *columns)
{
    *rows = s->rows;
    *columns = s->columns;
}

void clnrm_screen_erase(struct clnrm_screen *s)
{
    s->lib->erase(s->screen);
}

int clnrm_screen_put(struct clnrm_screen *s, int y, int x, int width, unsigned style,
                     const char *text, size_t len)
{
    return s->lib->put(s->screen, y, x, width, style, text, len);
}

/* Writes what the terminal takes.  Returns 1 when nothing is left, 0, or -errno. */
static int flush(struct clnrm_screen *s)
{
    int status = clnrm_term_write_some(s->out, s->pending.data + s->written,
                                       s->pending.len - s->written, &s->written);
    if (status < 0)
        return status;
    if (s->written < s->pending.len)
        return 0;
    s->pending.len = s->written = 0;
    return 1;
}

static int begin(struct clnrm_screen *s)
{
    if (!s->is_entered || !clnrm_term_is_foreground(s->in))
        return 0;
    return s->pending.len > 0 ? flush(s) : 1;
}

int clnrm_screen_frame(struct clnrm_screen *s)
{
    int status = begin(s);
    if (status <= 0)
        return status;
    size_t len;
    const char *bytes = s->lib->frame(s->screen, &len);
    if (len == 0)
        return 1;
    status = clnrm_buf_reserve(&s->pending, sizeof(BEGIN) + len + sizeof(END));
    if (status < 0)
        return status;
    clnrm_buf_add(&s->pending, BEGIN, sizeof(BEGIN) - 1);
    clnrm_buf_add(&s->pending, bytes, len);
    clnrm_buf_add(&s->pending, END, sizeof(END) - 1);
    status = flush(s);
    return status < 0 ? status : 1;
}

int clnrm_screen_send(struct clnrm_screen *s, const char *bytes, size_t len)
{
    int status = begin(s);
    if (status <= 0)
        return status;
    status = clnrm_buf_add(&s->pending, bytes, len);
    status = status < 0 ? status : flush(s);
    return status < 0 ? status : 1;
}

int clnrm_screen_key(struct clnrm_screen *s, char out[CLNRM_SCREEN_KEY_MAX], bool *is_special)
{
    if (!s->is_entered)
        return 0;
    if (!clnrm_term_is_foreground(s->in))
        return -EIO; /* a read would stop the program with SIGTTIN */
    int len = s->lib->key(s->screen, out, is_special);
    if (len == 0)
        uv_poll_start(&s->poll, UV_READABLE, on_readable);
    return len;
}

void clnrm_screen_close(struct clnrm_screen *s)
{
    clnrm_screen_leave(s);
    clnrm_guardian_stop();
    s->lib->close(s->screen);
    close(s->out);
    is_open = false;
    uv_close((uv_handle_t *)&s->poll, on_closed);
}
