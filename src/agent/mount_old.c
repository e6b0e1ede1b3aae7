/* mount_old.c -- see mount_old.h for the contract. */
#include "agent/mount_old.h"
#include "agent/sys.h"
#include "base/base.h"

#include <limits.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

enum { MOUNTS_MAX = 4096, TABLE_MAX = 4 * 1024 * 1024 };

struct entry {
    int id, parent;
    bool below; /* part of the bound tree */
    unsigned long flags;
    char *path;
};

struct table {
    struct clnrm_buf text;
    struct entry *entries;
    int count;
};

static int read_all(const char *path, struct clnrm_buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int status = 0;
    for (ssize_t n = 1; status == 0 && n > 0;) {
        status = clnrm_buf_reserve(out, 16 * 1024);
        if (status < 0)
            break;
        n = read(fd, out->data + out->len, 16 * 1024);
        if (n < 0)
            status = -errno;
        else
            out->len += (size_t)n;
    }
    close(fd);
    return status == 0 ? clnrm_buf_add(out, "", 1) : status;
}

/* The kernel writes a space, tab, newline or backslash of a path as three octal digits. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *at = text; *at; to++) {
        if (at[0] == '\\' && at[1] && at[2] && at[3]) {
            *to = (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
            at += 4;
        } else {
            *to = *at++;
        }
    }
    *to = '\0';
}

static unsigned long parse_flags(const char *options)
{
    static const struct {
        const char *name;
        unsigned long flag;
    } known[] = {{"ro", MS_RDONLY},        {"nosuid", MS_NOSUID},   {"nodev", MS_NODEV},
                 {"noexec", MS_NOEXEC},    {"noatime", MS_NOATIME}, {"nodiratime", MS_NODIRATIME},
                 {"relatime", MS_RELATIME}};
    unsigned long flags = 0;
    for (const char *at = options; *at;) {
        size_t len = strcspn(at, ",");
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            if (strlen(known[i].name) == len && strncmp(known[i].name, at, len) == 0)
                flags |= known[i].flag;
        at += len + (at[len] == ',');
    }
    return flags;
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime ...": id, parent, device, root, path, options. */
static int parse_line(char *line, struct entry *out)
{
    char *field[6];
    for (int i = 0; i < 6; i++)
        if (!(field[i] = strsep(&line, " ")))
            return -EPROTO;
    *out = (struct entry){.id = atoi(field[0]), .parent = atoi(field[1]), .path = field[4]};
    unescape(out->path);
    out->flags = parse_flags(field[5]);
    return 0;
}

static int load_table(struct table *t)
{
    *t = (struct table){.text.max = TABLE_MAX};
    t->entries = clnrm_xcalloc(MOUNTS_MAX * sizeof(*t->entries));
    int status = read_all("/proc/self/mountinfo", &t->text);
    char *rest = t->text.data, *line;
    while (status == 0 && (line = strsep(&rest, "\n")) && *line) {
        if (t->count == MOUNTS_MAX)
            return -E2BIG;
        status = parse_line(line, &t->entries[t->count]);
        t->count++;
    }
    return status;
}

static void free_table(struct table *t)
{
    clnrm_buf_free(&t->text);
    free(t->entries);
}

static void mark_below(struct table *t, int top)
{
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < t->count; i++) {
            struct entry *e = &t->entries[i];
            bool is_child = e->id == top;
            for (int k = 0; !is_child && k < t->count; k++)
                is_child = t->entries[k].below && t->entries[k].id == e->parent;
            if (is_child && !e->below)
                e->below = more = true;
        }
    }
}

static int mount_id(int fd)
{
    char path[64];
    struct clnrm_buf text = {.max = 64 * 1024};
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    int id = read_all(path, &text);
    if (id == 0) {
        const char *at = strstr(text.data, "mnt_id:");
        id = at ? atoi(at + 7) : -EPROTO;
    }
    clnrm_buf_free(&text);
    return id;
}

static unsigned long wanted_flags(uint64_t attr)
{
    return (attr & CLNRM_ATTR_RDONLY ? MS_RDONLY : 0) | (attr & CLNRM_ATTR_NOSUID ? MS_NOSUID : 0) |
           (attr & CLNRM_ATTR_NODEV ? MS_NODEV : 0) | (attr & CLNRM_ATTR_NOEXEC ? MS_NOEXEC : 0);
}

/* Remounts (`check` false) or looks (`check` true) at every mount of the tree with id `top`. */
static int each_below(int top, unsigned long want, bool check)
{
    struct table t;
    int status = load_table(&t), seen = 0;
    if (status == 0)
        mark_below(&t, top);
    for (int i = 0; status == 0 && i < t.count; i++) {
        const struct entry *e = &t.entries[i];
        if (!e->below)
            continue;
        seen++;
        if (check)
            status = (e->flags & want) == want ? 0 : -EPERM;
        else if (mount(NULL, e->path, NULL, MS_REMOUNT | MS_BIND | e->flags | want, NULL) < 0)
            status = -errno;
    }
    free_table(&t);
    return status == 0 && seen == 0 ? -ENOENT : status;
}

/* The descriptor of the top of what was just mounted on `target`. */
static int reopen(int target)
{
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", target);
    ssize_t len = readlink(link, path, sizeof(path) - 1);
    if (len < 0)
        return -errno;
    path[len] = '\0';
    int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int clnrm_mount_old_bind(int source, int target, uint64_t attr)
{
    char from[64], to[64];
    struct stat a, b;
    snprintf(from, sizeof(from), "/proc/self/fd/%d", source);
    snprintf(to, sizeof(to), "/proc/self/fd/%d", target);
    if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) < 0)
        return -errno;
    int fd = reopen(target);
    if (fd < 0)
        return fd;
    int status = fstat(source, &a) < 0 || fstat(fd, &b) < 0 ? -errno : 0;
    if (status == 0 && (a.st_dev != b.st_dev || a.st_ino != b.st_ino))
        status = -ESTALE; /* the path led elsewhere: refuse */
    int top = status < 0 ? status : mount_id(fd);
    status = top < 0 ? top : each_below(top, wanted_flags(attr), false);
    if (status == 0)
        status = each_below(top, wanted_flags(attr), true);
    if (status < 0) {
        close(fd);
        return status;
    }
    return fd;
}
