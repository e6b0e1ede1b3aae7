/* watch_poll.c -- folders that the kernel tells nothing of: each is read again, and compared. */
#include "base/base.h"
#include "core/watch_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

void watch_poll_forget(struct watch_folder *f)
{
    for (uint32_t i = 0; i < f->seen_count; i++)
        free(f->seen[i].name);
    free(f->seen);
    f->seen = NULL;
    f->seen_count = 0;
}

/* What a save changes of a file, in one number. */
static uint64_t state_of(const struct stat *st)
{
    uint64_t h = 0xcbf29ce484222325u;
    const uint64_t parts[] = {(uint64_t)st->st_mtim.tv_sec, (uint64_t)st->st_mtim.tv_nsec,
                              (uint64_t)st->st_size, (uint64_t)st->st_ino,
                              (uint64_t)(st->st_mode & 0111)};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        h = (h ^ parts[i]) * 0x9e3779b97f4a7c15u;
    return h;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct watch_seen *)a)->name, ((const struct watch_seen *)b)->name);
}

static struct watch_seen *find(const struct watch_folder *f, uint32_t count, const char *name)
{
    struct watch_seen key = {.name = (char *)name};
    return count ? bsearch(&key, f->seen, count, sizeof(key), by_name) : NULL;
}

static void add(struct watch_folder *f, const char *name, uint64_t state)
{
    uint32_t n = f->seen_count;
    if ((n & (n - 1)) == 0) /* full at each power of two */
        f->seen = clnrm_xrealloc(f->seen, (n ? n * 2 : 1) * sizeof(*f->seen));
    f->seen[f->seen_count++] =
        (struct watch_seen){.name = clnrm_xstrdup(name), .state = state, .is_there = true};
}

/* Notes one file; `count` were known before this look. */
static void note(struct clnrm_watch *w, int32_t folder, uint32_t count, const char *name,
                 const struct stat *st, bool tells)
{
    struct watch_folder *f = &w->folders[folder];
    struct watch_seen *known = find(f, count, name);
    uint64_t state = state_of(st);
    bool is_same = known && known->state == state;
    if (known) {
        known->state = state;
        known->is_there = true;
    } else {
        add(f, name, state);
    }
    if (tells && !is_same)
        watch_tell(w, CLNRM_WATCH_WRITTEN, folder, name);
}

static void drop_absent(struct clnrm_watch *w, int32_t folder, bool tells)
{
    struct watch_folder *f = &w->folders[folder];
    uint32_t kept = 0;
    for (uint32_t i = 0; i < f->seen_count; i++) {
        if (f->seen[i].is_there) {
            f->seen[kept++] = f->seen[i];
            continue;
        }
        if (tells)
            watch_tell(w, CLNRM_WATCH_REMOVED, folder, f->seen[i].name);
        free(f->seen[i].name);
    }
    struct watch_seen *all = f->seen;
    f->seen = NULL;
    f->seen_count = 0;
    for (uint32_t i = 0; i < kept; i++) { /* the vector is as large as `add` counts on */
        add(f, all[i].name, all[i].state);
        free(all[i].name);
    }
    free(all);
    if (f->seen_count)
        qsort(f->seen, f->seen_count, sizeof(*f->seen), by_name);
}

void watch_poll_look(struct clnrm_watch *w, int32_t folder, bool tells)
{
    char path[PATH_MAX];
    DIR *dir = watch_tree_path(w, folder, NULL, path, sizeof(path)) ? opendir(path) : NULL;
    uint32_t count = w->folders[folder].seen_count;
    for (uint32_t i = 0; i < count; i++)
        w->folders[folder].seen[i].is_there = false;
    struct dirent *e;
    while (dir && (e = readdir(dir))) {
        struct stat st;
        const char *name = e->d_name;
        if (name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0')))
            continue;
        if (fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (!S_ISDIR(st.st_mode))
            note(w, folder, count, name, &st, tells);
        else if (tells && !w->folders[folder].is_flat && !watch_tree_is_skipped(w, name) &&
                 watch_tree_child(w, folder, name) < 0)
            watch_tree_add(w, folder, name, true);
    }
    if (dir)
        closedir(dir);
    drop_absent(w, folder, tells);
    for (int32_t i = w->folders[folder].child, next; !dir && tells && i >= 0; i = next) {
        next = w->folders[i].sibling;
        if (w->folders[i].wd < 0)
            watch_poll_look(w, i, true); /* gone as well, and forgotten there */
    }
    if (!dir && tells && w->folders[folder].parent >= 0) {
        watch_tree_drop(w, folder);
    } else if (!dir && tells) {
        watch_tell(w, CLNRM_WATCH_REMOVED, folder, NULL);
        w->folders[folder].is_missing = true;
    }
}
