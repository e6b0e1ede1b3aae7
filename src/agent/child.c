/* child.c -- see child.h for the contract. */
#include "agent/child.h"
#include "agent/exec.h"
#include "agent/isolate.h"
#include "agent/mount.h"
#include "agent/shelf.h"
#include "agent/sys.h"
#include "agent/tty.h"
#include "agent/view.h"
#include "agent/watch.h"
#include "base/base.h"

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

enum {
    STACK_SIZE = 128 * 1024,
    PASS = 3, /* in the child, until it execs: where the listener goes */
};

struct plan {
    struct clnrm_child *child;
    char **argv, **env;
    char cwd[PATH_MAX];
    const char *path; /* PATH of `env`, or NULL */
};

static _Alignas(16) char stack[STACK_SIZE]; /* one child at a time: the agent waits */

uint64_t clnrm_child_mark(int proc, const char *pid)
{
    char name[64], link[64];
    snprintf(name, sizeof(name), "%s/ns/uts", pid);
    ssize_t n = proc < 0 ? -1 : readlinkat(proc, name, link, sizeof(link) - 1);
    if (n < 0)
        return 0;
    link[n] = '\0';
    const char *number = strchr(link, '[');
    return number ? (uint64_t)atoll(number + 1) : 0;
}

/* Turns slices into the NULL-terminated strings of execve; refuses what a string cannot hold. */
static char **strings(uint32_t count, const struct clnrm_slice *texts)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (texts[i].len && memchr(texts[i].data, '\0', texts[i].len))
            return NULL;
        bytes += texts[i].len + 1;
    }
    char **list = clnrm_xmalloc((count + 1) * sizeof(*list) + bytes);
    char *at = (char *)(list + count + 1);
    for (uint32_t i = 0; i < count; i++) {
        list[i] = at;
        if (texts[i].len)
            memcpy(at, texts[i].data, texts[i].len);
        at[texts[i].len] = '\0';
        at += texts[i].len + 1;
    }
    list[count] = NULL;
    return list;
}

int clnrm_child_private_view(int proc, uint32_t op_count, const struct clnrm_room_op *ops,
                             struct clnrm_refusal *why)
{
    struct clnrm_view v;
    int trees[CLNRM_SHELF_TREES_MAX], status = clnrm_shelf_take(proc, op_count, ops, trees, why);
    if (status < 0)
        return status;
    if (unshare(CLONE_NEWNS) < 0)
        return clnrm_refuse(why, errno, "view", "mount namespace");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return clnrm_refuse(why, errno, "view", "making every mount private");
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return clnrm_refuse(why, errno, "view", "the room's root");
    clnrm_view_open(&v, root, clnrm_isolate_from_root(), why);
    v.first = ops;
    v.trees = trees;
    v.thaws = clnrm_isolate_is_sealed();
    mode_t mask = umask(0);
    status = clnrm_view_apply(&v, op_count, ops);
    umask(mask);
    if (status == 0 && v.moved)
        status = clnrm_view_enter(&v);
    clnrm_view_close(&v);
    for (uint32_t i = 0; i < op_count && i < CLNRM_SHELF_TREES_MAX; i++)
        if (trees[i] >= 0)
            close(trees[i]);
    return status;
}

/* The first thing that it does: whatever it costs from here on counts within its limits. */
static int enter_groups(const struct clnrm_child *child, struct clnrm_refusal *why)
{
    for (int i = 0; i < child->group_count; i++)
        if (write(child->groups[i], "0", 1) != 1)
            return clnrm_refuse(why, errno, "cgroup", "entering the group of its limits");
    return 0;
}

/* Joins the namespaces that are there already, the files last: /proc is needed no more then. */
static int join(const struct clnrm_child *child, struct clnrm_refusal *why)
{
    struct clnrm_slice name = child->spec->hostname;
    if (name.len && (!child->mark || sethostname(name.data, name.len) < 0))
        return clnrm_refuse(why, child->mark ? errno : EPERM, "hostname", "%.*s", (int)name.len,
                            name.data);
    if (child->net >= 0 && setns(child->net, CLONE_NEWNET) < 0)
        return clnrm_refuse(why, errno, "net", "joining it");
    if (child->view >= 0 && setns(child->view, CLONE_NEWNS) < 0)
        return clnrm_refuse(why, errno, "view", "joining it");
    return 0;
}

