/* fs_write.c -- writes files as a whole, appends, copies; see fs.h for the contract. */
#include "base/base.h"
#include "core/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES_TRIED = 16, CHUNK = 64 * 1024, COPY_CHUNK = 64 * 1024 * 1024 };

/* A file on its way: written under a name of its own, then renamed. */
struct temp {
    int dir, fd;
    char name[CLNRM_FS_NAME_MAX]; /* the one that it gets */
    char hidden[24];              /* the one that it has */
    uid_t uid;                    /* whose it shall be; -1: whoever makes it */
    gid_t gid;
};

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

/* Tells mode and owner of what is replaced; they stay when there is nothing. */
static int check_target(struct temp *t, int *mode)
{
    struct stat st;
    if (fstatat(t->dir, t->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (S_ISLNK(st.st_mode))
        return -ELOOP;
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    if (!S_ISREG(st.st_mode))
        return CLNRM_ENOTFILE;
    if (*mode == CLNRM_FS_MODE_KEEP)
        *mode = st.st_mode & 07777;
    t->uid = st.st_uid;
    t->gid = st.st_gid;
    return 0;
}

/* Gives the new file to the owner of the one that it replaces.  Who may not do that has a file of
 * their own in its place; the bits that would then be theirs to use are dropped. */
static void keep_owner(const struct temp *t, int *mode)
{
    struct stat st;
    if (fstat(t->fd, &st) < 0 || (st.st_uid == t->uid && st.st_gid == t->gid))
        return;
    if (fchown(t->fd, t->uid, t->gid) < 0 && *mode != CLNRM_FS_MODE_KEEP)
        *mode &= ~(S_ISUID | S_ISGID);
}

static int create_hidden(struct temp *t, int mode)
{
    for (int i = 0; i < NAMES_TRIED; i++) {
        uint64_t random;
        if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
            return -EIO;
        snprintf(t->hidden, sizeof(t->hidden), ".clnrm-%016llx", (unsigned long long)random);
        t->fd = openat(t->dir, t->hidden, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                       mode == CLNRM_FS_MODE_KEEP ? 0666 : 0600);
        if (t->fd >= 0) {
            if (t->uid != (uid_t)-1)
                keep_owner(t, &mode);
            if (mode == CLNRM_FS_MODE_KEEP || fchmod(t->fd, (mode_t)mode) == 0)
                return 0;
            int status = -errno;
            close(t->fd);
            unlinkat(t->dir, t->hidden, 0);
            return status;
        }
        if (errno != EEXIST && errno != EINTR)
            return -errno;
    }
    return -EEXIST;
}

static int begin(const struct clnrm_fs_place *at, int mode, struct temp *t)
{
    int status = clnrm_fs_parent(at, &t->dir, t->name);
    if (status < 0)
        return status;
    t->uid = (uid_t)-1;
    t->gid = (gid_t)-1;
    status = check_target(t, &mode);
    if (status == 0)
        status = create_hidden(t, mode);
    if (status < 0)
        close(t->dir);
    return status;
}

static int sync_folder(int path_fd)
{
    int fd = openat(path_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == EACCES ? 0 : -errno; /* may be written to but not read: no way to sync it */
    int status = fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
    close(fd);
    return status;
}

/* Ends what begin() began: puts the file in its place when `status` is 0, else removes it. */
static int finish(struct temp *t, int status, bool sync)
{
    if (status == 0 && sync && fsync(t->fd) < 0)
        status = -errno;
    if (close(t->fd) < 0 && status == 0)
        status = -errno;
    if (status == 0 && renameat(t->dir, t->hidden, t->dir, t->name) < 0)
        status = -errno;
    if (status < 0)
        unlinkat(t->dir, t->hidden, 0);
    else if (sync)
        status = sync_folder(t->dir);
    close(t->dir);
    return status;
}

/* Begins at a place, or at the file that a link there leads to. */
static int begin_following(const struct clnrm_fs_place *at, int mode, struct temp *t)
{
    int status = begin(at, mode, t);
    if (status != -ELOOP || at->is_beneath || at->nofollow || at->dir != AT_FDCWD)
        return status;
    char *target = realpath(at->path, NULL);
    if (!target)
        return -errno;
    struct clnrm_fs_place real = {.dir = AT_FDCWD, .path = target};
    status = begin(&real, mode, t);
    free(target);
    return status;
}

int clnrm_fs_write_atomic(const struct clnrm_fs_place *at, struct clnrm_slice data, int mode,
                          bool sync)
{
    struct temp t;
    int status = begin_following(at, mode, &t);
    return status < 0 ? status : finish(&t, write_all(t.fd, data.data, data.len), sync);
}

int clnrm_fs_append(const struct clnrm_fs_place *at, struct clnrm_slice data, mode_t mode)
{
    int fd;
    struct stat st;
    int status = clnrm_fs_open(at, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, mode, &fd);
    if (status < 0)
        return status == -ENXIO ? CLNRM_ENOTFILE : status; /* ENXIO: a FIFO or a socket */
    if (fstat(fd, &st) < 0)
        status = -errno;
    else
        status = S_ISREG(st.st_mode) ? write_all(fd, data.data, data.len) : CLNRM_ENOTFILE;
    if (close(fd) < 0 && status == 0)
        status = -errno;
    return status;
}

/* By read and write, for what the kernel cannot copy by itself (other file systems, /proc). */
static int copy_plainly(int from, int to, int64_t max)
{
    char *chunk = clnrm_xmalloc(CHUNK);
    int status = 0;
    for (int64_t done = 0; status == 0;) {
        ssize_t n = read(from, chunk, CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            status = n < 0 ? -errno : 0;
            break;
        }
        done += n;
        status = done > max ? CLNRM_ELIMIT : write_all(to, chunk, (size_t)n);
    }
    free(chunk);
    return status;
}

static int copy_data(int from, int to, int64_t max)
{
    for (int64_t done = 0;;) {
        ssize_t n = copy_file_range(from, NULL, to, NULL, COPY_CHUNK, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 && done == 0)
            return copy_plainly(from, to, max);
        if (n <= 0)
            return n < 0 ? -errno : 0;
        done += n;
        if (done > max)
            return CLNRM_ELIMIT;
    }
}

int clnrm_fs_copy(const struct clnrm_fs_place *from, const struct clnrm_fs_place *to, int mode,
                  int64_t max)
{
    int fd;
    struct temp t;
    struct stat st;
    int status = clnrm_fs_open_file(from, false, &fd);
    if (status < 0)
        return status;
    if (fstat(fd, &st) < 0)
        status = -errno;
    else if (st.st_size > max)
        status = CLNRM_ELIMIT;
    else
        status =
            begin_following(to, mode == CLNRM_FS_MODE_KEEP ? (int)(st.st_mode & 0777) : mode, &t);
    if (status == 0)
        status = finish(&t, copy_data(fd, t.fd, max), true);
    close(fd);
    return status;
}
