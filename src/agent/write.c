/* write.c -- decides about calls that make, change or remove a file; see write.h for the contract.
 *
 * The kernel refuses them by itself: the mounts are read-only.  Here it is told who tried. */
#include "agent/write.h"
#include "agent/file_of.h"
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { READONLY = 1, TMPFS = 0x01021994 }; /* ST_RDONLY, TMPFS_MAGIC of statfs(2) */

/* Where a call has the directory and the path that it writes: -1, the working directory. */
static void places_of(int number, int *dir, int *path)
{
    switch (number) {
#ifdef SYS_open
    case SYS_symlink:
    case SYS_rename: /* the second: where to.  What is moved away is read-only, too */
    case SYS_link:
        *dir = -1, *path = 1;
        return;
    case SYS_open:
    case SYS_creat:
    case SYS_mkdir:
    case SYS_rmdir:
    case SYS_unlink:
    case SYS_mknod:
        *dir = -1, *path = 0;
        return;
#endif
    case SYS_symlinkat:
        *dir = 1, *path = 2;
        return;
    case SYS_linkat:
    case SYS_renameat2:
#ifdef SYS_renameat
    case SYS_renameat:
#endif
        *dir = 2, *path = 3;
        return;
    default:
        *dir = 0, *path = 1;
    }
}

/* The number of the mount that `fd` is in, or -1. */
static int mount_of(const struct clnrm_agent *agent, int fd)
{
    char text[512];
    snprintf(text, sizeof(text), "self/fdinfo/%d", fd);
    int info = openat(agent->proc, text, O_RDONLY | O_CLOEXEC);
    ssize_t n = info < 0 ? -1 : read(info, text, sizeof(text) - 1);
    if (info >= 0)
        close(info);
    text[n > 0 ? n : 0] = '\0';
    const char *at = strstr(text, "mnt_id:");
    return at ? atoi(at + 7) : -1;
}

/* Directories of programs: in rooms without an image they are read-only at every level, and there
 * programs try to keep their caches (Python does) without asking whether they can. */
static bool is_programs(const char *path)
{
    static const char *const dirs[] = {"/usr/", "/bin/", "/sbin/", "/lib", "/opt/"};
    for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
        if (strncmp(path, dirs[i], strlen(dirs[i])) == 0)
            return true;
    return false;
}

/* Whether `fd` is in the root, which is an image's and could be written to in a room of another level. */
static bool is_in_root(const struct clnrm_agent *agent, int fd)
{
    char path[PATH_MAX + 1];
    if (!(agent->guard->spec.flags & CLNRM_GUARD_ROOT))
        return false;
    ssize_t n = clnrm_file_of_name(agent->proc, fd, path, sizeof(path) - 1);
    if (n > 0 && is_programs(strcat(path, "/")))
        return false;
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int its = root < 0 ? -1 : mount_of(agent, root);
    if (root >= 0)
        close(root);
    return its >= 0 && its == mount_of(agent, fd);
}

/* Whether `fd` is a place that would be written to in a room of another level: a tmpfs, other than the
 * empty root, which is read-only everywhere; or the root of an image. */
static bool is_closed(const struct clnrm_agent *agent, int fd)
{
    struct statfs st;
    struct stat here, root;
    if (fstatfs(fd, &st) < 0 || !(st.f_flags & READONLY) || fstat(fd, &here) < 0 ||
        stat("/", &root) < 0 || S_ISCHR(here.st_mode))
        return false;
    return (st.f_type == TMPFS && here.st_dev != root.st_dev) || is_in_root(agent, fd);
}

int clnrm_write_decide(struct clnrm_agent *agent, const struct clnrm_call *c)
{
    char path[PATH_MAX], parent[PATH_MAX];
    int dir_at, path_at;
    places_of(c->number, &dir_at, &path_at);
    if (!clnrm_call_path(c, c->args[path_at], path))
        return 0; /* nothing can be said of it; the kernel refuses it all the same */
    int dir = dir_at < 0 ? AT_FDCWD : (int)c->args[dir_at];
    int fd = clnrm_call_open(agent, c, dir, path);
    if (fd < 0) { /* it is to be made */
        snprintf(parent, sizeof(parent), "%s", path);
        char *slash = strrchr(parent, '/');
        if (slash)
            slash[slash == parent] = '\0';
        else
            snprintf(parent, sizeof(parent), ".");
        fd = clnrm_call_open(agent, c, dir, parent);
    }
    bool closed = fd >= 0 && is_closed(agent, fd);
    if (fd >= 0)
        close(fd);
    if (closed)
        clnrm_call_note(agent, c, CLNRM_REPORT_WRITE, path);
    return closed ? EROFS : 0;
}