static int set_limits(const struct clnrm_spawn_spec *spec, struct clnrm_refusal *why)
{
    for (uint32_t i = 0; i < spec->limit_count; i++) {
        const struct clnrm_limit *limit = &spec->limits[i];
        struct rlimit now;
        if (getrlimit((int)limit->resource, &now) < 0)
            return clnrm_refuse(why, errno, "limits", "resource %u", limit->resource);
        rlim_t value = limit->value < now.rlim_max ? limit->value : now.rlim_max; /* never raised */
        now = (struct rlimit){value, value};
        if (setrlimit((int)limit->resource, &now) < 0)
            return clnrm_refuse(why, errno, "limits", "resource %u", limit->resource);
    }
    return 0;
}

static int set_stdio(const struct clnrm_child *child, struct clnrm_refusal *why)
{
    for (int i = 0; i < 3; i++)
        if (dup2(child->stdio[i], i) < 0)
            return clnrm_refuse(why, errno, "stdio", "descriptor %d", i);
    bool is_watched = child->pass_out >= 0;
    if (is_watched && dup3(child->pass_out, PASS, O_CLOEXEC) < 0)
        return clnrm_refuse(why, errno, "stdio", "the way to the agent");
    int first = is_watched ? PASS + 1 : 3;
    if (clnrm_sys_close_from(first) < 0)
        for (int fd = first; fd < 4096;
             fd++) /* before Linux 5.9; all of ours close on exec as well */
            close(fd);
    return 0;
}

