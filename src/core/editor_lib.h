/* editor_lib.h -- what libclnrm_editor.so (src/plugin/editor.c, libedit behind it) gives to core/editor.
 *
 * libedit pulls in a library of terminals and reads its database, and only `clnrm repl` edits lines, so
 * it is opened on first use.  The plugin exports one symbol, `clnrm_editor_lib`, of this type.  All of
 * it is called on one thread, that of the editor, and what it calls back runs there.  Layer: core. */
#ifndef CLNRM_EDITOR_LIB_H
#define CLNRM_EDITOR_LIB_H

#include <stddef.h>

enum { CLNRM_LINE_END = 0, CLNRM_LINE_READ = 1, CLNRM_LINE_LEFT = -1 };

struct clnrm_editor_hooks {
    void *data;
    int (*next)(void *data); /* waits for the next byte; -1: the line is to be left */
    /* What Tab gives: `*insert` goes in at the cursor, `*below` is shown under the line; each malloc'd
     * or NULL. */
    void (*complete)(void *data, const char *line, size_t len, size_t cursor, char **insert,
                     char **below);
};

struct clnrm_editor_lib {
    /* `hooks` is copied.  NULL: no terminal at `in` that lines can be edited on. */
    void *(*open)(int in, int out, const struct clnrm_editor_hooks *hooks);
    void (*close)(void *editor);
    /* Edits a line: a CLNRM_LINE_*; of one that was read, `*out` is malloc'd, without its newline.
     * What stands between two bytes 1 in the prompt takes no columns. */
    int (*line)(void *editor, const char *prompt, char **out);
    void (*remember)(void *editor, const char *line); /* in the history, as the newest */
    /* While a line is edited: */
    void (*show)(void *editor, const char *bytes, size_t len); /* whole lines, above it */
    void (*resize)(void *editor);                              /* the terminal has another size */
    void (*suspend)(void *editor);                             /* the terminal as it was before */
    void (*resume)(void *editor);
};

#endif
