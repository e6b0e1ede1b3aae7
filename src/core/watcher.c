/* watcher.c -- see watcher.h for the contract. */
#include "core/watcher.h"
#include "base/base.h"
#include "core/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { END_MS = 100 }; /* of one that was dismissed; it has a read() and an exit() before it */

static const char dismissal = '\n'; /* the last byte; a text does not end with it */

struct clnrm_watcher {
    pid_t pid; /* 0: it has ended, and was collected */
    int fd;
};

static int start(int input, const char *cwd, pid_t *pid)
{
    static const char *const argv[] = {"/proc/self/exe", CLNRM_WATCHER_COMMAND, NULL};
    const struct clnrm_spawn spawn = {
        .argv = argv,
        .env = (const char *const *)environ,
        .cwd = cwd,
        .exec_fd = -1,
        .fds = {input, -1, -1},
        .fd_count = 3,
        .new_session = true,
    };
    enum clnrm_spawn_stage stage;
    return clnrm_spawn(&spawn, pid, &stage);
}

int clnrm_watcher_open(struct clnrm_slice text, const char *cwd, struct clnrm_watcher **out)
{
    int fds[2];
    pid_t pid;
    if (text.len > CLNRM_WATCHER_TEXT_MAX)
        return CLNRM_ELIMIT;
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -errno;
    int status = start(fds[0], cwd, &pid);
    close(fds[0]);
    if (status == 0) {
        struct clnrm_watcher *w = clnrm_xcalloc(sizeof(*w));
        *w = (struct clnrm_watcher){pid, fds[1]};
        /* One that has ended already is found by is_alive. */
        if (write(fds[1], text.data, text.len) == (ssize_t)text.len || errno == EPIPE) {
            *out = w;
            return 0;
        }
        status = -errno;
        clnrm_watcher_close(w, true);
        return status;
    }
    close(fds[1]);
    return status;
}

bool clnrm_watcher_is_alive(struct clnrm_watcher *w)
{
    if (w->pid > 0 && waitpid(w->pid, NULL, WNOHANG) != 0)
        w->pid = 0;
    return w->pid > 0;
}

pid_t clnrm_watcher_pid(const struct clnrm_watcher *w)
{
    return w->pid;
}

/* Waits for its end, but not for one that is stopped. */
static void collect(struct clnrm_watcher *w)
{
    struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, w->pid, 0), .events = POLLIN};
    if (end.fd >= 0) {
        poll(&end, 1, END_MS);
        close(end.fd);
    }
    clnrm_watcher_is_alive(w);
}

void clnrm_watcher_close(struct clnrm_watcher *w, bool dismiss)
{
    bool is_told = dismiss && write(w->fd, &dismissal, 1) == 1;
    close(w->fd);
    if (is_told && clnrm_watcher_is_alive(w))
        collect(w);
    free(w);
}

char *clnrm_watcher_await(void)
{
    static char text[CLNRM_WATCHER_TEXT_MAX + 2]; /* and the dismissal, and a NUL */
    static const int ignored[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGPIPE, SIGUSR1,
                                  SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU, SIGALRM};
    size_t len = 0;
    for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
        signal(ignored[i], SIG_IGN);
    prctl(PR_SET_NAME, "clnrm-watcher");
    while (len < sizeof(text) - 1) {
        ssize_t n = read(STDIN_FILENO, text + len, sizeof(text) - 1 - len);
        if (n == 0 || (n < 0 && errno != EINTR))
            break;
        len += n > 0 ? (size_t)n : 0;
    }
    text[len] = '\0';
    return len == 0 || text[len - 1] == dismissal ? NULL : text;
}
