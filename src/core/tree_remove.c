/* tree_remove.c -- see tree_remove.h for the contract. */
#include "core/tree_remove.h"
#include "base/base.h"
#include "base/buf.h"
#include "core/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder on the way from the top to the current one. */
struct level {
    dev_t dev;
    ino_t ino;
    size_t names; /* where those of its folders begin, in `names` of the remover */
};

struct remover {
    int top;     /* folder that holds the tree; the caller's */
    int current; /* O_PATH: folder of the last level */
    size_t left; /* entries that may still be removed */
    struct level *levels;
    size_t depth, cap; /* levels[0] is the top */
    /* Of folders to remove, each with its NUL.  Behind the name of one that was entered are those of
     * what is in it, so the last is always the next. */
    struct clnrm_buf names;
};

static const char *last_name(const struct remover *r)
{
    const char *end = r->names.data + r->names.len - 1;
    while (end > r->names.data && end[-1] != '\0')
        end--;
    return end;
}

static void drop_last_name(struct remover *r)
{
    r->names.len = (size_t)(last_name(r) - r->names.data);
}

static bool has_names(const struct remover *r)
{
    return r->names.len > r->levels[r->depth].names;
}

static bool is_dots(const char *name)
{
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

static bool is_folder(int dir, const struct dirent *e)
{
    struct stat st;
    if (e->d_type != DT_UNKNOWN)
        return e->d_type == DT_DIR;
    return fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int take_entry(struct remover *r, const struct dirent *e)
{
    if (r->left == 0)
        return CLNRM_ELIMIT;
    r->left--;
    if (is_folder(r->current, e))
        return clnrm_buf_add(&r->names, e->d_name, strlen(e->d_name) + 1);
    return unlinkat(r->current, e->d_name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

/* Removes what is no folder from the current one, and keeps the names of its folders. */
static int read_current(struct remover *r)
{
    struct dirent *e;
    int status = 0, fd = openat(r->current, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    if (!list) {
        status = -errno;
        if (fd >= 0)
            close(fd);
        return status;
    }
    while (status == 0 && (errno = 0, e = readdir(list)))
        if (!is_dots(e->d_name))
            status = take_entry(r, e);
    if (status == 0 && errno)
        status = -errno;
    closedir(list);
    return status;
}

/* Opens the next folder for emptying, also when it was made read-only, and says which it is. */
static int open_next(const struct remover *r, int *out, struct level *level)
{
    struct stat st;
    int status = 0;
    int fd = openat(r->current, last_name(r), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0)
        status = -errno;
    else if (r->depth > 0 && st.st_dev != r->levels[r->depth].dev)
        status = -EXDEV;
    else if ((st.st_mode & 0700) != 0700)
        status = clnrm_fs_chmod_fd(fd, 0700);
    if (status < 0) {
        close(fd);
        return status;
    }
    *out = fd;
    *level = (struct level){st.st_dev, st.st_ino, r->names.len};
    return 0;
}

static int descend(struct remover *r)
{
    int fd = -1;
    struct level level;
    if (r->depth == CLNRM_TREE_REMOVE_DEPTH_MAX)
        return CLNRM_ELIMIT;
    int status = open_next(r, &fd, &level);
    if (status == -ENOENT) {
        drop_last_name(r);
        return 0;
    }
    if (status < 0)
        return status;
    if (++r->depth == r->cap) {
        r->cap *= 2;
        r->levels = clnrm_xrealloc(r->levels, r->cap * sizeof(*r->levels));
    }
    r->levels[r->depth] = level;
    close(r->current);
    r->current = fd;
    return read_current(r);
}

/* Opens the folder above the current one; -ESTALE: that was moved away while we were in it. */
static int open_above(const struct remover *r, int *out)
{
    struct stat st;
    const struct level *level = &r->levels[r->depth - 1];
    int fd = r->depth == 1 ? fcntl(r->top, F_DUPFD_CLOEXEC, 0)
                           : openat(r->current, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int status = fstat(fd, &st) < 0 ? -errno : 0;
    if (status == 0 && (st.st_dev != level->dev || st.st_ino != level->ino))
        status = -ESTALE;
    if (status == 0)
        *out = fd;
    else
        close(fd);
    return status;
}

/* Goes to the folder above and removes the one that is empty now.  Somebody may have put something
 * into it meanwhile: then that is read, and we stay. */
static int ascend(struct remover *r)
{
    int up = -1, status = open_above(r, &up);
    if (status < 0)
        return status;
    if (unlinkat(up, last_name(r), AT_REMOVEDIR) < 0 && errno != ENOENT) {
        size_t left = r->left;
        status = -errno;
        close(up);
        if (status != -ENOTEMPTY)
            return status;
        int reread = read_current(r);
        return reread == 0 && r->left == left ? status : reread;
    }
    drop_last_name(r);
    r->depth--;
    close(r->current);
    r->current = up;
    return 0;
}

static int remove_folder(struct remover *r, const char *name)
{
    struct stat st;
    int status = fstat(r->current, &st) < 0 ? -errno : 0;
    r->levels[0] = (struct level){st.st_dev, st.st_ino, 0};
    if (status == 0)
        status = clnrm_buf_add(&r->names, name, strlen(name) + 1);
    while (status == 0 && r->names.len > 0)
        status = has_names(r) ? descend(r) : ascend(r);
    return status;
}

int clnrm_tree_remove(int dir, const char *name, size_t max)
{
    if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR)
        return -errno;
    struct remover r = {.top = dir, .left = max, .cap = 16, .names.max = SIZE_MAX};
    r.current = fcntl(dir, F_DUPFD_CLOEXEC, 0);
    if (r.current < 0)
        return -errno;
    r.levels = clnrm_xrealloc(NULL, r.cap * sizeof(*r.levels));
    int status = remove_folder(&r, name);
    close(r.current);
    free(r.levels);
    clnrm_buf_free(&r.names);
    return status;
}
