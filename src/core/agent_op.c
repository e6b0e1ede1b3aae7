/* agent_op.c -- operations in a room: their life, what they send, how they are given up. */
#include "core/agent_impl.h"

#include <errno.h>

uint64_t clnrm_agent_in_ms(const struct clnrm_agent *a, uint64_t ms)
{
    return uv_now(a->loop) + ms;
}

bool clnrm_agent_op_is_stream(const struct clnrm_agent_op *op)
{
    return op->kind == CLNRM_FRAME_DIAL || op->kind == CLNRM_FRAME_ACCEPT;
}

bool clnrm_agent_op_listens(const struct clnrm_agent_op *op)
{
    return op->kind == CLNRM_FRAME_RELAY || op->kind == CLNRM_FRAME_BRIDGE ||
           op->kind == CLNRM_FRAME_FILL;
}

/* Life */

void clnrm_agent_op_unref(struct clnrm_agent_op *op)
{
    if (--op->refs > 0)
        return;
    clnrm_spool_free(&op->output[0]);
    clnrm_spool_free(&op->output[1]);
    clnrm_buf_free(&op->inbox);
    clnrm_buf_free(&op->input);
    free(op);
}

void clnrm_agent_op_tell(struct clnrm_agent_op *op)
{
    if (op->on_change)
        op->on_change(op->data);
}

/* Every way to leave the room's table ends here. */
void clnrm_agent_op_finish(struct clnrm_agent_op *op, int status)
{
    *op->prev = op->next;
    if (op->next)
        op->next->prev = op->prev;
    op->agent->op_count--;
    op->agent = NULL;
    if (!op->has_exit) /* else its story was whole already */
        op->status = status;
    op->state = CLNRM_OP_OVER;
    op->takes_input = false;
    clnrm_buf_free(&op->input);
    op->input_at = 0;
    clnrm_agent_op_tell(op);
    clnrm_agent_op_unref(op);
}

int clnrm_agent_op_new(struct clnrm_agent *a, uint8_t kind, uint32_t id,
                       struct clnrm_agent_op **out)
{
    if (a->status < 0)
        return a->status == CLNRM_EPROTO ? CLNRM_EPROTO : CLNRM_EAGENT;
    if (a->state != CLNRM_AGENT_READY)
        return CLNRM_ECLOSED;
    if (a->op_count == CLNRM_AGENT_OPS_MAX || a->next_id == CLNRM_FRAME_AGENT_ID)
        return CLNRM_ELIMIT;
    struct clnrm_agent_op *op = clnrm_xcalloc(sizeof(*op));
    *op = (struct clnrm_agent_op){
        .agent = a,
        .next = a->ops,
        .prev = &a->ops,
        .id = id ? id : a->next_id++,
        .kind = kind,
        .refs = 2,
        .output[0].fd = -1,
        .output[1].fd = -1,
        .inbox.max = CLNRM_FRAME_WINDOW,
        .window = CLNRM_FRAME_WINDOW,
        .input.max = CLNRM_AGENT_INPUT_MAX,
    };
    if (a->ops)
        a->ops->prev = &op->next;
    a->ops = op;
    a->op_count++;
    *out = op;
    return 0;
}

/* Flow */

void clnrm_agent_op_give_credit(struct clnrm_agent_op *op, size_t len, uint32_t window)
{
    op->owed += (uint32_t)len;
    if (op->owed < window / 2)
        return;
    clnrm_agent_send_u32(op->agent, CLNRM_FRAME_CREDIT, op->id, op->owed);
    op->credit += op->owed;
    op->owed = 0;
}

void clnrm_agent_op_finish_stream(struct clnrm_agent_op *op)
{
    if (op->inbox_ended && op->input_end_sent)
        clnrm_agent_op_finish(op, 0);
}

/* Adds one frame of input to the room's `out`; returns whether there was any to add. */
static bool pump_one(struct clnrm_agent_op *op)
{
    struct clnrm_frame_writer w;
    bool is_open = op->state == CLNRM_OP_RUNNING || op->kind == CLNRM_FRAME_PUT ||
                   op->kind == CLNRM_FRAME_SPAWN;
    size_t len = op->input.len - op->input_at;
    uint8_t type = op->kind == CLNRM_FRAME_SPAWN ? CLNRM_FRAME_STDIN : CLNRM_FRAME_DATA;
    if (!op->takes_input || !is_open || (len > 0 && op->window == 0) ||
        (len == 0 && (!op->input_ended || op->input_end_sent)))
        return false;
    if (len > op->window)
        len = op->window;
    if (len > CLNRM_FRAME_CHUNK)
        len = CLNRM_FRAME_CHUNK;
    clnrm_frame_begin(&w, &op->agent->out, type, op->id);
    clnrm_frame_put_text(&w, op->input.data + op->input_at, len);
    if (clnrm_frame_end(&w) < 0)
        return false;
    op->input_end_sent |= len == 0;
    op->input_at += len;
    if (op->kind != CLNRM_FRAME_PUT)
        op->window -= (uint32_t)len;
    else
        op->due_ms = clnrm_agent_in_ms(op->agent, clnrm_agent_times.answer_ms);
    if (op->input_at == op->input.len) {
        op->input.len = op->input_at = 0;
        op->was_drained = op->kind != CLNRM_FRAME_PUT && len > 0;
    }
    return true;
}

