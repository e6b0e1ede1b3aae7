/* guardian.c -- see guardian.h for the contract. */
#include "core/guardian.h"
#include "base/base.h"
#include "core/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What goes through the pipe, always as a whole: it is smaller than PIPE_BUF, so that no write is
 * divided and a reader of this size gets one after the other. */
struct order {
    int is_armed;
    struct termios attributes;
    size_t len;
    char bytes[CLNRM_GUARDIAN_BYTES_MAX];
};

_Static_assert(sizeof(struct order) <= 4096, "an order is written at once");

static struct {
    pid_t pid; /* 0: there is none */
    int fd;
    volatile sig_atomic_t is_armed;
} guardian;

int clnrm_guardian_start(int fd)
{
    static const char *const argv[] = {"/proc/self/exe", CLNRM_GUARDIAN_COMMAND, NULL};
    static const char *const env[] = {NULL};
    enum clnrm_spawn_stage stage;
    int fds[2];
    if (guardian.pid > 0)
        return 0;
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -errno;
    const struct clnrm_spawn spawn = {
        .argv = argv, .env = env, .exec_fd = -1, .fds = {fds[0], fd, -1}, .fd_count = 3};
    pid_t pid;
    int status = clnrm_spawn(&spawn, &pid, &stage);
    close(fds[0]);
    if (status < 0) {
        close(fds[1]);
        return status;
    }
    fcntl(fds[1], F_SETFL, O_NONBLOCK); /* one that is stopped holds up nobody */
    guardian.fd = fds[1];
    guardian.pid = pid;
    return 0;
}

static int give(const struct order *order)
{
    ssize_t n = write(guardian.fd, order, sizeof(*order));
    return n < 0 ? -errno : 0;
}

int clnrm_guardian_arm(const struct termios *attributes, const void *bytes, size_t len)
{
    struct order order = {.is_armed = 1, .attributes = *attributes, .len = len};
    if (len > sizeof(order.bytes))
        return -E2BIG;
    if (guardian.pid <= 0)
        return -ESRCH;
    memcpy(order.bytes, bytes, len);
    guardian.is_armed = 1;
    return give(&order);
}

void clnrm_guardian_disarm(void)
{
    static const struct order disarmed;
    guardian.is_armed = 0;
    if (guardian.pid > 0)
        (void)give(&disarmed);
}

void clnrm_guardian_stop(void)
{
    if (guardian.pid <= 0)
        return;
    close(guardian.fd);
    /* An armed one waits for a terminal that nobody reads, as long as that takes. */
    if (!guardian.is_armed)
        while (waitpid(guardian.pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    guardian.pid = 0;
}

/* Reads an order.  Returns 0 at the end of the pipe. */
static int read_order(struct order *order)
{
    char *at = (char *)order;
    size_t len = 0;
    while (len < sizeof(*order)) {
        ssize_t n = read(STDIN_FILENO, at + len, sizeof(*order) - len);
        if (n == 0 || (n < 0 && errno != EINTR))
            return 0;
        len += n > 0 ? (size_t)n : 0;
    }
    return 1;
}

int clnrm_guardian_main(void)
{
    struct order last = {0}, next;
    sigset_t all;
    sigfillset(&all); /* SIGTTOU too: the terminal is not ours to change else */
    sigprocmask(SIG_SETMASK, &all, NULL);
    prctl(PR_SET_NAME, "clnrm-guardian");
    while (read_order(&next))
        last = next;
    if (last.is_armed && last.len <= sizeof(last.bytes)) {
        (void)!write(STDOUT_FILENO, last.bytes, last.len);
        tcsetattr(STDOUT_FILENO, TCSANOW, &last.attributes);
    }
    return 0;
}
