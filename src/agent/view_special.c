/* view_special.c -- /proc and /dev of a room; see view.h for the contract. */
#include "agent/mount.h"
#include "agent/path.h"
#include "agent/sys.h"
#include "agent/view.h"
#include "base/base.h"

#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* The list of moby. */
static const char *const MASKED[] = {
    "acpi",          "asound",      "interrupts", "kcore",      "keys",
    "latency_stats", "sched_debug", "scsi",       "timer_list", "timer_stats",
};
/* What the mode bits of /proc leave to root alone.  When clnrm runs as root, so does the room as the
 * kernel sees it (without any capability), and then they protect nothing. */
static const char *const MASKED_FROM_ROOT[] = {
    "allocinfo",  "dynamic_debug", "kpagecgroup", "kpagecount",
    "kpageflags", "pagetypeinfo",  "slabinfo",    "vmallocinfo",
};
static const char *const READONLY[] = {"bus",  "driver", "fs",           "irq",
                                       "mtrr", "sys",    "sysrq-trigger"};

static int open_in(int dir, const char *name)
{
    return clnrm_path_open(dir, name, O_PATH | O_NOFOLLOW, 0, CLNRM_PATH_NO_LINKS);
}

static void add_name(char *list, size_t size, const char *name)
{
    size_t len = strlen(list);
    snprintf(list + len, size - len, "%s%s", len ? " " : "", name);
}

static int hide(struct clnrm_view *v, int proc, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int fd = open_in(proc, names[i]);
        if (fd == -ENOENT)
            continue;
        int status = fd < 0 ? fd : clnrm_view_cover(v, fd);
        if (fd >= 0)
            close(fd);
        if (status < 0)
            return clnrm_refuse(v->why, status, "proc", "masking /proc/%s", names[i]);
        add_name(v->masked, sizeof(v->masked), names[i]);
    }
    return 0;
}

static int protect(struct clnrm_view *v, int proc, const char *name)
{
    int fd = open_in(proc, name);
    if (fd == -ENOENT)
        return 0;
    int tree = fd < 0 ? fd
                      : clnrm_mount_bind(fd, fd,
                                         CLNRM_ATTR_RDONLY | CLNRM_ATTR_NOSUID | CLNRM_ATTR_NODEV |
                                             CLNRM_ATTR_NOEXEC);
    if (fd >= 0)
        close(fd);
    if (tree < 0)
        return clnrm_refuse(v->why, tree, "proc", "read-only /proc/%s", name);
    close(tree);
    add_name(v->readonly, sizeof(v->readonly), name);
    return 0;
}

int clnrm_view_proc(struct clnrm_view *v, int proc)
{
    int status = hide(v, proc, MASKED, sizeof(MASKED) / sizeof(MASKED[0]));
    if (status == 0 && v->from_root)
        status =
            hide(v, proc, MASKED_FROM_ROOT, sizeof(MASKED_FROM_ROOT) / sizeof(MASKED_FROM_ROOT[0]));
    for (size_t i = 0; status == 0 && i < sizeof(READONLY) / sizeof(READONLY[0]); i++)
        status = protect(v, proc, READONLY[i]);
    return status;
}

static int add_device(struct clnrm_view *v, int dev, const char *name, unsigned major_number,
                      unsigned minor_number)
{
    char path[32];
    snprintf(path, sizeof(path), "/dev/%s", name);
    int from = clnrm_view_device(path, major_number, minor_number);
    if (from < 0)
        return clnrm_refuse(v->why, from, "dev", "%s of the host", path);
    int to = openat(dev, name, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    int tree = to < 0 ? -errno : clnrm_mount_bind(from, to, CLNRM_VIEW_DEVICE);
    if (to >= 0)
        close(to);
    close(from);
    if (tree < 0)
        return clnrm_refuse(v->why, tree, "dev", "%s", path);
    close(tree);
    return 0;
}

static int add_links(int dev)
{
    static const char *const links[][2] = {{"pts/ptmx", "ptmx"},
                                           {"/proc/self/fd", "fd"},
                                           {"/proc/self/fd/0", "stdin"},
                                           {"/proc/self/fd/1", "stdout"},
                                           {"/proc/self/fd/2", "stderr"}};
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
        if (symlinkat(links[i][0], dev, links[i][1]) < 0)
            return -errno;
    return 0;
}

/* A directory `name` in /dev with a file system of its own; shm without a device's flags. */
static int add_mount(int dev, const char *name, const struct clnrm_room_op *op)
{
    bool is_shm = strcmp(name, "shm") == 0;
    if (mkdirat(dev, name, 0755) < 0)
        return -errno;
    int fd = openat(dev, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    unsigned long flags = MS_NOSUID | MS_NODEV | (op->flags & CLNRM_OP_NOEXEC ? MS_NOEXEC : 0);
    if (op->flags & CLNRM_OP_READONLY)
        flags |= MS_RDONLY;
    int status = is_shm ? clnrm_mount_tmpfs(fd, 01777, op->size, op->inodes, flags)
                        : clnrm_mount_fresh(fd, "devpts", MS_NOSUID | MS_NOEXEC,
                                            "newinstance,ptmxmode=0666,mode=620");
    close(fd);
    return status;
}

int clnrm_view_dev(struct clnrm_view *v, const char *target, int fd, const struct clnrm_room_op *op)
{
    static const struct {
        const char *name;
        unsigned major_number, minor_number;
    } nodes[] = {{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
                 {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};
    enum { DEV_SIZE = 64 * 1024, DEV_INODES = 32 };
    int status = clnrm_mount_tmpfs(fd, 0755, DEV_SIZE, DEV_INODES, MS_NOSUID | MS_NOEXEC);
    if (status < 0)
        return status;
    int dev = clnrm_path_open(v->root, target, O_RDONLY | O_DIRECTORY, 0, CLNRM_PATH_NO_LINKS);
    if (dev < 0)
        return dev;
    for (size_t i = 0; status == 0 && i < sizeof(nodes) / sizeof(nodes[0]); i++)
        status = add_device(v, dev, nodes[i].name, nodes[i].major_number, nodes[i].minor_number);
    if (status == 0)
        status = add_links(dev);
    if (status == 0 && (status = add_mount(dev, "pts", op)) < 0)
        clnrm_refuse(v->why, status, "dev", "/dev/pts");
    if (status == 0 && (status = add_mount(dev, "shm", op)) < 0)
        clnrm_refuse(v->why, status, "dev", "/dev/shm");
    if (status == 0)
        status = clnrm_mount_readonly(dev, MS_NOSUID | MS_NOEXEC);
    close(dev);
    return status;
}
