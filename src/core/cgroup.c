/* cgroup.c -- the life of a group; see cgroup.h for the contract. */
#include "base/base.h"
#include "core/cgroup_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CPU_PERIOD_US = 100000, CPU_QUOTA_MIN_US = 1000 };

struct clnrm_cgroup {
    struct clnrm_cgroup *next;
    char name[128];
    int count; /* of directories: parts that share a hierarchy share one */
    char *dirs[CLNRM_CGROUP_PARTS];
    int entry_count; /* with those of the group around it, where this one has no directory */
    int entries[CLNRM_CGROUP_PARTS];
    int dir_of[CLNRM_CGROUP_PARTS]; /* which directory has this part; -1: none */
};

static struct clnrm_cgroup *groups; /* all that are open */

char *clnrm_cgroup_path(const char *dir, const char *name)
{
    size_t size = strlen(dir) + strlen(name) + 2;
    char *path = clnrm_xmalloc(size);
    snprintf(path, size, "%s/%s", dir, name);
    return path;
}

static int write_text(const char *dir, const char *name, const char *text)
{
    char *path = clnrm_cgroup_path(dir, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC), status = fd < 0 ? -errno : 0;
    if (fd >= 0) {
        status = write(fd, text, strlen(text)) < 0 ? -errno : 0;
        close(fd);
    }
    free(path);
    return status;
}

static int write_number(const char *dir, const char *name, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof(text), "%" PRIu64, value);
    return write_text(dir, name, text);
}

/* Finds the number behind `key` at the start of a line; without a key, the first. */
static int read_number(const char *dir, const char *name, const char *key, uint64_t *out)
{
    char text[4096], *path = clnrm_cgroup_path(dir, name), *save = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC), error = errno;
    free(path);
    if (fd < 0)
        return -error;
    ssize_t n = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    size_t len = key ? strlen(key) : 0;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        if (len == 0 || (strncmp(line, key, len) == 0 && line[len] == ' ')) {
            *out = strtoull(line + len, NULL, 10);
            return 0;
        }
    return -ENODATA;
}

/* ---- making ---- */

/* The memory of a group: with what it has in swap, where that is counted. */
static int limit_memory(const char *dir, int version, uint64_t bytes)
{
    int status = write_number(dir, clnrm_cgroup_file(version, CLNRM_CGROUP_MEMORY), bytes);
    if (status < 0)
        return status;
    status = version == 1 ? write_number(dir, "memory.memsw.limit_in_bytes", bytes)
                          : write_number(dir, "memory.swap.max", 0);
    return status == -ENOENT ? 0 : status; /* a kernel that does not count it */
}

static int limit_cpu(const char *dir, int version, uint32_t millicores)
{
    char text[64];
    uint64_t quota = (uint64_t)millicores * (CPU_PERIOD_US / 1000);
    if (quota < CPU_QUOTA_MIN_US)
        quota = CPU_QUOTA_MIN_US;
    if (version == 2) {
        snprintf(text, sizeof(text), "%" PRIu64 " %d", quota, CPU_PERIOD_US);
        return write_text(dir, "cpu.max", text);
    }
    int status = write_number(dir, "cpu.cfs_period_us", CPU_PERIOD_US);
    return status < 0 ? status : write_number(dir, "cpu.cfs_quota_us", quota);
}

static int limit(const char *dir, int version, int part, const struct clnrm_cgroup_limits *limits)
{
    switch (part) {
    case CLNRM_CGROUP_MEMORY:
        return limit_memory(dir, version, limits->memory);
    case CLNRM_CGROUP_PIDS:
        return write_number(dir, "pids.max", limits->pids);
    default:
        return limit_cpu(dir, version, limits->cpu_millicores);
    }
}

static int open_entry(struct clnrm_cgroup *group, const char *dir, int version)
{
    char *entry = clnrm_cgroup_path(dir, clnrm_cgroup_entry(version));
    int fd = open(entry, O_WRONLY | O_CLOEXEC), error = errno;
    free(entry);
    if (fd < 0)
        return -error;
    group->entries[group->entry_count++] = fd;
    return 0;
}

/* The group's directory in `base`, made when it is not there.  Returns its index or -errno. */
static int directory_in(struct clnrm_cgroup *group, const char *base)
{
    char *dir = clnrm_cgroup_path(base, group->name);
    for (int i = 0; i < group->count; i++)
        if (strcmp(group->dirs[i], dir) == 0) {
            free(dir);
            return i;
        }
    if (mkdir(dir, 0755) < 0) {
        int error = errno;
        free(dir);
        return -error;
    }
    group->dirs[group->count++] = dir;
    return group->count - 1;
}

