/* guardian.h -- a second process that gives the terminal back when this one was killed.
 *
 * Nothing runs in a program that gets SIGKILL, so its screen and modes would stay.  The guardian is
 * this program again, in the same session but a process group of its own, with the terminal and the
 * reading end of a pipe, no Lua state, and no signal that it would take.  While it is armed and the
 * pipe ends, it writes what it was told and sets the attributes; the pipe ends before who waits for
 * the dead program is woken.  There is one at a time, as there is one terminal.
 * Threads: loop thread only, except clnrm_guardian_disarm().  Layer: core. */
#ifndef CLNRM_GUARDIAN_H
#define CLNRM_GUARDIAN_H

#include <stddef.h>
#include <termios.h>

#define CLNRM_GUARDIAN_COMMAND "--guardian" /* argv[1] of the second process */
#define CLNRM_GUARDIAN_BYTES_MAX 512

/* Starts one for the terminal at `fd`, unless one is there.  Returns 0 or -errno. */
int clnrm_guardian_start(int fd);

/* From now on it gives the terminal back: `bytes`, then `attributes`.  Returns 0, -E2BIG, or
 * -errno: -EPIPE when it is not there any more. */
int clnrm_guardian_arm(const struct termios *attributes, const void *bytes, size_t len);

/* The terminal is as it should be.  Does nothing without a guardian.  Async-signal-safe. */
void clnrm_guardian_disarm(void);

/* Ends it; one that is still armed gives the terminal back first, and is not waited for. */
void clnrm_guardian_stop(void);

/* In the second process: stands by until the pipe ends.  Returns the exit code. */
int clnrm_guardian_main(void);

#endif
