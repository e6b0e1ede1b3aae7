/* stray.c -- see stray.h for the contract. */
#include "agent/stray.h"
#include "agent/child.h"
#include "base/base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    FLAGS = 6, /* of the fields behind the name; proc_pid_stat(5) counts it as the 9th */
    THREADS = 17,
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
    for (int i = 0; i < ENTRIES_MAX && (entry = readdir(dir)); i++) {
        struct clnrm_stray stray;
        bool is_pid = entry->d_name[0] >= '1' && entry->d_name[0] <= '9';
        if (is_pid && strcmp(entry->d_name, "1") != 0 && look_at(proc, entry->d_name, &stray))
            each(data, &stray);
    }
    closedir(dir);
    return 0;
}
