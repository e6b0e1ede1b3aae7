/* watch_tree.c -- the folders that are watched; see watch_impl.h.
 *
 * Folders are numbers: a vector that grows keeps no pointers into itself. */
#include "base/base.h"
#include "core/watch_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 4096 }; /* told before anybody takes them */

#define MASK                                                                                       \
    (IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |            \
     IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK)

/* Numbers of watches */

static size_t lower_bound(const struct clnrm_watch *w, int32_t wd)
{
    size_t low = 0, high = w->number_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (w->numbers[middle].wd < wd)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int32_t watch_tree_find(const struct clnrm_watch *w, int32_t wd)
{
    size_t at = lower_bound(w, wd);
    return at < w->number_count && w->numbers[at].wd == wd ? w->numbers[at].folder : -1;
}

static void set_number(struct clnrm_watch *w, int32_t wd, int32_t folder)
{
    size_t at = lower_bound(w, wd);
    if (at < w->number_count && w->numbers[at].wd == wd) {
        w->folders[w->numbers[at].folder].wd = -1; /* the same folder, by the path it had */
        w->polled++;
        w->numbers[at].folder = folder;
        return;
    }
    if (w->number_count == w->number_cap) {
        w->number_cap = w->number_cap ? w->number_cap * 2 : 64;
        w->numbers = clnrm_xrealloc(w->numbers, w->number_cap * sizeof(*w->numbers));
    }
    memmove(w->numbers + at + 1, w->numbers + at, (w->number_count - at) * sizeof(*w->numbers));
    w->numbers[at] = (struct watch_number){.wd = wd, .folder = folder};
    w->number_count++;
}

static void drop_number(struct clnrm_watch *w, int32_t wd)
{
    size_t at = lower_bound(w, wd);
    if (at == w->number_count || w->numbers[at].wd != wd)
        return;
    w->number_count--;
    memmove(w->numbers + at, w->numbers + at + 1, (w->number_count - at) * sizeof(*w->numbers));
}

/* Folders */

bool watch_tree_is_skipped(const struct clnrm_watch *w, const char *name)
{
    for (size_t i = 0; w->skipped && w->skipped[i]; i++)
        if (strcmp(w->skipped[i], name) == 0)
            return true;
    return false;
}

size_t watch_tree_path(const struct clnrm_watch *w, int32_t folder, const char *name, char *out,
                       size_t cap)
{
    const char *parts[WATCH_DEPTH_MAX + 2];
    size_t count = 0, len = 0;
    if (name)
        parts[count++] = name;
    for (int32_t i = folder; i >= 0; i = w->folders[i].parent)
        parts[count++] = w->folders[i].name;
    while (count > 0) {
        const char *part = parts[--count];
        size_t part_len = strlen(part);
        bool is_joined = len > 0 && out[len - 1] != '/';
        if (len + is_joined + part_len + 1 > cap)
            return 0;
        if (is_joined)
            out[len++] = '/';
        memcpy(out + len, part, part_len + 1);
        len += part_len;
    }
    return len;
}

int32_t watch_tree_child(const struct clnrm_watch *w, int32_t parent, const char *name)
{
    int32_t i = w->folders[parent].child;
    while (i >= 0 && strcmp(w->folders[i].name, name) != 0)
        i = w->folders[i].sibling;
    return i;
}

static int depth(const struct clnrm_watch *w, int32_t folder)
{
    int n = 0;
    for (; folder >= 0; folder = w->folders[folder].parent)
        n++;
    return n;
}

static int32_t new_folder(struct clnrm_watch *w, int32_t parent, const char *name)
{
    int32_t i = w->free_folder;
    if (i >= 0) {
        w->free_folder = w->folders[i].sibling;
    } else {
        if (w->folder_count == WATCH_FOLDERS_MAX)
            return CLNRM_ELIMIT;
        if (w->folder_count == w->folder_cap) {
            w->folder_cap = w->folder_cap ? w->folder_cap * 2 : 64;
            w->folders = clnrm_xrealloc(w->folders, (size_t)w->folder_cap * sizeof(*w->folders));
        }
        i = w->folder_count++;
    }
    w->folders[i] = (struct watch_folder){
        .name = clnrm_xstrdup(name), .parent = parent, .child = -1, .sibling = -1, .wd = -1};
    if (parent >= 0) {
        w->folders[i].sibling = w->folders[parent].child;
        w->folders[parent].child = i;
    }
    w->live++;
    w->polled++;
    return i;
}

/* Asks the kernel for a watch of a folder; where it gives none, the folder is polled. */
static int begin(struct clnrm_watch *w, int32_t folder, const char *path)
{
    int wd = w->fd >= 0 ? inotify_add_watch(w->fd, path, MASK) : -1;
    if (wd < 0)
        return w->fd >= 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) ? -errno : 0;
    set_number(w, wd, folder);
    w->folders[folder].wd = wd;
    w->polled--;
    return 0;
}

static void end(struct clnrm_watch *w, int32_t folder)
{
    struct watch_folder *f = &w->folders[folder];
    if (f->wd >= 0) {
        drop_number(w, f->wd);
        inotify_rm_watch(w->fd, f->wd); /* fails where the folder itself is gone */
        f->wd = -1;
        w->polled++;
    }
    watch_poll_forget(f);
}

