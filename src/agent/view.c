/* view.c -- see view.h for the contract. */
#include "agent/view.h"
#include "agent/mount.h"
#include "agent/path.h"
#include "agent/stand.h"
#include "agent/sys.h"
#include "base/base.h"

#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { PLAIN = MS_NOSUID | MS_NODEV };

void clnrm_view_open(struct clnrm_view *v, int root, bool from_root, struct clnrm_refusal *why)
{
    *v = (struct clnrm_view){
        .root = root, .from_root = from_root, .stand = -1, .null = -1, .why = why};
}

void clnrm_view_close(struct clnrm_view *v)
{
    for (int i = 0; i < v->ro_count; i++)
        close(v->ro[i]);
    clnrm_stand_done(v);
    if (v->null >= 0)
        close(v->null);
    if (v->root >= 0)
        close(v->root);
    v->root = v->null = -1;
    v->ro_count = 0;
}

static const char *step_name(const struct clnrm_room_op *op)
{
    switch (op->kind) {
    case CLNRM_OP_DIR:
        return "dir";
    case CLNRM_OP_FILE:
        return "file";
    case CLNRM_OP_LINK:
        return "link";
    case CLNRM_OP_RO:
    case CLNRM_OP_RW:
        return "bind";
    case CLNRM_OP_COPY:
        return op->flags & CLNRM_OP_READONLY ? "read-only view" : "copy";
    case CLNRM_OP_FILL:
        return "copy";
    case CLNRM_OP_TMPFS:
        return "tmpfs";
    case CLNRM_OP_PROC:
        return "proc";
    case CLNRM_OP_DEV:
        return "dev";
    case CLNRM_OP_STAND:
        return "stand-in";
    case CLNRM_OP_PLACE:
        return "place";
    default:
        return "mask";
    }
}

int clnrm_view_text(struct clnrm_slice text, char *out, size_t size)
{
    if (text.len == 0 || memchr(text.data, '\0', text.len))
        return -EINVAL;
    if (text.len >= size)
        return -ENAMETOOLONG;
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    return 0;
}

static int open_parent(struct clnrm_view *v, const struct clnrm_path *p)
{
    return *p->leaf ? clnrm_path_open(v->root, p->parent, O_PATH | O_DIRECTORY, 0, 0) : -EEXIST;
}

static int op_dir(struct clnrm_view *v, const struct clnrm_room_op *op, const struct clnrm_path *p)
{
    int parent = open_parent(v, p);
    if (parent < 0)
        return parent;
    int status = mkdirat(parent, p->leaf, op->mode & 07777) < 0 ? -errno : 0;
    if (status == -EEXIST) {
        struct stat st;
        bool is_dir =
            fstatat(parent, p->leaf, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
        status = is_dir ? 0 : -EEXIST;
    }
    close(parent);
    return status;
}

static int write_all(int fd, struct clnrm_slice text)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.data, text.len);
        if (n < 0)
            return -errno;
        text.data += n;
        text.len -= (size_t)n;
    }
    return 0;
}

static int op_file(struct clnrm_view *v, const struct clnrm_room_op *op, const struct clnrm_path *p)
{
    struct stat st;
    int parent = open_parent(v, p);
    if (parent < 0)
        return parent;
    int flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    int fd = openat(parent, p->leaf, flags, op->mode & 0777);
    if (fd < 0 && errno == ELOOP && v->moved && unlinkat(parent, p->leaf, 0) == 0)
        fd = openat(parent, p->leaf, flags | O_EXCL, op->mode & 0777); /* an image's own link */
    int status = fd < 0 ? -errno : 0;
    close(parent);
    if (fd < 0)
        return status;
    if (fstat(fd, &st) < 0 || ftruncate(fd, 0) < 0)
        status = -errno;
    else if (!S_ISREG(st.st_mode))
        status = -EINVAL;
    if (status == 0)
        status = write_all(fd, op->source);
    close(fd);
    return status;
}

static int op_link(struct clnrm_view *v, const struct clnrm_room_op *op, const struct clnrm_path *p)
{
    char source[PATH_MAX];
    int status = clnrm_view_text(op->source, source, sizeof(source));
    int parent = status < 0 ? status : open_parent(v, p);
    if (parent < 0)
        return parent;
    status = symlinkat(source, parent, p->leaf) < 0 ? -errno : 0;
    close(parent);
    return status;
}

