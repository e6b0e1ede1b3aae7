/* spawn.c -- see spawn.h for the contract.
 *
 * clone(CLONE_VM | CLONE_VFORK) on a static stack: posix_spawn can neither close what it was not told
 * of nor execute a descriptor.  Until the exec the child runs in the parent's memory, so it calls
 * nothing that changes it; signals stay blocked, or a handler of the parent's would run twice. */
#include "core/spawn.h"
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The sanitizers' own books are in the shared memory as well. */
#define CHILD_CODE __attribute__((noinline, no_sanitize("address", "thread", "undefined")))

enum { STACK_SIZE = 64 * 1024, SIGNALS = 64, NOT_EXECUTED = 127 };

struct child {
    const struct clnrm_spawn *spec;
    pid_t parent;
    int error; /* written by the child, read by the parent: the memory is the same */
    enum clnrm_spawn_stage stage;
};

/* The kernel's own struct: libc's sigaction() of a sanitizer would note the change for the parent. */
struct kernel_sigaction {
    unsigned long handler, flags, restorer, mask;
};

CHILD_CODE static void reset_signals(void)
{
    const struct kernel_sigaction standard = {0};
    for (int n = 1; n <= SIGNALS; n++)
        syscall(SYS_rt_sigaction, n, &standard, NULL, sizeof(standard.mask));
}

/* Puts fds[i] at i.  First all of them go above the range, so that none is overwritten. */
CHILD_CODE static int place_fds(const struct clnrm_spawn *s, int *exec_fd)
{
    int high[CLNRM_SPAWN_FDS_MAX], count = (int)s->fd_count;
    for (int i = 0; i < count; i++) {
        int fd = s->fds[i] >= 0 ? s->fds[i] : open("/dev/null", O_RDWR | O_CLOEXEC);
        if (fd < 0 || (high[i] = fcntl(fd, F_DUPFD_CLOEXEC, count)) < 0)
            return -1;
    }
    if (*exec_fd >= 0 && (*exec_fd = fcntl(*exec_fd, F_DUPFD_CLOEXEC, count)) < 0)
        return -1;
    for (int i = 0; i < count; i++)
        if (dup2(high[i], i) < 0)
            return -1;
    return (int)syscall(SYS_close_range, count, ~0u, CLOSE_RANGE_CLOEXEC);
}

/* Tries each directory; a file that may not be executed is remembered over one that is not there. */
CHILD_CODE static int exec_by_path(const struct clnrm_spawn *s)
{
    char file[PATH_MAX];
    size_t name_len = strlen(s->argv[0]);
    int error = ENOENT;
    for (const char *dir = s->path; dir; dir = strchr(dir, ':') ? strchr(dir, ':') + 1 : NULL) {
        size_t len = strcspn(dir, ":");
        if (len == 0 || len + name_len + 2 > sizeof(file))
            continue; /* an empty entry would be the working directory */
        memcpy(file, dir, len);
        file[len] = '/';
        memcpy(file + len + 1, s->argv[0], name_len + 1);
        execve(file, (char *const *)s->argv, (char *const *)s->env);
        if (errno != ENOENT && errno != ENOTDIR)
            error = errno;
        if (error != ENOENT && error != EACCES)
            break;
    }
    return error;
}

CHILD_CODE static int execute(const struct clnrm_spawn *s, int exec_fd)
{
    char *const *argv = (char *const *)s->argv, *const *env = (char *const *)s->env;
    if (exec_fd >= 0)
        syscall(SYS_execveat, exec_fd, "", argv, env, AT_EMPTY_PATH);
    else if (s->path && !strchr(s->argv[0], '/'))
        return exec_by_path(s);
    else
        execve(s->argv[0], argv, env);
    return errno;
}

CHILD_CODE static int run_child(void *data)
{
    struct child *c = data;
    const struct clnrm_spawn *s = c->spec;
    int exec_fd = s->exec_fd;
    sigset_t none;
    if (s->new_session)
        setsid();
    else
        setpgid(0, 0);
    if (s->dies_with_us) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != c->parent)
            _exit(NOT_EXECUTED); /* it was killed before that */
    }
    umask(022);
    c->stage = CLNRM_STAGE_FDS;
    if (place_fds(s, &exec_fd) < 0) {
        c->error = errno;
        _exit(NOT_EXECUTED);
    }
    c->stage = CLNRM_STAGE_CHDIR;
    if (s->cwd && chdir(s->cwd) < 0) {
        c->error = errno;
        _exit(NOT_EXECUTED);
    }
    c->stage = CLNRM_STAGE_EXEC;
    reset_signals();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    c->error = execute(s, exec_fd);
    _exit(NOT_EXECUTED);
}

int clnrm_spawn(const struct clnrm_spawn *s, pid_t *pid, enum clnrm_spawn_stage *stage)
{
    static char stack[STACK_SIZE] __attribute__((aligned(16)));
    struct child c = {.spec = s, .parent = getpid(), .stage = CLNRM_STAGE_CLONE};
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    int child = clone(run_child, stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | SIGCHLD, &c);
    int status = child < 0 ? -errno : -c.error;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (status < 0) {
        if (child > 0)
            waitpid(child, NULL, 0); /* it has ended: that is what woke the parent */
        *stage = c.stage;
        return status;
    }
    *pid = child;
    *stage = CLNRM_STAGE_NONE;
    return 0;
}

const char *clnrm_spawn_stage_name(enum clnrm_spawn_stage stage)
{
    static const char *const names[] = {"", "clone", "fds", "chdir", "exec"};
    return names[stage];
}
