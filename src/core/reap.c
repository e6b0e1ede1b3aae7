/* reap.c -- see reap.h for the contract. */
#include "core/reap.h"
#include "base/base.h"

#include <signal.h>
#include <sys/wait.h>

/* Exists while somebody watches; freed when libuv lets go of it. */
struct reaper {
    uv_signal_t signal;
    struct clnrm_reap *first;
};

static struct reaper *reaper;

/* Kills what is left in the group of an ended leader, while its number cannot be another's yet. */
static bool end_group(pid_t leader)
{
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)leader, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0)
        return false;
    kill(-leader, SIGKILL);
    return true;
}

/* Collects what `r` waits for; returns whether its callback ran. */
static bool collect(struct clnrm_reap *r)
{
    struct rusage usage;
    int wait_status;
    if (r->which > 0 && !end_group(r->which))
        return false;
    pid_t pid = wait4(r->which, &wait_status, WNOHANG, &usage);
    if (pid == 0)
        return false;
    clnrm_reap_cb *on_end = r->on_end;
    void *data = r->data;
    if (pid < 0 || r->which > 0)
        clnrm_reap_stop(r); /* before the callback, which may free it */
    on_end(data, pid < 0 ? 0 : pid, pid < 0 ? 0 : wait_status, &usage);
    return true;
}

static void on_sigchld(uv_signal_t *signal, int number)
{
    struct reaper *self = signal->data;
    (void)number;
    for (struct clnrm_reap *r = self->first; r && reaper == self;)
        r = collect(r) ? self->first : r->next; /* the callback may have changed the list */
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static int open_reaper(uv_loop_t *loop)
{
    sigset_t set;
    struct reaper *self = clnrm_xcalloc(sizeof(*self));
    int status = uv_signal_init(loop, &self->signal);
    if (status < 0) {
        free(self);
        return status;
    }
    self->signal.data = self;
    status = uv_signal_start(&self->signal, on_sigchld, SIGCHLD);
    if (status < 0) {
        uv_close((uv_handle_t *)&self->signal, on_closed);
        return status;
    }
    sigemptyset(&set); /* whoever started us may have blocked it */
    sigaddset(&set, SIGCHLD);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    reaper = self;
    return 0;
}

int clnrm_reap_start(struct clnrm_reap *r, uv_loop_t *loop, pid_t which, clnrm_reap_cb *on_end,
                     void *data)
{
    bool is_new = !reaper;
    int status = is_new ? open_reaper(loop) : 0;
    if (status < 0)
        return status;
    *r = (struct clnrm_reap){which, on_end, data, reaper->first, &reaper->first};
    if (r->next)
        r->next->prev = &r->next;
    reaper->first = r;
    if (is_new)
        raise(SIGCHLD); /* it may have ended before anybody listened */
    return 0;
}

void clnrm_reap_stop(struct clnrm_reap *r)
{
    if (r->which == 0)
        return;
    *r->prev = r->next;
    if (r->next)
        r->next->prev = r->prev;
    r->which = 0;
    if (!reaper->first) {
        uv_close((uv_handle_t *)&reaper->signal, on_closed);
        reaper = NULL;
    }
}
