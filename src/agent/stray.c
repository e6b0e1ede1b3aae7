/* stray.c -- see stray.h for the contract. */
#include "agent/stray.h"
#include "agent/child.h"
#include "base/base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    FLAGS = 6, /* of the fields behind the name; proc_pid_stat(5) counts it as the 9th */
    THREADS = 17,
    BORN = 19,
    PENDING = 28,
    FIELDS,
    PF_EXITING = 4, /* include/linux/sched.h */
    PENDING_KILL = 1 << (SIGKILL - 1),
    ENTRIES_MAX = 65536, /* of /proc in one look: numbers may be born as fast as they are read */
};

/* "12 (name) S 1 12 12 ...": the name may hold anything, so it ends at the last parenthesis. */
static bool parse_stat(char *text, struct clnrm_stray *out)
{
    char *from = strchr(text, '('), *to = strrchr(text, ')'), *field[FIELDS];
    if (!from || !to || to[1] != ' ')
        return false;
    char *rest = to + 2;
    for (int i = 0; i < FIELDS; i++) /* state, parent, group, session ... threads */
        if (!(field[i] = strsep(&rest, " ")))
            return false;
    *to = '\0';
    snprintf(out->name, sizeof(out->name), "%s", from + 1);
    /* a first thread that has ended is a zombie for as long as others run */
    out->alive = (*field[0] != 'Z' && *field[0] != 'X') || atoi(field[THREADS]) > 1;
    out->ending = *field[0] != 'Z' && (strtoul(field[FLAGS], NULL, 10) & PF_EXITING ||
                                       strtoul(field[PENDING], NULL, 10) & PENDING_KILL);
    out->parent = atoi(field[1]);
    out->born = strtoull(field[BORN], NULL, 10);
    out->group = atoi(field[2]);
    out->session = atoi(field[3]);
    return true;
}

static bool look_at(int proc, const char *pid, struct clnrm_stray *out)
{
    char path[64], text[512];
    snprintf(path, sizeof(path), "%s/stat", pid);
    int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false; /* gone meanwhile */
    ssize_t n = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (n <= 0)
        return false;
    text[n] = '\0';
    *out = (struct clnrm_stray){.pid = atoi(pid)};
    if (!parse_stat(text, out))
        return false;
    out->mark = out->alive ? clnrm_child_mark(proc, pid) : 0;
    return true;
}

bool clnrm_stray_is_ending(int proc, pid_t pid)
{
    char name[16];
    struct clnrm_stray stray;
    snprintf(name, sizeof(name), "%d", (int)pid);
    return proc >= 0 && look_at(proc, name, &stray) && stray.ending;
}

/* "0.00 0.01 0.05 1/234 567": the last number. */
unsigned clnrm_stray_newest(int proc)
{
    char text[128];
    int fd = proc < 0 ? -1 : openat(proc, "loadavg", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    const char *last = strrchr(text, ' ');
    return last ? (unsigned)atoi(last + 1) : 0;
}

int clnrm_stray_each(int proc, clnrm_stray_cb *each, void *data)
{
    int fd = proc < 0 ? -1 : openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return proc < 0 ? -ENOENT : -errno;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return -ENOMEM;
    }
    struct dirent *entry;
    pid_t self = getpid();
    for (int i = 0; i < ENTRIES_MAX && (entry = readdir(dir)); i++) {
        struct clnrm_stray stray;
        bool is_pid = entry->d_name[0] >= '1' && entry->d_name[0] <= '9';
        if (is_pid && atoi(entry->d_name) != self && look_at(proc, entry->d_name, &stray))
            each(data, &stray);
    }
    closedir(dir);
    return 0;
}

/* ---- descendants of the agent ---- */

enum { UNKNOWN, OURS, FOREIGN, REREADS = 3 };

struct family {
    struct clnrm_stray *members;
    char *kind; /* of each: UNKNOWN... */
    size_t count, cap;
};

static void collect(void *data, const struct clnrm_stray *stray)
{
    struct family *f = data;
    if (f->count == f->cap) {
        f->cap = f->cap ? 2 * f->cap : 64;
        f->members = clnrm_xrealloc(f->members, f->cap * sizeof(*f->members));
    }
    f->members[f->count++] = *stray;
}

static int by_pid(const void *a, const void *b)
{
    pid_t x = ((const struct clnrm_stray *)a)->pid, y = ((const struct clnrm_stray *)b)->pid;
    return (x > y) - (x < y);
}

static bool read_number(int proc, pid_t pid, struct clnrm_stray *out)
{
    char name[16];
    snprintf(name, sizeof(name), "%d", (int)pid);
    return look_at(proc, name, out);
}

/* The place of the parent of member `at`, or -1 with its kind found.  A parent that has ended since it
 * was read has left its child to another: that is asked for again. */
static ptrdiff_t parent_of(struct family *f, int proc, size_t at)
{
    pid_t self = getpid();
    struct clnrm_stray *m = &f->members[at], now;
    for (int i = 0; i < REREADS; i++) {
        struct clnrm_stray wanted = {.pid = m->parent}, *parent;
        f->kind[at] = m->parent == self ? OURS : FOREIGN;
        if (m->parent == self || m->parent == 0)
            return -1;
        parent = bsearch(&wanted, f->members, f->count, sizeof(wanted), by_pid);
        if (parent && parent->born <= m->born) {
            f->kind[at] = UNKNOWN;
            return parent - f->members;
        }
        if (!read_number(proc, m->pid, &now) || now.born != m->born || now.parent == m->parent)
            return -1;
        m->parent = now.parent;
    }
    return -1;
}

static char kind_of(struct family *f, int proc, size_t at)
{
    size_t start = at, steps = 0;
    ptrdiff_t up;
    while (f->kind[at] == UNKNOWN && (up = parent_of(f, proc, at)) >= 0 && steps++ < f->count)
        at = (size_t)up;
    char kind = f->kind[at] == UNKNOWN ? FOREIGN : f->kind[at];
    for (size_t i = start; f->kind[i] == UNKNOWN; i = (size_t)up) { /* all on the way are alike */
        up = parent_of(f, proc, i);
        f->kind[i] = kind;
        if (up < 0)
            break;
    }
    return kind;
}

int clnrm_stray_each_own(int proc, clnrm_stray_cb *each, void *data)
{
    struct family f = {0};
    int status = clnrm_stray_each(proc, collect, &f);
    if (f.count > 0) {
        qsort(f.members, f.count, sizeof(*f.members), by_pid);
        f.kind = clnrm_xcalloc(f.count);
        for (size_t i = 0; i < f.count; i++)
            if (kind_of(&f, proc, i) == OURS)
                each(data, &f.members[i]);
    }
    free(f.members);
    free(f.kind);
    return status;
}

void clnrm_stray_signal(int proc, const struct clnrm_stray *stray, int signal)
{
    struct clnrm_stray now;
    int fd = (int)syscall(SYS_pidfd_open, stray->pid, 0); /* Linux 5.3, where a filter lets it */
    if (read_number(proc, stray->pid, &now) && now.born == stray->born) {
        if (fd >= 0)
            syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0);
        else
            kill(stray->pid, signal);
    }
    if (fd >= 0)
        close(fd);
}
