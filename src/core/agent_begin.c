/* agent_begin.c -- how each operation in a room begins: its first frame. */
#include "core/agent_impl.h"

#include <errno.h>

/* Completes an operation that was begun by one frame, and sends that. */
static int op_start(struct clnrm_agent_op *op, int status, clnrm_agent_cb *on_change, void *data,
                    struct clnrm_agent_op **out)
{
    struct clnrm_agent *a = op->agent;
    if (status < 0) {
        clnrm_agent_op_finish(op, status);
        clnrm_agent_op_unref(op);
        return status;
    }
    op->on_change = on_change;
    op->data = data;
    op->due_ms = clnrm_agent_in_ms(a, clnrm_agent_times.answer_ms);
    clnrm_agent_arm(a, op->due_ms);
    clnrm_agent_flush(a);
    if (!op->agent) { /* the room was lost by that: the caller has no operation to wait for */
        status = op->status;
        clnrm_agent_op_unref(op);
        return status;
    }
    *out = op;
    return 0;
}

int clnrm_agent_spawn(struct clnrm_agent *a, const struct clnrm_spawn_spec *spec, const int *groups,
                      uint64_t output_max, clnrm_agent_cb *on_change, void *data,
                      struct clnrm_agent_op **out)
{
    struct clnrm_agent_op *op;
    struct clnrm_spawn_spec with_credit = *spec;
    if (a->is_guest && spec->groups > 0)
        return -EOPNOTSUPP; /* descriptors of the host's groups */
    int status = clnrm_agent_op_new(a, CLNRM_FRAME_SPAWN, 0, &op);
    if (status < 0)
        return status;
    clnrm_spool_init(&op->output[0], output_max);
    clnrm_spool_init(&op->output[1], output_max);
    with_credit.credit = op->credit = CLNRM_AGENT_WINDOW;
    op->deadline_ms = spec->deadline_us / 1000;
    op->keep_group = (spec->flags & CLNRM_SPAWN_KEEP_GROUP) != 0;
    op->takes_input = (spec->flags & CLNRM_SPAWN_STDIN) != 0;

    size_t before = a->out.len;
    status = clnrm_spawn_spec_write(&with_credit, op->id, &a->out);
    if (status == 0 && spec->groups > 0) {
        size_t len = a->out.len - before;
        a->out.len = before; /* what is passed goes with the first byte of the frame */
        status = clnrm_agent_pass(a, groups, (int)spec->groups);
        a->out.len += status < 0 ? 0 : len;
    }
    return op_start(op, status, on_change, data, out);
}

int clnrm_agent_put(struct clnrm_agent *a, uint32_t view, struct clnrm_slice path, uint32_t mode,
                    struct clnrm_slice content, clnrm_agent_cb *on_change, void *data,
                    struct clnrm_agent_op **out)
{
    struct clnrm_agent_op *op;
    struct clnrm_frame_writer w;
    int status = clnrm_agent_op_new(a, CLNRM_FRAME_PUT, 0, &op);
    if (status < 0)
        return status;
    clnrm_frame_begin(&w, &a->out, CLNRM_FRAME_PUT, op->id);
    clnrm_frame_put_u32(&w, view);
    clnrm_frame_put_text(&w, path.data, path.len);
    clnrm_frame_put_u32(&w, mode);
    clnrm_frame_put_u64(&w, content.len);
    status = clnrm_frame_end(&w);
    if (status == 0)
        status = clnrm_buf_add(&op->input, content.data, content.len);
    op->takes_input = true;
    op->input_ended = op->input_end_sent = true; /* the size says where it ends */
    op->window = UINT32_MAX;
    return op_start(op, status, on_change, data, out);
}

/* An operation whose answer is a file. */
static int new_get(struct clnrm_agent *a, uint64_t max, struct clnrm_agent_op **out)
{
    if (max > CLNRM_AGENT_GET_MAX)
        return CLNRM_ELIMIT;
    int status = clnrm_agent_op_new(a, CLNRM_FRAME_GET, 0, out);
    if (status < 0)
        return status;
    clnrm_spool_init(&(*out)->output[0], 2 * CLNRM_AGENT_GET_MAX); /* all of it: no tail, no gap */
    (*out)->file_max = max;
    (*out)->credit = CLNRM_AGENT_WINDOW;
    return 0;
}

