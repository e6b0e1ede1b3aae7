/* term.h -- the terminal: whether there is one, its width, its attributes; and bytes to a descriptor.
 *
 * Mechanism only.  What is shown, and in which colour, is decided in lua/engine/ui.
 * Writes go past stdio: each one either reaches the kernel or says why not.  No descriptor is ever
 * switched to O_NONBLOCK, since standard output is shared with other processes.
 * Threads: loop thread only, except clnrm_term_restore().  Layer: core. */
#ifndef CLNRM_TERM_H
#define CLNRM_TERM_H

#include <stdbool.h>
#include <stddef.h>

#define CLNRM_TERM_WIDTH_DEFAULT 80
#define CLNRM_TERM_WIDTH_MAX 10000 /* a wider COLUMNS is not believed */

/* Puts something behind each of the descriptors 0 to 2 that is closed, so that no file opened later
 * takes its place: reads from 0 and writes to 1 and 2 then fail with EBADF, as they should.  Call it
 * before anything is opened. */
void clnrm_term_fill_standard(void);

/* Returns whether `fd` is a terminal. */
bool clnrm_term_is_tty(int fd);

/* Returns the columns to write for: the variable COLUMNS, else what the terminal at `fd` says, else
 * CLNRM_TERM_WIDTH_DEFAULT. */
int clnrm_term_width(int fd);

/* Returns whether the environment (LC_ALL, LC_CTYPE, LANG) asks for UTF-8. */
bool clnrm_term_is_utf8(void);

/* Writes what `fd` takes of `data` without waiting; adds the number of bytes to `*written`.  Returns
 * 0 (also when nothing could be written yet), or -errno: -EPIPE when nobody reads any more. */
int clnrm_term_write_some(int fd, const void *data, size_t len, size_t *written);

/* Writes all of `data`, waiting as long as the reader takes.  Returns 0 or -errno. */
int clnrm_term_write(int fd, const void *data, size_t len);

/* Remembers the attributes of the terminal, and gives them back at exit() and on a fatal signal (then
 * the signal goes on to whom it was for).  Returns whether there is a terminal.  A second call
 * remembers anew. */
bool clnrm_term_guard(void);

/* Gives the attributes back that clnrm_term_guard() saw, when they differ and the terminal is ours to
 * change (we are its foreground process group).  Async-signal-safe. */
void clnrm_term_restore(void);

#endif
