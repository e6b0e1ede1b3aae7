/* editor.h -- lines that a person types at a terminal, with history and completion.
 *
 * Mechanism only.  What a line means and what Tab offers is decided in lua/engine/repl.
 * libedit reads where it stands: in the middle of a key's bytes, of a search, of a paste.  So it has a
 * thread of its own, which does nothing but that: it waits for bytes and commands, and tells events;
 * the loop goes on all the time.  The terminal is read in the loop, and only while the editor has
 * nothing left: what is typed while no line is asked for stays with the terminal.
 * clnrm_term_guard() comes first; the terminal is given back at the end of each line, and by
 * clnrm_term_restore() whatever happens.
 *
 * Ownership: clnrm_editor_open() hands out an object that the caller gives back to
 * clnrm_editor_close() exactly once.  Threads: loop thread only.  Layer: core. */
#ifndef CLNRM_EDITOR_H
#define CLNRM_EDITOR_H

#include <stddef.h>
#include <uv.h>

struct clnrm_editor; /* opaque */

enum clnrm_editor_kind {
    CLNRM_EDITOR_NONE,     /* nothing happened yet */
    CLNRM_EDITOR_LINE,     /* `text` was entered */
    CLNRM_EDITOR_LEFT,     /* the line was left, as clnrm_editor_leave() asked */
    CLNRM_EDITOR_END,      /* Ctrl-D, or the terminal is gone */
    CLNRM_EDITOR_COMPLETE, /* Tab at byte `cursor` of `text`: clnrm_editor_answer() is waited for */
};

struct clnrm_editor_event {
    enum clnrm_editor_kind kind;
    char *text; /* the caller's to free; or NULL */
    size_t cursor;
};

/* Says that clnrm_editor_take() has something.  Runs in a libuv callback. */
typedef void clnrm_editor_cb(void *data);

/* Opens the terminal at `in` and `out`.  Nothing is read or written before clnrm_editor_line().
 * Returns 0 or a negative code: -ENOTTY, CLNRM_EPLUGIN (libedit is not there). */
int clnrm_editor_open(uv_loop_t *loop, int in, int out, clnrm_editor_cb *on_event, void *data,
                      struct clnrm_editor **out_editor);

/* Begins a line behind `prompt`.  What stands between two bytes 1 in it takes no columns. */
void clnrm_editor_line(struct clnrm_editor *e, const char *prompt);

/* Takes the event that came first. */
struct clnrm_editor_event clnrm_editor_take(struct clnrm_editor *e);

/* Answers the last CLNRM_EDITOR_COMPLETE: a text to insert, one to show below; each may be empty. */
void clnrm_editor_answer(struct clnrm_editor *e, const char *insert, const char *below);

/* Adds to the history, as the newest. */
void clnrm_editor_remember(struct clnrm_editor *e, const char *line);

/* Shows whole lines above what is edited; between two lines it does nothing special. */
void clnrm_editor_show(struct clnrm_editor *e, const char *text);

/* Gives the line up, if one is edited. */
void clnrm_editor_leave(struct clnrm_editor *e);

/* Follows another size of the terminal. */
void clnrm_editor_resize(struct clnrm_editor *e);

/* Gives the terminal back for a while, and takes it again: the program is stopped in between.
 * clnrm_editor_suspend() returns when the terminal is as it was. */
void clnrm_editor_suspend(struct clnrm_editor *e);
void clnrm_editor_resume(struct clnrm_editor *e);

/* Whether an awaited event keeps the loop alive; at first it does not. */
void clnrm_editor_keep_alive(struct clnrm_editor *e, int is_awaited);

/* Consumes `e`; the terminal is as it was.  `on_event` does not run again after this returns. */
void clnrm_editor_close(struct clnrm_editor *e);

#endif
