/* fs.c -- opens, reads and describes; fs.h has the contract.  The rest: fs_write.c, fs_tree.c. */
#include "core/fs.h"
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RACES_MAX = 16 };

static int open_resolved(const struct clnrm_fs_place *at, int flags, mode_t mode)
{
    struct open_how how = {.flags = (uint64_t)(unsigned)flags,
                           .mode = flags & O_CREAT ? mode : 0,
                           .resolve = RESOLVE_NO_MAGICLINKS};
    how.resolve |= at->is_beneath ? RESOLVE_BENEATH : 0;
    how.resolve |= at->no_links ? RESOLVE_NO_SYMLINKS : 0;
    for (int i = 0; i < RACES_MAX; i++) { /* EAGAIN: somebody moved a folder while it looked */
        long fd = syscall(SYS_openat2, at->dir, at->path, &how, sizeof(how));
        if (fd >= 0)
            return (int)fd;
        if (errno == EXDEV)
            return CLNRM_EOUTSIDE;
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
    }
    return -EAGAIN;
}

/* Opens a path one name after the other, none of them a link: what openat2 does at once. */
static int open_by_names(const struct clnrm_fs_place *at, int flags, mode_t mode)
{
    const char *name = at->path;
    int dir = name[0] == '/' ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : at->dir;
    for (int fd = dir; fd >= 0 || fd == AT_FDCWD;) {
        char one[CLNRM_FS_NAME_MAX];
        name += strspn(name, "/");
        size_t len = strcspn(name, "/");
        bool is_last = name[len + strspn(name + len, "/")] == '\0';
        int next = -ENAMETOOLONG;
        if (len < sizeof(one)) {
            snprintf(one, sizeof(one), "%.*s", (int)len, len ? name : ".");
            next = openat(fd, len ? one : ".",
                          O_NOFOLLOW | (is_last ? flags : O_PATH | O_DIRECTORY | O_CLOEXEC), mode);
            next = next < 0 ? -errno : next;
        }
        if (fd != at->dir)
            close(fd);
        if (is_last || next < 0)
            return next;
        fd = next;
        name += len;
    }
    return -errno;
}

/* Whether nothing on the way to a place below its folder can be a link: it is one name, which
 * `flags` do not follow, or the folder itself. */
static bool is_one_name(const struct clnrm_fs_place *at, int flags)
{
    if (strcmp(at->path, ".") == 0)
        return true;
    return flags & O_NOFOLLOW && !strchr(at->path, '/') && strcmp(at->path, "..") != 0;
}

int clnrm_fs_open(const struct clnrm_fs_place *at, int flags, mode_t mode, int *out)
{
    int fd;
    flags |= O_CLOEXEC | (flags & O_PATH ? 0 : O_NOCTTY);
    if ((at->is_beneath || at->no_links) && !(at->is_beneath && is_one_name(at, flags))) {
        fd = open_resolved(at, flags, mode);
        if (fd == -ENOSYS &&
            !at->is_beneath) /* valgrind 3.19, with which instructions are counted */
            fd = open_by_names(at, flags, mode);
    } else {
        do
            fd = openat(at->dir, at->path, flags, mode);
        while (fd < 0 && errno == EINTR);
        fd = fd < 0 ? -errno : fd;
    }
    if (fd < 0)
        return fd;
    *out = fd;
    return 0;
}

int clnrm_fs_open_file(const struct clnrm_fs_place *at, bool nofollow, int *out)
{
    int fd;
    struct stat st;
    int flags = O_RDONLY | O_NONBLOCK | (nofollow ? O_NOFOLLOW : 0);
    int status = clnrm_fs_open(at, flags, 0, &fd);
    if (status < 0)
        return status == -ENXIO ? CLNRM_ENOTFILE : status; /* ENXIO: a socket */
    if (fstat(fd, &st) < 0)
        status = -errno;
    else if (S_ISDIR(st.st_mode))
        status = -EISDIR;
    else if (!S_ISREG(st.st_mode))
        status = CLNRM_ENOTFILE;
    else if (at->owned && (st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH)))
        status = -EPERM;
    if (status < 0)
        close(fd);
    else
        *out = fd;
    return status;
}

