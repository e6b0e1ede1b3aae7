/* survey_tree.c -- see survey_tree.h for the contract. */
#include "agent/survey_tree.h"
#include "agent/job.h"
#include "agent/mount.h"
#include "base/base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

enum { DEPTH_MAX = 128, ENTRIES_MAX = 400000, LOOK_US = 5000000, NS = 1000000000 };
enum { CONTENT_MAX = 64 * 1024, TMPFS = 0x01021994 };

struct mount {
    char *path;
    size_t len;
    bool is_ours; /* it can be written to and holds files of its own */
};

struct walk {
    struct clnrm_survey_text *t;
    int64_t since;
    struct mount *mounts;
    size_t mount_count;
    unsigned seen;
    uint64_t until_us;
    bool over;      /* too many, or too long */
    bool in_memory; /* the mount is a tmpfs: all of it is told */
    bool in_upper;  /* the walk is in the upper layer of an overlay, in memory: content is told */
    size_t len;
    char path[PATH_MAX];
};

static void add_raw(struct clnrm_survey_text *t, const char *text, size_t len)
{
    if (clnrm_buf_add(&t->text, text, len) < 0)
        t->failed = true;
}

static void add_escaped(struct clnrm_survey_text *t, const char *text, size_t len)
{
    char octal[8];
    for (; len > 0 && !t->failed; text++, len--) {
        bool plain = (unsigned char)*text >= ' ' && *text != '\\';
        int n = snprintf(octal, sizeof(octal), plain ? "%c" : "\\%03o", (unsigned char)*text);
        add_raw(t, octal, (size_t)n);
    }
}

void clnrm_survey_add(struct clnrm_survey_text *t, char letter, const char *kind, const char *text)
{
    const char head[2] = {letter, ' '};
    add_raw(t, head, 2);
    add_raw(t, kind, strlen(kind));
    add_escaped(t, text, strlen(text));
    add_raw(t, "\n", 1);
}

static int64_t ns_of(struct timespec at)
{
    return (int64_t)at.tv_sec * NS + at.tv_nsec;
}

static char kind_of(mode_t mode)
{
    return S_ISREG(mode)    ? 'f'
           : S_ISDIR(mode)  ? 'd'
           : S_ISLNK(mode)  ? 'l'
           : S_ISSOCK(mode) ? 's'
           : S_ISFIFO(mode) ? 'p'
                            : 'o';
}

/* Writing by mmap to a file in memory changes none of its times: its content is told itself. */
static void tell_content(struct walk *w, int dir, const char *name)
{
    char content[CONTENT_MAX + 1];
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    size_t len = 0;
    ssize_t n = -1;
    while (fd >= 0 && len < sizeof(content) &&
           (n = read(fd, content + len, sizeof(content) - len)) > 0)
        len += (size_t)n;
    if (fd >= 0)
        close(fd);
    if (n < 0 || len > CONTENT_MAX) {
        clnrm_survey_add(w->t, '!', n < 0 ? "" : "too long to be compared: ", w->path);
        return;
    }
    add_raw(w->t, "c ", 2);
    add_escaped(w->t, w->path, strlen(w->path));
    add_raw(w->t, "\t", 1);
    add_escaped(w->t, content, len);
    add_raw(w->t, "\n", 1);
}

static void tell(struct walk *w, int dir, const char *name, const struct stat *st)
{
    char text[256];
    if ((w->in_memory || w->in_upper) && S_ISREG(st->st_mode) && st->st_size > 0)
        tell_content(w, dir, name);
    if (w->in_upper)
        return;
    if (!w->in_memory && ns_of(st->st_ctim) < w->since)
        return;
    snprintf(text, sizeof(text), "%c %o %u %u %lld %llu %llu %lld %lld ", kind_of(st->st_mode),
             st->st_mode & 07777, st->st_uid, st->st_gid, (long long)st->st_size,
             (unsigned long long)st->st_nlink, (unsigned long long)st->st_ino,
             (long long)ns_of(st->st_mtim), (long long)ns_of(st->st_ctim));
    clnrm_survey_add(w->t, 'f', text, w->path);
}

/* Who cannot even go through a directory has changed nothing in it. */
static void tell_hidden(struct walk *w, int dir, const char *name, int error)
{
    bool may_enter = faccessat(dir, name, X_OK, AT_EACCESS) == 0;
    if (error != EACCES || may_enter)
        clnrm_survey_add(w->t, '!', "", w->path);
}

static void give_up(struct walk *w)
{
    if (!w->over)
        clnrm_survey_add(w->t, '!', "too many files: ", w->path);
    w->over = true;
}

/* Several mounts may be of one file system, so its number does not tell where one ends. */
static bool is_mount(const struct walk *w)
{
    for (size_t i = 0; i < w->mount_count; i++)
        if (w->mounts[i].len == w->len && memcmp(w->mounts[i].path, w->path, w->len) == 0)
            return true;
    return false;
}