int clnrm_agent_survey(struct clnrm_agent *a, uint64_t since_ns, clnrm_agent_cb *on_change,
                       void *data, struct clnrm_agent_op **out)
{
    struct clnrm_agent_op *op;
    struct clnrm_frame_writer w;
    int status = new_get(a, CLNRM_AGENT_GET_MAX, &op);
    if (status < 0)
        return status;
    clnrm_frame_begin(&w, &a->out, CLNRM_FRAME_SURVEY, op->id);
    clnrm_frame_put_u64(&w, since_ns);
    clnrm_frame_put_u32(&w, op->credit);
    return op_start(op, clnrm_frame_end(&w), on_change, data, out);
}

int clnrm_agent_get(struct clnrm_agent *a, uint32_t view, struct clnrm_slice path, uint64_t max,
                    clnrm_agent_cb *on_change, void *data, struct clnrm_agent_op **out)
{
    struct clnrm_agent_op *op;
    struct clnrm_frame_writer w;
    int status = new_get(a, max, &op);
    if (status < 0)
        return status;
    clnrm_frame_begin(&w, &a->out, CLNRM_FRAME_GET, op->id);
    clnrm_frame_put_u32(&w, view);
    clnrm_frame_put_text(&w, path.data, path.len);
    clnrm_frame_put_u64(&w, max);
    clnrm_frame_put_u32(&w, op->credit);
    return op_start(op, clnrm_frame_end(&w), on_change, data, out);
}

int clnrm_agent_stat(struct clnrm_agent *a, uint32_t view, struct clnrm_slice path,
                     clnrm_agent_cb *on_change, void *data, struct clnrm_agent_op **out)
{
    struct clnrm_agent_op *op;
    struct clnrm_frame_writer w;
    int status = clnrm_agent_op_new(a, CLNRM_FRAME_STAT, 0, &op);
    if (status < 0)
        return status;
    clnrm_frame_begin(&w, &a->out, CLNRM_FRAME_STAT, op->id);
    clnrm_frame_put_u32(&w, view);
    clnrm_frame_put_text(&w, path.data, path.len);
    return op_start(op, clnrm_frame_end(&w), on_change, data, out);
}

/* An operation that begins with the two addresses, where they are not NULL, and a number, where it
 * is not negative. */
static int start_at(struct clnrm_agent *a, uint8_t kind, const struct clnrm_address *at,
                    const struct clnrm_address *to, int64_t number, clnrm_agent_cb *on_change,
                    void *data, struct clnrm_agent_op **out)
{
    struct clnrm_agent_op *op;
    struct clnrm_frame_writer w;
    int status = clnrm_agent_op_new(a, kind, 0, &op);
    if (status < 0)
        return status;
    clnrm_frame_begin(&w, &a->out, kind, op->id);
    if (at)
        clnrm_address_put(&w, at);
    if (to)
        clnrm_address_put(&w, to);
    if (number >= 0)
        clnrm_frame_put_u32(&w, (uint32_t)number);
    return op_start(op, clnrm_frame_end(&w), on_change, data, out);
}

int clnrm_agent_probe(struct clnrm_agent *a, const struct clnrm_address *at,
                      const struct clnrm_agent_op *owner, clnrm_agent_cb *on_change, void *data,
                      struct clnrm_agent_op **out)
{
    if (owner && owner->agent != a)
        return -ESRCH; /* it is over */
    return start_at(a, CLNRM_FRAME_PROBE, at, NULL, owner ? owner->id : 0, on_change, data, out);
}

