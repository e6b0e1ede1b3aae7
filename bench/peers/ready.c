/* ready.c -- times a server by hand: posix_spawn of it until its port takes a connection.
 *
 * usage: ready N PORT COMMAND [ARGS]   for each of N runs one line on stdout: nanoseconds, peak RSS
 *
 * Asks 127.0.0.1:PORT every 0.2 ms.  The server is killed and waited for after each run, outside of
 * the time; its output goes to /dev/null. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { PAUSE_US = 200, TRIES = 50000 };

static long long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int is_open(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((unsigned short)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int ok = fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: ready N PORT COMMAND [ARGS]\n");
        return 2;
    }
    int port = atoi(argv[2]);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    for (int i = atoi(argv[1]); i > 0; i--) {
        struct rusage usage;
        int status, tries = 0;
        pid_t pid;
        if (is_open(port)) {
            fprintf(stderr, "ready: port %d is taken\n", port);
            return 1;
        }
        long long start = now_ns();
        int rc = posix_spawnp(&pid, argv[3], &files, NULL, argv + 3, environ);
        if (rc != 0) {
            fprintf(stderr, "ready: %s: %s\n", argv[3], strerror(rc));
            return 1;
        }
        while (!is_open(port) && ++tries < TRIES)
            usleep(PAUSE_US);
        long long end = now_ns();
        kill(pid, SIGKILL);
        if (wait4(pid, &status, 0, &usage) != pid || tries == TRIES ||
            !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)) {
            fprintf(stderr, "ready: %s did not stay and listen\n", argv[3]);
            return 1;
        }
        printf("%lld %ld\n", end - start, usage.ru_maxrss);
    }
    return 0;
}
