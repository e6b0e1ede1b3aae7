/* tree_remove.c -- see tree_remove.h for the contract. */
#include "core/tree_remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH_MAX = 256 };

static int remove_at(int dir, const char *name, int depth);

static int empty(int fd, int depth)
{
    DIR *list = fdopendir(fd);
    struct dirent *entry;
    int status = 0;
    if (!list) {
        status = -errno;
        close(fd);
        return status;
    }
    while (status == 0 && (errno = 0, entry = readdir(list))) {
        bool is_dots = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (!is_dots)
            status = remove_at(fd, entry->d_name, depth);
    }
    if (status == 0 && errno)
        status = -errno;
    closedir(list);
    return status;
}

static int remove_at(int dir, const char *name, int depth)
{
    if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -errno;
    if (depth == DEPTH_MAX)
        return -E2BIG;
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int status = fd < 0 ? -errno : empty(fd, depth + 1);
    if (status < 0)
        return status;
    return unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

int clnrm_tree_remove(int dir, const char *name)
{
    return remove_at(dir, name, 0);
}
