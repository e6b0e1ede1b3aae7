/* pid.c -- see pid.h for the contract. */
#include "core/pid.h"
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STATE_FIELD = 3, START_FIELD = 22 };

int clnrm_pid_start_time(pid_t pid, uint64_t *out)
{
    char text[1024];
    snprintf(text, sizeof(text), "/proc/%ld/stat", (long)pid);
    int fd = open(text, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -ESRCH;
    ssize_t n = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    char *at = strrchr(text, ')'); /* the name before it may hold anything */
    if (!at || at[1] != ' ' || at[2] == 'Z' || at[2] == 'X')
        return -ESRCH;
    for (int field = STATE_FIELD; at && field <= START_FIELD; field++)
        at = strchr(at + 1, ' ');
    if (!at)
        return -ESRCH;
    *out = strtoull(at + 1, NULL, 10);
    return 0;
}

int clnrm_pid_signal(pid_t pid, uint64_t start_time, int number)
{
    uint64_t found;
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return -errno;
    int status = clnrm_pid_start_time(pid, &found);
    if (status == 0 && found != start_time)
        status = -ESRCH;
    if (status == 0 && syscall(SYS_pidfd_send_signal, fd, number, NULL, 0) < 0)
        status = -errno;
    close(fd);
    return status;
}
