/* mount.c -- see mount.h for the contract. */
#include "agent/mount.h"
#include "agent/mount_old.h"
#include "agent/sys.h"
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

int clnrm_mount_bind(int source, int target, uint64_t attr)
{
    int tree = clnrm_sys_clone_tree(source, "");
    if (tree == -ENOSYS)
        return clnrm_mount_old_bind(source, target, attr);
    if (tree < 0)
        return tree;
    int status = attr ? clnrm_sys_mount_attr(tree, attr, 0, 1) : 0;
    if (status == 0)
        status = clnrm_sys_attach(tree, target);
    if (status < 0)
        close(tree);
    if (status == -ENOSYS)
        return clnrm_mount_old_bind(source, target, attr);
    return status < 0 ? status : tree;
}

/* The target is the working directory for the moment, so that no path leads to it. */
int clnrm_mount_fresh(int target, const char *type, unsigned long ms_flags, const char *data)
{
    if (fchdir(target) < 0)
        return -errno;
    return mount(type, ".", type, ms_flags, data) < 0 ? -errno : 0;
}

int clnrm_mount_tmpfs(int target, unsigned mode, uint64_t size, uint64_t inodes,
                      unsigned long ms_flags)
{
    char data[128];
    if (size == 0 || inodes == 0)
        return -EINVAL;
    snprintf(data, sizeof(data), "size=%" PRIu64 ",nr_inodes=%" PRIu64 ",mode=%o", size, inodes,
             mode & 07777);
    return clnrm_mount_fresh(target, "tmpfs", ms_flags, data);
}

static int new_tmpfs(uint64_t size, uint64_t inodes)
{
    char size_text[32], inode_text[32];
    snprintf(size_text, sizeof(size_text), "%" PRIu64, size);
    snprintf(inode_text, sizeof(inode_text), "%" PRIu64, inodes);
    int fs = clnrm_sys_fsopen("tmpfs");
    if (fs < 0)
        return fs;
    int status = clnrm_sys_fsconfig(fs, "size", size_text);
    if (status == 0)
        status = clnrm_sys_fsconfig(fs, "nr_inodes", inode_text);
    if (status == 0)
        status = clnrm_sys_fsconfig(fs, "mode", "0700");
    if (status == 0)
        status = clnrm_sys_fsconfig(fs, NULL, NULL);
    if (status == 0)
        status = clnrm_sys_fsmount(fs, CLNRM_ATTR_NOSUID | CLNRM_ATTR_NODEV);
    close(fs);
    return status;
}

static int new_overlay(int lower, int upper, int work, uint64_t attr)
{
    char lower_path[32], upper_path[32], work_path[32];
    snprintf(lower_path, sizeof(lower_path), "/proc/self/fd/%d", lower);
    snprintf(upper_path, sizeof(upper_path), "/proc/self/fd/%d", upper);
    snprintf(work_path, sizeof(work_path), "/proc/self/fd/%d", work);
    int fs = clnrm_sys_fsopen("overlay");
    if (fs < 0)
        return fs;
    int status = clnrm_sys_fsconfig(fs, "lowerdir", lower_path);
    if (status == 0)
        status = clnrm_sys_fsconfig(fs, "upperdir", upper_path);
    if (status == 0)
        status = clnrm_sys_fsconfig(fs, "workdir", work_path);
    if (status == 0)
        status = clnrm_sys_fsconfig(fs, "userxattr", NULL);
    if (status == 0)
        status = clnrm_sys_fsconfig(fs, NULL, NULL);
    if (status == 0)
        status = clnrm_sys_fsmount(fs, (unsigned)attr);
    close(fs);
    return status;
}

static int make_dir(int at, const char *name, unsigned mode)
{
    if (mkdirat(at, name, 0700) < 0)
        return -errno;
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fchmod(fd, mode) == 0)
        return fd;
    int error = errno;
    close(fd);
    return -error;
}

enum { UPPERS_MAX = 64 };

static struct {
    dev_t overlay;
    int layer; /* its directory */
} uppers[UPPERS_MAX];
static int upper_count;

/* Which files are in the upper layer is seen in the layer only. */
static int keep_upper(int overlay, int upper)
{
    struct stat st;
    if (fstat(overlay, &st) < 0)
        return -errno;
    if (upper_count < UPPERS_MAX) {
        int layer = fcntl(upper, F_DUPFD_CLOEXEC, 3);
        if (layer < 0)
            return -errno;
        uppers[upper_count].overlay = st.st_dev;
        uppers[upper_count].layer = layer;
    }
    upper_count++;
    return 0;
}

int clnrm_mount_kept(void)
{
    return upper_count;
}

void clnrm_mount_forget(int kept, bool is_open)
{
    for (; upper_count > kept; upper_count--)
        if (is_open && upper_count <= UPPERS_MAX)
            close(uppers[upper_count - 1].layer);
}

int clnrm_mount_upper(dev_t overlay)
{
    for (int i = 0; i < upper_count && i < UPPERS_MAX; i++)
        if (uppers[i].overlay == overlay)
            return uppers[i].layer;
    return upper_count > UPPERS_MAX ? -ENOSPC : -ENOENT;
}

/* The upper layer must be attached somewhere, so it lies hidden under the overlay itself. */
int clnrm_mount_overlay(int lower, int target, uint64_t size, uint64_t inodes, uint64_t attr)
{
    struct stat st;
    if (size == 0 || inodes == 0)
        return -EINVAL;
    if (fstat(lower, &st) < 0)
        return -errno;
    if (!S_ISDIR(st.st_mode))
        return -ENOTDIR;
    int upper = -1, work = -1, result = new_tmpfs(size, inodes), tmpfs = result;
    if (tmpfs < 0)
        return tmpfs;
    result = clnrm_sys_attach(tmpfs, target);
    if (result == 0)
        result = upper = make_dir(tmpfs, "upper", st.st_mode & 07777);
    if (result >= 0)
        result = work = make_dir(tmpfs, "work", 0700);
    if (result >= 0)
        result = new_overlay(lower, upper, work, attr);
    if (result >= 0) {
        int status = clnrm_sys_attach(result, tmpfs);
        if (status == 0)
            status = keep_upper(result, upper);
        if (status < 0) {
            close(result);
            result = status;
        }
    }
    if (upper >= 0)
        close(upper);
    if (work >= 0)
        close(work);
    close(tmpfs);
    return result;
}

static int remount(int fd, bool readonly, unsigned long ms_flags)
{
    int status = clnrm_sys_mount_attr(fd, readonly ? CLNRM_ATTR_RDONLY : 0,
                                      readonly ? 0 : CLNRM_ATTR_RDONLY, 0);
    if (status != -ENOSYS)
        return status;
    unsigned long flags = MS_REMOUNT | MS_BIND | (readonly ? MS_RDONLY : 0) | ms_flags;
    if (fchdir(fd) < 0)
        return -errno;
    return mount(NULL, ".", NULL, flags, NULL) < 0 ? -errno : 0;
}

int clnrm_mount_readonly(int fd, unsigned long ms_flags)
{
    return remount(fd, true, ms_flags);
}

int clnrm_mount_writable(int fd, unsigned long ms_flags)
{
    return remount(fd, false, ms_flags);
}
