/* sys.h -- system calls that musl 1.2 has no name for, and what they need.
 *
 * The kernel's own headers clash with musl's <sys/mount.h>, so the few constants stand here.
 * Each call returns its result, or -errno.  Layer: agent. */
#ifndef CLNRM_AGENT_SYS_H
#define CLNRM_AGENT_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    CLNRM_OPEN_TREE_CLONE = 1,
    CLNRM_AT_RECURSIVE = 0x8000,
    CLNRM_MOVE_F_EMPTY_PATH = 0x4,
    CLNRM_MOVE_T_EMPTY_PATH = 0x40,
    CLNRM_FSCONFIG_SET_FLAG = 0,
    CLNRM_FSCONFIG_SET_STRING = 1,
    CLNRM_FSCONFIG_CREATE = 6,
    CLNRM_ATTR_RDONLY = 1,
    CLNRM_ATTR_NOSUID = 2,
    CLNRM_ATTR_NODEV = 4,
    CLNRM_ATTR_NOEXEC = 8,
    CLNRM_RESOLVE_NO_MAGICLINKS = 2,
    CLNRM_RESOLVE_NO_SYMLINKS = 4,
    CLNRM_RESOLVE_IN_ROOT = 16,
};

static inline long clnrm_sys_result(long result)
{
    return result < 0 ? -(long)errno : result;
}

/* Clones the mounts below `path` (or at fd `dir` when it is "") as a tree that is not attached yet. */
static inline int clnrm_sys_clone_tree(int dir, const char *path)
{
    unsigned flags =
        CLNRM_OPEN_TREE_CLONE | CLNRM_AT_RECURSIVE | O_CLOEXEC | (*path ? 0 : AT_EMPTY_PATH);
    return (int)clnrm_sys_result(syscall(SYS_open_tree, dir, path, flags));
}

/* Attaches the tree `from` on the object `to`. */
static inline int clnrm_sys_attach(int from, int to)
{
    return (int)clnrm_sys_result(syscall(SYS_move_mount, from, "", to, "",
                                         CLNRM_MOVE_F_EMPTY_PATH | CLNRM_MOVE_T_EMPTY_PATH));
}

/* Sets and clears attributes (CLNRM_ATTR_*) on the mount of `fd`, with all below it when `recursive`. */
static inline int clnrm_sys_mount_attr(int fd, uint64_t set, uint64_t clear, int recursive)
{
    struct {
        uint64_t set, clear, propagation, userns_fd;
    } attr = {.set = set, .clear = clear};
    int flags = AT_EMPTY_PATH | (recursive ? CLNRM_AT_RECURSIVE : 0);
    return (int)clnrm_sys_result(syscall(SYS_mount_setattr, fd, "", flags, &attr, sizeof(attr)));
}

static inline int clnrm_sys_openat2(int dir, const char *path, int flags, unsigned mode,
                                    uint64_t resolve)
{
    struct {
        uint64_t flags, mode, resolve;
    } how = {.flags = (uint64_t)(flags | O_CLOEXEC), .mode = mode, .resolve = resolve};
    return (int)clnrm_sys_result(syscall(SYS_openat2, dir, path, &how, sizeof(how)));
}

static inline int clnrm_sys_fsopen(const char *name)
{
    return (int)clnrm_sys_result(syscall(SYS_fsopen, name, 1 /* FSOPEN_CLOEXEC */));
}

/* Sets `key` to `value`; without a value sets the flag `key`; without a key creates the filesystem. */
static inline int clnrm_sys_fsconfig(int fs, const char *key, const char *value)
{
    int command = !key    ? CLNRM_FSCONFIG_CREATE
                  : value ? CLNRM_FSCONFIG_SET_STRING
                          : CLNRM_FSCONFIG_SET_FLAG;
    return (int)clnrm_sys_result(syscall(SYS_fsconfig, fs, command, key, value, 0));
}

static inline int clnrm_sys_fsmount(int fs, unsigned attr)
{
    return (int)clnrm_sys_result(syscall(SYS_fsmount, fs, 1 /* FSMOUNT_CLOEXEC */, attr));
}

static inline int clnrm_sys_pivot_root(const char *new_root, const char *put_old)
{
    return (int)clnrm_sys_result(syscall(SYS_pivot_root, new_root, put_old));
}

static inline int clnrm_sys_close_from(int first)
{
    return (int)clnrm_sys_result(syscall(SYS_close_range, (unsigned)first, ~0u, 0));
}

#endif
