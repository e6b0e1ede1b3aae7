/* term.h -- the terminal: whether there is one, its width, its attributes; and bytes to a
 * descriptor.
 *
 * Mechanism only.  What is shown, and in which colour, is decided in lua/engine/ui. Writes go past
 * stdio: each one either reaches the kernel or says why not.  No descriptor is ever switched to
 * O_NONBLOCK, since standard output is shared with other processes.
 * Threads: loop thread only, except clnrm_term_restore().  Layer: core. */
#ifndef CLNRM_TERM_H
#define CLNRM_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct termios;

#define CLNRM_TERM_WIDTH_DEFAULT 80
#define CLNRM_TERM_WIDTH_MAX 10000 /* a wider COLUMNS is not believed */
#define CLNRM_TERM_UNDO_MAX 512    /* bytes of clnrm_term_undo() */

/* Puts something behind each of the descriptors 0 to 2 that is closed, so that no file opened later
 * takes its place: reads from 0 and writes to 1 and 2 then fail with EBADF, as they should.  Call
 * it before anything is opened. */
void clnrm_term_fill_standard(void);

/* Returns whether `fd` is a terminal. */
bool clnrm_term_is_tty(int fd);

/* Returns the columns to write for: the variable COLUMNS, else what the terminal at `fd` says, else
 * CLNRM_TERM_WIDTH_DEFAULT. */
int clnrm_term_width(int fd);

/* Stores the size of the terminal at `fd`, whatever COLUMNS says.  Returns 0 or -errno: -ENOTTY. */
int clnrm_term_size(int fd, unsigned *rows, unsigned *columns);

/* Returns the rows of the terminal at `fd`, or 0 when it does not say. */
int clnrm_term_rows(int fd);

/* Returns whether we are the foreground process group of the terminal at `fd`. */
bool clnrm_term_is_foreground(int fd);

/* Opens the terminal at `fd` once more, for a description of our own that never waits: O_NONBLOCK
 * on it reaches no other process, and a write of any size takes what the terminal takes.  Returns a
 * descriptor that the caller closes, or -errno: -ENOTTY when `fd` is none. */
int clnrm_term_reopen(int fd, int flags);

/* Returns whether the environment (LC_ALL, LC_CTYPE, LANG) asks for UTF-8. */
bool clnrm_term_is_utf8(void);

/* Writes what `fd` takes of `data` without waiting; adds the number of bytes to `*written`.
 * Returns 0 (also when nothing could be written yet), or -errno: -EPIPE when nobody reads any more.
 */
int clnrm_term_write_some(int fd, const void *data, size_t len, size_t *written);

/* Returns whether somebody can still read what is written to `fd`: false when the far end of a pipe
 * or a socket is closed, or a terminal has hung up.  Never waits. */
bool clnrm_term_is_heard(int fd);

/* Writes all of `data`, waiting as long as the reader takes.  Returns 0 or -errno. */
int clnrm_term_write(int fd, const void *data, size_t len);

/* Remembers the attributes of the terminal, and gives them back at exit() and on a fatal signal
 * (then the signal goes on to whom it was for).  Returns whether there is a terminal.  A second
 * call remembers anew, unless the attributes are now those of clnrm_term_raw_keys(). */
bool clnrm_term_guard(void);

/* Stores what clnrm_term_guard() remembers.  Returns whether it does. */
bool clnrm_term_attributes(struct termios *out);

/* Gives the attributes back that clnrm_term_guard() saw, when they differ and the terminal is ours
 * to change (we are its foreground process group), and writes what clnrm_term_undo() was told,
 * once. Async-signal-safe. */
void clnrm_term_restore(void);

/* Sets what clnrm_term_restore() writes to `fd` in the foreground: what takes a live region off the
 * screen.  `len` 0: nothing.  Returns 0 or -E2BIG beyond CLNRM_TERM_UNDO_MAX. */
int clnrm_term_undo(int fd, const void *data, size_t len);

/* Lets the terminal hand out each key as it is pressed, unseen; Ctrl-C and Ctrl-Z stay signals,
 * unless `whole`: then nothing means anything here, on its way in or out, for a terminal elsewhere
 * gets it all. Returns 0 or -errno: -ENOTTY; -EPERM when clnrm_term_guard() has seen no terminal,
 * or we are not in its foreground. */
int clnrm_term_raw_keys(int fd, bool whole);

/* Makes process group `group` of this session the foreground of the terminal at `fd`; 0: our own.
 * Returns 0 or -errno: -ENOTTY, -ESRCH: there is no such group. */
int clnrm_term_give(int fd, pid_t group);

#endif
