/* proc.c -- see proc.h for the contract. */
#include "core/proc.h"
#include "base/base.h"
#include "core/reap.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CHUNK = 64 * 1024,
    DRAIN_ROUNDS = 64, /* a pipe holds at most 1 MiB; whoever still writes is not the command */
    INPUT = 2,
    PIPES = 3,
};

struct end {
    uv_poll_t poll; /* poll.data points to the command */
    int fd;         /* -1: not open */
    bool is_polled; /* libuv knows it */
};

struct clnrm_proc {
    struct clnrm_reap reap;
    pid_t pid;
    struct end ends[PIPES]; /* our sides of stdout, stderr, stdin */
    struct clnrm_spool output[2];
    char *input;
    size_t input_len, input_at;
    uint64_t started_ns;
    struct clnrm_proc_result result;
    bool ended, closed;
    int handles; /* that libuv still knows */
    clnrm_proc_cb *on_end;
    void *data;
};

static void free_when_over(struct clnrm_proc *p)
{
    if (!p->closed || !p->ended || p->handles > 0)
        return;
    clnrm_spool_free(&p->output[0]);
    clnrm_spool_free(&p->output[1]);
    free(p->input);
    free(p);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct clnrm_proc *p = handle->data;
    p->handles--;
    free_when_over(p);
}

static void close_end(struct end *e)
{
    if (e->fd < 0)
        return;
    if (e->is_polled) /* before close(): a dead fd is not polled */
        uv_close((uv_handle_t *)&e->poll, on_handle_closed);
    close(e->fd);
    e->fd = -1;
}

/* Takes what has come, at most `rounds` chunks; returns false at the end of the stream. */
static bool take_output(struct clnrm_proc *p, int which, unsigned rounds)
{
    static char chunk[CHUNK];
    ssize_t n = 1;
    for (; n > 0 && rounds > 0; rounds--) {
        n = read(p->ends[which].fd, chunk, sizeof(chunk));
        if (n > 0)
            clnrm_spool_add(&p->output[which], chunk, (size_t)n);
    }
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct clnrm_proc *p = poll->data;
    int which = poll == &p->ends[0].poll ? 0 : 1;
    (void)events;
    if (status < 0 || !take_output(p, which, 1))
        close_end(&p->ends[which]);
}

static void on_writable(uv_poll_t *poll, int status, int events)
{
    struct clnrm_proc *p = poll->data;
    (void)events;
    ssize_t n = status < 0
                    ? -1
                    : write(p->ends[INPUT].fd, p->input + p->input_at, p->input_len - p->input_at);
    if (n > 0)
        p->input_at += (size_t)n;
    if (p->input_at == p->input_len || (n < 0 && errno != EAGAIN && errno != EINTR))
        close_end(&p->ends[INPUT]); /* a command that does not read its stdin is its own affair */
}

static void on_reaped(void *data, pid_t pid, int wait_status, const struct rusage *usage)
{
    struct clnrm_proc *p = data;
    (void)pid;
    p->ended = true;
    p->result.wait_status = wait_status;
    p->result.usage = *usage;
    p->result.duration_ns = uv_hrtime() - p->started_ns;
    for (int i = 0; i < PIPES; i++) {
        if (i < INPUT && p->ends[i].fd >= 0)
            take_output(p, i, DRAIN_ROUNDS);
        close_end(&p->ends[i]);
    }
    p->handles++; /* the callback may close it */
    if (!p->closed)
        p->on_end(p->data);
    p->handles--;
    free_when_over(p);
}

/* Makes the pipe of one stream; `*child` is the command's side. */
static int open_end(struct clnrm_proc *p, int which, int *child)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -errno;
    int ours = which == INPUT ? 1 : 0;
    *child = fds[1 - ours];
    p->ends[which].fd = fds[ours];
    fcntl(fds[ours], F_SETFL, O_NONBLOCK);
    return 0;
}

static int open_ends(struct clnrm_proc *p, const struct clnrm_proc_spec *spec, int *child)
{
    int status = spec->inherit ? 0 : open_end(p, 0, &child[0]);
    if (status == 0 && !spec->merge && !spec->inherit)
        status = open_end(p, 1, &child[1]);
    if (status == 0 && spec->input.len > 0)
        status = open_end(p, INPUT, &child[INPUT]);
    return status;
}

