/* pid.h -- a process of the machine that is not our child, without mistaking it for a later one.
 *
 * A number alone is reused by the kernel; together with the time at which the process started it is
 * not.  Threads: any.  Layer: core. */
#ifndef CLNRM_PID_H
#define CLNRM_PID_H

#include <stdint.h>
#include <sys/types.h>

/* Stores when process `pid` started, in clock ticks since boot (field 22 of proc_pid_stat(5)).
 * Returns 0, or -ESRCH when there is none or only its zombie is left. */
int clnrm_pid_start_time(pid_t pid, uint64_t *out);

/* Sends a signal to `pid` if it is the process that started at `start_time` (by a pidfd, so it cannot
 * be exchanged between look and signal).  Returns 0, -ESRCH when that process is gone, or -errno. */
int clnrm_pid_signal(pid_t pid, uint64_t start_time, int number);

#endif