static void unlink_folder(struct clnrm_watch *w, int32_t folder)
{
    int32_t parent = w->folders[folder].parent;
    if (parent < 0)
        return;
    int32_t *at = &w->folders[parent].child;
    while (*at != folder)
        at = &w->folders[*at].sibling;
    *at = w->folders[folder].sibling;
}

static void drop_children(struct clnrm_watch *w, int32_t folder)
{
    while (w->folders[folder].child >= 0)
        watch_tree_drop(w, w->folders[folder].child);
}

void watch_tree_drop(struct clnrm_watch *w, int32_t folder)
{
    drop_children(w, folder);
    end(w, folder);
    unlink_folder(w, folder);
    struct watch_folder *f = &w->folders[folder];
    free(f->name);
    *f = (struct watch_folder){.name = NULL, .sibling = w->free_folder, .wd = -1};
    w->free_folder = folder;
    w->live--;
    w->polled--;
}

void watch_tree_lose(struct clnrm_watch *w, int32_t folder)
{
    drop_children(w, folder);
    end(w, folder);
    w->folders[folder].is_missing = true;
}

/* Goes through the entries of a folder that is watched already, so nothing is missed in between. */
static int scan(struct clnrm_watch *w, int32_t folder, const char *path, bool tells)
{
    DIR *dir = opendir(path);
    if (!dir)
        return -errno;
    bool is_known = w->folders[folder].child >= 0; /* else no child need be looked for */
    struct dirent *e;
    while ((e = readdir(dir))) {
        const char *name = e->d_name;
        if (name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0')))
            continue;
        unsigned char type = e->d_type;
        struct stat st;
        if (type == DT_UNKNOWN && fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            type = (unsigned char)IFTODT(st.st_mode);
        if (type != DT_DIR) {
            if (tells)
                watch_tell(w, CLNRM_WATCH_WRITTEN, folder, name);
            else if (type == DT_LNK && w->queue_count < LINKS_MAX)
                watch_tell(w, CLNRM_WATCH_LINK, folder, name);
        } else if (!w->folders[folder].is_flat && !watch_tree_is_skipped(w, name) &&
                   !(is_known && watch_tree_child(w, folder, name) >= 0)) {
            watch_tree_add(w, folder, name, tells);
        }
    }
    closedir(dir);
    if (w->folders[folder].wd < 0)
        watch_poll_look(w, folder, false);
    return 0;
}

static int32_t add(struct clnrm_watch *w, int32_t parent, const char *name, bool tells,
                   bool is_flat)
{
    if (parent >= 0 && depth(w, parent) >= WATCH_DEPTH_MAX)
        return CLNRM_ELIMIT;
    int32_t folder = new_folder(w, parent, name);
    if (folder < 0)
        return folder;
    w->folders[folder].is_flat = is_flat;
    char path[PATH_MAX];
    int status = watch_tree_path(w, folder, NULL, path, sizeof(path)) ? 0 : -ENAMETOOLONG;
    if (status == 0)
        status = begin(w, folder, path);
    if (status == 0)
        status = scan(w, folder, path, tells);
    if (status == 0)
        return folder;
    if (parent < 0 && (status == -ENOENT || status == -ENOTDIR)) {
        watch_tree_lose(w, folder);
        return folder;
    }
    watch_tree_drop(w, folder);
    return status;
}

int32_t watch_tree_add(struct clnrm_watch *w, int32_t parent, const char *name, bool tells)
{
    return add(w, parent, name, tells, false);
}

int32_t watch_tree_add_root(struct clnrm_watch *w, const char *path, bool is_flat)
{
    return add(w, -1, path, false, is_flat);
}

void watch_tree_regain(struct clnrm_watch *w, int32_t folder)
{
    char path[PATH_MAX];
    if (watch_tree_path(w, folder, NULL, path, sizeof(path)) == 0 || begin(w, folder, path) < 0)
        return;
    w->folders[folder].is_missing = false;
    if (scan(w, folder, path, true) < 0)
        watch_tree_lose(w, folder);
}

void watch_tree_rescan(struct clnrm_watch *w, int32_t folder)
{
    char path[PATH_MAX];
    if (w->folders[folder].is_missing || watch_tree_path(w, folder, NULL, path, sizeof(path)) == 0)
        return;
    struct stat st;
    for (int32_t i = w->folders[folder].child, next; i >= 0; i = next) {
        char below[PATH_MAX];
        next = w->folders[i].sibling;
        if (watch_tree_path(w, i, NULL, below, sizeof(below)) == 0 || lstat(below, &st) < 0 ||
            !S_ISDIR(st.st_mode))
            watch_tree_drop(w, i);
        else
            watch_tree_rescan(w, i);
    }
    scan(w, folder, path, false);
}

void watch_tree_free(struct clnrm_watch *w)
{
    for (int32_t i = 0; i < w->folder_count; i++) {
        free(w->folders[i].name);
        watch_poll_forget(&w->folders[i]);
    }
    free(w->folders);
    free(w->numbers);
}
