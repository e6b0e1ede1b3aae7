/* fs_tree.c -- folders: making, listing, removing with all below; see fs.h for the contract. */
#include "base/base.h"
#include "core/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

/* Making */

/* Makes the folder at `at` when it is not there; those above it are. */
static int mkdir_one(const struct clnrm_fs_place *at, mode_t mode)
{
    int fd, dir;
    char name[CLNRM_FS_NAME_MAX];
    int status = clnrm_fs_open(at, O_PATH | O_DIRECTORY, 0, &fd);
    if (status != -ENOENT) {
        if (status == 0)
            close(fd);
        return status;
    }
    status = clnrm_fs_parent(at, &dir, name);
    if (status < 0)
        return status;
    if (mkdirat(dir, name, mode) < 0 && errno != EEXIST) /* EEXIST: somebody else was faster */
        status = -errno;
    close(dir);
    return status;
}

int clnrm_fs_mkdir_p(const struct clnrm_fs_place *at, mode_t mode)
{
    char path[PATH_MAX];
    size_t len = strlen(at->path);
    if (len >= sizeof(path))
        return -ENAMETOOLONG;
    if (len == 0)
        return -ENOENT;
    struct clnrm_fs_place part = {.dir = at->dir, .is_beneath = at->is_beneath, .path = path};
    int status = 0;
    for (size_t end = 1; end <= len && status == 0; end++) {
        bool is_name_end = at->path[end] == '/' || at->path[end] == '\0';
        if (!is_name_end || at->path[end - 1] == '/')
            continue;
        memcpy(path, at->path, end);
        path[end] = '\0';
        status = mkdir_one(&part, mode);
    }
    return status;
}

/* Listing */

static char entry_kind(int dir, const struct dirent *e)
{
    static const struct {
        unsigned char type;
        char kind;
    } kinds[] = {{DT_REG, 'f'},  {DT_DIR, 'd'}, {DT_LNK, 'l'}, {DT_FIFO, 'p'},
                 {DT_SOCK, 's'}, {DT_CHR, 'c'}, {DT_BLK, 'b'}};
    struct stat st;
    unsigned char type = e->d_type;
    if (type == DT_UNKNOWN && fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        type = (unsigned char)IFTODT(st.st_mode);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].type == type)
            return kinds[i].kind;
    return '?';
}

static bool is_dots(const char *name)
{
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* The next entry that is not . or ..: 1, 0 at the end, or a negative status. */
static int next_entry(DIR *d, struct dirent **out)
{
    do {
        errno = 0;
        *out = readdir(d);
        if (!*out)
            return errno ? -errno : 0;
    } while (is_dots((*out)->d_name));
    return 1;
}

static int open_dir(int dir, const char *path, DIR **out)
{
    int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    *out = fdopendir(fd);
    if (*out)
        return 0;
    int status = -errno;
    close(fd);
    return status;
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const struct clnrm_fs_entry *)a)->name,
                  ((const struct clnrm_fs_entry *)b)->name);
}

static int add_entry(struct clnrm_fs_list *list, const char *name, char kind)
{
    if (list->count == list->cap) {
        list->cap = list->cap ? list->cap * 2 : 64;
        list->entries = clnrm_xrealloc(list->entries, list->cap * sizeof(*list->entries));
    }
    /* the names may still move: an offset for now */
    list->entries[list->count++] = (struct clnrm_fs_entry){(const char *)list->names.len, kind};
    return clnrm_buf_add(&list->names, name, strlen(name) + 1);
}

int clnrm_fs_scandir(const struct clnrm_fs_place *at, size_t max, struct clnrm_fs_list *out)
{
    int fd;
    struct dirent *e;
    int status = clnrm_fs_open(at, O_RDONLY | O_DIRECTORY, 0, &fd);
    if (status < 0)
        return status;
    DIR *d = fdopendir(fd);
    if (!d) {
        status = -errno;
        close(fd);
        return status;
    }
    out->names.max = SIZE_MAX;
    while ((status = next_entry(d, &e)) > 0) {
        if (out->count == max) {
            status = CLNRM_ELIMIT;
            break;
        }
        add_entry(out, e->d_name, entry_kind(fd, e));
    }
    closedir(d);
    for (size_t i = 0; i < out->count; i++)
        out->entries[i].name = out->names.data + (size_t)out->entries[i].name;
    if (out->count > 0)
        qsort(out->entries, out->count, sizeof(*out->entries), compare_entries);
    return status;
}

void clnrm_fs_list_free(struct clnrm_fs_list *list)
{
    free(list->entries);
    clnrm_buf_free(&list->names);
    *list = (struct clnrm_fs_list){0};
}

/* Removing */

struct level { /* the way back up: which folder it was, and what we are in is called there */
    dev_t dev;
    ino_t ino;
    char name[CLNRM_FS_NAME_MAX];
};