/* Version 2 has processes at the leaves only: what enters a group that holds others enters this. */
#define LEAF "own"

static int remove_dirs(const struct clnrm_cgroup *group)
{
    int status = 0;
    for (int i = 0; i < group->count; i++) {
        char *leaf = clnrm_cgroup_path(group->dirs[i], LEAF);
        rmdir(leaf);
        free(leaf);
        if (rmdir(group->dirs[i]) < 0 && errno != ENOENT)
            status = -errno;
    }
    return status;
}

static void forget(struct clnrm_cgroup *group)
{
    for (int i = 0; i < group->entry_count; i++)
        close(group->entries[i]);
    for (int i = 0; i < group->count; i++)
        free(group->dirs[i]);
    free(group);
}

/* At the end of the program: what it made goes, as far as nothing runs in it any more. */
static void at_end(void)
{
    for (const struct clnrm_cgroup *g = groups; g; g = g->next)
        remove_dirs(g);
    clnrm_cgroup_sweep();
}

static bool is_wanted(const struct clnrm_cgroup_limits *limits, int part)
{
    return part == CLNRM_CGROUP_MEMORY ? limits->memory > 0
           : part == CLNRM_CGROUP_PIDS ? limits->pids > 0
                                       : limits->cpu_millicores > 0;
}

/* Makes and limits one part of `group`. */
static int add_part(struct clnrm_cgroup *group, int part, const struct clnrm_cgroup_limits *limits,
                    char *why, size_t size)
{
    const struct clnrm_cgroup_place *place = &clnrm_cgroup_places()[part];
    if (!place->dir) {
        snprintf(why, size, "a limit of %s cannot be enforced: %s", clnrm_cgroup_names[part],
                 place->why);
        return -ENOTSUP;
    }
    const struct clnrm_cgroup *within = limits->within;
    bool inside = within && within->dir_of[part] >= 0;
    int i = directory_in(group, inside ? within->dirs[within->dir_of[part]] : place->dir);
    int status = i < 0 ? i : limit(group->dirs[i], place->version, part, limits);
    if (status < 0)
        snprintf(why, size, "a limit of %s cannot be set in %s: %s", clnrm_cgroup_names[part],
                 place->dir, strerror(-status));
    else
        group->dir_of[part] = i;
    return status;
}

/* Makes a place for what enters the group itself beside the groups in it. */
static int make_leaf(const char *dir, char *leaf)
{
    static const char *const controllers[] = {"+memory", "+pids", "+cpu"};
    for (int i = 0; i < CLNRM_CGROUP_PARTS; i++)
        write_text(dir, "cgroup.subtree_control", controllers[i]); /* those that are given on */
    return mkdir(leaf, 0755) < 0 ? -errno : 0;
}

/* Opens what processes enter by: in each directory of the group, and in those of the group around it
 * that this one has none below. */
static int open_entries(struct clnrm_cgroup *group, const struct clnrm_cgroup_limits *limits)
{
    const struct clnrm_cgroup_place *places = clnrm_cgroup_places();
    const struct clnrm_cgroup *within = limits->within;
    bool covered[CLNRM_CGROUP_PARTS] = {false};
    int status = 0;
    for (int i = 0; status == 0 && i < group->count; i++) {
        int version = 0;
        for (int part = 0; part < CLNRM_CGROUP_PARTS; part++)
            if (group->dir_of[part] == i) {
                version = places[part].version;
                if (within && within->dir_of[part] >= 0)
                    covered[within->dir_of[part]] = true;
            }
        char *leaf = clnrm_cgroup_path(group->dirs[i], LEAF);
        bool has_leaf = version == 2 && limits->holds_groups;
        if (has_leaf)
            status = make_leaf(group->dirs[i], leaf);
        if (status == 0)
            status = open_entry(group, has_leaf ? leaf : group->dirs[i], version);
        free(leaf);
    }
    for (int i = 0; status == 0 && within && i < within->count; i++)
        if (!covered[i]) {
            int fd = fcntl(within->entries[i], F_DUPFD_CLOEXEC, 3);
            status = fd < 0 ? -errno : 0;
            if (fd >= 0)
                group->entries[group->entry_count++] = fd;
        }
    return status;
}

