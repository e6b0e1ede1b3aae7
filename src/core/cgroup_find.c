/* cgroup_find.c -- where groups can be made; see cgroup.h for the contract. */
#include "base/base.h"
#include "core/cgroup_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIELD_ROOT = 3, FIELD_POINT = 4, FIELDS = 5 };

const char *const clnrm_cgroup_names[CLNRM_CGROUP_PARTS] = {"memory", "pids", "cpu"};

static const char *const FILES[3][CLNRM_CGROUP_PARTS] = {
    {NULL},
    {"memory.limit_in_bytes", "pids.max", "cpu.cfs_quota_us"},
    {"memory.max", "pids.max", "cpu.max"},
};

const char *clnrm_cgroup_file(int version, int part)
{
    return FILES[version][part];
}

const char *clnrm_cgroup_entry(int version)
{
    return version == 1 ? "tasks" : "cgroup.procs";
}

/* Whether `word` is one of `list`, separated by `by`. */
static bool has_word(const char *list, const char *word, char by)
{
    size_t len = strlen(word);
    for (const char *at = list; at; at = strchr(at, by), at = at ? at + 1 : NULL)
        if (strncmp(at, word, len) == 0 && (at[len] == by || at[len] == '\0' || at[len] == '\n'))
            return true;
    return false;
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

/* Opens a file of /proc whose text is read once: for each part it is asked for again. */
static FILE *open_known(char **text, const char *path)
{
    if (!*text) {
        size_t size = 0;
        FILE *file = fopen(path, "re");
        if (file && getdelim(text, &size, '\0', file) < 0) {
            free(*text);
            *text = NULL;
        }
        if (file)
            fclose(file);
    }
    return *text ? fmemopen(*text, strlen(*text), "r") : NULL;
}

/* The path of this process in a hierarchy: of version 1 by the controller, of version 2 when that is
 * NULL.  "9:cpu,cpuacct:/x", "0::/x". */
static bool own_path(const char *controller, char *out, size_t size)
{
    char line[4096];
    bool found = false;
    static char *text;
    FILE *file = open_known(&text, "/proc/self/cgroup");
    while (file && !found && fgets(line, sizeof(line), file)) {
        char *names = strchr(line, ':'), *path = names ? strchr(++names, ':') : NULL;
        if (!path)
            continue;
        *path++ = '\0';
        path[strcspn(path, "\n")] = '\0';
        found = controller ? has_word(names, controller, ',') : *names == '\0';
        if (found)
            snprintf(out, size, "%s", path);
    }
    if (file)
        fclose(file);
    return found;
}

/* The directory of this process below a mount that shows the hierarchy from `root` on. */
static bool own_dir(const char *point, const char *root, const char *path, char *out, size_t size)
{
    struct stat st;
    size_t len = strcmp(root, "/") == 0 ? 0 : strlen(root);
    bool below = strncmp(path, root, len) == 0 && (path[len] == '/' || path[len] == '\0');
    const char *rest = below ? path + len : "";
    snprintf(out, size, "%s%s", point, strcmp(rest, "/") == 0 ? "" : rest);
    if (stat(out, &st) == 0)
        return true;
    snprintf(out, size, "%s", point); /* a namespace of groups: the mount shows what is ours */
    return stat(out, &st) == 0;
}

/* Finds the mount of a hierarchy: of version 1 with the controller, of version 2 when that is NULL. */
static bool find_mount(const char *controller, char *point, char *root, size_t size)
{
    char line[8192];
    bool found = false;
    static char *text;
    FILE *file = open_known(&text, "/proc/self/mountinfo");
    while (file && !found && fgets(line, sizeof(line), file)) {
        char *field[FIELDS], *rest = line, *tail = strstr(line, " - ");
        if (!tail)
            continue;
        *tail = '\0';
        char *type = tail + 3, *source = strchr(type, ' ');
        char *options = source ? strchr(source + 1, ' ') : NULL;
        if (!options)
            continue;
        *source = '\0';
        bool right = controller
                         ? strcmp(type, "cgroup") == 0 && has_word(options + 1, controller, ',')
                         : strcmp(type, "cgroup2") == 0;
        for (int i = 0; right && i < FIELDS; i++)
            right = (field[i] = strsep(&rest, " ")) != NULL;
        if (!right)
            continue;
        unescape(field[FIELD_ROOT]);
        unescape(field[FIELD_POINT]);
        snprintf(root, size, "%s", field[FIELD_ROOT]);
        snprintf(point, size, "%s", field[FIELD_POINT]);
        found = true;
    }
    if (file)
        fclose(file);
    return found;
}

/* Makes a group in `dir` and looks whether it can be limited and entered.  Returns 0 or -errno. */
static int try_group(const char *dir, int version, int part)
{
    const char *const files[] = {FILES[version][part], clnrm_cgroup_entry(version)};
    char name[128], *group = clnrm_cgroup_path(dir, clnrm_cgroup_name(name, sizeof(name), 0));
    int status = mkdir(group, 0755) < 0 ? -errno : 0;
    for (int i = 0; status == 0 && i < 2; i++) {
        char *path = clnrm_cgroup_path(group, files[i]);
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        status = fd < 0 ? -errno : 0;
        if (fd >= 0)
            close(fd);
        free(path);
    }
    rmdir(group);
    free(group);
    return status;
}

static bool delegates(const char *dir, const char *controller)
{
    char text[1024] = "", *path = clnrm_cgroup_path(dir, "cgroup.subtree_control");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        close(fd);
    free(path);
    text[n > 0 ? n : 0] = '\0';
    return has_word(text, controller, ' ');
}

static void settle(struct clnrm_cgroup_place *place, int version, int part, const char *dir)
{
    int status = try_group(dir, version, part);
    if (status == 0) {
        place->version = version;
        place->dir = clnrm_xstrdup(dir);
        place->why[0] = '\0';
    } else {
        snprintf(place->why, sizeof(place->why), "no group can be made in %.160s: %s", dir,
                 strerror(-status));
    }
}

static bool find_v1(int part, char *dir, size_t size)
{
    char point[4096], root[4096], path[4096];
    const char *name = clnrm_cgroup_names[part];
    return find_mount(name, point, root, sizeof(point)) && own_path(name, path, sizeof(path)) &&
           own_dir(point, root, path, dir, size);
}

/* Groups may be made beside this process (where it is, processes are, and then none can be below), or
 * below it where the controller is given on all the same. */
static bool find_v2(int part, char *dir, size_t size)
{
    char point[4096], root[4096], path[4096];
    const char *name = clnrm_cgroup_names[part];
    if (!find_mount(NULL, point, root, sizeof(point)) || !own_path(NULL, path, sizeof(path)) ||
        !own_dir(point, root, path, dir, size))
        return false;
    if (!delegates(dir, name) && strlen(dir) > strlen(point))
        *strrchr(dir, '/') = '\0';
    return delegates(dir, name);
}

int clnrm_cgroup_find(int part, char *dir, size_t size)
{
    return find_v1(part, dir, size) ? 1 : find_v2(part, dir, size) ? 2 : 0;
}

const struct clnrm_cgroup_place *clnrm_cgroup_places(void)
{
    static struct clnrm_cgroup_place places[CLNRM_CGROUP_PARTS];
    static bool known;
    char dir[CLNRM_CGROUP_DIR_MAX];
    for (int part = 0; !known && part < CLNRM_CGROUP_PARTS; part++) {
        snprintf(places[part].why, sizeof(places[part].why),
                 "this machine has no cgroup with the controller %s that clnrm may use",
                 clnrm_cgroup_names[part]);
        int version = clnrm_cgroup_find(part, dir, sizeof(dir));
        if (version)
            settle(&places[part], version, part, dir);
    }
    known = true;
    return places;
}