struct remover {
    int top;     /* folder that holds the tree; the caller's */
    int current; /* folder being emptied */
    dev_t dev;   /* the one file system that it stays on */
    size_t left; /* entries that may still be removed */
    struct level *levels;
    size_t depth, cap;
};

static int identify(int fd, struct level *out)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    out->dev = st.st_dev;
    out->ino = st.st_ino;
    return 0;
}

/* Opens folder `name` of `dir` so that it can be emptied, also when it was made read-only. */
static int open_inner(int dir, const char *name, dev_t dev, int *out)
{
    struct stat st;
    int status = 0;
    int handle = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (handle < 0)
        return -errno;
    if (fstat(handle, &st) < 0)
        status = -errno;
    else if (st.st_dev != dev)
        status = -EXDEV;
    else if ((st.st_mode & 0700) != 0700)
        status = clnrm_fs_chmod_fd(handle, 0700);
    *out = status < 0 ? -1 : openat(handle, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (status == 0 && *out < 0)
        status = -errno;
    close(handle);
    return status;
}

static int descend(struct remover *r, const char *name)
{
    int fd = -1;
    if (r->depth == CLNRM_FS_DEPTH_MAX)
        return CLNRM_ELIMIT;
    if (r->depth == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 16;
        r->levels = clnrm_xrealloc(r->levels, r->cap * sizeof(*r->levels));
    }
    struct level *level = &r->levels[r->depth];
    memcpy(level->name, name, strlen(name) + 1);
    int status = identify(r->current, level);
    if (status == 0)
        status = open_inner(r->current, level->name, r->dev, &fd);
    if (status < 0)
        return status;
    r->depth++;
    close(r->current);
    r->current = fd;
    return 0;
}

/* Goes to the folder above and removes the one that is empty now. */
static int ascend(struct remover *r)
{
    struct level now = {0}, *level = &r->levels[r->depth - 1];
    int up = r->depth == 1 ? openat(r->top, ".", O_PATH | O_DIRECTORY | O_CLOEXEC)
                           : openat(r->current, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (up < 0)
        return -errno;
    int status = identify(up, &now);
    if (status == 0 && (now.dev != level->dev || now.ino != level->ino))
        status = -ESTALE; /* moved away while we were in it */
    if (status == 0 && unlinkat(up, level->name, AT_REMOVEDIR) < 0)
        status = -errno;
    if (status < 0) {
        close(up);
        return status;
    }
    r->depth--;
    close(r->current);
    r->current = up;
    return 0;
}

/* Removes what is no folder from the current one, up to the first folder, whose name it copies.
 * Returns how many entries it saw, or a negative status. */
static int empty_current(struct remover *r, char folder[CLNRM_FS_NAME_MAX])
{
    DIR *d;
    struct dirent *e;
    int seen = 0, status = open_dir(r->current, ".", &d);
    folder[0] = '\0';
    if (status < 0)
        return status;
    while ((status = next_entry(d, &e)) > 0) {
        if (r->left == 0) {
            status = CLNRM_ELIMIT;
            break;
        }
        r->left--;
        seen++;
        if (entry_kind(r->current, e) == 'd') {
            memcpy(folder, e->d_name, strlen(e->d_name) + 1);
            break;
        }
        if (unlinkat(r->current, e->d_name, 0) < 0) {
            status = -errno;
            break;
        }
    }
    closedir(d);
    return status < 0 ? status : seen;
}

static int remove_folder(struct remover *r, const char *name)
{
    char folder[CLNRM_FS_NAME_MAX];
    int status = descend(r, name);
    while (status >= 0 && r->depth > 0) {
        status = empty_current(r, folder);
        if (status < 0)
            break;
        if (folder[0])
            status = descend(r, folder);
        else if (status == 0) /* a whole pass that saw nothing */
            status = ascend(r);
    }
    return status < 0 ? status : 0;
}

int clnrm_fs_remove_tree(const struct clnrm_fs_place *at, size_t max)
{
    struct stat st;
    char name[CLNRM_FS_NAME_MAX];
    struct remover r = {.left = max};
    int status = clnrm_fs_parent(at, &r.top, name);
    if (status < 0)
        return status == -ENOENT && at->path[0] ? 0 : status;
    if (fstatat(r.top, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        status = errno == ENOENT ? 0 : -errno;
    } else if (!S_ISDIR(st.st_mode)) {
        status = unlinkat(r.top, name, 0) < 0 ? -errno : 0;
    } else {
        r.dev = st.st_dev;
        r.current = openat(r.top, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        status = r.current < 0 ? -errno : remove_folder(&r, name);
        if (r.current >= 0)
            close(r.current);
    }
    free(r.levels);
    close(r.top);
    return status;
}