int clnrm_agent_keep(struct clnrm_agent *a, uint32_t seconds, int door, struct clnrm_slice key,
                     clnrm_agent_cb *on_change, void *data, struct clnrm_agent_op **out)
{
    struct clnrm_agent_op *op;
    struct clnrm_frame_writer w;
    int status = clnrm_agent_op_new(a, CLNRM_FRAME_KEEP, 0, &op);
    if (status < 0)
        return status;
    if (door >= 0) /* it goes with the first byte of the frame */
        status = clnrm_agent_pass(a, &door, 1);
    if (status == 0) {
        clnrm_frame_begin(&w, &a->out, CLNRM_FRAME_KEEP, op->id);
        clnrm_frame_put_u32(&w, seconds);
        clnrm_frame_put_text(&w, key.data, door >= 0 ? key.len : 0);
        status = clnrm_frame_end(&w);
    }
    return op_start(op, status, on_change, data, out);
}

int clnrm_agent_dial(struct clnrm_agent *a, const struct clnrm_address *at,
                     clnrm_agent_cb *on_change, void *data, struct clnrm_agent_op **out)
{
    return start_at(a, CLNRM_FRAME_DIAL, at, NULL, -1, on_change, data, out);
}

int clnrm_agent_relay(struct clnrm_agent *a, const struct clnrm_address *at,
                      clnrm_agent_cb *on_change, void *data, struct clnrm_agent_op **out)
{
    return start_at(a, CLNRM_FRAME_RELAY, at, NULL, -1, on_change, data, out);
}

int clnrm_agent_bridge(struct clnrm_agent *a, const struct clnrm_address *at,
                       const struct clnrm_address *to, clnrm_agent_cb *on_change, void *data,
                       struct clnrm_agent_op **out)
{
    return start_at(a, CLNRM_FRAME_BRIDGE, at, to, -1, on_change, data, out);
}

int clnrm_agent_shape(const struct clnrm_agent_op *bridge, const struct clnrm_shape *shape,
                      clnrm_agent_cb *on_change, void *data, struct clnrm_agent_op **out)
{
    struct clnrm_agent *a = bridge->agent;
    struct clnrm_agent_op *op;
    struct clnrm_frame_writer w;
    if (!a || bridge->kind != CLNRM_FRAME_BRIDGE)
        return -ESRCH;
    int status = clnrm_agent_op_new(a, CLNRM_FRAME_SHAPE, 0, &op);
    if (status < 0)
        return status;
    clnrm_frame_begin(&w, &a->out, CLNRM_FRAME_SHAPE, op->id);
    clnrm_frame_put_u32(&w, bridge->id);
    clnrm_shape_put(&w, shape);
    return op_start(op, clnrm_frame_end(&w), on_change, data, out);
}

int clnrm_agent_fill(struct clnrm_agent *a, uint32_t view, struct clnrm_slice path, uint64_t max,
                     clnrm_agent_cb *on_change, void *data, struct clnrm_agent_op **out)
{
    struct clnrm_agent_op *op;
    struct clnrm_frame_writer w;
    int status = clnrm_agent_op_new(a, CLNRM_FRAME_FILL, 0, &op);
    if (status < 0)
        return status;
    clnrm_frame_begin(&w, &a->out, CLNRM_FRAME_FILL, op->id);
    clnrm_frame_put_u32(&w, view);
    clnrm_frame_put_text(&w, path.data, path.len);
    clnrm_frame_put_u64(&w, max);
    return op_start(op, clnrm_frame_end(&w), on_change, data, out);
}

int clnrm_agent_net(struct clnrm_agent *a, clnrm_agent_cb *on_change, void *data,
                    struct clnrm_agent_op **out)
{
    return start_at(a, CLNRM_FRAME_NET, NULL, NULL, -1, on_change, data, out);
}

int clnrm_agent_view(struct clnrm_agent *a, uint32_t op_count, const struct clnrm_room_op *ops,
                     clnrm_agent_cb *on_change, void *data, struct clnrm_agent_op **out)
{
    struct clnrm_agent_op *op;
    int status = clnrm_agent_op_new(a, CLNRM_FRAME_VIEW, 0, &op);
    if (status < 0)
        return status;
    status = clnrm_view_spec_write(op_count, ops, op->id, &a->out);
    return op_start(op, status, on_change, data, out);
}
