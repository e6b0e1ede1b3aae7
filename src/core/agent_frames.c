/* agent_frames.c -- what an agent may say, and when: everything else ends the room.
 *
 * Each take_ function carries out one frame and returns 0, or CLNRM_EPROTO with `*why` set. */
#include "base/guard.h"
#include "core/agent_impl.h"

#include <stdio.h>

/* The room */

static char *copy_text(struct clnrm_slice text)
{
    return clnrm_xmemdup(text.data,
                         text.len < CLNRM_AGENT_TEXT_MAX ? text.len : CLNRM_AGENT_TEXT_MAX);
}

static int read_fact(struct clnrm_frame_reader *r, struct clnrm_agent_fact *facts, uint32_t *count)
{
    struct clnrm_slice name = clnrm_frame_get_text(r), what = clnrm_frame_get_text(r);
    if (r->status < 0)
        return r->status;
    if (*count < CLNRM_AGENT_LIST_MAX)
        facts[(*count)++] = (struct clnrm_agent_fact){copy_text(name), copy_text(what)};
    return 0;
}

static int take_ready(struct clnrm_agent *a, struct clnrm_frame_reader *r, const char **why)
{
    uint32_t version = clnrm_frame_get_u32(r), pid = clnrm_frame_get_u32(r);
    struct clnrm_slice answer = clnrm_frame_get_text(r);
    *why = "a READY that cannot be read";
    for (uint32_t n = clnrm_frame_get_count(r); n > 0; n--)
        if (read_fact(r, a->isolation, &a->isolation_count) < 0)
            return CLNRM_EPROTO;
    if (clnrm_frame_done(r) < 0)
        return CLNRM_EPROTO;
    *why = "a READY of another version";
    if (version != CLNRM_FRAME_VERSION)
        return CLNRM_EPROTO;
    *why = "a READY without the answer to the key of the room";
    if (!clnrm_key_equal(answer, (struct clnrm_slice){a->answer, a->answer_len}))
        return CLNRM_EPROTO;
    if (!a->is_guest) /* whose number the kernel has told */
        a->pid = pid;
    a->due_ms = 0;
    a->state = CLNRM_AGENT_READY;
    clnrm_agent_tell(a);
    return 0;
}

static int take_refused(struct clnrm_agent *a, struct clnrm_frame_reader *r, const char **why)
{
    struct clnrm_slice step = clnrm_frame_get_text(r);
    uint32_t error = clnrm_frame_get_u32(r);
    struct clnrm_slice what = clnrm_frame_get_text(r);
    *why = "a REFUSED that cannot be read";
    if (clnrm_frame_done(r) < 0)
        return CLNRM_EPROTO;
    clnrm_agent_lose(a, CLNRM_EROOM, "%.*s: %.*s%s%s", (int)step.len, step.data, (int)what.len,
                     what.data, error ? ": " : "", error ? strerror((int)error) : "");
    return 0;
}

static int take_closed(struct clnrm_agent *a, struct clnrm_frame_reader *r, const char **why)
{
    *why = "a CLOSED that cannot be read";
    a->killed = clnrm_frame_get_u32(r);
    a->has_closed = true;
    return clnrm_frame_done(r);
}

static int take_note(struct clnrm_agent *a, struct clnrm_frame_reader *r, const char **why)
{
    *why = "a NOTE that cannot be read";
    return read_fact(r, a->notes, &a->note_count) < 0 ? CLNRM_EPROTO : clnrm_frame_done(r);
}

/* The next of its number, or more of one that is known: counts only grow. */
static int take_report(struct clnrm_agent *a, const struct clnrm_frame *f, const char **why)
{
    struct clnrm_report r;
    *why = "a REPORT that cannot be read";
    if (clnrm_report_read(f->payload, &r) < 0)
        return CLNRM_EPROTO;
    uint32_t at = r.kind == CLNRM_REPORT_MORE ? 0 : r.number;
    while (r.kind == CLNRM_REPORT_MORE && at < a->report_count &&
           a->reports[at].kind != CLNRM_REPORT_MORE)
        at++;
    *why = "a REPORT out of its order";
    if (at > a->report_count || at > CLNRM_GUARD_REPORTS_MAX)
        return CLNRM_EPROTO;
    if (!a->reports)
        a->reports = clnrm_xcalloc((CLNRM_GUARD_REPORTS_MAX + 1) * sizeof(*a->reports));
    struct clnrm_agent_report *to = &a->reports[at];
    if (at == a->report_count) {
        *to = (struct clnrm_agent_report){
            .kind = r.kind,
            .step = r.step,
            .pid = r.pid,
            .name = copy_text(r.name),
            .argv = copy_text(r.argv),
            .what = copy_text(r.what),
        };
        a->report_count++;
    } else if (to->kind != r.kind || r.count < to->count) {
        return CLNRM_EPROTO;
    }
    to->count = r.count;
    return 0;
}