static int set_filter(const struct clnrm_child *child, struct clnrm_refusal *why)
{
    const struct clnrm_buf *filter = child->filter;
    if (child->guest && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return clnrm_refuse(why, errno, "filter", "no_new_privs");
    int status = child->pass_out < 0 ? 0 : clnrm_watch_install(filter, PASS);
    if (child->pass_out >= 0)
        return status < 0 ? clnrm_refuse(why, status, "filter", "seccomp with a listener") : 0;
    struct sock_fprog program = {
        .len = (unsigned short)(filter->len / sizeof(struct sock_filter)),
        .filter = (struct sock_filter *)(void *)filter->data,
    };
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
        return clnrm_refuse(why, errno, "filter", "seccomp");
    return 0;
}

/* The kernel looks at the lower halves of the two numbers only, the filter at the upper ones. */
static void exec_file(const struct plan *p, const char *file)
{
    struct clnrm_child *child = p->child;
    if (child->pass_out < 0) {
        execve(file, p->argv, p->env);
        return;
    }
    enum clnrm_exec_kind kind = clnrm_exec_look(child->agent, file, p->argv);
    if (kind == CLNRM_EXEC_DISALLOWED || kind == CLNRM_EXEC_CLOSED || kind == CLNRM_EXEC_BLIND) {
        child->noexec |= kind == CLNRM_EXEC_CLOSED;
        child->blind |= kind == CLNRM_EXEC_BLIND;
        child->disallowed |= kind == CLNRM_EXEC_DISALLOWED;
        errno = EACCES;
        return;
    }
    uint64_t dir = (uint32_t)AT_FDCWD | (child->pass & UINT64_C(0xffffffff00000000));
    syscall(SYS_execveat, dir, file, p->argv, p->env, child->pass << 32);
}

/* Looks argv[0] up in PATH as execvp does, but never hands a file to a shell by itself. */
static int exec_command(const struct plan *p, struct clnrm_refusal *why)
{
    char file[PATH_MAX];
    const char *name = p->argv[0];
    if (strchr(name, '/') || !*name) {
        exec_file(p, name);
        return clnrm_refuse(why, errno, "exec", "%s", name);
    }
    int error = ENOENT;
    for (const char *at = p->path ? p->path : ""; *at;) {
        size_t len = strcspn(at, ":");
        int n = snprintf(file, sizeof(file), "%.*s%s%s", (int)len, at, len ? "/" : "", name);
        if (n > 0 && (size_t)n < sizeof(file)) {
            exec_file(p, file);
            if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
                return clnrm_refuse(why, errno, "exec", "%s", file);
            if (errno == EACCES)
                error = EACCES;
        }
        at += len + (at[len] == ':');
    }
    return clnrm_refuse(why, error, "exec", "%s", name);
}

/* Signals as at the start of a program: the agent itself ignores SIGPIPE and blocks three. */
static void reset_signals(void)
{
    sigset_t none;
    signal(SIGPIPE, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Beside a first process of others nothing else would end the command when the agent is killed.  Set
 * after a change of the user, which takes it back. */
static int die_with_agent(struct clnrm_refusal *why)
{
    if (getppid() != 1 && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        return clnrm_refuse(why, errno, "session", "the signal at the end of the agent");
    return 0;
}

static int become(const struct plan *p)
{
    struct clnrm_child *child = p->child;
    struct clnrm_refusal *why = &child->why;
    const struct clnrm_spawn_spec *spec = child->spec;
    if (setsid() < 0)
        return clnrm_refuse(why, errno, "session", "setsid");
    if (child->mark)
        child->mark_id = clnrm_child_mark(child->proc, "self");
    int status = enter_groups(child, why);
    if (status == 0)
        status = join(child, why);
    if (status == 0 && spec->op_count)
        status = clnrm_child_private_view(child->proc, spec->op_count, spec->ops, why);
    if (status == 0)
        status = set_stdio(child, why);
    if (status == 0 && spec->flags & CLNRM_SPAWN_TTY)
        status = clnrm_tty_lead(why);
    if (status == 0)
        status = set_limits(spec, why);
    if (status == 0 && child->ids)
        status = clnrm_user_become(child->ids, why);
    bool keeps = child->guest && (!child->ids || child->ids->uid == 0 || child->ids->is_same);
    if (status == 0 && !keeps && (status = clnrm_isolate_drop_rights()) < 0)
        clnrm_refuse(why, status, "capabilities", "dropping all");
    if (status == 0 && child->guest)
        status = die_with_agent(why);
    if (status == 0 && *p->cwd && chdir(p->cwd) < 0)
        status = clnrm_refuse(why, errno, "chdir", "%s", p->cwd);
    if (status < 0)
        return status;
    reset_signals();
    umask(022);
    if (child->filter && (status = set_filter(child, why)) < 0)
        return status;
    return exec_command(p, why);
}

static int run(void *data)
{
    become(data);
    _exit(127); /* the reason is in child->why */
}

int clnrm_child_clone(int (*body)(void *), int flags, void *data)
{
    int pid = clone(body, stack + sizeof(stack), flags | CLONE_VM | CLONE_VFORK | SIGCHLD, data);
    return pid < 0 ? -errno : pid;
}

static int start(struct plan *p)
{
    struct clnrm_child *child = p->child;
    int kept = clnrm_mount_kept();
    child->pid = clnrm_child_clone(run, child->mark ? CLONE_NEWUTS : 0, p);
    clnrm_mount_forget(kept, false); /* the child shares the memory, and has its own descriptors */
    if (child->pid < 0)
        return clnrm_refuse(&child->why, child->pid, "clone", "a new process");
    if (!child->why.step)
        return 0;
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    child->pid = 0;
    return -child->why.error;
}

int clnrm_child_start(struct clnrm_child *child)
{
    const struct clnrm_spawn_spec *spec = child->spec;
    struct plan p = {.child = child};
    if (spec->cwd.len >= sizeof(p.cwd))
        return clnrm_refuse(&child->why, ENAMETOOLONG, "chdir", "the directory");
    if (spec->cwd.len)
        memcpy(p.cwd, spec->cwd.data, spec->cwd.len);
    p.argv = strings(spec->argc, spec->argv);
    p.env = strings(spec->envc, spec->env);
    int status;
    if (!p.argv || !p.env || strlen(p.cwd) != spec->cwd.len) {
        status = clnrm_refuse(&child->why, EINVAL, "exec", "a zero byte in an argument");
    } else {
        for (char **e = p.env; *e; e++)
            if (strncmp(*e, "PATH=", 5) == 0)
                p.path = *e + 5;
        status = start(&p);
    }
    free(p.argv);
    free(p.env);
    return status;
}
