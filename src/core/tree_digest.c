/* tree_digest.c -- see tree_digest.h for the contract. */
#include "core/tree_digest.h"
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024 };

struct walk {
    struct clnrm_hash *quick, *full; /* full: may be NULL */
    const atomic_bool *cancel;
    char *chunk;
    struct clnrm_tree_digest *out;
};

static void add(struct clnrm_hash *h, const void *data, size_t len)
{
    if (h)
        clnrm_hash_add(h, (struct clnrm_slice){data, len});
}

static void add_number(struct clnrm_hash *h, int64_t number)
{
    add(h, &number, sizeof(number));
}

static int add_content(struct walk *w, int dir, const char *name)
{
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t n;
    while ((n = read(fd, w->chunk, CHUNK)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            add(w->full, w->chunk, (size_t)n);
    int status = n < 0 ? -errno : 0;
    close(fd);
    return status;
}

static int add_link(struct walk *w, int dir, const char *name)
{
    char target[PATH_MAX];
    ssize_t len = readlinkat(dir, name, target, sizeof(target));
    if (len < 0)
        return -errno;
    add(w->full, target, (size_t)len);
    return 0;
}

static int add_all(struct walk *w, int dir, int depth);

static int add_entry(struct walk *w, int dir, const char *name, int depth)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    struct clnrm_hash *both[] = {w->quick, w->full};
    for (int i = 0; i < 2; i++) {
        add(both[i], name, strlen(name) + 1);
        add_number(both[i], st.st_mode);
        add_number(both[i], S_ISREG(st.st_mode) ? st.st_size : 0);
    }
    add_number(w->quick, (int64_t)st.st_ino);
    add_number(w->quick, st.st_mtim.tv_sec);
    add_number(w->quick, st.st_mtim.tv_nsec);
    add_number(w->quick, st.st_ctim.tv_sec);
    add_number(w->quick, st.st_ctim.tv_nsec);
    w->out->files++;
    if (S_ISREG(st.st_mode)) {
        w->out->bytes += st.st_size;
        return w->full ? add_content(w, dir, name) : 0;
    }
    if (S_ISLNK(st.st_mode))
        return w->full ? add_link(w, dir, name) : 0;
    if (!S_ISDIR(st.st_mode))
        return 0;
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int status = fd < 0 ? -errno : add_all(w, fd, depth + 1);
    if (fd >= 0)
        close(fd);
    return status;
}

static int add_all(struct walk *w, int dir, int depth)
{
    struct clnrm_fs_place at = {.dir = dir, .path = "."};
    struct clnrm_fs_list list = {0};
    if (depth > CLNRM_TREE_DIGEST_DEPTH_MAX)
        return -E2BIG;
    if (w->cancel && atomic_load_explicit(w->cancel, memory_order_relaxed))
        return -ECANCELED;
    int status = clnrm_fs_scandir(&at, CLNRM_FS_ENTRIES_MAX, false, &list);
    for (size_t i = 0; status == 0 && i < list.count; i++)
        status = add_entry(w, dir, list.entries[i].name, depth);
    clnrm_fs_list_free(&list);
    add(w->quick, "", 1); /* where a folder ends is part of what it is */
    add(w->full, "", 1);
    return status;
}

int clnrm_tree_digest(int dir, bool wants_full, const atomic_bool *cancel,
                      struct clnrm_tree_digest *out)
{
    struct walk w = {.cancel = cancel, .out = out};
    *out = (struct clnrm_tree_digest){.files = 0};
    int status = clnrm_hash_open(CLNRM_HASH_XXH128, &w.quick);
    if (status == 0 && wants_full)
        status = clnrm_hash_open(CLNRM_HASH_XXH128, &w.full);
    if (status == 0) {
        w.chunk = clnrm_xmalloc(CHUNK);
        status = add_all(&w, dir, 0);
        free(w.chunk);
    }
    if (status == 0)
        status = clnrm_hash_finish(w.quick, &out->quick);
    if (status == 0 && w.full)
        status = clnrm_hash_finish(w.full, &out->full);
    clnrm_hash_close(w.quick);
    clnrm_hash_close(w.full);
    return status;
}