static int try_mount_point(struct clnrm_view *v, const struct clnrm_path *p, bool is_dir)
{
    int parent = open_parent(v, p);
    if (parent < 0)
        return parent;
    int status = 0, flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = is_dir ? mkdirat(parent, p->leaf, 0755) : openat(parent, p->leaf, flags, 0644);
    if (fd < 0)
        status = -errno;
    else if (!is_dir)
        close(fd);
    close(parent);
    return status;
}

/* A mount point that is missing in the room's read-only root is made there all the same; as an empty
 * directory or file it is then in every view of the room. */
static int make_mount_point(struct clnrm_view *v, const struct clnrm_path *p, bool is_dir)
{
    int status = try_mount_point(v, p, is_dir);
    if (status != -EROFS || !v->thaws || v->moved)
        return status;
    status = clnrm_mount_writable(v->root, PLAIN);
    if (status == 0)
        status = try_mount_point(v, p, is_dir);
    int again = clnrm_mount_readonly(v->root, PLAIN);
    return status < 0 ? status : again;
}

int clnrm_view_target(struct clnrm_view *v, const struct clnrm_path *p, bool is_dir, int how)
{
    struct stat st;
    int flags = O_PATH | O_NOFOLLOW | (is_dir ? O_DIRECTORY : 0);
    int fd = clnrm_path_open(v->root, p->text, flags, 0, how);
    if (fd == -ENOENT && *p->leaf) {
        int status = make_mount_point(v, p, is_dir);
        if (status < 0)
            return status;
        fd = clnrm_path_open(v->root, p->text, flags, 0, how);
    }
    if (fd < 0)
        return fd;
    int status = fstat(fd, &st) < 0 ? -errno : 0;
    if (status == 0 && S_ISLNK(st.st_mode))
        status = -ELOOP;
    if (status == 0 && (bool)S_ISDIR(st.st_mode) != is_dir)
        status = is_dir ? -ENOTDIR : -EISDIR;
    if (status < 0)
        close(fd);
    return status < 0 ? status : fd;
}

static int op_tmpfs(struct clnrm_view *v, const struct clnrm_room_op *op,
                    const struct clnrm_path *p)
{
    int fd = *p->leaf ? clnrm_view_target(v, p, true, 0) : -EINVAL;
    if (fd < 0)
        return fd;
    unsigned long flags = PLAIN | (op->flags & CLNRM_OP_NOEXEC ? MS_NOEXEC : 0);
    int status = clnrm_mount_tmpfs(fd, op->mode, op->size, op->inodes, flags);
    close(fd);
    v->tmpfs++;
    if (status < 0 || !(op->flags & CLNRM_OP_READONLY))
        return status;
    if (v->ro_count == CLNRM_VIEW_READONLY_MAX)
        return -E2BIG;
    fd = clnrm_path_open(v->root, p->text, O_PATH | O_DIRECTORY, 0, 0);
    if (fd >= 0)
        v->ro[v->ro_count++] = fd;
    return fd < 0 ? fd : 0;
}

static int op_special(struct clnrm_view *v, const struct clnrm_room_op *op,
                      const struct clnrm_path *p)
{
    int fd = *p->leaf ? clnrm_view_target(v, p, true, CLNRM_PATH_NO_LINKS) : -EINVAL;
    if (fd < 0)
        return fd;
    /* To the kernel a room of root's clnrm owns every entry of /proc; their modes are the host's. */
    unsigned long proc_flags = PLAIN | MS_NOEXEC | (v->from_root ? MS_RDONLY : 0);
    int status = op->kind == CLNRM_OP_DEV ? clnrm_view_dev(v, p->text, fd, op)
                                          : clnrm_mount_fresh(fd, "proc", proc_flags, NULL);
    close(fd);
    if (status < 0 || op->kind == CLNRM_OP_DEV)
        return status;
    fd = clnrm_path_open(v->root, p->text, O_PATH | O_DIRECTORY, 0, CLNRM_PATH_NO_LINKS);
    status = fd < 0 ? fd : clnrm_view_proc(v, fd);
    if (fd >= 0)
        close(fd);
    return status;
}

int clnrm_view_device(const char *path, unsigned major_number, unsigned minor_number)
{
    struct stat st;
    int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int status = fstat(fd, &st) < 0 ? -errno : 0;
    if (status == 0 && (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(major_number, minor_number)))
        status = -ENXIO;
    if (status < 0)
        close(fd);
    return status < 0 ? status : fd;
}