int clnrm_agent_room_frame(struct clnrm_agent *a, const struct clnrm_frame *f, const char **why)
{
    struct clnrm_frame_reader r = clnrm_frame_read(f->payload);
    bool was_ready = a->state != CLNRM_AGENT_STARTING;
    switch (f->type) {
    case CLNRM_FRAME_NOTE:
        return take_note(a, &r, why);
    case CLNRM_FRAME_REPORT:
        *why = "a REPORT before READY";
        return was_ready ? take_report(a, f, why) : CLNRM_EPROTO;
    case CLNRM_FRAME_READY:
        *why = "a second READY";
        return was_ready ? CLNRM_EPROTO : take_ready(a, &r, why);
    case CLNRM_FRAME_REFUSED:
        *why = "a REFUSED after READY";
        return was_ready ? CLNRM_EPROTO : take_refused(a, &r, why);
    case CLNRM_FRAME_CLOSED:
        *why = "a CLOSED that nobody asked for";
        return a->state != CLNRM_AGENT_CLOSING || a->has_closed ? CLNRM_EPROTO
                                                                : take_closed(a, &r, why);
    default:
        *why = "a frame of the room that is not known";
        return CLNRM_EPROTO;
    }
}

/* Operations */

static struct clnrm_agent_op *find(const struct clnrm_agent *a, uint32_t id)
{
    struct clnrm_agent_op *op = a->ops;
    while (op && op->id != id)
        op = op->next;
    return op;
}

/* Counts bytes against the credit; returns false when the agent sent more than it may. */
static bool use_credit(struct clnrm_agent_op *op, size_t len)
{
    if (len > op->credit)
        return false;
    op->credit -= (uint32_t)len;
    return true;
}

static int take_started(struct clnrm_agent_op *op, struct clnrm_frame_reader *r, const char **why)
{
    op->pid = clnrm_frame_get_u32(r);
    *why = "a STARTED that was not to come";
    if (op->kind != CLNRM_FRAME_SPAWN || op->state != CLNRM_OP_ASKED || clnrm_frame_done(r) < 0)
        return CLNRM_EPROTO;
    op->state = CLNRM_OP_RUNNING;
    if (!op->cancelled)
        op->due_ms =
            op->deadline_ms
                ? clnrm_agent_in_ms(op->agent, op->deadline_ms + clnrm_agent_times.deadline_ms)
                : 0;
    clnrm_agent_arm(op->agent, op->due_ms);
    clnrm_agent_op_tell(op);
    return 0;
}

static int take_output(struct clnrm_agent_op *op, const struct clnrm_frame *f,
                       struct clnrm_frame_reader *r, const char **why)
{
    struct clnrm_slice bytes = clnrm_frame_get_text(r);
    *why = "output that was not to come";
    if (op->kind != CLNRM_FRAME_SPAWN || op->state != CLNRM_OP_RUNNING || op->has_exit ||
        clnrm_frame_done(r) < 0)
        return CLNRM_EPROTO;
    *why = "more output than it was given credit for";
    if (!use_credit(op, bytes.len))
        return CLNRM_EPROTO;
    clnrm_spool_add(&op->output[f->type == CLNRM_FRAME_STDERR], bytes.data, bytes.len);
    clnrm_agent_op_give_credit(op, bytes.len, CLNRM_AGENT_WINDOW);
    clnrm_agent_op_tell(op);
    return 0;
}

static int take_exit(struct clnrm_agent_op *op, const struct clnrm_frame *f, const char **why)
{
    *why = "an EXIT that was not to come";
    if (op->kind != CLNRM_FRAME_SPAWN || op->state != CLNRM_OP_RUNNING || op->has_exit)
        return CLNRM_EPROTO;
    *why = "an EXIT that cannot be read";
    if (clnrm_exit_read(f->payload, &op->exit) < 0)
        return CLNRM_EPROTO;
    *why = "an EXIT that counts less output than came";
    if (op->exit.stdout_bytes < op->output[0].total || op->exit.stderr_bytes < op->output[1].total)
        return CLNRM_EPROTO;
    size_t len = op->exit.leak_names.len;
    len = len < CLNRM_AGENT_LEAKS_MAX ? len : CLNRM_AGENT_LEAKS_MAX;
    if (len > 0)
        memcpy(op->leak_names, op->exit.leak_names.data, len);
    op->exit.leak_names = (struct clnrm_slice){op->leak_names, len};
    op->has_exit = true;
    op->takes_input = false;
    if (op->keep_group && !op->cancelled) {
        op->due_ms = 0;
        clnrm_agent_op_tell(op); /* its group lives on until the cancel */
    } else {
        clnrm_agent_op_finish(op, 0);
    }
    return 0;
}

