/* file_of.c -- see file_of.h for the contract. */
#include "agent/file_of.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { NOEXEC = 8 }; /* ST_NOEXEC of statfs(2) */

static int link_of(int proc, int fd, char name[64])
{
    snprintf(name, 64, proc < 0 ? "/proc/self/fd/%d" : "self/fd/%d", fd);
    return proc < 0 ? AT_FDCWD : proc;
}

ssize_t clnrm_file_of_name(int proc, int fd, char *to, size_t size)
{
    char name[64];
    int dir = link_of(proc, fd, name);
    ssize_t n = readlinkat(dir, name, to, size - 1);
    if (n >= 0)
        to[n] = '\0';
    return n;
}

int clnrm_file_of_open(int proc, int fd)
{
    char name[64];
    int dir = link_of(proc, fd, name);
    return openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

bool clnrm_file_of_is_noexec(int fd)
{
    struct statfs st;
    return fstatfs(fd, &st) == 0 && (st.f_flags & NOEXEC) != 0;
}