int clnrm_view_cover(struct clnrm_view *v, int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (S_ISDIR(st.st_mode))
        return clnrm_mount_fresh(fd, "tmpfs", PLAIN | MS_NOEXEC | MS_RDONLY,
                                 "size=4k,nr_inodes=2,mode=555");
    if (v->null < 0)
        v->null = clnrm_view_device("/dev/null", 1, 3);
    if (v->null < 0)
        return v->null;
    int tree = clnrm_mount_bind(v->null, fd, CLNRM_VIEW_DEVICE);
    if (tree >= 0)
        close(tree);
    return tree < 0 ? tree : 0;
}

static int op_mask(struct clnrm_view *v, const struct clnrm_path *p)
{
    int fd = clnrm_path_open(v->root, p->text, O_PATH | O_NOFOLLOW, 0, CLNRM_PATH_NO_LINKS);
    if (fd == -ENOENT)
        return 0; /* nothing there to hide */
    if (fd < 0)
        return fd;
    int status = clnrm_view_cover(v, fd);
    close(fd);
    return status;
}

static int carry_out(struct clnrm_view *v, const struct clnrm_room_op *op)
{
    struct clnrm_path p;
    int status = clnrm_path_parse(op->target, &p);
    if (status < 0)
        return status;
    switch (op->kind) {
    case CLNRM_OP_DIR:
        return op_dir(v, op, &p);
    case CLNRM_OP_FILE:
        return op_file(v, op, &p);
    case CLNRM_OP_LINK:
        return op_link(v, op, &p);
    case CLNRM_OP_RO:
    case CLNRM_OP_RW:
    case CLNRM_OP_COPY:
        return clnrm_view_bind(v, op, &p);
    case CLNRM_OP_FILL:
        return clnrm_view_fill(v, op, &p);
    case CLNRM_OP_TMPFS:
        return op_tmpfs(v, op, &p);
    case CLNRM_OP_PROC:
    case CLNRM_OP_DEV:
        return op_special(v, op, &p);
    case CLNRM_OP_MASK:
        return op_mask(v, &p);
    case CLNRM_OP_STAND:
        return clnrm_stand_cover(v, &p);
    case CLNRM_OP_PLACE:
        return clnrm_view_place(v, op, &p);
    default:
        return -EINVAL;
    }
}

static int shown(struct clnrm_slice text)
{
    return (int)(text.len < 100 ? text.len : 100);
}

int clnrm_view_apply(struct clnrm_view *v, uint32_t count, const struct clnrm_room_op *ops)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct clnrm_room_op *op = &ops[i];
        int status = carry_out(v, op);
        if (status == 0)
            continue;
        if (op->kind == CLNRM_OP_FILE || op->source.len == 0)
            return clnrm_refuse(v->why, status, step_name(op), "%.*s", shown(op->target),
                                op->target.data);
        return clnrm_refuse(v->why, status, step_name(op), "%.*s on %.*s", shown(op->source),
                            op->source.data, shown(op->target), op->target.data);
    }
    clnrm_stand_done(v);
    for (int i = 0; i < v->ro_count; i++) {
        int status = clnrm_mount_readonly(v->ro[i], PLAIN);
        if (status < 0)
            return clnrm_refuse(v->why, status, "readonly", "a tmpfs");
    }
    int status = v->sealed ? clnrm_mount_readonly(v->root, PLAIN) : 0;
    return status < 0 ? clnrm_refuse(v->why, status, "readonly", "the root") : 0;
}

/* pivot_root(".", ".") lays the old root over the new one, from where it is taken off at once. */
int clnrm_view_enter(struct clnrm_view *v)
{
    char cwd[PATH_MAX];
    if (fchdir(v->root) < 0)
        return clnrm_refuse(v->why, errno, "pivot", "fchdir to the new root");
    int status = clnrm_sys_pivot_root(".", ".");
    if (status < 0)
        return clnrm_refuse(v->why, status, "pivot", "pivot_root");
    if (umount2(".", MNT_DETACH) < 0)
        return clnrm_refuse(v->why, errno, "pivot", "detaching the old root");
    if (chdir("/") < 0 || syscall(SYS_getcwd, cwd, sizeof(cwd)) < 0)
        return clnrm_refuse(v->why, errno, "pivot", "chdir to the new root");
    if (strcmp(cwd, "/") != 0) /* "(unreachable)...": a way out of the root */
        return clnrm_refuse(v->why, EXDEV, "pivot", "the working directory is %s", cwd);
    return 0;
}
