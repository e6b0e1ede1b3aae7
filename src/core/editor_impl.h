/* editor_impl.h -- the inside of the editor, shared by editor.c (the loop) and editor_thread.c.
 *
 * Two queues, one mutex: commands go to the thread, events come back and wake the loop.
 * Layer: core. */
#ifndef CLNRM_EDITOR_IMPL_H
#define CLNRM_EDITOR_IMPL_H

#include "core/editor.h"
#include "core/editor_lib.h"

#include <stdbool.h>

/* An event that the owner never sees: the thread has no bytes left, so the terminal is read. */
enum { CLNRM_EDITOR_HUNGRY = 100 };

enum clnrm_editor_command {
    LINE,
    BYTES,
    ANSWER,
    REMEMBER,
    SHOW,
    LEAVE,
    RESIZE,
    SUSPEND,
    RESUME,
    QUIT
};

/* A command or an event. */
struct clnrm_editor_message {
    struct clnrm_editor_message *next;
    int kind;
    char *text, *more;
    size_t len, cursor;
};

struct clnrm_editor_queue {
    struct clnrm_editor_message *first, **last;
};

struct clnrm_editor {
    uv_poll_t poll;
    uv_async_t async;
    int open_handles;
    int fd; /* a description of our own */
    clnrm_editor_cb *on_event;
    void *data;
    struct clnrm_editor_queue ready; /* events for the owner */

    uv_thread_t thread;
    uv_mutex_t mutex; /* of the queues between */
    uv_cond_t cond, suspended_cond;
    struct clnrm_editor_queue commands, events;
    bool is_suspended, is_over;

    /* The thread's own: */
    const struct clnrm_editor_lib *lib;
    void *editor;
    int in, out;
    char *bytes;
    size_t at, len;
    bool in_line, has_quit;
    int opened; /* 0 or a code; read by the opener before anything else runs */
    uv_sem_t started;
};

/* Appends `m` to a queue. */
void clnrm_editor_put(struct clnrm_editor_queue *q, struct clnrm_editor_message *m);

/* Takes the first of a queue, or NULL. */
struct clnrm_editor_message *clnrm_editor_pop(struct clnrm_editor_queue *q);

/* Makes a message with a copy of `len` bytes of `text` (NULL: none), and frees one. */
struct clnrm_editor_message *clnrm_editor_message(int kind, const char *text, size_t len);
void clnrm_editor_free_message(struct clnrm_editor_message *m);

/* What the thread runs: `data` is the editor. */
void clnrm_editor_run(void *data);

#endif