int clnrm_cgroup_make(const struct clnrm_cgroup_limits *limits, char *why, size_t size,
                      struct clnrm_cgroup **out)
{
    static unsigned number;
    struct clnrm_cgroup *group = clnrm_xcalloc(sizeof(*group));
    int status = 0;
    if (number == 0) {
        clnrm_cgroup_sweep();
        atexit(at_end);
    }
    clnrm_cgroup_name(group->name, sizeof(group->name), ++number);
    for (int part = 0; part < CLNRM_CGROUP_PARTS; part++)
        group->dir_of[part] = -1;
    for (int part = 0; status == 0 && part < CLNRM_CGROUP_PARTS; part++)
        if (is_wanted(limits, part))
            status = add_part(group, part, limits, why, size);
    if (status == 0 && (status = open_entries(group, limits)) < 0)
        snprintf(why, size, "a group of processes cannot be entered: %s", strerror(-status));
    if (status < 0) {
        remove_dirs(group);
        forget(group);
        return status;
    }
    group->next = groups;
    groups = group;
    *out = group;
    return 0;
}

/* ---- use ---- */

int clnrm_cgroup_fds(const struct clnrm_cgroup *group, int fds[CLNRM_CGROUP_FDS_MAX])
{
    memcpy(fds, group->entries, (size_t)group->entry_count * sizeof(*fds));
    return group->entry_count;
}

const char *clnrm_cgroup_dir(const struct clnrm_cgroup *group, int i)
{
    return i < group->count ? group->dirs[i] : NULL;
}

int clnrm_cgroup_events(const struct clnrm_cgroup *group, struct clnrm_cgroup_events *out)
{
    const struct clnrm_cgroup_place *places = clnrm_cgroup_places();
    int memory = group->dir_of[CLNRM_CGROUP_MEMORY], pids = group->dir_of[CLNRM_CGROUP_PIDS];
    *out = (struct clnrm_cgroup_events){0};
    if (memory >= 0) {
        bool v1 = places[CLNRM_CGROUP_MEMORY].version == 1;
        const char *dir = group->dirs[memory];
        int status = read_number(dir, v1 ? "memory.oom_control" : "memory.events", "oom_kill",
                                 &out->oom_kills);
        if (status < 0)
            return status;
        read_number(dir, v1 ? "memory.max_usage_in_bytes" : "memory.peak", NULL, &out->memory_peak);
    }
    return pids < 0 ? 0 : read_number(group->dirs[pids], "pids.events", "max", &out->pids_refused);
}

/* A group may not have less than it uses: version 2 would kill for it, version 1 refuses. */
static int change_memory(const char *dir, int version, uint64_t bytes)
{
    static const char *const usage[] = {NULL, "memory.usage_in_bytes", "memory.current"};
    const char *file = clnrm_cgroup_file(version, CLNRM_CGROUP_MEMORY);
    uint64_t used = 0, before = 0;
    int status = read_number(dir, usage[version], NULL, &used);
    if (status == 0)
        status = read_number(dir, file, NULL, &before);
    if (status == 0 && used > bytes)
        status = -EBUSY;
    if (status < 0 || version == 2)
        return status < 0 ? status : write_number(dir, file, bytes);
    bool raises = bytes > before; /* memory is never above memory and swap together */
    if (raises) {
        status = write_number(dir, "memory.memsw.limit_in_bytes", bytes);
        if (status < 0 && status != -ENOENT)
            return status;
        return write_number(dir, file, bytes);
    }
    status = limit_memory(dir, version, bytes);
    if (status < 0)
        write_number(dir, file, before);
    return status;
}

int clnrm_cgroup_change(const struct clnrm_cgroup *group, uint64_t memory, uint32_t cpu_millicores)
{
    const struct clnrm_cgroup_place *places = clnrm_cgroup_places();
    int of_memory = group->dir_of[CLNRM_CGROUP_MEMORY], of_cpu = group->dir_of[CLNRM_CGROUP_CPU];
    int status = 0;
    if ((memory && of_memory < 0) || (cpu_millicores && of_cpu < 0))
        return -ENOENT;
    if (memory)
        status = change_memory(group->dirs[of_memory], places[CLNRM_CGROUP_MEMORY].version, memory);
    if (status == 0 && cpu_millicores)
        status = limit_cpu(group->dirs[of_cpu], places[CLNRM_CGROUP_CPU].version, cpu_millicores);
    return status;
}

int clnrm_cgroup_close(struct clnrm_cgroup *group)
{
    struct clnrm_cgroup **at = &groups;
    while (*at != group)
        at = &(*at)->next;
    *at = group->next;
    int status = remove_dirs(group);
    forget(group);
    return status;
}

bool clnrm_cgroup_is_open(const char *name)
{
    for (const struct clnrm_cgroup *g = groups; g; g = g->next)
        if (strcmp(g->name, name) == 0)
            return true;
    return false;
}