static void look_into(struct walk *w, int parent, const char *name, int depth)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        tell_hidden(w, parent, name, errno);
        if (fd >= 0)
            close(fd);
        return;
    }
    size_t len = w->len;
    struct dirent *entry;
    struct stat st;
    while (!w->over && !w->t->failed && (errno = 0, entry = readdir(dir))) {
        const char *n = entry->d_name;
        size_t more = strlen(n) + 1;
        if (strcmp(n, ".") == 0 || strcmp(n, "..") == 0)
            continue;
        bool too_late = w->seen % 1024 == 1023 && clnrm_now_us() > w->until_us;
        if (++w->seen > ENTRIES_MAX || depth == DEPTH_MAX || len + more >= sizeof(w->path) ||
            too_late) {
            give_up(w);
            break;
        }
        if (w->path[len - 1] == '/')
            more--; /* of the root */
        snprintf(w->path + len, sizeof(w->path) - len, "%s%s", w->path[len - 1] == '/' ? "" : "/",
                 n);
        w->len = len + more;
        if (fstatat(fd, n, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0) {
            if (errno != ENOENT)
                clnrm_survey_add(w->t, '!', "", w->path);
        } else if (!is_mount(w)) {
            tell(w, fd, n, &st);
            if (S_ISDIR(st.st_mode))
                look_into(w, fd, n, depth + 1);
        }
        w->path[w->len = len] = '\0';
    }
    if (!w->over && errno != 0)
        clnrm_survey_add(w->t, '!', "", w->path);
    closedir(dir);
}

/* What is used of a file system counts what no name leads to any more, as well. */
static void tell_used(struct walk *w)
{
    struct statfs fs;
    char text[64];
    w->in_memory = statfs(w->path, &fs) == 0 && fs.f_type == TMPFS;
    if (!w->in_memory) /* others are not the room's alone */
        return;
    snprintf(text, sizeof(text), "%llu %llu ", (unsigned long long)(fs.f_blocks - fs.f_bfree),
             (unsigned long long)(fs.f_files - fs.f_ffree));
    clnrm_survey_add(w->t, 'u', text, w->path);
}

/* Of an overlay the walk tells what was changed, as the kernel saw it: not a file of the layer in
 * memory, of before, that mmap writes to. */
static void look_into_upper(struct walk *w, dev_t overlay)
{
    int layer = clnrm_mount_upper(overlay);
    if (layer == -ENOSPC)
        clnrm_survey_add(w->t, '!', "too many overlays: ", w->path);
    if (layer < 0)
        return;
    w->in_upper = true;
    look_into(w, layer, ".", 0);
    w->in_upper = false;
}

/* A mount may be a single file. */
static void look_at_mount(struct walk *w)
{
    struct stat st;
    w->len = strlen(w->path);
    if (lstat(w->path, &st) < 0) {
        clnrm_survey_add(w->t, '!', "", w->path);
        return;
    }
    tell_used(w);
    tell(w, AT_FDCWD, w->path, &st);
    if (!S_ISDIR(st.st_mode))
        return;
    look_into(w, AT_FDCWD, w->path, 0);
    look_into_upper(w, st.st_dev);
}

static bool is_listed(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

/* The kernel writes blanks and the like in paths as \ooo. */
static void unescape(const char *from, char *to, size_t size)
{
    for (; *from && size > 1; size--) {
        unsigned a = 0, b = 0, c = 0;
        if (*from == '\\' && sscanf(from + 1, "%1o%1o%1o", &a, &b, &c) == 3) {
            *to++ = (char)(a << 6 | b << 3 | c);
            from += 4;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue" */
static struct mount read_mount(char *line)
{
    static const char *const others[] = {"proc",    "sysfs",       "cgroup",  "cgroup2", "bpf",
                                         "pstore",  "securityfs",  "debugfs", "tracefs", "configfs",
                                         "fusectl", "binfmt_misc", NULL};
    char *rest = line, *field = NULL, path[PATH_MAX];
    for (int i = 0; i < 5; i++)
        field = strsep(&rest, " ");
    char *options = rest ? strsep(&rest, " ") : NULL, *tail = rest ? strstr(rest, "- ") : NULL;
    if (!field || !options || !tail)
        return (struct mount){0};
    rest = tail + 2;
    char *type = strsep(&rest, " "), *super = rest;
    strsep(&super, " "); /* past what is mounted */
    bool is_ro = strncmp(options, "ro", 2) == 0 || (super && strncmp(super, "ro", 2) == 0);
    unescape(field, path, sizeof(path));
    size_t len = strlen(path);
    return (struct mount){clnrm_xmemdup(path, len), len, !is_ro && !is_listed(type, others)};
}

void clnrm_survey_files(struct clnrm_survey_text *t, const char *mounts, int64_t since)
{
    struct walk w = {.t = t, .since = since, .until_us = clnrm_now_us() + LOOK_US};
    char *copy = clnrm_xmemdup(mounts, strlen(mounts)), *rest = copy, *line;
    size_t lines = 1;
    for (const char *at = mounts; (at = strchr(at, '\n')); at++)
        lines++;
    w.mounts = clnrm_xcalloc(lines * sizeof(*w.mounts));
    while ((line = strsep(&rest, "\n"))) {
        w.mounts[w.mount_count] = read_mount(line);
        w.mount_count += w.mounts[w.mount_count].path != NULL;
    }
    for (size_t i = 0; i < w.mount_count && !w.over && !t->failed; i++) {
        snprintf(w.path, sizeof(w.path), "%s", w.mounts[i].path);
        if (w.mounts[i].is_ours)
            look_at_mount(&w);
    }
    while (w.mount_count > 0)
        free(w.mounts[--w.mount_count].path);
    free(w.mounts);
    free(copy);
}
