/* unpack.c -- see unpack.h for the contract. */
#include "core/unpack.h"
#include "base/base.h"
#include "core/fs.h"
#include "core/name_set.h"
#include "core/tree_remove.h"
#include "core/unpack_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"

/* Folders that no entry names, only the way to one: else a few deep names would be worth many files. */
enum { UNNAMED_MAX = 4000 };

struct unpack {
    struct clnrm_layer *layer;
    int root;
    int64_t files_left, bytes_left, unnamed;
    struct clnrm_name_set seen; /* what this layer made, folders above it too */
    int parent;                 /* of the last entry, O_PATH; -1 */
    char parent_name[PATH_MAX];
    struct clnrm_unpack_result *out;
};

static int refuse(struct unpack *u, int status, const char *why)
{
    snprintf(u->out->why, sizeof(u->out->why), "%s", why);
    return status;
}

static int refuse_errno(struct unpack *u, const char *what)
{
    int error = errno;
    snprintf(u->out->why, sizeof(u->out->why), "%s: %s", what, strerror(error));
    return -error;
}

/* Opens a folder below the root without following any link. */
static int open_folder(struct unpack *u, const char *path, int *out)
{
    struct clnrm_fs_place at = {
        .dir = u->root, .is_beneath = true, .path = *path ? path : ".", .no_links = true};
    return clnrm_fs_open(&at, O_PATH | O_DIRECTORY, 0, out);
}

