/* overrun.h -- ends a script that computes too long where its instructions cannot be counted.
 *
 * A limit of instructions (core.task.limit) sees only the virtual machine: a loop of slow functions of
 * C comes late to it, and one that never returns not at all.  A timer of the process looks ten times in
 * each second of processor time.  A task that has had its time since it last waited raises at its next
 * instruction; one that does not come to it within the same time again ends the program, with a line
 * on standard error that names the place.  Threads: loop thread only.  Layer: bind. */
#ifndef CLNRM_OVERRUN_H
#define CLNRM_OVERRUN_H

#include "bind/sched_task.h"

/* Watches the tasks of `s` that have a limit of time from now on.  Once for a process. */
void clnrm_overrun_watch(struct clnrm_sched *s);

/* Ends the watch, if it is of `s`.  The exit handlers of a process use processor time as well. */
void clnrm_overrun_end(const struct clnrm_sched *s);

#endif
