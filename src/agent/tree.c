/* tree.c -- see tree.h for the contract. */
#include "agent/tree.h"
#include "base/base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 128 * 1024 };

struct copy {
    uint64_t size, inodes; /* what may still come */
    char *chunk;
};

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0)
            return -errno;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

static int copy_bytes(struct copy *c, int from, int to)
{
    for (;;) {
        ssize_t n = read(from, c->chunk, CHUNK);
        if (n <= 0)
            return n < 0 ? -errno : 0;
        if ((uint64_t)n > c->size)
            return -ENOSPC;
        c->size -= (uint64_t)n;
        int status = write_all(to, c->chunk, (size_t)n);
        if (status < 0)
            return status;
    }
}

static int copy_file(struct copy *c, int from, int to, const char *name, mode_t mode)
{
    int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool is_hidden = in < 0 && (errno == EACCES || errno == EPERM);
    if (in < 0 && !is_hidden)
        return -errno;
    int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int status = out < 0 ? -errno : 0;
    if (status == 0 && !is_hidden)
        status = copy_bytes(c, in, out);
    if (status == 0 && fchmod(out, is_hidden ? 0 : mode & 0777) < 0)
        status = -errno;
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return status;
}

static int copy_link(int from, int to, const char *name)
{
    char target[PATH_MAX];
    ssize_t len = readlinkat(from, name, target, sizeof(target) - 1);
    if (len < 0)
        return -errno;
    target[len] = '\0';
    return symlinkat(target, to, name) < 0 ? -errno : 0;
}

static int copy_all(struct copy *c, int from, int to, int depth);

static int copy_dir(struct copy *c, int from, int to, const char *name, mode_t mode, int depth)
{
    int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool is_hidden = in < 0 && (errno == EACCES || errno == EPERM);
    if (in < 0 && !is_hidden)
        return -errno;
    int status = mkdirat(to, name, 0700) < 0 ? -errno : 0;
    int out = status < 0 ? -1 : openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (status == 0 && out < 0)
        status = -errno;
    if (status == 0 && !is_hidden)
        status = copy_all(c, in, out, depth + 1);
    if (status == 0 && fchmod(out, is_hidden ? 0 : mode & 01777) < 0)
        status = -errno;
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return status;
}

static int copy_entry(struct copy *c, int from, int to, const char *name, int depth)
{
    struct stat st;
    if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    bool is_kept = S_ISDIR(st.st_mode) || S_ISREG(st.st_mode) || S_ISLNK(st.st_mode);
    if (!is_kept)
        return 0;
    if (c->inodes == 0)
        return -ENOSPC;
    c->inodes--;
    if (S_ISDIR(st.st_mode))
        return copy_dir(c, from, to, name, st.st_mode, depth);
    return S_ISREG(st.st_mode) ? copy_file(c, from, to, name, st.st_mode)
                               : copy_link(from, to, name);
}

static int copy_all(struct copy *c, int from, int to, int depth)
{
    if (depth > CLNRM_TREE_DEPTH_MAX)
        return -E2BIG;
    int own = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = own < 0 ? NULL : fdopendir(own);
    if (!dir) {
        int error = errno;
        if (own >= 0)
            close(own);
        return -error;
    }
    int status = 0;
    struct dirent *entry;
    while (status == 0 && (errno = 0, entry = readdir(dir))) {
        bool is_dots = entry->d_name[0] == '.' &&
                       (!entry->d_name[1] || (entry->d_name[1] == '.' && !entry->d_name[2]));
        status = is_dots ? 0 : copy_entry(c, from, to, entry->d_name, depth);
    }
    if (status == 0 && errno)
        status = -errno;
    closedir(dir);
    return status;
}

int clnrm_tree_copy(int from, int to, uint64_t size, uint64_t inodes)
{
    struct copy c = {.size = size, .inodes = inodes, .chunk = clnrm_xmalloc(CHUNK)};
    int status = copy_all(&c, from, to, 0);
    free(c.chunk);
    return status;
}