/* Makes the folders of `path` that are not there. */
static int make_folders(struct unpack *u, const char *path, int *out)
{
    char text[PATH_MAX];
    int dir = -1, status = open_folder(u, "", &dir);
    snprintf(text, sizeof(text), "%s", path);
    for (char *part = text, *end; status == 0 && part; part = end) {
        end = strchr(part, '/');
        if (end)
            *end++ = '\0';
        bool is_new = mkdirat(dir, part, 0755) == 0;
        if (!is_new && errno != EEXIST) {
            status = -errno;
            break;
        }
        u->unnamed += is_new;
        int next = openat(dir, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        status = next < 0 ? -errno : 0;
        if (next >= 0) {
            close(dir);
            dir = next;
        }
    }
    if (status < 0 && dir >= 0)
        close(dir);
    else
        *out = dir;
    return status;
}

static void forget_parent(struct unpack *u)
{
    if (u->parent >= 0)
        close(u->parent);
    u->parent = -1;
}

/* Goes to the folder of an entry; `make` false: -ENOENT when there is none. */
static int enter_parent(struct unpack *u, const struct clnrm_unpack_path *p, bool make)
{
    if (u->parent >= 0 && strcmp(u->parent_name, p->parent) == 0)
        return 0;
    forget_parent(u);
    int fd = -1, status = open_folder(u, p->parent, &fd);
    if (status == -ENOENT && make)
        status = make_folders(u, p->parent, &fd);
    else if (status == -ENOENT)
        return status;
    if (status == -ELOOP)
        return refuse(u, CLNRM_ESYNTAX, "leads through a link");
    if (status == -ENOTDIR)
        return refuse(u, CLNRM_ESYNTAX, "leads through what is no folder");
    if (status < 0) {
        errno = -status;
        return refuse_errno(u, "its folder cannot be opened");
    }
    u->parent = fd;
    snprintf(u->parent_name, sizeof(u->parent_name), "%s", p->parent);
    for (const char *end = p->parent; *end; end++) /* they are of this layer, too */
        if (end[1] == '\0' || end[1] == '/')
            clnrm_name_set_add(&u->seen, p->parent, (size_t)(end + 1 - p->parent));
    return 0;
}

static int remove_tree(struct unpack *u, int dir, const char *name)
{
    int status = clnrm_tree_remove(dir, name, SIZE_MAX);
    if (status == CLNRM_ELIMIT)
        return refuse(u, status, "is in the place of folders that are nested too deep to remove");
    if (status < 0) {
        errno = -status;
        return refuse_errno(u, "what was there cannot be removed");
    }
    return 0;
}

static bool is_kind(char kind, mode_t mode)
{
    return kind == 'd' ? S_ISDIR(mode) : kind == 'l' ? S_ISLNK(mode) : S_ISREG(mode);
}

/* Makes room for an entry.  `*keeps`: it is a folder, and one is there. */
static int make_way(struct unpack *u, const struct clnrm_unpack_path *p, char kind, bool *keeps)
{
    struct stat st;
    bool is_twice = clnrm_name_set_add(&u->seen, p->text, strlen(p->text));
    *keeps = false;
    if (fstatat(u->parent, p->leaf, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : refuse_errno(u, "its place cannot be looked at");
    if (kind == 'd' && S_ISDIR(st.st_mode)) {
        *keeps = true;
        return 0;
    }
    if (is_twice && kind != 'h' && !is_kind(kind, st.st_mode))
        return refuse(u, CLNRM_ESYNTAX, "is there twice, as two kinds of thing");
    if (is_twice && kind == 'h' && S_ISDIR(st.st_mode))
        return refuse(u, CLNRM_ESYNTAX, "is there twice, as two kinds of thing");
    if (S_ISDIR(st.st_mode))
        return remove_tree(u, u->parent, p->leaf);
    return unlinkat(u->parent, p->leaf, 0) < 0 ? refuse_errno(u, "what was there") : 0;
}

static int make_dir(struct unpack *u, const struct clnrm_unpack_path *p, mode_t mode)
{
    bool keeps;
    int status = make_way(u, p, 'd', &keeps);
    if (status < 0)
        return status;
    if (!keeps && mkdirat(u->parent, p->leaf, 0700) < 0)
        return refuse_errno(u, "the folder cannot be made");
    int fd = openat(u->parent, p->leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return refuse_errno(u, "the folder cannot be opened");
    status = fchmod(fd, (mode & 01777) | 0700) < 0 ? refuse_errno(u, "its mode") : 0;
    close(fd);
    return status;
}

static int write_content(struct unpack *u, int fd, int64_t size)
{
    const void *block;
    ssize_t n;
    int64_t done = 0;
    while ((n = clnrm_layer_read(u->layer, &block)) > 0) {
        const char *at = block;
        if ((done += n) > size)
            return refuse(u, CLNRM_ESYNTAX, "has more content than it says");
        while (n > 0) {
            ssize_t got = write(fd, at, (size_t)n);
            if (got < 0 && errno == EINTR)
                continue;
            if (got < 0)
                return refuse_errno(u, "it cannot be written");
            at += got;
            n -= got;
        }
    }
    if (n < 0)
        return refuse(u, (int)n, u->layer->why);
    return done == size ? 0 : refuse(u, CLNRM_ESYNTAX, "has less content than it says");
}

static int make_file(struct unpack *u, const struct clnrm_unpack_path *p,
                     const struct clnrm_archive_entry *e)
{
    bool keeps;
    if (e->is_sparse)
        return refuse(u, CLNRM_ESYNTAX, "is a sparse file");
    if (e->size < 0)
        return refuse(u, CLNRM_ESYNTAX, "has a size below zero");
    if (e->size > u->bytes_left)
        return refuse(u, CLNRM_ELIMIT, "is too large: the files of an image have 4 GiB at most");
    int status = make_way(u, p, 'f', &keeps);
    if (status < 0)
        return status;
    int fd = openat(u->parent, p->leaf, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return refuse_errno(u, "the file cannot be made");
    status = write_content(u, fd, e->size);
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = e->mtime}};
    if (status == 0 && fchmod(fd, (e->mode & 0777) | 0400) < 0)
        status = refuse_errno(u, "its mode");
    if (status == 0)
        futimens(fd, times); /* a time that the file system does not have is none */
    close(fd);
    u->bytes_left -= e->size;
    u->out->bytes += e->size;
    return status;
}

static int make_symlink(struct unpack *u, const struct clnrm_unpack_path *p, const char *target)
{
    bool keeps;
    const char *why = clnrm_unpack_link_problem(p->parent, target);
    if (why)
        return refuse(u, CLNRM_ESYNTAX, why);
    int status = make_way(u, p, 'l', &keeps);
    if (status == 0 && symlinkat(target, u->parent, p->leaf) < 0)
        status = refuse_errno(u, "the link cannot be made");
    return status;
}

/* Opens the folder of what a hard link leads to. */
static int open_target(struct unpack *u, const char *name, struct clnrm_unpack_path *t, int *out)
{
    struct stat st;
    const char *why = clnrm_unpack_path_parse(name, t);
    if (why || !t->text[0])
        return refuse(u, CLNRM_ESYNTAX, "is a hard link to a name that no file may have");
    int status = open_folder(u, t->parent, out);
    if (status == -ELOOP)
        return refuse(u, CLNRM_ESYNTAX, "is a hard link through a link");
    if (status < 0)
        return refuse(u, CLNRM_ESYNTAX, "is a hard link to what is not there");
    bool is_there = fstatat(*out, t->leaf, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (is_there && (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)))
        return 0;
    close(*out);
    return refuse(u, CLNRM_ESYNTAX,
                  is_there ? "is a hard link to a folder" : "is a hard link to what is not there");
}

static int make_hardlink(struct unpack *u, const struct clnrm_unpack_path *p, const char *name)
{
    struct clnrm_unpack_path t;
    bool keeps;
    int from, status = open_target(u, name, &t, &from);
    if (status < 0)
        return status;
    if (strcmp(t.text, p->text) != 0) {
        status = make_way(u, p, 'h', &keeps);
        if (status == 0 && linkat(from, t.leaf, u->parent, p->leaf, 0) < 0)
            status = refuse_errno(u, "the hard link cannot be made");
    }
    close(from);
    return status;
}

/* Takes away what earlier layers made at `path`: all of it, but for what this layer has made. */
static int prune(struct unpack *u, int dir, const char *name, const char *path, int depth)
{
    struct stat st;
    struct clnrm_fs_list list = {0};
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : refuse_errno(u, "what it takes away");
    if (!clnrm_name_set_has(&u->seen, path, strlen(path)))
        return remove_tree(u, dir, name);
    if (!S_ISDIR(st.st_mode) || depth > CLNRM_UNPACK_DEPTH_MAX)
        return 0;
    int fd = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return refuse_errno(u, "what it takes away");
    struct clnrm_fs_place at = {.dir = fd, .path = "."};
    int status = clnrm_fs_scandir(&at, CLNRM_FS_ENTRIES_MAX, false, &list);
    for (size_t i = 0; status == 0 && i < list.count; i++) {
        char below[PATH_MAX];
        int n =
            snprintf(below, sizeof(below), "%s%s%s", path, *path ? "/" : "", list.entries[i].name);
        if (n < (int)sizeof(below))
            status = prune(u, fd, list.entries[i].name, below, depth + 1);
    }
    clnrm_fs_list_free(&list);
    close(fd);
    return status;
}

static int whiteout(struct unpack *u, const struct clnrm_unpack_path *p)
{
    char path[PATH_MAX];
    const char *name = p->leaf + strlen(WHITEOUT);
    if (strcmp(p->leaf, OPAQUE) == 0) { /* all that the folder has of earlier layers */
        clnrm_name_set_add(&u->seen, p->parent, strlen(p->parent));
        forget_parent(u);
        int top = -1, status = open_folder(u, p->parent, &top);
        if (status < 0)
            return status == -ENOENT ? 0 : refuse(u, CLNRM_ESYNTAX, "leads through a link");
        status = prune(u, top, ".", p->parent, 0);
        close(top);
        return status;
    }
    if (strncmp(name, WHITEOUT, strlen(WHITEOUT)) == 0)
        return 0; /* notes of aufs to itself */
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return refuse(u, CLNRM_ESYNTAX, "takes away what has no name");
    int status = enter_parent(u, p, false);
    if (status < 0)
        return status == -ENOENT ? 0 : status;
    int n = snprintf(path, sizeof(path), "%s%s%s", p->parent, *p->parent ? "/" : "", name);
    if (n >= (int)sizeof(path))
        return refuse(u, CLNRM_ESYNTAX, "has a name that is too long");
    return prune(u, u->parent, name, path, 0);
}

static int unpack_entry(struct unpack *u, const struct clnrm_archive_entry *e)
{
    struct clnrm_unpack_path p;
    const char *why = clnrm_unpack_path_parse(e->name, &p);
    if (why)
        return refuse(u, CLNRM_ESYNTAX, why);
    if (u->unnamed > UNNAMED_MAX)
        return refuse(u, CLNRM_ELIMIT, "has one folder too many that the archive does not name");
    if (u->files_left-- <= 0)
        return refuse(u, CLNRM_ELIMIT, "is one too many: an image has 100,000 files at most");
    if (!p.text[0])
        return e->kind == 'd' ? 0 : refuse(u, CLNRM_ESYNTAX, "would replace the root");
    if (strncmp(p.leaf, WHITEOUT, strlen(WHITEOUT)) == 0 && e->kind != 'd')
        return whiteout(u, &p);
    if (e->kind == 'c' || e->kind == 'p') {
        *(e->kind == 'c' ? &u->out->devices : &u->out->fifos) += 1;
        return 0;
    }
    int status = enter_parent(u, &p, true);
    if (status < 0)
        return status;
    u->out->files++;
    switch (e->kind) {
    case 'd':
        return make_dir(u, &p, e->mode);
    case 'f':
        return make_file(u, &p, e);
    case 'l':
        return make_symlink(u, &p, e->link);
    case 'h':
        return make_hardlink(u, &p, e->link);
    default:
        return refuse(u, CLNRM_ESYNTAX, "is of a kind that no image has");
    }
}

int clnrm_unpack(struct clnrm_layer *l, int dir, int64_t files, int64_t bytes,
                 struct clnrm_unpack_result *out)
{
    struct unpack u = {.layer = l,
                       .root = dir,
                       .files_left = files,
                       .bytes_left = bytes,
                       .parent = -1,
                       .out = out};
    struct clnrm_archive_entry entry;
    int status;
    *out = (struct clnrm_unpack_result){0};
    while ((status = clnrm_layer_next(l, &entry)) > 0)
        if ((status = unpack_entry(&u, &entry)) < 0) {
            snprintf(out->name, sizeof(out->name), "%s", entry.name);
            break;
        }
    if (status == 0)
        status = clnrm_layer_finish(l);
    if (status < 0 && !out->why[0])
        refuse(&u, status, l->why);
    forget_parent(&u);
    clnrm_name_set_free(&u.seen);
    return status;
}
