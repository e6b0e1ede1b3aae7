/* view.h -- carries out the operations of a room (or of a child's private view) on a new root.
 *
 * Nothing here can reach outside the new root: every target goes through path.h.  A failed operation
 * ends it; there is no half-made view, since its mount namespace goes with the process.
 * Layer: agent. */
#ifndef CLNRM_AGENT_VIEW_H
#define CLNRM_AGENT_VIEW_H

#include "agent/path.h"
#include "agent/refusal.h"
#include "base/room.h"

enum { CLNRM_VIEW_READONLY_MAX = 64 };

/* Mount attributes of a device of the host: it can be read and written, but its mode, owner and times,
 * which are the host's, cannot be changed. */
#define CLNRM_VIEW_DEVICE (CLNRM_ATTR_RDONLY | CLNRM_ATTR_NOSUID | CLNRM_ATTR_NOEXEC)

struct clnrm_view {
    int root;       /* the directory that targets are relative to; owned */
    bool moved;     /* an operation on "/" put another tree in its place */
    bool sealed;    /* the root itself becomes read-only at the end: the empty one, or a tree with
                    CLNRM_OP_READONLY */
    bool thaws;     /* the root was sealed when the room was made: mount points may still be made */
    bool from_root; /* the room's user is root on the host: mode bits alone protect nothing there */
    int stand;      /* O_PATH of the program that stands in for others, -1 until needed; owned */
    int null;       /* O_PATH of a checked null device for masks, -1 until needed; owned */
    int ro_count;   /* tmpfs that become read-only at the end */
    int ro[CLNRM_VIEW_READONLY_MAX];
    unsigned bound_ro, bound_rw, overlays, filled, tmpfs; /* what was made, for the report */
    char masked[256], readonly[128];                      /* names below /proc */
    const struct clnrm_room_op *first;                    /* what `trees` belongs to */
    const int *trees; /* NULL, or as clnrm_shelf_take() gave them */
    struct clnrm_refusal *why;
};

/* Starts a view on the directory `root` (owned from here on). */
void clnrm_view_open(struct clnrm_view *v, int root, bool from_root, struct clnrm_refusal *why);

/* Carries out `count` operations and makes read-only what is to be.  Returns 0, or -errno with
 * `why` filled. */
int clnrm_view_apply(struct clnrm_view *v, uint32_t count, const struct clnrm_room_op *ops);

/* Makes the view's root the root of the calling process and drops the old one with all below. */
int clnrm_view_enter(struct clnrm_view *v);

void clnrm_view_close(struct clnrm_view *v);

/* Text of the payload as a C string; what has a NUL inside cannot be a path.  Returns 0 or -errno. */
int clnrm_view_text(struct clnrm_slice text, char *out, size_t size);

/* Opens what a mount goes on, made when missing; never a link.  Returns a descriptor or -errno. */
int clnrm_view_target(struct clnrm_view *v, const struct clnrm_path *p, bool is_dir, int how);

/* The parts with their own files. */
int clnrm_view_bind(struct clnrm_view *v, const struct clnrm_room_op *op,
                    const struct clnrm_path *p);
int clnrm_view_fill(struct clnrm_view *v, const struct clnrm_room_op *op,
                    const struct clnrm_path *p);
int clnrm_view_place(struct clnrm_view *v, const struct clnrm_room_op *op,
                     const struct clnrm_path *p);
int clnrm_view_proc(struct clnrm_view *v, int target);
int clnrm_view_dev(struct clnrm_view *v, const char *target, int fd,
                   const struct clnrm_room_op *op);

/* Covers `fd` (a file or a directory) so that nothing of it can be read. */
int clnrm_view_cover(struct clnrm_view *v, int fd);

/* Opens a device of the host, checked to be character device `major`:`minor`.  Returns a descriptor
 * with O_PATH or -errno. */
int clnrm_view_device(const char *path, unsigned major_number, unsigned minor_number);

#endif
