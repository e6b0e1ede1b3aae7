/* screen.h -- the whole screen of a terminal: cells in, keys out.
 *
 * Mechanism only.  What stands where and what a key means is decided in lua/engine/dev/screen.
 * ncurses composes the frames (core/screen_lib.h); they are written through a description of our
 * own, which never waits: while the terminal has not taken a frame there is no other.
 * clnrm_term_guard() comes first.  From enter to leave the terminal is given back whatever happens:
 * by clnrm_term_restore() at exit and on a fatal signal, by the guardian (core/guardian.h) after
 * SIGKILL.
 *
 * Ownership: clnrm_screen_open() hands out an object that the caller gives back to
 * clnrm_screen_close() exactly once; there is one at a time.  Threads: loop thread only.
 * Layer: core. */
#ifndef CLNRM_SCREEN_H
#define CLNRM_SCREEN_H

#include "core/screen_lib.h"

#include <uv.h>

struct clnrm_screen; /* opaque */

/* Says that clnrm_screen_key() has something, or the terminal is gone.  Runs in a libuv callback.
 */
typedef void clnrm_screen_cb(void *data);

/* Opens the terminal at `in` and `out`, which is called `term`; nothing is written yet.  Returns 0
 * or a negative code: -ENOTTY; -ENOTSUP: its cursor cannot be moved, or nobody knows how; -EBUSY:
 * there is another; CLNRM_EPLUGIN (ncurses is not there). */
int clnrm_screen_open(uv_loop_t *loop, int in, int out, const char *term, bool has_color,
                      clnrm_screen_cb *on_key, void *data, struct clnrm_screen **out_screen);

/* Takes the terminal: keys come as they are pressed; Ctrl-C and Ctrl-Z stay signals.  Returns 0, or
 * -EPERM when we are not in its foreground. */
int clnrm_screen_enter(struct clnrm_screen *s);

/* Gives the terminal back as it was; what stood on it before is there again. */
void clnrm_screen_leave(struct clnrm_screen *s);

/* Takes over the size of the terminal; the next frame draws all of it anew, changed or not.
 * Returns whether it has changed, or -errno. */
int clnrm_screen_resize(struct clnrm_screen *s);
void clnrm_screen_size(const struct clnrm_screen *s, int *rows, int *columns);

/* Empties all cells of the next frame; puts text into them, see core/screen_lib.h. */
void clnrm_screen_erase(struct clnrm_screen *s);
int clnrm_screen_put(struct clnrm_screen *s, int y, int x, int width, unsigned style,
                     const char *text, size_t len);

/* Draws what was put.  Returns 1; 0: not now, the terminal has not taken the last frame, or it was
 * left; -errno: it is gone. */
int clnrm_screen_frame(struct clnrm_screen *s);

/* Sends bytes that draw nothing: a bell, a text for the clipboard.  Returns as
 * clnrm_screen_frame(). */
int clnrm_screen_send(struct clnrm_screen *s, const char *bytes, size_t len);

/* Takes a key, see core/screen_lib.h.  Returns its bytes, 0: there is none; -EIO: the terminal is
 * gone or not ours any more. */
int clnrm_screen_key(struct clnrm_screen *s, char out[CLNRM_SCREEN_KEY_MAX], bool *is_special);

/* Consumes `s`; the terminal is as it was.  `on_key` does not run again after this returns. */
void clnrm_screen_close(struct clnrm_screen *s);

#endif
