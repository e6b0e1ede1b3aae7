/* file_of.h -- what a descriptor of a file (O_PATH) leads to.
 *
 * `proc` is the room's /proc, or -1 for the one at "/proc", in a child whose descriptors are closed.
 * Layer: agent. */
#ifndef CLNRM_AGENT_FILE_OF_H
#define CLNRM_AGENT_FILE_OF_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Writes the path of the file.  Returns its length, or -1. */
ssize_t clnrm_file_of_name(int proc, int fd, char *to, size_t size);

/* Opens it to be read.  Returns a descriptor, or -1. */
int clnrm_file_of_open(int proc, int fd);

/* Whether it lies where nothing is executed from. */
bool clnrm_file_of_is_noexec(int fd);

#endif