static int start_polling(struct clnrm_proc *p, uv_loop_t *loop)
{
    for (int i = 0; i < PIPES; i++) {
        struct end *e = &p->ends[i];
        if (e->fd < 0)
            continue;
        int status = uv_poll_init(loop, &e->poll, e->fd);
        if (status < 0)
            return status;
        e->poll.data = p;
        e->is_polled = true;
        p->handles++;
        uv_poll_start(&e->poll, i == INPUT ? UV_WRITABLE : UV_READABLE,
                      i == INPUT ? on_writable : on_readable);
    }
    return 0;
}

static int start_child(struct clnrm_proc *p, const struct clnrm_proc_spec *spec, const int *child,
                       enum clnrm_spawn_stage *stage)
{
    const struct clnrm_spawn spawn = {
        .argv = spec->argv,
        .env = spec->env,
        .path = spec->path,
        .cwd = spec->cwd,
        .exec_fd = -1,
        .fds = {child[INPUT], spec->inherit ? STDOUT_FILENO : child[0],
                spec->inherit ? STDERR_FILENO
                : spec->merge ? child[0]
                              : child[1]},
        .fd_count = 3,
        .dies_with_us = true,
    };
    p->started_ns = uv_hrtime();
    return clnrm_spawn(&spawn, &p->pid, stage);
}

/* Gives back what open had before libuv or the kernel knew of it. */
static void abandon(struct clnrm_proc *p)
{
    for (int i = 0; i < PIPES; i++)
        if (p->ends[i].fd >= 0)
            close(p->ends[i].fd);
    free(p->input);
    free(p);
}

int clnrm_proc_open(uv_loop_t *loop, const struct clnrm_proc_spec *spec, clnrm_proc_cb *on_end,
                    void *data, struct clnrm_proc **out, enum clnrm_spawn_stage *stage)
{
    int child[PIPES] = {-1, -1, -1};
    *stage = CLNRM_STAGE_NONE;
    if (spec->input.len > CLNRM_PROC_STDIN_MAX)
        return CLNRM_ELIMIT;
    struct clnrm_proc *p = clnrm_xcalloc(sizeof(*p));
    *p = (struct clnrm_proc){.on_end = on_end, .data = data, .input_len = spec->input.len};
    for (int i = 0; i < PIPES; i++)
        p->ends[i].fd = -1;
    for (int i = 0; i < 2; i++)
        clnrm_spool_init(&p->output[i], spec->output_max);
    if (p->input_len > 0)
        p->input = clnrm_xmemdup(spec->input.data, spec->input.len);
    int status = open_ends(p, spec, child);
    if (status == 0)
        status = start_child(p, spec, child, stage);
    for (int i = 0; i < PIPES; i++)
        if (child[i] >= 0)
            close(child[i]);
    if (status < 0) {
        abandon(p);
        return status;
    }
    status = clnrm_reap_start(&p->reap, loop, p->pid, on_reaped, p);
    if (status < 0) {
        kill(-p->pid, SIGKILL);
        waitpid(p->pid, NULL, 0);
        abandon(p);
        return status;
    }
    status = start_polling(p, loop);
    if (status < 0) { /* it runs already: the reaper finishes the story */
        clnrm_proc_close(p);
        return status;
    }
    *out = p;
    return 0;
}

pid_t clnrm_proc_pid(const struct clnrm_proc *p)
{
    return p->pid;
}

int clnrm_proc_signal(struct clnrm_proc *p, int number)
{
    if (p->ended)
        return -ESRCH;
    return kill(-p->pid, number) < 0 ? -errno : 0;
}

const struct clnrm_proc_result *clnrm_proc_result(const struct clnrm_proc *p)
{
    return p->ended ? &p->result : NULL;
}

const struct clnrm_spool *clnrm_proc_output(const struct clnrm_proc *p, int which)
{
    return &p->output[which];
}

void clnrm_proc_close(struct clnrm_proc *p)
{
    p->closed = true;
    if (!p->ended)
        kill(-p->pid, SIGKILL);
    for (int i = 0; i < PIPES; i++)
        close_end(&p->ends[i]);
    free_when_over(p);
}

void clnrm_proc_trim(void)
{
    (void)malloc_trim(0);
}