void clnrm_agent_pump(struct clnrm_agent *a)
{
    bool more = true;
    while (more && a->fd >= 0) {
        more = false;
        for (struct clnrm_agent_op *op = a->ops; op; op = op->next) {
            if (a->out.len >= CLNRM_AGENT_QUEUE)
                return;
            if (!pump_one(op))
                continue;
            more = true;
            if (clnrm_agent_op_is_stream(op) && op->inbox_ended && op->input_end_sent) {
                clnrm_agent_op_finish_stream(op); /* its owner may change the list */
                break;
            }
        }
    }
}

bool clnrm_agent_tell_drained(struct clnrm_agent *a)
{
    for (struct clnrm_agent_op *op = a->ops; op; op = op->next)
        if (op->was_drained) {
            op->was_drained = false;
            clnrm_agent_op_tell(op); /* may change the list */
            return true;
        }
    return false;
}

int clnrm_agent_op_write(struct clnrm_agent_op *op, struct clnrm_slice bytes)
{
    if (!op->agent || !op->takes_input || op->input_ended)
        return -EPIPE;
    if (op->input_at > op->input.len / 2) {
        clnrm_buf_drop(&op->input, op->input_at);
        op->input_at = 0;
    }
    int status = clnrm_buf_add(&op->input, bytes.data, bytes.len);
    if (status == 0)
        clnrm_agent_flush(op->agent);
    return status;
}

void clnrm_agent_op_end(struct clnrm_agent_op *op)
{
    if (!op->agent || !op->takes_input || op->input_ended)
        return;
    op->input_ended = true;
    clnrm_agent_flush(op->agent);
}

size_t clnrm_agent_op_take(struct clnrm_agent_op *op, char *to, size_t len)
{
    if (len > op->inbox.len)
        len = op->inbox.len;
    if (len == 0)
        return 0;
    memcpy(to, op->inbox.data, len);
    clnrm_buf_drop(&op->inbox, len);
    if (op->agent) {
        clnrm_agent_op_give_credit(op, len, CLNRM_FRAME_WINDOW);
        clnrm_agent_flush(op->agent);
    }
    return len;
}

/* The rest */

struct clnrm_agent_op_info clnrm_agent_op_info(const struct clnrm_agent_op *op)
{
    return (struct clnrm_agent_op_info){
        .state = op->state,
        .status = op->status,
        .stage = op->stage,
        .what = op->what,
        .reason = op->reason,
        .id = op->id,
        .pid = op->pid,
        .has_exit = op->has_exit,
        .exit = op->exit,
        .file_kind = op->file_kind,
        .file_mode = op->file_mode,
        .file_size = op->file_size,
        .input_left = op->input.len - op->input_at,
        .unread = op->inbox.len,
        .ended = op->inbox_ended,
    };
}

const struct clnrm_spool *clnrm_agent_op_output(const struct clnrm_agent_op *op, int which)
{
    return &op->output[which];
}

int clnrm_agent_op_signal(struct clnrm_agent_op *op, uint32_t number)
{
    if (!op->agent || op->kind != CLNRM_FRAME_SPAWN || op->has_exit)
        return -ESRCH;
    clnrm_agent_send_u32(op->agent, CLNRM_FRAME_SIGNAL, op->id, number);
    clnrm_agent_flush(op->agent);
    return 0;
}

int clnrm_agent_op_resize(struct clnrm_agent_op *op, uint32_t rows, uint32_t columns)
{
    struct clnrm_frame_writer w;
    if (!op->agent || op->kind != CLNRM_FRAME_SPAWN || op->has_exit)
        return -ESRCH;
    clnrm_frame_begin(&w, &op->agent->out, CLNRM_FRAME_SIZE, op->id);
    clnrm_frame_put_u32(&w, rows);
    clnrm_frame_put_u32(&w, columns);
    if (clnrm_frame_end(&w) < 0)
        op->agent->is_full = true;
    clnrm_agent_flush(op->agent);
    return 0;
}

void clnrm_agent_op_cancel(struct clnrm_agent_op *op)
{
    struct clnrm_agent *a = op->agent;
    if (!a || op->cancelled)
        return;
    op->cancelled = true;
    clnrm_agent_send_empty(a, CLNRM_FRAME_CANCEL, op->id);
    op->takes_input = false;
    if (clnrm_agent_op_is_stream(op) || clnrm_agent_op_listens(op)) {
        clnrm_agent_op_finish(op, -ECANCELED); /* the agent drops it without an answer */
    } else {
        op->due_ms = clnrm_agent_in_ms(a, clnrm_agent_times.answer_ms);
        clnrm_agent_arm(a, op->due_ms);
    }
    clnrm_agent_flush(a);
}

void clnrm_agent_op_accept(struct clnrm_agent_op *op, clnrm_agent_accept_cb *on_accept, void *data)
{
    op->on_accept = on_accept;
    op->accept_data = data;
}

void clnrm_agent_op_listen(struct clnrm_agent_op *op, clnrm_agent_cb *on_change, void *data)
{
    op->on_change = on_change;
    op->data = data;
}

void clnrm_agent_op_release(struct clnrm_agent_op *op)
{
    op->on_change = NULL;
    op->on_accept = NULL;
    clnrm_agent_op_cancel(op);
    clnrm_agent_op_unref(op);
}
