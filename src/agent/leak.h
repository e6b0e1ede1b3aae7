/* leak.h -- what a process holds that outlived its command: the ports that it listens on.
 *
 * Layer: agent. */
#ifndef CLNRM_AGENT_LEAK_H
#define CLNRM_AGENT_LEAK_H

#include <stdint.h>
#include <sys/types.h>

enum { CLNRM_LEAK_PORTS_MAX = 8 }; /* of one process; more are not told */

/* Finds the TCP ports that process `pid` listens on, each once, in the network that it is in.  Returns
 * how many; 0 also when it is gone or cannot be looked at. */
int clnrm_leak_ports(int proc, pid_t pid, uint16_t out[CLNRM_LEAK_PORTS_MAX]);

#endif
