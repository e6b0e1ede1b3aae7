/* reload_floor.c -- the floor of a reload: a folder is watched by inotify; on each file that is closed
 * after writing or moved there a command is spawned and waited for, and "done" is printed.
 *
 * usage: reload_floor DIR COMMAND [ARG...] */
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv)
{
    _Alignas(struct inotify_event) char batch[4096];
    int fd = inotify_init1(IN_CLOEXEC);
    if (argc < 3 || fd < 0 || inotify_add_watch(fd, argv[1], IN_MOVED_TO) < 0)
        return 1;
    printf("ready\n");
    fflush(stdout);
    while (read(fd, batch, sizeof(batch)) > 0) {
        pid_t pid;
        int status;
        if (posix_spawn(&pid, argv[2], NULL, NULL, argv + 2, environ) != 0 ||
            waitpid(pid, &status, 0) != pid || status != 0)
            return 1;
        printf("done\n");
        fflush(stdout);
    }
    return 1;
}
