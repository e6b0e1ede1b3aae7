/* screen_lib.h -- what libclnrm_screen.so (src/plugin/screen.c, ncurses behind it) gives to
 * core/screen.
 *
 * ncurses reads a database of terminals and only a full screen needs it, so it is opened on first
 * use. The plugin exports one symbol, `clnrm_screen_lib`, of this type.  It composes bytes for the
 * terminal and decodes those that come from it; it changes no mode of it and installs no signal
 * handler: both belong to core/term.  There is one screen at a time.  Layer: core. */
#ifndef CLNRM_SCREEN_LIB_H
#define CLNRM_SCREEN_LIB_H

#include <stdbool.h>
#include <stddef.h>

#define CLNRM_SCREEN_KEY_MAX 16 /* bytes of a key's name or character, with the NUL */

enum { /* of `put`; the lowest four bits are a colour: 0 the terminal's own, 1 red ... 8 white */
       CLNRM_STYLE_COLOR = 0x0f,
       CLNRM_STYLE_BOLD = 0x10,
       CLNRM_STYLE_DIM = 0x20,
       CLNRM_STYLE_REVERSE = 0x40,
       CLNRM_STYLE_UNDERLINE = 0x80,
};

struct clnrm_screen_lib {
    /* Makes the screen of a terminal called `term`, whose keys are read from `in`, which does not
     * wait. NULL: such a terminal is not known, or its cursor cannot be moved. */
    void *(*open)(const char *term, int in, bool has_color);
    void (*close)(void *screen);
    /* What gives the terminal back: its screen of before, its cursor.  A C string of the screen's.
     */
    const char *(*undo)(void *screen);
    /* The next frame begins on a terminal as undo() has left it; all of it is drawn anew. */
    void (*restart)(void *screen);
    /* Sets the size; the next frame draws all anew. */
    void (*resize)(void *screen, int rows, int columns);
    void (*erase)(void *screen);
    /* Puts text, of which what is no character is shown as '?', into at most `width` columns from
     * row `y` and column `x` on, both from 0; nothing outside of the screen.  Returns the columns
     * taken. */
    int (*put)(void *screen, int y, int x, int width, unsigned style, const char *text, size_t len);
    /* Composes what leads from the last frame to what was put.  The bytes are the screen's. */
    const char *(*frame)(void *screen, size_t *len);
    /* Takes a key: the name of a special one ("up", "f1") or the character.  0: there is none. */
    int (*key)(void *screen, char out[CLNRM_SCREEN_KEY_MAX], bool *is_special);
};

#endif