/* Whether `op` may be over with this status. */
static const char *wrong_done(const struct clnrm_agent_op *op, uint32_t error)
{
    bool is_running = op->state == CLNRM_OP_RUNNING;
    switch (op->kind) {
    case CLNRM_FRAME_SPAWN:
        if (is_running)
            return op->has_exit && op->cancelled ? NULL : "a DONE for a command that runs";
        return error == 0 ? "a DONE that says a command was not started, and no error" : NULL;
    case CLNRM_FRAME_PUT:
        return error == 0 && op->input.len > op->input_at ? "a DONE before all was put" : NULL;
    case CLNRM_FRAME_GET:
    case CLNRM_FRAME_STAT:
        return error == 0 && !op->has_file ? "a DONE without a FILE" : NULL;
    case CLNRM_FRAME_DIAL:
    case CLNRM_FRAME_ACCEPT: /* the connection broke */
        return is_running && error == 0 ? "a second DONE" : NULL;
    default:
        return is_running ? "a second DONE" : NULL;
    }
}

static int take_done(struct clnrm_agent_op *op, struct clnrm_frame_reader *r, const char **why)
{
    uint32_t error = clnrm_frame_get_u32(r);
    struct clnrm_slice stage = clnrm_frame_get_text(r), what = clnrm_frame_get_text(r);
    *why = "a DONE that cannot be read";
    if (clnrm_frame_done(r) < 0 || error > INT16_MAX)
        return CLNRM_EPROTO;
    *why = wrong_done(op, error);
    if (*why)
        return CLNRM_EPROTO;
    snprintf(op->stage, sizeof(op->stage), "%.*s", (int)stage.len, stage.data);
    snprintf(op->what, sizeof(op->what), "%.*s", (int)what.len, what.data);
    if (error == 0 && (op->kind == CLNRM_FRAME_DIAL || clnrm_agent_op_listens(op))) {
        op->state = CLNRM_OP_RUNNING; /* it is set up, not over */
        op->takes_input = clnrm_agent_op_is_stream(op);
        op->credit = clnrm_agent_op_is_stream(op) ? CLNRM_FRAME_WINDOW : 0;
        op->due_ms = 0;
        clnrm_agent_op_tell(op);
        return 0;
    }
    clnrm_agent_op_finish(op, op->has_exit ? 0 : -(int)error);
    return 0;
}

static int take_file(struct clnrm_agent_op *op, struct clnrm_frame_reader *r, const char **why)
{
    op->file_kind = clnrm_frame_get_u8(r);
    op->file_mode = clnrm_frame_get_u32(r);
    op->file_size = clnrm_frame_get_u64(r);
    *why = "a FILE that was not to come";
    if ((op->kind != CLNRM_FRAME_GET && op->kind != CLNRM_FRAME_STAT) || op->has_file ||
        clnrm_frame_done(r) < 0 || !memchr("fdlo-", op->file_kind, 5))
        return CLNRM_EPROTO;
    op->has_file = true;
    op->state = CLNRM_OP_RUNNING;
    op->due_ms = clnrm_agent_in_ms(op->agent, clnrm_agent_times.answer_ms);
    return 0;
}

static int take_file_data(struct clnrm_agent_op *op, struct clnrm_slice bytes, const char **why)
{
    *why = "DATA that was not to come";
    if (!op->has_file || op->inbox_ended)
        return CLNRM_EPROTO;
    *why = "more of a file than was asked for";
    if (!use_credit(op, bytes.len) || op->output[0].total + bytes.len > op->file_max)
        return CLNRM_EPROTO;
    op->inbox_ended = bytes.len == 0;
    clnrm_spool_add(&op->output[0], bytes.data, bytes.len);
    clnrm_agent_op_give_credit(op, bytes.len, CLNRM_AGENT_WINDOW);
    op->due_ms = clnrm_agent_in_ms(op->agent, clnrm_agent_times.answer_ms);
    return 0;
}

