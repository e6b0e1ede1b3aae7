/* owner.c -- see owner.h for the contract. */
#include "agent/owner.h"
#include "agent/listener.h"
#include "agent/space.h"
#include "agent/step_impl.h"
#include "agent/stray.h"
#include "base/base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum {
    LINKS_MAX = 20000, /* descriptors looked at for one answer: it must not take long */
    OTHERS_MAX = 1024,
};

struct search {
    const struct clnrm_step *step;
    int proc, links_left;
    struct clnrm_listeners sockets; /* those that are still to be found, at the front */
    int other_count;
    struct clnrm_stray *others; /* processes that are not the command's */
};

/* Looks at one descriptor; whether it is a socket that was searched for, which is then found. */
static bool look(struct search *s, int dir, const char *name)
{
    char link[64];
    ssize_t n = readlinkat(dir, name, link, sizeof(link) - 1);
    if (n < 0)
        return false;
    link[n] = '\0';
    if (strncmp(link, "socket:[", 8) != 0)
        return false;
    uint64_t inode = strtoull(link + 8, NULL, 10);
    for (int i = 0; i < s->sockets.count; i++)
        if (s->sockets.inodes[i] == inode) {
            s->sockets.inodes[i] = s->sockets.inodes[--s->sockets.count];
            return true;
        }
    return false;
}

/* Looks at the descriptors below `path` in /proc.  Returns how many there were, or -1; `*found`: one of
 * them was searched for. */
static int look_below(struct search *s, const char *path, bool *found)
{
    int count = 0, fd = openat(s->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    struct dirent *entry;
    while (s->sockets.count > 0 && s->links_left > 0 && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        count++;
        s->links_left--;
        *found |= look(s, fd, entry->d_name);
    }
    closedir(dir);
    return count;
}

/* A process whose first thread has ended has its descriptors with the others. */
static bool look_at_threads(struct search *s, const char *pid)
{
    char path[64], name[512];
    bool found = false;
    snprintf(path, sizeof(path), "%s/task", pid);
    int fd = openat(s->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir && fd >= 0)
        close(fd);
    struct dirent *entry;
    for (int n = 0; dir && n <= 0 && (entry = readdir(dir));) {
        snprintf(name, sizeof(name), "%s/%s/fd", path, entry->d_name);
        if (entry->d_name[0] != '.')
            n = look_below(s, name, &found);
    }
    if (dir)
        closedir(dir);
    return found;
}

/* Whether a process holds one of the sockets. */
static bool look_at(struct search *s, const char *pid)
{
    char path[64];
    bool found = false;
    if (s->sockets.count == 0)
        return false;
    snprintf(path, sizeof(path), "%s/fd", pid);
    return look_below(s, path, &found) <= 0 ? look_at_threads(s, pid) : found;
}

static bool look_at_number(struct search *s, int number)
{
    char pid[16];
    snprintf(pid, sizeof(pid), "%d", number);
    return look_at(s, pid);
}

static void look_at_own(void *data, const struct clnrm_stray *stray)
{
    struct search *s = data;
    if (!stray->alive)
        return;
    if (clnrm_step_has(s->step, stray))
        look_at_number(s, stray->pid);
    else if (s->other_count < OTHERS_MAX)
        s->others[s->other_count++] = *stray;
}

/* Names whoever holds what is not the command's own: the agent itself (a relay, a bridge), or another
 * process.  May find nobody. */
static void find_holder(struct search *s, struct clnrm_holder *holder)
{
    if (look_at(s, "self")) {
        *holder = (struct clnrm_holder){.pid = 1, .name = "clnrm-agent"};
        return;
    }
    for (int i = 0; i < s->other_count; i++)
        if (look_at_number(s, s->others[i].pid)) {
            holder->pid = s->others[i].pid;
            memcpy(holder->name, s->others[i].name, sizeof(holder->name));
            return;
        }
}

static const struct clnrm_step *find_step(struct clnrm_agent *agent, uint32_t id)
{
    CLNRM_EACH_STEP(agent, s)
    if (s->job.id == id)
        return s;
    return NULL;
}

int clnrm_owner_check(struct clnrm_agent *agent, const struct clnrm_address *at, uint32_t id,
                      struct clnrm_holder *holder)
{
    static struct clnrm_stray others[OTHERS_MAX];
    struct search s = {.step = find_step(agent, id),
                       .proc = agent->proc,
                       .links_left = LINKS_MAX,
                       .others = others};
    *holder = (struct clnrm_holder){0};
    if (!s.step)
        return -ESRCH;
    if (s.proc < 0)
        return -ENOENT;
    int status = clnrm_listener_find(agent, at, &s.sockets);
    if (status < 0)
        return status;
    if (s.sockets.count == 0)
        return -ECONNREFUSED;
    if (s.step->state == CLNRM_STEP_RUNNING)
        look_at_number(&s, s.step->pid); /* most often it is the first process itself */
    if (s.sockets.count > 0)
        clnrm_stray_each(s.proc, look_at_own, &s);
    if (s.sockets.count == 0)
        return 0;
    find_holder(&s, holder);
    return -EADDRINUSE;
}

/* ---- who asks for names ---- */

/* "  12: 0100007F:C350 00000000:0000 07 ... inode ...": the inode of the line with this port, or 0. */
static uint64_t udp_inode(const struct clnrm_agent *agent, uint16_t port)
{
    char line[512];
    uint64_t inode = 0;
    int fd = clnrm_space_proc(agent, 0, "net/udp");
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    while (file && inode == 0 && fgets(line, sizeof(line), file)) {
        unsigned local, at = 0;
        unsigned long long found;
        if (sscanf(line, " %*u: %*x:%x %*x:%*x %*x %*x:%*x %*x:%*x %*x %*u %*u %llu%n", &local,
                   &found, (int *)&at) == 2 &&
            local == port)
            inode = found;
    }
    if (file)
        fclose(file);
    else if (fd >= 0)
        close(fd);
    return inode;
}

static void look_at_any(void *data, const struct clnrm_stray *stray)
{
    struct search *s = data;
    if (stray->alive && s->sockets.count > 0 && look_at_number(s, stray->pid))
        s->others[0] = *stray;
}

int clnrm_owner_of_udp(struct clnrm_agent *agent, uint16_t port)
{
    struct clnrm_stray holder = {0};
    struct search s = {.proc = agent->proc, .links_left = LINKS_MAX, .others = &holder};
    s.sockets.inodes[0] = udp_inode(agent, port);
    s.sockets.count = s.sockets.inodes[0] != 0;
    if (s.sockets.count > 0 && s.proc >= 0)
        clnrm_stray_each(s.proc, look_at_any, &s);
    return holder.pid;
}
