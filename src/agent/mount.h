/* mount.h -- the few kinds of mounts that a room is made of.
 *
 * Descriptors in, no path of the new root is ever looked up twice.  Each function returns 0 (or a
 * descriptor where it says so), or -errno.  Where the kernel lacks the calls of 5.12 (open_tree,
 * mount_setattr, move_mount) binds take the older way and are checked afterwards (mount_old.h).
 * Layer: agent. */
#ifndef CLNRM_AGENT_MOUNT_H
#define CLNRM_AGENT_MOUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Makes a bind of `tree` (a descriptor with O_PATH of the host's object) on `target`, recursive,
 * with `attr` (CLNRM_ATTR_*) on every mount in it.  Returns a descriptor of the root of the bind. */
int clnrm_mount_bind(int source, int target, uint64_t attr);

/* Mounts a tmpfs on the directory `target`.  `size` and `inodes` must not be 0. */
int clnrm_mount_tmpfs(int target, unsigned mode, uint64_t size, uint64_t inodes,
                      unsigned long ms_flags);

/* Mounts an overlay on the directory `target`: `lower` (a descriptor) below, a new tmpfs of `size`
 * and `inodes` above.  Returns a descriptor of its root.  Needs /proc. */
int clnrm_mount_overlay(int lower, int target, uint64_t size, uint64_t inodes, uint64_t attr);

/* The directory of the upper layer, in memory, of an overlay that was mounted so, whose number is
 * `overlay`; it stays this file's.  -ENOENT: there is none; -ENOSPC: it may be one of too many. */
int clnrm_mount_upper(dev_t overlay);

/* How many of these directories are kept; what is more than such a number is forgotten.  For overlays
 * of a view that was refused, or of one command's own, whose descriptors were its own and are gone:
 * not `is_open`. */
int clnrm_mount_kept(void);
void clnrm_mount_forget(int kept, bool is_open);

/* Mounts file system `type` (proc, devpts) on the directory `target`. */
int clnrm_mount_fresh(int target, const char *type, unsigned long ms_flags, const char *data);

/* Makes the mount of `fd` read-only, or writable again, for this namespace; `ms_flags`: what it was
 * mounted with. */
int clnrm_mount_readonly(int fd, unsigned long ms_flags);
int clnrm_mount_writable(int fd, unsigned long ms_flags);

#endif