/* What is allocated and may be used: a buffer may have been larger than its maximum now is. */
static size_t room_in(const struct clnrm_buf *b)
{
    return (b->cap < b->max ? b->cap : b->max) - b->len;
}

/* Reads to the end, whatever size was told: files of /proc tell 0, others grow. */
static int read_all(int fd, struct clnrm_buf *out)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && st.st_size > 0 && (uint64_t)st.st_size > out->max - out->len)
        return CLNRM_ELIMIT;
    if (st.st_size > 0)
        clnrm_buf_reserve(out, (size_t)st.st_size);
    for (;;) {
        char probe;
        size_t room = room_in(out);
        if (room == 0 && clnrm_buf_reserve(out, 1) == 0)
            room = room_in(out);
        ssize_t n = room ? read(fd, out->data + out->len, room) : read(fd, &probe, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : 0;
        if (room == 0)
            return CLNRM_ELIMIT; /* full, and there was more */
        out->len += (size_t)n;
    }
}

int clnrm_fs_read(const struct clnrm_fs_place *at, bool nofollow, struct clnrm_buf *out)
{
    int fd;
    int status = clnrm_fs_open_file(at, nofollow, &fd);
    if (status < 0)
        return status;
    status = read_all(fd, out);
    close(fd);
    return status;
}

int clnrm_fs_pread(int fd, int64_t offset, size_t size, struct clnrm_buf *out)
{
    int status = clnrm_buf_reserve(out, size);
    while (status == 0 && size > 0) {
        ssize_t n = pread(fd, out->data + out->len, size, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : 0;
        out->len += (size_t)n;
        offset += n;
        size -= (size_t)n;
    }
    return status;
}

int clnrm_fs_parent(const struct clnrm_fs_place *at, int *dir, char name[CLNRM_FS_NAME_MAX])
{
    char above[PATH_MAX];
    size_t end = strlen(at->path);
    while (end > 1 && at->path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && at->path[start - 1] != '/')
        start--;
    size_t len = end - start;
    if (len >= CLNRM_FS_NAME_MAX || start >= sizeof(above))
        return -ENAMETOOLONG;
    memcpy(name, at->path + start, len);
    name[len] = '\0';
    if (len == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return at->path[0] ? -EINVAL : -ENOENT;
    memcpy(above, at->path, start);
    above[start] = '\0';
    struct clnrm_fs_place folder = {
        .dir = at->dir, .is_beneath = at->is_beneath, .path = start ? above : "."};
    return clnrm_fs_open(&folder, O_PATH | O_DIRECTORY, 0, dir);
}

static char kind_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return 'f';
    case S_IFDIR:
        return 'd';
    case S_IFLNK:
        return 'l';
    case S_IFIFO:
        return 'p';
    case S_IFSOCK:
        return 's';
    case S_IFCHR:
        return 'c';
    case S_IFBLK:
        return 'b';
    default:
        return '?';
    }
}

int clnrm_fs_stat_fd(int fd, struct clnrm_fs_stat *out)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    *out = (struct clnrm_fs_stat){
        .kind = kind_of(st.st_mode),
        .mode = st.st_mode & 07777,
        .size = st.st_size,
        .mtime_ns = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec,
        .ctime_ns = st.st_ctim.tv_sec * INT64_C(1000000000) + st.st_ctim.tv_nsec,
        .ino = st.st_ino,
        .dev = st.st_dev,
        .nlink = st.st_nlink,
        .uid = st.st_uid,
        .gid = st.st_gid};
    return 0;
}

