/* residue.c -- leaves one thing behind in a room, as its first argument says: what a look at the room
 * afterwards must find.  With "deleted", "abstract", "listen" and "daemon" a process stays. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static void need(int ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(1);
    }
}

/* Leaves the session, its parent and its descriptors, and stays. */
static void stay(void)
{
    if (fork())
        _exit(0);
    setsid();
    if (fork())
        _exit(0);
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    for (;;)
        pause();
}

static int listener(int family, const struct sockaddr *at, socklen_t len)
{
    int fd = socket(family, SOCK_STREAM, 0);
    need(fd >= 0 && bind(fd, at, len) == 0 && listen(fd, 1) == 0, "listen");
    return fd;
}

/* A connection that was closed here first: the kernel keeps it for a minute. */
static void time_wait(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int fd = listener(AF_INET, (struct sockaddr *)&at, len);
    need(getsockname(fd, (struct sockaddr *)&at, &len) == 0, "getsockname");
    int client = socket(AF_INET, SOCK_STREAM, 0);
    need(connect(client, (struct sockaddr *)&at, len) == 0, "connect");
    int server = accept(fd, NULL, NULL);
    close(client);
    char byte;
    need(read(server, &byte, 1) == 0, "read");
    close(server);
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "";
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct sockaddr_in in = {.sin_family = AF_INET};
    if (strcmp(kind, "shm") == 0) {
        need(shmget(7, 4096, IPC_CREAT | 0600) >= 0, kind);
    } else if (strcmp(kind, "sem") == 0) {
        need(semget(7, 1, IPC_CREAT | 0600) >= 0, kind);
    } else if (strcmp(kind, "msg") == 0) {
        need(msgget(7, IPC_CREAT | 0600) >= 0, kind);
    } else if (strcmp(kind, "queue") == 0) {
        need(syscall(SYS_mq_open, "left", O_CREAT | O_RDWR, 0600, NULL) >= 0, kind);
    } else if (strcmp(kind, "key") == 0) { /* in the session keyring, -3 */
        need(syscall(SYS_add_key, "user", "left", "x", 1L, -3) >= 0, kind);
    } else if (strcmp(kind, "mmap") == 0) { /* which changes no time of a file in memory */
        int fd = open(argc > 2 ? argv[2] : "", O_RDWR);
        volatile char *map = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        need(fd >= 0 && map != MAP_FAILED && *map != 'z', kind); /* read first: then no fault is */
        *map = 'z';                                              /* of writing, which tells time */
    } else if (strcmp(kind, "daemon") == 0) {
        stay();
    } else if (strcmp(kind, "deleted") == 0) {
        int fd = open("/room/gone", O_CREAT | O_RDWR, 0600);
        need(fd >= 0 && write(fd, kind, 7) == 7 && unlink("/room/gone") == 0, kind);
        stay();
    } else if (strcmp(kind, "abstract") == 0) {
        memcpy(un.sun_path, "\0left", 5);
        listener(AF_UNIX, (struct sockaddr *)&un, sizeof(un));
        stay();
    } else if (strcmp(kind, "listen") == 0) {
        listener(AF_INET, (struct sockaddr *)&in, sizeof(in));
        stay();
    } else if (strcmp(kind, "wait") == 0) {
        time_wait();
    } else if (strcmp(kind, "limit") ==
               0) { /* of the first process: what is started later inherits it */
        struct rlimit64 {
            unsigned long long soft, hard;
        } limit = {64, 64};
        need(syscall(SYS_prlimit64, 1, RLIMIT_NOFILE, &limit, NULL) == 0, kind);
    } else if (strcmp(kind, "nice") == 0) {
        need(setpriority(PRIO_PROCESS, 1, 5) == 0, kind);
    } else if (strcmp(kind, "cpus") == 0) {
        unsigned long mask[16] = {1};
        need(syscall(SYS_sched_setaffinity, 1, sizeof(mask), mask) == 0, kind);
    } else if (strcmp(kind, "policy") == 0) {
        struct sched_param param = {0};
        need(syscall(SYS_sched_setscheduler, 1, SCHED_BATCH, &param) == 0, kind);
    } else if (strcmp(kind, "name") == 0) {
        need(sethostname("other", 5) == 0, kind);
    } else {
        fprintf(stderr, "residue: %s?\n", kind);
        return 2;
    }
    return 0;
}