static int take_data(struct clnrm_agent_op *op, struct clnrm_frame_reader *r, const char **why)
{
    struct clnrm_slice bytes = clnrm_frame_get_text(r);
    *why = "a DATA that cannot be read";
    if (clnrm_frame_done(r) < 0)
        return CLNRM_EPROTO;
    if (op->kind == CLNRM_FRAME_GET)
        return take_file_data(op, bytes, why);
    *why = "DATA that was not to come";
    if (!clnrm_agent_op_is_stream(op) || op->state != CLNRM_OP_RUNNING || op->inbox_ended)
        return CLNRM_EPROTO;
    *why = "more of a stream than it was given credit for";
    if (!use_credit(op, bytes.len) || clnrm_buf_add(&op->inbox, bytes.data, bytes.len) < 0)
        return CLNRM_EPROTO;
    op->inbox_ended = bytes.len == 0;
    op->refs++; /* the callback may release it */
    clnrm_agent_op_tell(op);
    if (op->agent)
        clnrm_agent_op_finish_stream(op);
    clnrm_agent_op_unref(op);
    return 0;
}

static int take_credit(struct clnrm_agent_op *op, struct clnrm_frame_reader *r, const char **why)
{
    uint32_t more = clnrm_frame_get_u32(r);
    bool takes = op->kind == CLNRM_FRAME_SPAWN || clnrm_agent_op_is_stream(op);
    *why = "a CREDIT that was not to come";
    if (!takes || clnrm_frame_done(r) < 0 || more > CLNRM_FRAME_WINDOW - op->window)
        return CLNRM_EPROTO;
    op->window += more;
    return 0;
}

static int take_accept(struct clnrm_agent *a, const struct clnrm_frame *f, const char **why)
{
    struct clnrm_frame_reader r = clnrm_frame_read(f->payload);
    uint32_t id = clnrm_frame_get_u32(&r);
    *why = "an ACCEPT that was not to come";
    if (clnrm_frame_done(&r) < 0 || !(f->id & CLNRM_FRAME_AGENT_ID) || find(a, f->id))
        return CLNRM_EPROTO;
    struct clnrm_agent_op *relay = find(a, id), *op;
    if (!relay || relay->kind != CLNRM_FRAME_RELAY || !relay->on_accept ||
        clnrm_agent_op_new(a, CLNRM_FRAME_ACCEPT, f->id, &op) < 0) {
        clnrm_agent_send_empty(a, CLNRM_FRAME_CANCEL, f->id);
        return 0;
    }
    op->state = CLNRM_OP_RUNNING;
    op->takes_input = true;
    op->credit = CLNRM_FRAME_WINDOW;
    relay->on_accept(relay->accept_data, op);
    return 0;
}

/* A frame for an operation that the host knows no more, because it was cancelled or the room is
 * closing, is dropped.  One for an operation that never was is not. */
static bool was_known(const struct clnrm_agent *a, const struct clnrm_frame *f)
{
    bool may_cross = f->type == CLNRM_FRAME_DATA || f->type == CLNRM_FRAME_CREDIT ||
                     f->type == CLNRM_FRAME_DONE || a->state == CLNRM_AGENT_CLOSING;
    return may_cross && ((f->id & CLNRM_FRAME_AGENT_ID) || f->id < a->next_id);
}

int clnrm_agent_op_frame(struct clnrm_agent *a, const struct clnrm_frame *f, const char **why)
{
    struct clnrm_agent_op *op = find(a, f->id);
    struct clnrm_frame_reader r = clnrm_frame_read(f->payload);
    if (f->type == CLNRM_FRAME_ACCEPT)
        return take_accept(a, f, why);
    *why = "a frame for an operation that is not known";
    if (!op)
        return was_known(a, f) ? 0 : CLNRM_EPROTO;
    switch (f->type) {
    case CLNRM_FRAME_STARTED:
        return take_started(op, &r, why);
    case CLNRM_FRAME_STDOUT:
    case CLNRM_FRAME_STDERR:
        return take_output(op, f, &r, why);
    case CLNRM_FRAME_EXIT:
        return take_exit(op, f, why);
    case CLNRM_FRAME_DONE:
        return take_done(op, &r, why);
    case CLNRM_FRAME_FILE:
        return take_file(op, &r, why);
    case CLNRM_FRAME_DATA:
        return take_data(op, &r, why);
    case CLNRM_FRAME_CREDIT:
        return take_credit(op, &r, why);
    default:
        *why = "a frame of an operation that is not known";
        return CLNRM_EPROTO;
    }
}
