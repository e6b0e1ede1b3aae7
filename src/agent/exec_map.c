/* exec_map.c -- files that are mapped to be executed; see exec.h for the contract. */
#include "agent/exec.h"
#include "agent/file_of.h"
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_MAX_OF_MAPS = PATH_MAX + 128 };

int clnrm_exec_mapping(struct clnrm_agent *agent, const struct clnrm_call *c)
{
    char name[64], link[PATH_MAX];
    snprintf(name, sizeof(name), "%d/fd/%d", (int)c->pid, (int)c->args[4]);
    int fd = openat(agent->proc, name, O_PATH | O_CLOEXEC);
    bool forbidden = fd >= 0 && clnrm_file_of_is_noexec(fd);
    if (fd >= 0)
        close(fd);
    if (!forbidden)
        return 0; /* a descriptor that is none is the kernel's to tell */
    ssize_t n = readlinkat(agent->proc, name, link, sizeof(link) - 1);
    link[n > 0 ? n : 0] = '\0';
    clnrm_call_note(agent, c, CLNRM_REPORT_MAP, link);
    return EPERM;
}

static FILE *open_of(const struct clnrm_agent *agent, pid_t pid, const char *name)
{
    static char buffer[32 * 1024];
    char path[64];
    snprintf(path, sizeof(path), "%d/%s", (int)pid, name);
    int fd = openat(agent->proc, path, O_RDONLY | O_CLOEXEC);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (fd >= 0 && !file)
        close(fd);
    if (file)
        setvbuf(file, buffer, _IOFBF, sizeof(buffer)); /* each read begins its search anew */
    return file;
}

/* One mapping: "7f00-7f01 r--p 00000000 08:01 1234    /path". */
struct mapping {
    uint64_t start, end, inode;
    char path[PATH_MAX];
};

static bool read_mapping(const char *line, struct mapping *m)
{
    int at = 0;
    m->path[0] = '\0';
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*4s %*x %*x:%*x %" SCNu64 " %n", &m->start, &m->end,
               &m->inode, &at) < 3 ||
        at == 0)
        return false;
    snprintf(m->path, sizeof(m->path), "%.*s", (int)strcspn(line + at, "\n"), line + at);
    return true;
}

static bool overlaps(const struct mapping *m, const struct clnrm_call *c)
{
    return m->start < c->args[0] + c->args[1] && c->args[0] < m->end;
}

/* Most memory that becomes executable is a program's own, and no file is in it. */
static bool has_file(const struct clnrm_agent *agent, const struct clnrm_call *c)
{
    static char line[LINE_MAX_OF_MAPS];
    struct mapping m;
    bool found = false;
    FILE *maps = open_of(agent, c->pid, "maps");
    while (maps && !found && fgets(line, sizeof(line), maps))
        found = read_mapping(line, &m) && m.inode != 0 && overlaps(&m, c);
    if (maps)
        fclose(maps);
    return found;
}

/* Finds a mapping of a file that the kernel lets nobody make executable: for the mount that it was
 * mapped from is noexec ("me", may execute, is missing in its VmFlags). */
static bool find_closed(const struct clnrm_agent *agent, const struct clnrm_call *c,
                        struct mapping *m)
{
    static char line[LINE_MAX_OF_MAPS];
    struct mapping next;
    bool is_here = false, found = false;
    FILE *maps = open_of(agent, c->pid, "smaps");
    while (maps && !found && fgets(line, sizeof(line), maps)) {
        if (read_mapping(line, &next)) {
            *m = next;
            is_here = m->inode != 0 && overlaps(m, c);
        } else if (is_here && strncmp(line, "VmFlags:", 8) == 0) {
            found = !strstr(line, " me");
        }
    }
    if (maps)
        fclose(maps);
    return found;
}

int clnrm_exec_protect(struct clnrm_agent *agent, const struct clnrm_call *c)
{
    static struct mapping m;
    if (!has_file(agent, c) || !find_closed(agent, c, &m))
        return 0;
    clnrm_call_note(agent, c, CLNRM_REPORT_MAP, m.path);
    return EACCES;
}
