/* editor_thread.c -- the thread of the editor; see editor.h and editor_impl.h. */
#include "base/base.h"
#include "core/editor_impl.h"
#include "core/term.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void clnrm_editor_put(struct clnrm_editor_queue *q, struct clnrm_editor_message *m)
{
    m->next = NULL;
    if (!q->first)
        q->last = &q->first;
    *q->last = m;
    q->last = &m->next;
}

struct clnrm_editor_message *clnrm_editor_pop(struct clnrm_editor_queue *q)
{
    struct clnrm_editor_message *m = q->first;
    if (m)
        q->first = m->next;
    return m;
}

struct clnrm_editor_message *clnrm_editor_message(int kind, const char *text, size_t len)
{
    struct clnrm_editor_message *m = clnrm_xcalloc(sizeof(*m));
    m->kind = kind;
    m->len = len;
    if (text) {
        m->text = clnrm_xcalloc(len + 1);
        memcpy(m->text, text, len);
    }
    return m;
}

void clnrm_editor_free_message(struct clnrm_editor_message *m)
{
    free(m->text);
    free(m->more);
    free(m);
}

static void tell(struct clnrm_editor *e, struct clnrm_editor_message *m)
{
    uv_mutex_lock(&e->mutex);
    clnrm_editor_put(&e->events, m);
    if (!e->is_over)
        uv_async_send(&e->async);
    uv_mutex_unlock(&e->mutex);
}

static struct clnrm_editor_message *wait_command(struct clnrm_editor *e)
{
    uv_mutex_lock(&e->mutex);
    while (!e->commands.first)
        uv_cond_wait(&e->cond, &e->mutex);
    struct clnrm_editor_message *m = clnrm_editor_pop(&e->commands);
    uv_mutex_unlock(&e->mutex);
    return m;
}

static void note_suspended(struct clnrm_editor *e)
{
    uv_mutex_lock(&e->mutex);
    e->is_suspended = true;
    uv_cond_signal(&e->suspended_cond);
    uv_mutex_unlock(&e->mutex);
}

static void add_bytes(struct clnrm_editor *e, struct clnrm_editor_message *m)
{
    size_t left = e->len - e->at;
    char *bytes = clnrm_xmalloc(left + m->len + 1);
    if (left > 0)
        memcpy(bytes, e->bytes + e->at, left);
    if (m->len > 0)
        memcpy(bytes + left, m->text, m->len);
    free(e->bytes);
    e->bytes = bytes;
    e->at = 0;
    e->len = left + m->len;
}

/* Does what can be done at any time. */
static void obey(struct clnrm_editor *e, struct clnrm_editor_message *m)
{
    switch (m->kind) {
    case BYTES:
        add_bytes(e, m);
        break;
    case REMEMBER:
        e->lib->remember(e->editor, m->text);
        break;
    case SHOW:
        if (e->in_line)
            e->lib->show(e->editor, m->text, m->len);
        else
            clnrm_term_write(e->out, m->text, m->len);
        break;
    case RESIZE:
        if (e->in_line)
            e->lib->resize(e->editor);
        break;
    case SUSPEND:
        if (e->in_line)
            e->lib->suspend(e->editor);
        note_suspended(e);
        break;
    case RESUME:
        if (e->in_line)
            e->lib->resume(e->editor);
        break;
    case QUIT:
        e->has_quit = true;
        break;
    default: /* an answer that nobody waits for any more, a line that is left already */
        break;
    }
}

static int on_next(void *data)
{
    struct clnrm_editor *e = data;
    if (e->at < e->len)
        return (unsigned char)e->bytes[e->at++];
    tell(e, clnrm_editor_message(CLNRM_EDITOR_HUNGRY, NULL, 0));
    while (!e->has_quit && e->at == e->len) {
        struct clnrm_editor_message *m = wait_command(e);
        bool is_end = m->kind == LEAVE || (m->kind == BYTES && m->len == 0);
        if (m->kind == BYTES && is_end)
            e->has_quit = true; /* the terminal is gone */
        obey(e, m);
        clnrm_editor_free_message(m);
        if (is_end)
            return -1;
    }
    return e->has_quit ? -1 : (unsigned char)e->bytes[e->at++];
}

static void on_complete(void *data, const char *line, size_t len, size_t cursor, char **insert,
                        char **below)
{
    struct clnrm_editor *e = data;
    struct clnrm_editor_message *asked = clnrm_editor_message(CLNRM_EDITOR_COMPLETE, line, len),
                                *m = NULL;
    asked->cursor = cursor;
    tell(e, asked);
    while (!e->has_quit) {
        m = wait_command(e);
        if (m->kind == ANSWER)
            break;
        if (m->kind == LEAVE) { /* at the next byte */
            uv_mutex_lock(&e->mutex);
            clnrm_editor_put(&e->commands, clnrm_editor_message(LEAVE, NULL, 0));
            uv_mutex_unlock(&e->mutex);
            clnrm_editor_free_message(m);
            return;
        }
        obey(e, m);
        clnrm_editor_free_message(m);
        m = NULL;
    }
    if (m) {
        *insert = m->text;
        *below = m->more;
        m->text = m->more = NULL;
        clnrm_editor_free_message(m);
    }
}

static void edit_line(struct clnrm_editor *e, const char *prompt)
{
    char *text = NULL;
    e->in_line = true;
    int status = e->lib->line(e->editor, prompt, &text);
    e->in_line = false;
    struct clnrm_editor_message *m =
        clnrm_editor_message(status == CLNRM_LINE_READ   ? CLNRM_EDITOR_LINE
                             : status == CLNRM_LINE_LEFT ? CLNRM_EDITOR_LEFT
                                                         : CLNRM_EDITOR_END,
                             NULL, 0);
    if (e->has_quit)
        m->kind = CLNRM_EDITOR_END;
    m->text = text;
    tell(e, m);
}

void clnrm_editor_run(void *data)
{
    struct clnrm_editor *e = data;
    const struct clnrm_editor_hooks hooks = {e, on_next, on_complete};
    e->editor = e->lib->open(e->in, e->out, &hooks);
    e->opened = e->editor ? 0 : -ENOTTY;
    uv_sem_post(&e->started);
    while (e->editor && !e->has_quit) {
        struct clnrm_editor_message *m = wait_command(e);
        if (m->kind == LINE)
            edit_line(e, m->text);
        else
            obey(e, m);
        clnrm_editor_free_message(m);
    }
    if (e->editor)
        e->lib->close(e->editor);
}
