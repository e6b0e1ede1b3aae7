/* resolve.c -- see resolve.h for the contract.
 *
 * The kernel resolves nearly all paths in one call.  It leaves two things: the links of /proc that are
 * no text (fd/3, exe, cwd), which it does not follow within a root, and /proc/self, which is who asks.
 * Such a path is walked part by part. */
#include "agent/resolve.h"
#include "agent/sys.h"
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum { LINKS_MAX = 40, PROC = 0x9fa0, PROC_ROOT = 1 /* its inode */ };

struct walk {
    pid_t pid;
    int root, at;
    unsigned links;
    char rest[2 * PATH_MAX];
};

static bool is_of_proc(int fd)
{
    struct statfs st;
    return fstatfs(fd, &st) == 0 && st.f_type == PROC;
}

static void step_to(struct walk *w, int fd)
{
    close(w->at);
    w->at = fd;
}

/* Puts the text of a link before the rest. */
static int take_link(struct walk *w, const char *text)
{
    char joined[2 * PATH_MAX];
    int n = snprintf(joined, sizeof(joined), "%s/%s", text, w->rest);
    if (++w->links > LINKS_MAX || n >= (int)sizeof(joined))
        return -ELOOP;
    memcpy(w->rest, joined, (size_t)n + 1);
    if (*text == '/')
        step_to(w, fcntl(w->root, F_DUPFD_CLOEXEC, 0));
    return w->at < 0 ? -errno : 0;
}

/* Follows the link `fd`, which is `name` where the walk is. */
static int follow(struct walk *w, int fd, const char *name)
{
    char text[PATH_MAX];
    struct stat here;
    if (is_of_proc(fd)) {
        bool is_top = fstat(w->at, &here) == 0 && here.st_ino == PROC_ROOT;
        if (!is_top) { /* no text: the kernel goes where it leads */
            int next = openat(w->at, name, O_PATH | O_CLOEXEC);
            if (next < 0)
                return -errno;
            step_to(w, next);
            return 0;
        }
        if (strcmp(name, "self") == 0 || strcmp(name, "thread-self") == 0) {
            snprintf(text, sizeof(text), "%d", (int)w->pid);
            return take_link(w, text);
        }
    }
    ssize_t n = readlinkat(fd, "", text, sizeof(text) - 1);
    if (n < 0)
        return -errno;
    text[n] = '\0';
    return take_link(w, text);
}

static int walk_part(struct walk *w)
{
    char name[NAME_MAX + 1];
    size_t skip = strspn(w->rest, "/"), len = strcspn(w->rest + skip, "/");
    if (len > NAME_MAX)
        return -ENAMETOOLONG;
    memcpy(name, w->rest + skip, len);
    name[len] = '\0';
    memmove(w->rest, w->rest + skip + len, strlen(w->rest + skip + len) + 1);
    if (len == 0)
        return 0;
    struct stat st;
    int fd = openat(w->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) == 0 && S_ISLNK(st.st_mode)) {
        int status = follow(w, fd, name);
        close(fd);
        return status;
    }
    step_to(w, fd);
    return 0;
}

static int walk(pid_t pid, int root, const char *path)
{
    struct walk w = {.pid = pid, .root = root};
    int status = 0;
    if (snprintf(w.rest, sizeof(w.rest), "%s", path) >= (int)sizeof(w.rest))
        return -ENAMETOOLONG;
    w.at = fcntl(root, F_DUPFD_CLOEXEC, 0);
    if (w.at < 0)
        return -errno;
    while (status == 0 && *w.rest)
        status = walk_part(&w);
    if (status < 0 && w.at >= 0)
        close(w.at);
    return status < 0 ? status : w.at;
}

int clnrm_resolve(int proc, pid_t pid, const char *path)
{
    char name[32];
    snprintf(name, sizeof(name), "%d/root", (int)pid);
    int root = openat(proc, name, O_PATH | O_CLOEXEC);
    if (root < 0)
        return -errno;
    int fd = clnrm_sys_openat2(root, path, O_PATH, 0, CLNRM_RESOLVE_IN_ROOT);
    if (fd == -EXDEV || fd == -ENOENT)
        fd = walk(pid, root, path);
    close(root);
    return fd;
}
