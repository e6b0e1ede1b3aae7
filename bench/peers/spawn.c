/* spawn.c -- times posix_spawn to exit of a command, from a small static process.
 *
 * usage: spawn N COMMAND [ARGS]     for each of N runs one line on stdout: nanoseconds, peak RSS in kB
 *
 * The command's own output goes to /dev/null.  A run that does not exit with 0 ends all with 1: a
 * command that failed is not measured. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static long long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000000000 + t.tv_nsec;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: spawn N COMMAND [ARGS]\n");
        return 2;
    }
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    for (int i = atoi(argv[1]); i > 0; i--) {
        struct rusage usage;
        int status;
        pid_t pid;
        long long start = now_ns();
        int rc = posix_spawnp(&pid, argv[2], &files, NULL, argv + 2, environ);
        if (rc != 0) {
            fprintf(stderr, "spawn: %s: %s\n", argv[2], strerror(rc));
            return 1;
        }
        if (wait4(pid, &status, 0, &usage) != pid)
            return 1;
        long long end = now_ns();
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            fprintf(stderr, "spawn: %s ended with status 0x%x\n", argv[2], (unsigned)status);
            return 1;
        }
        printf("%lld %ld\n", end - start, usage.ru_maxrss);
    }
    return 0;
}
