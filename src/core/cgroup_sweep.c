/* cgroup_sweep.c -- the names of groups, which say whose they are, and the removal of those that were
 * left; see cgroup.h for the contract. */
#include "base/base.h"
#include "core/cgroup_impl.h"
#include "core/pid.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* The number of a PID namespace, in which alone the number of a process says anything. */
static uint64_t pid_space(void)
{
    struct stat st;
    return stat("/proc/self/ns/pid", &st) == 0 ? (uint64_t)st.st_ino : 0;
}

char *clnrm_cgroup_name(char *out, size_t size, unsigned number)
{
    uint64_t start = 0;
    clnrm_pid_start_time(getpid(), &start);
    snprintf(out, size, "clnrm-%" PRIu64 "-%d-%" PRIu64 "-%u", pid_space(), (int)getpid(), start,
             number);
    return out;
}

/* Whether `name` is a group of a program that has ended, or one that this one closed. */
static bool is_left(const char *name)
{
    uint64_t space, start, now;
    int pid, end = 0;
    unsigned number;
    if (sscanf(name, "clnrm-%" SCNu64 "-%d-%" SCNu64 "-%u%n", &space, &pid, &start, &number, &end) <
            4 ||
        name[end] != '\0' || space != pid_space())
        return false;
    if (clnrm_pid_start_time(pid, &now) == 0 && now == start)
        return pid == getpid() && !clnrm_cgroup_is_open(name);
    return true;
}

/* Removes the directories in a group that was left: its groups and its leaf. */
static void empty_group(int dir, const char *name)
{
    struct dirent *entry;
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    while (stream && (entry = readdir(stream)))
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
            unlinkat(fd, entry->d_name, AT_REMOVEDIR);
    if (stream)
        closedir(stream);
}

static unsigned sweep_in(const char *dir)
{
    unsigned count = 0;
    struct dirent *entry;
    DIR *stream = opendir(dir);
    while (stream && (entry = readdir(stream)))
        if (is_left(entry->d_name)) {
            empty_group(dirfd(stream), entry->d_name);
            count += unlinkat(dirfd(stream), entry->d_name, AT_REMOVEDIR) == 0;
        }
    if (stream)
        closedir(stream);
    return count;
}

/* Does not ask whether groups can be made, which takes longer than all of this. */
unsigned clnrm_cgroup_sweep(void)
{
    static char dirs[CLNRM_CGROUP_PARTS][CLNRM_CGROUP_DIR_MAX];
    static bool known;
    unsigned count = 0;
    for (int i = 0; i < CLNRM_CGROUP_PARTS; i++) {
        if (!known &&
            (!clnrm_cgroup_find(i, dirs[i], sizeof(dirs[i])) || access(dirs[i], W_OK) < 0))
            dirs[i][0] = '\0';
        bool again = false;
        for (int k = 0; k < i; k++)
            again |= strcmp(dirs[i], dirs[k]) == 0;
        if (dirs[i][0] && !again)
            count += sweep_in(dirs[i]);
    }
    known = true;
    return count;
}
