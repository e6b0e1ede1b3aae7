/* editor.c -- see editor.h for the contract; here: the side of the loop. */
#include "base/base.h"
#include "core/editor_impl.h"
#include "core/plugin.h"
#include "core/term.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_MAX = 65536 };

static void free_all(struct clnrm_editor_queue *q)
{
    for (struct clnrm_editor_message *m; (m = clnrm_editor_pop(q));)
        clnrm_editor_free_message(m);
}

static void command(struct clnrm_editor *e, struct clnrm_editor_message *m)
{
    uv_mutex_lock(&e->mutex);
    clnrm_editor_put(&e->commands, m);
    uv_cond_signal(&e->cond);
    uv_mutex_unlock(&e->mutex);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct clnrm_editor *e = poll->data;
    char bytes[READ_MAX];
    (void)status, (void)events;
    uv_poll_stop(poll);
    ssize_t n = -1;
    if (clnrm_term_is_foreground(e->fd)) /* else a read would stop the program with SIGTTIN */
        n = read(e->fd, bytes, sizeof(bytes));
    else
        errno = EIO;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        uv_poll_start(poll, UV_READABLE, on_readable);
    else
        command(e, clnrm_editor_message(BYTES, bytes, n > 0 ? (size_t)n : 0));
}

static void on_async(uv_async_t *async)
{
    struct clnrm_editor *e = async->data;
    bool is_hungry = false, has_news = false;
    uv_mutex_lock(&e->mutex);
    for (struct clnrm_editor_message *m; (m = clnrm_editor_pop(&e->events));) {
        if (m->kind == CLNRM_EDITOR_HUNGRY) {
            is_hungry = true;
            clnrm_editor_free_message(m);
        } else {
            is_hungry = false; /* the bytes it waited for have come, or are not wanted any more */
            has_news = true;
            if (m->kind != CLNRM_EDITOR_COMPLETE)
                uv_poll_stop(&e->poll);
            clnrm_editor_put(&e->ready, m);
        }
    }
    uv_mutex_unlock(&e->mutex);
    if (is_hungry)
        uv_poll_start(&e->poll, UV_READABLE, on_readable);
    if (has_news)
        e->on_event(e->data);
}

static void on_closed(uv_handle_t *handle)
{
    struct clnrm_editor *e = handle->data;
    if (--e->open_handles > 0)
        return;
    close(e->fd);
    uv_mutex_destroy(&e->mutex);
    uv_cond_destroy(&e->cond);
    uv_cond_destroy(&e->suspended_cond);
    uv_sem_destroy(&e->started);
    free_all(&e->commands);
    free_all(&e->events);
    free_all(&e->ready);
    free(e->bytes);
    free(e);
}

static void close_handles(struct clnrm_editor *e)
{
    uv_close((uv_handle_t *)&e->poll, on_closed);
    uv_close((uv_handle_t *)&e->async, on_closed);
}

/* Starts the thread; signals are for the loop's. */
static int start(struct clnrm_editor *e)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = uv_thread_create(&e->thread, clnrm_editor_run, e);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status < 0)
        return status;
    uv_sem_wait(&e->started);
    if (e->opened < 0)
        uv_thread_join(&e->thread);
    return e->opened;
}

int clnrm_editor_open(uv_loop_t *loop, int in, int out, clnrm_editor_cb *on_event, void *data,
                      struct clnrm_editor **out_editor)
{
    void *lib;
    int own = clnrm_term_reopen(in, O_RDONLY);
    if (own < 0)
        return own;
    int status = clnrm_term_is_tty(out) ? 0 : -ENOTTY;
    status = status < 0 ? status : clnrm_plugin_symbol("editor", "clnrm_editor_lib", &lib);
    if (status < 0) {
        close(own);
        return status;
    }
    struct clnrm_editor *e = clnrm_xcalloc(sizeof(*e));
    e->lib = lib;
    e->fd = own;
    e->in = in;
    e->out = out;
    e->on_event = on_event;
    e->data = data;
    e->poll.data = e->async.data = e;
    e->open_handles = 2;
    uv_mutex_init(&e->mutex);
    uv_cond_init(&e->cond);
    uv_cond_init(&e->suspended_cond);
    uv_sem_init(&e->started, 0);
    uv_async_init(loop, &e->async, on_async);
    uv_poll_init(loop, &e->poll, own); /* a terminal: epoll takes it */
    clnrm_editor_keep_alive(e, 0);
    status = start(e);
    if (status < 0) {
        close_handles(e);
        return status;
    }
    *out_editor = e;
    return 0;
}

void clnrm_editor_line(struct clnrm_editor *e, const char *prompt)
{
    command(e, clnrm_editor_message(LINE, prompt, strlen(prompt)));
}

struct clnrm_editor_event clnrm_editor_take(struct clnrm_editor *e)
{
    struct clnrm_editor_event event = {CLNRM_EDITOR_NONE, NULL, 0};
    struct clnrm_editor_message *m = clnrm_editor_pop(&e->ready);
    if (m) {
        event.kind = (enum clnrm_editor_kind)m->kind;
        event.text = m->text;
        event.cursor = m->cursor;
        m->text = NULL;
        clnrm_editor_free_message(m);
    }
    return event;
}

void clnrm_editor_answer(struct clnrm_editor *e, const char *insert, const char *below)
{
    struct clnrm_editor_message *m = clnrm_editor_message(ANSWER, insert, strlen(insert));
    m->more = clnrm_xstrdup(below);
    command(e, m);
}

void clnrm_editor_remember(struct clnrm_editor *e, const char *line)
{
    command(e, clnrm_editor_message(REMEMBER, line, strlen(line)));
}

void clnrm_editor_show(struct clnrm_editor *e, const char *text)
{
    command(e, clnrm_editor_message(SHOW, text, strlen(text)));
}

void clnrm_editor_leave(struct clnrm_editor *e)
{
    command(e, clnrm_editor_message(LEAVE, NULL, 0));
}

void clnrm_editor_resize(struct clnrm_editor *e)
{
    command(e, clnrm_editor_message(RESIZE, NULL, 0));
}

void clnrm_editor_suspend(struct clnrm_editor *e)
{
    command(e, clnrm_editor_message(SUSPEND, NULL, 0));
    uv_mutex_lock(&e->mutex);
    while (!e->is_suspended)
        uv_cond_wait(&e->suspended_cond, &e->mutex);
    e->is_suspended = false;
    uv_mutex_unlock(&e->mutex);
}

void clnrm_editor_resume(struct clnrm_editor *e)
{
    command(e, clnrm_editor_message(RESUME, NULL, 0));
}

void clnrm_editor_keep_alive(struct clnrm_editor *e, int is_awaited)
{
    uv_unref((uv_handle_t *)&e->poll);
    if (is_awaited)
        uv_ref((uv_handle_t *)&e->async);
    else
        uv_unref((uv_handle_t *)&e->async);
}

void clnrm_editor_close(struct clnrm_editor *e)
{
    uv_mutex_lock(&e->mutex);
    e->is_over = true;
    uv_mutex_unlock(&e->mutex);
    command(e, clnrm_editor_message(QUIT, NULL, 0));
    uv_thread_join(&e->thread);
    close_handles(e);
}
