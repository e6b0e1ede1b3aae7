/* fs_tree.c -- folders: making, listing, removing with all below; see fs.h for the contract. */
#include "base/base.h"
#include "core/fs.h"
#include "core/tree_remove.h"

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

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const struct clnrm_fs_entry *)a)->name,
                  ((const struct clnrm_fs_entry *)b)->name);
}

static void add_entry(struct clnrm_fs_list *list, const char *name, struct clnrm_fs_entry entry)
{
    if (list->count == list->cap) {
        list->cap = list->cap ? list->cap * 2 : 64;
        list->entries = clnrm_xrealloc(list->entries, list->cap * sizeof(*list->entries));
    }
    entry.name = (const char *)list->names.len; /* they may still move: an offset for now */
    list->entries[list->count++] = entry;
    clnrm_buf_add(&list->names, name, strlen(name) + 1);
}

/* Looks at an entry; false: it is gone. */
static bool stat_entry(int dir, const char *name, struct clnrm_fs_entry *entry)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno != ENOENT;
    entry->size = st.st_size;
    entry->mtime_ns = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
    return true;
}

int clnrm_fs_scandir(const struct clnrm_fs_place *at, size_t max, bool with_stat,
                     struct clnrm_fs_list *out)
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
        struct clnrm_fs_entry entry = {.kind = entry_kind(fd, e)};
        if (!with_stat || stat_entry(fd, e->d_name, &entry))
            add_entry(out, e->d_name, entry);
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

int clnrm_fs_remove_tree(const struct clnrm_fs_place *at, size_t max)
{
    int dir;
    char name[CLNRM_FS_NAME_MAX];
    int status = clnrm_fs_parent(at, &dir, name);
    if (status < 0)
        return status == -ENOENT && at->path[0] ? 0 : status;
    status = clnrm_tree_remove(dir, name, max);
    close(dir);
    return status;
}
