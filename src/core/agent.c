/* agent.c -- see agent.h for the contract; here: the deadlines and the end of a room. */
#include "core/agent_impl.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { OUT_MAX = 4 * 1024 * 1024 }; /* what may wait to be written: all frames without input */

void clnrm_agent_tell(struct clnrm_agent *a)
{
    if (!a->released)
        a->on_change(a->data);
}

struct clnrm_agent_times clnrm_agent_times = {
    .ready_ms = 20000,
    .answer_ms = 30000,
    .deadline_ms = 10000,
    .close_ms = 3000,
    .reap_ms = 10000,
    .grace_ms = 1000,
};

static void free_facts(struct clnrm_agent_fact *facts, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        free(facts[i].name);
        free(facts[i].what);
    }
}

void clnrm_agent_free_when_over(struct clnrm_agent *a)
{
    if (!a->released || a->state != CLNRM_AGENT_ENDED || a->handles > 0 || a->holds > 0)
        return;
    free_facts(a->isolation, a->isolation_count);
    free_facts(a->notes, a->note_count);
    for (uint32_t i = 0; i < a->report_count; i++) {
        free(a->reports[i].name);
        free(a->reports[i].argv);
        free(a->reports[i].what);
    }
    free(a->reports);
    clnrm_buf_free(&a->in);
    clnrm_buf_free(&a->out);
    clnrm_agent_drop_passed(a);
    free(a);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct clnrm_agent *a = handle->data;
    a->handles--;
    clnrm_agent_free_when_over(a);
}

/* The room is over when the stream is closed and every process is gone. */
static void end_when_over(struct clnrm_agent *a)
{
    if (a->fd >= 0 || !a->reaped || a->state == CLNRM_AGENT_ENDED)
        return;
    a->state = CLNRM_AGENT_ENDED;
    clnrm_reap_stop(&a->reap);
    uv_close((uv_handle_t *)&a->timer, on_handle_closed);
    a->handles++; /* the callback may release it */
    clnrm_agent_tell(a);
    a->handles--;
    clnrm_agent_free_when_over(a);
}

/* Closes the stream and makes sure that nothing is left of the room: the agent's end is the end of
 * its PID namespace. */
static void cut_off(struct clnrm_agent *a)
{
    if (a->fd < 0)
        return;
    uv_close((uv_handle_t *)&a->poll, on_handle_closed); /* before close(): not polled when dead */
    close(a->fd);
    a->fd = -1;
    clnrm_agent_drop_passed(a);
    a->state = CLNRM_AGENT_CLOSING;
    if (a->launcher > 0 && !a->reaped)
        kill(-a->launcher, SIGKILL);
    a->due_ms = uv_now(a->loop) + clnrm_agent_times.reap_ms;
    a->has_grace = false;
    clnrm_agent_arm(a, a->due_ms);
}

static void finish_ops(struct clnrm_agent *a, int status)
{
    while (a->ops) {
        struct clnrm_agent_op *op = a->ops;
        if (op->reason[0] == 0)
            snprintf(op->reason, sizeof(op->reason), "%s", a->reason);
        clnrm_agent_op_finish(op, status);
    }
}

void clnrm_agent_lose(struct clnrm_agent *a, int status, const char *why, ...)
{
    va_list args;
    if (a->fd < 0)
        return;
    if (a->status == 0) {
        a->status = status;
        va_start(args, why);
        vsnprintf(a->reason, sizeof(a->reason), why, args);
        va_end(args);
    }
    a->handles++; /* callbacks may release it */
    cut_off(a);
    finish_ops(a, a->status == CLNRM_EPROTO ? CLNRM_EPROTO : CLNRM_EAGENT);
    clnrm_agent_tell(a);
    a->handles--;
    end_when_over(a);
}

/* Time */

/* Whether a deadline has passed.  The first time it is moved a little instead: when clnrm itself was
 * stopped, what came meanwhile is read first. */
static bool has_passed(uint64_t *due_ms, bool *has_grace, uint64_t now)
{
    if (*due_ms == 0 || *due_ms > now)
        return false;
    if (*has_grace)
        return true;
    *has_grace = true;
    *due_ms = now + clnrm_agent_times.grace_ms;
    return false;
}

/* What should have come and has not, or NULL. */
static const char *find_overdue(struct clnrm_agent *a, uint64_t now)
{
    if (has_passed(&a->due_ms, &a->has_grace, now))
        return a->state == CLNRM_AGENT_STARTING ? "the room was not ready in time"
                                                : "the room did not close in time";
    for (struct clnrm_agent_op *op = a->ops; op; op = op->next)
        if (has_passed(&op->due_ms, &op->has_grace, now))
            return "the agent did not answer in time";
    return NULL;
}

static uint64_t next_due(const struct clnrm_agent *a)
{
    uint64_t next = a->due_ms;
    for (const struct clnrm_agent_op *op = a->ops; op; op = op->next)
        if (op->due_ms && (next == 0 || op->due_ms < next))
            next = op->due_ms;
    return next;
}

