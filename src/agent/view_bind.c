/* view_bind.c -- what a view shows of other places; see view.h for the contract. */
#include "agent/mount.h"
#include "agent/path.h"
#include "agent/shelf.h"
#include "agent/sys.h"
#include "agent/tree.h"
#include "agent/view.h"
#include "base/base.h"

#include <sys/stat.h>

/* The tree of `fd` becomes what further targets are relative to. */
static void move_root(struct clnrm_view *v, int fd, const struct clnrm_room_op *op)
{
    close(v->root);
    v->root = fd;
    v->moved = true;
    v->sealed = op->flags & CLNRM_OP_READONLY;
}

/* Opens a path without following any link, neither in the middle nor at the end: whoever asked for
 * it resolved them, and what runs in a room that can write to a folder of the host could have put
 * one there since. */
static int open_real(const char *path)
{
    struct clnrm_path p;
    int status = clnrm_path_parse(clnrm_slice_of(path), &p);
    if (status < 0)
        return status;
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return -errno;
    struct stat st;
    int fd = clnrm_path_open(root, p.text, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0, CLNRM_PATH_NO_LINKS);
    close(root);
    if (fd >= 0 && (fstat(fd, &st) < 0 || S_ISLNK(st.st_mode))) {
        close(fd);
        return -ELOOP;
    }
    return fd;
}

/* Opens what is bound: a path, or what was taken from the shelf.  `*taken` says which. */
static int open_source(const struct clnrm_view *v, const struct clnrm_room_op *op, bool *taken)
{
    char source[PATH_MAX];
    size_t i = v->trees ? (size_t)(op - v->first) : CLNRM_SHELF_TREES_MAX;
    *taken = i < CLNRM_SHELF_TREES_MAX && v->trees[i] >= 0;
    if (*taken) {
        int fd = fcntl(v->trees[i], F_DUPFD_CLOEXEC, 3);
        return fd < 0 ? -errno : fd;
    }
    if (v->trees && op->source.len && op->source.data[0] == '@')
        return -ENOENT; /* it is optional, and not on the shelf */
    int status = clnrm_view_text(op->source, source, sizeof(source));
    if (status < 0)
        return status;
    return open_real(source);
}

/* Puts a tree on `to`.  Returns a descriptor of its root. */
static int attach(int tree, int to, uint64_t attr)
{
    int status = clnrm_sys_mount_attr(tree, attr, 0, 1);
    if (status == 0)
        status = clnrm_sys_attach(tree, to);
    int fd = status < 0 ? status : fcntl(tree, F_DUPFD_CLOEXEC, 3);
    return fd == -1 ? -errno : fd;
}

int clnrm_view_fill(struct clnrm_view *v, const struct clnrm_room_op *op,
                    const struct clnrm_path *p)
{
    char source[PATH_MAX];
    int status = clnrm_view_text(op->source, source, sizeof(source));
    int from = status < 0 ? status : open_real(source);
    int to = from < 0 ? from : clnrm_view_target(v, p, true, 0);
    status = to < 0 ? to : clnrm_tree_copy(from, to, op->size, op->inodes);
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    if (status < 0)
        return status;
    if (!*p->leaf) {
        v->moved = true;
        v->sealed = op->flags & CLNRM_OP_READONLY;
    }
    v->filled++;
    return 0;
}

int clnrm_view_place(struct clnrm_view *v, const struct clnrm_room_op *op,
                     const struct clnrm_path *p)
{
    uint64_t attr = CLNRM_ATTR_NOSUID | CLNRM_ATTR_NODEV;
    if (op->flags & CLNRM_OP_NOEXEC)
        attr |= CLNRM_ATTR_NOEXEC;
    int fd = *p->leaf ? clnrm_view_target(v, p, true, 0) : -EINVAL;
    int tree = fd < 0 ? fd : clnrm_mount_bind(fd, fd, attr);
    if (fd >= 0)
        close(fd);
    if (tree >= 0)
        close(tree);
    return tree < 0 ? tree : 0;
}

int clnrm_view_bind(struct clnrm_view *v, const struct clnrm_room_op *op,
                    const struct clnrm_path *p)
{
    struct stat st;
    bool taken, optional = op->flags & CLNRM_OP_OPTIONAL;
    int from = open_source(v, op, &taken);
    if (from < 0)
        return (from == -ENOENT || from == -ENOTDIR) && optional ? 0 : from;
    int status = fstat(from, &st) < 0 ? -errno : 0;
    int to = status < 0 ? status : clnrm_view_target(v, p, S_ISDIR(st.st_mode), 0);
    if (to < 0) {
        close(from);
        return to;
    }
    uint64_t attr = CLNRM_ATTR_NOSUID | CLNRM_ATTR_NODEV;
    if (op->flags & CLNRM_OP_NOEXEC)
        attr |= CLNRM_ATTR_NOEXEC;
    if (op->kind == CLNRM_OP_COPY && op->flags & CLNRM_OP_READONLY && *p->leaf)
        attr |= CLNRM_ATTR_RDONLY;
    if (op->kind == CLNRM_OP_RO)
        attr |= CLNRM_ATTR_RDONLY;
    int fd = op->kind == CLNRM_OP_COPY ? clnrm_mount_overlay(from, to, op->size, op->inodes, attr)
             : taken                   ? attach(from, to, attr)
                                       : clnrm_mount_bind(from, to, attr);
    close(from);
    close(to);
    if (fd < 0)
        return fd;
    if (*p->leaf)
        close(fd);
    else
        move_root(v, fd, op);
    unsigned *count = op->kind == CLNRM_OP_COPY ? &v->overlays
                      : op->kind == CLNRM_OP_RO ? &v->bound_ro
                                                : &v->bound_rw;
    ++*count;
    return 0;
}
