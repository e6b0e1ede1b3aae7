/* lock.c -- see lock.h for the contract. */
#include "core/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int clnrm_lock_try(const char *path, bool shared, int *out)
{
    struct stat st;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
    if (fd < 0)
        return -errno;
    int status = fstat(fd, &st) < 0 ? -errno : 0;
    if (status == 0 && !S_ISREG(st.st_mode))
        status = -EINVAL;
    if (status == 0 && flock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0)
        status = errno == EWOULDBLOCK ? -EAGAIN : -errno;
    if (status == 0)
        *out = fd;
    else
        close(fd);
    return status;
}
