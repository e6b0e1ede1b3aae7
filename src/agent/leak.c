/* leak.c -- see leak.h for the contract. */
#include "agent/leak.h"
#include "base/base.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    LINKS_MAX = 4096, /* descriptors that are looked at */
    SOCKETS_MAX = 256,
};

struct sockets {
    int count;
    uint64_t inodes[SOCKETS_MAX];
};

static DIR *open_fds(int proc, pid_t pid)
{
    char path[32];
    snprintf(path, sizeof(path), "%d/fd", (int)pid);
    int fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir && fd >= 0)
        close(fd);
    return dir;
}

static void find_sockets(int proc, pid_t pid, struct sockets *out)
{
    DIR *dir = open_fds(proc, pid);
    struct dirent *entry;
    for (int i = 0; dir && i < LINKS_MAX && (entry = readdir(dir)); i++) {
        char link[64];
        ssize_t n = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);
        if (n < 0)
            continue;
        link[n] = '\0';
        if (strncmp(link, "socket:[", 8) == 0 && out->count < SOCKETS_MAX)
            out->inodes[out->count++] = strtoull(link + 8, NULL, 10);
    }
    if (dir)
        closedir(dir);
}

static bool has(const struct sockets *s, uint64_t inode)
{
    for (int i = 0; i < s->count; i++)
        if (s->inodes[i] == inode)
            return true;
    return false;
}

static int add(uint16_t *out, int count, uint16_t port)
{
    for (int i = 0; i < count; i++)
        if (out[i] == port)
            return count;
    if (count < CLNRM_LEAK_PORTS_MAX)
        out[count++] = port;
    return count;
}

/* "  0: 0100007F:1F90 00000000:0000 0A ... inode ...": the one in state 0A listens.  Returns the new
 * `count`; `*more`: listening sockets come first, so the first that is none ends the search. */
static int take_line(char *line, const struct sockets *s, uint16_t *out, int count, bool *more)
{
    char *field[10], *save = NULL;
    for (int i = 0; i < 10; i++)
        if (!(field[i] = strtok_r(i ? NULL : line, " ", &save)))
            return count;
    const char *port = strrchr(field[1], ':');
    if (strcmp(field[3], "0A") != 0 || !port) {
        *more = strcmp(field[3], "st") == 0; /* the head of the table */
        return count;
    }
    if (!has(s, strtoull(field[9], NULL, 10)))
        return count;
    return add(out, count, (uint16_t)strtoul(port + 1, NULL, 16));
}

static int search(int proc, pid_t pid, const char *table, const struct sockets *s, uint16_t *out,
                  int count)
{
    char path[48], line[512];
    snprintf(path, sizeof(path), "%d/net/%s", (int)pid, table);
    int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (!file) {
        if (fd >= 0)
            close(fd);
        return count;
    }
    bool more = true;
    while (more && fgets(line, sizeof(line), file))
        count = take_line(line, s, out, count, &more);
    fclose(file);
    return count;
}

int clnrm_leak_ports(int proc, pid_t pid, uint16_t out[CLNRM_LEAK_PORTS_MAX])
{
    static struct sockets sockets;
    sockets.count = 0;
    find_sockets(proc, pid, &sockets);
    if (sockets.count == 0)
        return 0;
    int count = search(proc, pid, "tcp", &sockets, out, 0);
    return search(proc, pid, "tcp6", &sockets, out, count);
}
