/* inotify.c -- the floor of a watcher: a watch for a folder and each below it, and nothing kept.
 *
 * usage: inotify DIR */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

static int fd;

static int add(const char *path)
{
    if (inotify_add_watch(fd, path, IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVE) < 0)
        return -1;
    DIR *dir = opendir(path);
    if (!dir)
        return -1;
    struct dirent *e;
    while ((e = readdir(dir))) {
        char below[PATH_MAX];
        if (e->d_type != DT_DIR || !strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        if (snprintf(below, sizeof(below), "%s/%s", path, e->d_name) >= (int)sizeof(below) ||
            add(below) < 0)
            return -1;
    }
    return closedir(dir);
}

int main(int argc, char **argv)
{
    fd = inotify_init1(IN_CLOEXEC);
    return argc != 2 || fd < 0 || add(argv[1]) < 0;
}
