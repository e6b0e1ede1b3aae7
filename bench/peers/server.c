/* server.c -- starts a server by hand and tells how long it took until it answered, or ended.
 *
 * usage: server COUNT ready|all PROTOCOL PORT SIGNAL BEFORE STEP SERVER [ARGS]
 *
 * Each of COUNT rounds: BEFORE (a text for sh, not measured); posix_spawn of the server; connect to
 * 127.0.0.1:PORT and ask in its PROTOCOL (redis: PING, http: GET /, postgres: select 1) until it
 * answers; STEP (words, may be ""); SIGNAL to the server and wait.  Prints for each round
 * nanoseconds and the server's peak RSS in kB: "ready" until the answer, "all" until the server has
 * ended.  Started by root it goes on as uid 65534, since PostgreSQL refuses root.  What takes longer
 * than 10 s, or a step that fails, ends all with 1. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { WORDS_MAX = 32, GIVE_UP_S = 10, PAUSE_NS = 200000 };

static const char PING[] = "PING\r\n";
static const char GET[] = "GET / HTTP/1.0\r\n\r\n";
/* length, protocol 3.0, parameters; then the query, which is read once the server is ready */
static const char STARTUP[] = "\0\0\0\x29\0\3\0\0user\0postgres\0database\0postgres\0";
static const char QUERY[] = "Q\0\0\0\rselect 1";

static long long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void fail(const char *what)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    exit(1);
}

static pid_t start(char *const *argv)
{
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    pid_t pid;
    errno = posix_spawnp(&pid, argv[0], &files, NULL, argv, environ);
    if (errno)
        fail(argv[0]);
    posix_spawn_file_actions_destroy(&files);
    return pid;
}

/* Reads until `wanted` was seen somewhere in the answer. */
static bool answers(int fd, const char *wanted, size_t len)
{
    char buf[4096];
    size_t have = 0;
    while (have < sizeof buf) {
        ssize_t n = read(fd, buf + have, sizeof buf - have);
        if (n <= 0)
            return false;
        have += (size_t)n;
        if (memmem(buf, have, wanted, len))
            return true;
    }
    return false;
}

static bool says(int fd, const char *text, size_t len, const char *wanted, size_t wanted_len)
{
    return write(fd, text, len) == (ssize_t)len && answers(fd, wanted, wanted_len);
}

static bool is_ready(const char *protocol, int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        fail("socket");
    struct timeval limit = {.tv_sec = GIVE_UP_S};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    bool ok = connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
    if (ok && *protocol == 'r')
        ok = says(fd, PING, sizeof PING - 1, "+PONG", 5);
    else if (ok && *protocol == 'h')
        ok = says(fd, GET, sizeof GET - 1, "HTTP/1.", 7);
    else if (ok) /* ReadyForQuery, then the row's one column */
        ok = says(fd, STARTUP, sizeof STARTUP, "Z\0\0\0\5I", 6) &&
             says(fd, QUERY, sizeof QUERY, "SELECT 1", 8);
    close(fd);
    return ok;
}

static void wait_ready(const char *protocol, int port, pid_t server, long long since)
{
    while (!is_ready(protocol, port)) {
        if (waitpid(server, NULL, WNOHANG) != 0) {
            fprintf(stderr, "server: the server ended before it was ready\n");
            exit(1);
        }
        if (now_ns() - since > GIVE_UP_S * 1000000000LL) {
            kill(server, SIGKILL);
            fprintf(stderr, "server: not ready within %d s\n", GIVE_UP_S);
            exit(1);
        }
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    }
}

static void run_step(char *words, pid_t server)
{
    char *argv[WORDS_MAX + 1] = {NULL};
    size_t n = 0;
    for (char *word = strtok(words, " "); word && n < WORDS_MAX; word = strtok(NULL, " "))
        argv[n++] = word;
    if (n == 0)
        return;
    int status;
    if (waitpid(start(argv), &status, 0) < 0 || status != 0) {
        kill(server, SIGKILL);
        fprintf(stderr, "server: %s ended with status 0x%x\n", argv[0], (unsigned)status);
        exit(1);
    }
}

static void round_of(char **argv, bool whole)
{
    const char *protocol = argv[3];
    int port = atoi(argv[4]), signal_number = atoi(argv[5]), status;
    if (*argv[6] && system(argv[6]) != 0)
        fail(argv[6]);
    char *step = strdup(argv[7]);
    long long begin = now_ns();
    pid_t server = start(argv + 8);
    wait_ready(protocol, port, server, begin);
    long long end = now_ns();
    run_step(step, server);
    free(step);
    struct rusage usage;
    kill(server, signal_number);
    if (wait4(server, &status, 0, &usage) != server)
        fail("wait");
    if (whole)
        end = now_ns();
    printf("%lld %ld\n", end - begin, usage.ru_maxrss);
}

int main(int argc, char **argv)
{
    if (argc < 9) {
        fprintf(stderr,
                "usage: server COUNT ready|all PROTOCOL PORT SIGNAL BEFORE STEP SERVER...\n");
        return 2;
    }
    if (getuid() == 0 && (setgroups(0, NULL) || setgid(65534) || setuid(65534)))
        fail("setuid");
    for (int i = atoi(argv[1]); i > 0; i--)
        round_of(argv, strcmp(argv[2], "all") == 0);
    return 0;
}