int clnrm_fs_stat(const struct clnrm_fs_place *at, bool nofollow, struct clnrm_fs_stat *out)
{
    int fd;
    int status = clnrm_fs_open(at, O_PATH | (nofollow ? O_NOFOLLOW : 0), 0, &fd);
    if (status < 0)
        return status;
    status = clnrm_fs_stat_fd(fd, out);
    close(fd);
    return status;
}

int clnrm_fs_space(const struct clnrm_fs_place *at, struct clnrm_fs_space *out)
{
    int fd;
    struct statvfs st;
    int status = clnrm_fs_open(at, O_PATH, 0, &fd);
    if (status < 0)
        return status;
    status = fstatvfs(fd, &st) < 0 ? -errno : 0;
    close(fd);
    if (status < 0)
        return status;
    *out = (struct clnrm_fs_space){.total = st.f_blocks * st.f_frsize,
                                   .free = st.f_bavail * st.f_frsize,
                                   .files_free = st.f_files ? st.f_favail : UINT64_MAX,
                                   .is_read_only = st.f_flag & ST_RDONLY};
    return 0;
}

int clnrm_fs_chmod_fd(int fd, mode_t mode)
{
    char path[32]; /* fchmod() does not take an O_PATH descriptor, this does */
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return chmod(path, mode) < 0 ? -errno : 0;
}

int clnrm_fs_chmod(const struct clnrm_fs_place *at, mode_t mode)
{
    int fd;
    int status = clnrm_fs_open(at, O_PATH, 0, &fd);
    if (status < 0)
        return status;
    status = clnrm_fs_chmod_fd(fd, mode);
    close(fd);
    return status;
}

int clnrm_fs_chown(const struct clnrm_fs_place *at, uid_t uid, gid_t gid)
{
    int fd;
    int status = clnrm_fs_open(at, O_PATH | O_NOFOLLOW, 0, &fd);
    if (status < 0)
        return status;
    status = fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
    close(fd);
    return status;
}

int clnrm_fs_readlink(const struct clnrm_fs_place *at, struct clnrm_buf *out)
{
    int fd;
    char target[PATH_MAX];
    int status = clnrm_fs_open(at, O_PATH | O_NOFOLLOW, 0, &fd);
    if (status < 0)
        return status;
    ssize_t n = readlinkat(fd, "", target, sizeof(target));
    status = n < 0 ? (errno == ENOENT ? -EINVAL : -errno) : 0; /* ENOENT: not a link */
    close(fd);
    return status < 0 ? status : clnrm_buf_add(out, target, (size_t)n);
}

int clnrm_fs_symlink(const char *target, const struct clnrm_fs_place *at)
{
    int dir;
    char name[CLNRM_FS_NAME_MAX];
    int status = clnrm_fs_parent(at, &dir, name);
    if (status < 0)
        return status;
    status = symlinkat(target, dir, name) < 0 ? -errno : 0;
    close(dir);
    return status;
}

int clnrm_fs_rename(const struct clnrm_fs_place *from, const struct clnrm_fs_place *to)
{
    int from_dir, to_dir;
    char from_name[CLNRM_FS_NAME_MAX], to_name[CLNRM_FS_NAME_MAX];
    int status = clnrm_fs_parent(from, &from_dir, from_name);
    if (status < 0)
        return status;
    status = clnrm_fs_parent(to, &to_dir, to_name);
    if (status == 0) {
        status = renameat(from_dir, from_name, to_dir, to_name) < 0 ? -errno : 0;
        close(to_dir);
    }
    close(from_dir);
    return status;
}

int clnrm_fs_remove(const struct clnrm_fs_place *at)
{
    int dir;
    char name[CLNRM_FS_NAME_MAX];
    int status = clnrm_fs_parent(at, &dir, name);
    if (status < 0)
        return status;
    if (unlinkat(dir, name, 0) < 0)
        status = -errno;
    if (status == -EISDIR)
        status = unlinkat(dir, name, AT_REMOVEDIR) < 0 ? -errno : 0;
    close(dir);
    return status;
}
