/* path.c -- see path.h for the contract. */
#include "agent/path.h"
#include "agent/sys.h"
#include "base/base.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

enum { RACE_TRIES = 16 };

int clnrm_path_parse(struct clnrm_slice path, struct clnrm_path *out)
{
    size_t len = 0;
    if (path.len >= sizeof(out->text))
        return -ENAMETOOLONG;
    if (path.len == 0 || path.data[0] != '/' || memchr(path.data, '\0', path.len))
        return -EINVAL;
    out->leaf = out->text;
    out->text[0] = out->parent[0] = '\0';
    for (size_t at = 0, end; at < path.len; at = end + 1) {
        const char *part = path.data + at;
        const char *slash = memchr(part, '/', path.len - at);
        end = slash ? (size_t)(slash - path.data) : path.len;
        size_t size = end - at;
        if (size == 0)
            continue;
        if ((size == 1 && part[0] == '.') || (size == 2 && part[0] == '.' && part[1] == '.'))
            return -EINVAL;
        memcpy(out->parent, out->text, len + 1);
        if (len)
            out->text[len++] = '/';
        out->leaf = out->text + len;
        memcpy(out->text + len, part, size);
        len += size;
        out->text[len] = '\0';
    }
    return 0;
}

/* One step of the walk: `*dir` becomes the directory `name` in it. */
static int step_down(int *dir, const char *name)
{
    int next = openat(*dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int error = errno;
    close(*dir);
    *dir = next;
    return next < 0 ? -error : 0;
}

static int walk(int root, const char *relative, int flags, unsigned mode)
{
    char text[PATH_MAX], *rest = text, *part;
    snprintf(text, sizeof(text), "%s", relative);
    int dir = openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -errno;
    while ((part = strsep(&rest, "/")) && rest) {
        int status = step_down(&dir, part);
        if (status < 0)
            return status;
    }
    int fd = openat(dir, *part ? part : ".", flags | O_NOFOLLOW | O_CLOEXEC, mode);
    int error = errno;
    close(dir);
    return fd < 0 ? -error : fd;
}

/* Old kernels do not have it, and filters of others may answer EPERM to what they do not know. */
static bool has_openat2(int root)
{
    static int has = -1;
    if (has < 0) {
        int fd = clnrm_sys_openat2(root, ".", O_PATH | O_DIRECTORY, 0, CLNRM_RESOLVE_IN_ROOT);
        has = fd != -ENOSYS && fd != -EPERM;
        if (fd >= 0)
            close(fd);
    }
    return has;
}

int clnrm_path_open(int root, const char *relative, int flags, unsigned mode, int how)
{
    uint64_t resolve = CLNRM_RESOLVE_NO_MAGICLINKS | CLNRM_RESOLVE_IN_ROOT;
    if (how & CLNRM_PATH_NO_LINKS)
        resolve |= CLNRM_RESOLVE_NO_SYMLINKS;
    const char *path = *relative ? relative : ".";
    int fd = has_openat2(root) ? -EAGAIN : -ENOSYS;
    for (int i = 0; fd == -EAGAIN && i < RACE_TRIES; i++) /* somebody renames meanwhile */
        fd = clnrm_sys_openat2(root, path, flags, mode, resolve);
    return fd == -ENOSYS ? walk(root, relative, flags, mode) : fd;
}