static void on_timer(uv_timer_t *timer)
{
    struct clnrm_agent *a = timer->data;
    uint64_t now = uv_now(a->loop);
    const char *why = find_overdue(a, now);
    a->armed_ms = 0;
    if (!why) {
        clnrm_agent_arm(a, next_due(a));
    } else if (a->fd < 0) { /* killed, and not gone: nothing more can be done from here */
        a->stuck = true;
        a->reaped = true;
        end_when_over(a);
    } else {
        clnrm_agent_lose(a, CLNRM_EAGENT, "%s", why);
    }
}

void clnrm_agent_arm(struct clnrm_agent *a, uint64_t at_ms)
{
    uint64_t now = uv_now(a->loop);
    if (at_ms == 0 || a->state == CLNRM_AGENT_ENDED || (a->armed_ms && a->armed_ms <= at_ms))
        return;
    a->armed_ms = at_ms;
    uv_timer_start(&a->timer, on_timer, at_ms > now ? at_ms - now : 0, 0);
}

/* Life */

int clnrm_agent_new(uv_loop_t *loop, int fd, struct clnrm_slice frames, clnrm_agent_cb *on_change,
                    void *data, struct clnrm_agent **out)
{
    struct clnrm_agent *a = clnrm_xcalloc(sizeof(*a));
    *a = (struct clnrm_agent){
        .loop = loop,
        .fd = fd,
        .next_id = 1,
        .reaped = true,
        .on_change = on_change,
        .data = data,
        .in.max = CLNRM_FRAME_HEADER + CLNRM_FRAME_PAYLOAD_MAX + CLNRM_AGENT_READ_SIZE,
        .out.max = OUT_MAX + CLNRM_AGENT_QUEUE + CLNRM_FRAME_HEADER + CLNRM_FRAME_PAYLOAD_MAX,
    };
    int status = uv_poll_init(loop, &a->poll, fd);
    if (status == 0)
        status = clnrm_buf_add(&a->out, frames.data, frames.len);
    if (status < 0) {
        clnrm_buf_free(&a->out);
        free(a);
        return status;
    }
    a->poll.data = a->timer.data = a;
    uv_timer_init(loop, &a->timer);
    a->handles = 2;
    clnrm_agent_listen(a);
    uv_update_time(loop);
    a->due_ms = uv_now(loop) + clnrm_agent_times.ready_ms;
    clnrm_agent_arm(a, a->due_ms);
    clnrm_agent_flush(a);
    *out = a;
    return 0;
}

static void on_reaped(void *data, pid_t pid, int wait_status, const struct rusage *usage)
{
    struct clnrm_agent *a = data;
    (void)wait_status, (void)usage;
    if (pid != 0)
        return;
    a->reaped = true;
    end_when_over(a);
}

int clnrm_agent_watch(struct clnrm_agent *a, pid_t launcher)
{
    int status = clnrm_reap_start(&a->reap, a->loop, -launcher, on_reaped, a);
    if (status < 0)
        return status;
    a->launcher = launcher;
    a->reaped = false;
    return 0;
}

struct clnrm_agent_info clnrm_agent_info(const struct clnrm_agent *a)
{
    return (struct clnrm_agent_info){
        .state = a->state,
        .status = a->status,
        .reason = a->reason,
        .pid = a->pid,
        .killed = a->killed,
        .guest = a->is_guest,
        .stuck = a->stuck,
        .isolation = a->isolation,
        .isolation_count = a->isolation_count,
        .notes = a->notes,
        .report_count = a->report_count,
        .reports = a->reports,
        .note_count = a->note_count,
    };
}

void clnrm_agent_close(struct clnrm_agent *a)
{
    if (a->state >= CLNRM_AGENT_CLOSING)
        return;
    if (a->state == CLNRM_AGENT_STARTING) {
        clnrm_agent_lose(a, CLNRM_ECLOSED, "the room was closed while it was made");
        return;
    }
    a->state = CLNRM_AGENT_CLOSING;
    snprintf(a->reason, sizeof(a->reason), "the room was closed");
    a->handles++; /* callbacks may release it */
    finish_ops(a, CLNRM_EAGENT);
    clnrm_agent_send_empty(a, CLNRM_FRAME_CLOSE, 0);
    a->due_ms = uv_now(a->loop) + clnrm_agent_times.close_ms;
    a->has_grace = false;
    clnrm_agent_arm(a, a->due_ms);
    clnrm_agent_flush(a);
    a->handles--;
    clnrm_agent_free_when_over(a);
}

void clnrm_agent_release(struct clnrm_agent *a)
{
    a->released = true;
    if (a->fd >= 0)
        clnrm_agent_lose(a, CLNRM_ECLOSED, "the room was closed");
    else
        clnrm_agent_free_when_over(a);
}

void clnrm_agent_hold(struct clnrm_agent *a)
{
    a->holds++;
}

void clnrm_agent_unhold(struct clnrm_agent *a)
{
    a->holds--;
    clnrm_agent_free_when_over(a);
}

void clnrm_agent_leave(struct clnrm_agent *a)
{
    clnrm_reap_stop(&a->reap); /* it becomes a child of the machine's first process */
    a->reaped = true;
    a->launcher = 0;
    clnrm_agent_release(a);
}
