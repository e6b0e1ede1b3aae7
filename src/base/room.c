/* room.c -- see room.h for the contract. */
#include "base/room.h"
#include "base/base.h"

static void put_slice(struct clnrm_frame_writer *w, struct clnrm_slice text)
{
    clnrm_frame_put_text(w, text.data, text.len);
}

static void put_ops(struct clnrm_frame_writer *w, uint32_t count, const struct clnrm_room_op *ops)
{
    clnrm_frame_put_u32(w, count);
    for (uint32_t i = 0; i < count; i++) {
        clnrm_frame_put_u8(w, ops[i].kind);
        clnrm_frame_put_u32(w, ops[i].flags);
        put_slice(w, ops[i].source);
        put_slice(w, ops[i].target);
        clnrm_frame_put_u32(w, ops[i].mode);
        clnrm_frame_put_u64(w, ops[i].size);
        clnrm_frame_put_u64(w, ops[i].inodes);
    }
}

static bool known_op(uint8_t kind)
{
    switch (kind) {
    case CLNRM_OP_DIR:
    case CLNRM_OP_FILE:
    case CLNRM_OP_LINK:
    case CLNRM_OP_RO:
    case CLNRM_OP_RW:
    case CLNRM_OP_COPY:
    case CLNRM_OP_FILL:
    case CLNRM_OP_TMPFS:
    case CLNRM_OP_PROC:
    case CLNRM_OP_DEV:
    case CLNRM_OP_MASK:
    case CLNRM_OP_STAND:
    case CLNRM_OP_PLACE:
        return true;
    default:
        return false;
    }
}

/* A count that says more than the payload can hold is refused before anything is allocated. */
static uint32_t get_count(struct clnrm_frame_reader *r, uint32_t max, size_t least_bytes)
{
    uint32_t count = clnrm_frame_get_count(r);
    if (count > max || count > r->rest.len / least_bytes)
        r->status = CLNRM_EPROTO;
    return r->status < 0 ? 0 : count;
}

static struct clnrm_room_op *get_ops(struct clnrm_frame_reader *r, uint32_t *count)
{
    enum { LEAST = 1 + 4 + 4 + 4 + 4 + 8 + 8 };
    *count = get_count(r, CLNRM_ROOM_OPS_MAX, LEAST);
    struct clnrm_room_op *ops = *count ? clnrm_xcalloc(*count * sizeof(*ops)) : NULL;
    for (uint32_t i = 0; i < *count; i++) {
        ops[i].kind = clnrm_frame_get_u8(r);
        ops[i].flags = clnrm_frame_get_u32(r);
        ops[i].source = clnrm_frame_get_text(r);
        ops[i].target = clnrm_frame_get_text(r);
        ops[i].mode = clnrm_frame_get_u32(r);
        ops[i].size = clnrm_frame_get_u64(r);
        ops[i].inodes = clnrm_frame_get_u64(r);
        if (!known_op(ops[i].kind) || ops[i].flags & ~(uint32_t)CLNRM_OP_FLAGS)
            r->status = CLNRM_EPROTO;
    }
    return ops;
}

static struct clnrm_slice *get_texts(struct clnrm_frame_reader *r, uint32_t *count)
{
    *count = get_count(r, CLNRM_SPAWN_ARGS_MAX, 4);
    struct clnrm_slice *texts = *count ? clnrm_xcalloc(*count * sizeof(*texts)) : NULL;
    for (uint32_t i = 0; i < *count; i++)
        texts[i] = clnrm_frame_get_text(r);
    return texts;
}

int clnrm_room_spec_write(const struct clnrm_room_spec *spec, struct clnrm_buf *out)
{
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, out, CLNRM_FRAME_ROOM, 0);
    put_slice(&w, spec->hostname);
    clnrm_frame_put_u32(&w, spec->uid);
    clnrm_frame_put_u32(&w, spec->gid);
    clnrm_frame_put_u64(&w, spec->root_size);
    clnrm_frame_put_u64(&w, spec->root_inodes);
    put_ops(&w, spec->op_count, spec->ops);
    put_ops(&w, spec->shelf_count, spec->shelf);
    return clnrm_frame_end(&w);
}

int clnrm_room_spec_read(struct clnrm_slice payload, struct clnrm_room_spec *out)
{
    struct clnrm_frame_reader r = clnrm_frame_read(payload);
    struct clnrm_room_spec spec = {0};
    spec.hostname = clnrm_frame_get_text(&r);
    spec.uid = clnrm_frame_get_u32(&r);
    spec.gid = clnrm_frame_get_u32(&r);
    spec.root_size = clnrm_frame_get_u64(&r);
    spec.root_inodes = clnrm_frame_get_u64(&r);
    spec.ops = get_ops(&r, &spec.op_count);
    spec.shelf = get_ops(&r, &spec.shelf_count);
    int status = clnrm_frame_done(&r);
    if (status < 0)
        clnrm_room_spec_free(&spec);
    else
        *out = spec;
    return status;
}

void clnrm_room_spec_free(struct clnrm_room_spec *spec)
{
    free(spec->ops);
    free(spec->shelf);
    *spec = (struct clnrm_room_spec){0};
}

int clnrm_view_spec_write(uint32_t op_count, const struct clnrm_room_op *ops, uint32_t id,
                          struct clnrm_buf *out)
{
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, out, CLNRM_FRAME_VIEW, id);
    put_ops(&w, op_count, ops);
    return clnrm_frame_end(&w);
}

int clnrm_view_spec_read(struct clnrm_slice payload, uint32_t *op_count, struct clnrm_room_op **ops)
{
    struct clnrm_frame_reader r = clnrm_frame_read(payload);
    *ops = get_ops(&r, op_count);
    int status = clnrm_frame_done(&r);
    if (status < 0) {
        free(*ops);
        *ops = NULL;
    }
    return status;
}

void clnrm_address_put(struct clnrm_frame_writer *w, const struct clnrm_address *at)
{
    clnrm_frame_put_u32(w, at->net);
    clnrm_frame_put_u32(w, at->ip);
    clnrm_frame_put_u32(w, at->port);
}

struct clnrm_address clnrm_address_get_any(struct clnrm_frame_reader *r)
{
    struct clnrm_address at = {.net = clnrm_frame_get_u32(r)};
    at.ip = clnrm_frame_get_u32(r);
    at.port = clnrm_frame_get_u32(r);
    if (at.port == 0 || at.port > 65535)
        r->status = CLNRM_EPROTO;
    return at;
}

struct clnrm_address clnrm_address_get(struct clnrm_frame_reader *r)
{
    struct clnrm_address at = clnrm_address_get_any(r);
    if (at.ip >> 24 != 127)
        r->status = CLNRM_EPROTO;
    return at;
}

void clnrm_shape_put(struct clnrm_frame_writer *w, const struct clnrm_shape *shape)
{
    clnrm_frame_put_u8(w, shape->held);
    clnrm_frame_put_u64(w, shape->delay_us);
    clnrm_frame_put_u32(w, shape->loss_ppm);
    clnrm_frame_put_u64(w, shape->bandwidth);
    clnrm_frame_put_u64(w, shape->seed);
}

struct clnrm_shape clnrm_shape_get(struct clnrm_frame_reader *r)
{
    uint8_t held = clnrm_frame_get_u8(r);
    struct clnrm_shape shape = {.held = held, .delay_us = clnrm_frame_get_u64(r)};
    shape.loss_ppm = clnrm_frame_get_u32(r);
    shape.bandwidth = clnrm_frame_get_u64(r);
    shape.seed = clnrm_frame_get_u64(r);
    if (held > 1 || shape.delay_us > CLNRM_SHAPE_DELAY_MAX_US || shape.loss_ppm >= 1000000)
        r->status = CLNRM_EPROTO;
    return shape;
}

static void put_user(struct clnrm_frame_writer *w, const struct clnrm_user *user)
{
    clnrm_frame_put_u8(w, user->kind);
    if (user->kind == CLNRM_USER_NAME)
        put_slice(w, user->name);
    if (user->kind != CLNRM_USER_IDS)
        return;
    clnrm_frame_put_u32(w, user->uid);
    clnrm_frame_put_u32(w, user->gid);
    clnrm_frame_put_u32(w, user->group_count);
    for (uint32_t i = 0; i < user->group_count; i++)
        clnrm_frame_put_u32(w, user->groups[i]);
}

static void get_user(struct clnrm_frame_reader *r, struct clnrm_user *user)
{
    user->kind = clnrm_frame_get_u8(r);
    if (user->kind > CLNRM_USER_NAME)
        r->status = CLNRM_EPROTO;
    if (user->kind == CLNRM_USER_NAME) {
        user->name = clnrm_frame_get_text(r);
        if (user->name.len == 0 || user->name.len > CLNRM_USER_NAME_MAX)
            r->status = CLNRM_EPROTO;
    }
    if (user->kind != CLNRM_USER_IDS)
        return;
    user->uid = clnrm_frame_get_u32(r);
    user->gid = clnrm_frame_get_u32(r);
    bool sane = user->uid != UINT32_MAX && user->gid != UINT32_MAX; /* which mean "no change" */
    user->group_count = get_count(r, CLNRM_USER_GROUPS_MAX, 4);
    if (user->group_count)
        user->groups = clnrm_xcalloc(user->group_count * sizeof(*user->groups));
    for (uint32_t i = 0; i < user->group_count; i++) {
        user->groups[i] = clnrm_frame_get_u32(r);
        sane &= user->groups[i] != UINT32_MAX;
    }
    if (!sane)
        r->status = CLNRM_EPROTO;
}

int clnrm_spawn_spec_write(const struct clnrm_spawn_spec *spec, uint32_t id, struct clnrm_buf *out)
{
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, out, CLNRM_FRAME_SPAWN, id);
    clnrm_frame_put_u32(&w, spec->flags);
    clnrm_frame_put_u32(&w, spec->filter);
    clnrm_frame_put_u32(&w, spec->credit);
    clnrm_frame_put_u64(&w, spec->deadline_us);
    clnrm_frame_put_u32(&w, spec->view);
    clnrm_frame_put_u32(&w, spec->net);
    put_slice(&w, spec->hostname);
    clnrm_frame_put_u32(&w, spec->groups);
    put_user(&w, &spec->user);
    put_slice(&w, spec->cwd);
    clnrm_frame_put_u32(&w, spec->argc);
    for (uint32_t i = 0; i < spec->argc; i++)
        put_slice(&w, spec->argv[i]);
    clnrm_frame_put_u32(&w, spec->envc);
    for (uint32_t i = 0; i < spec->envc; i++)
        put_slice(&w, spec->env[i]);
    clnrm_frame_put_u32(&w, spec->limit_count);
    for (uint32_t i = 0; i < spec->limit_count; i++) {
        clnrm_frame_put_u32(&w, spec->limits[i].resource);
        clnrm_frame_put_u64(&w, spec->limits[i].value);
    }
    put_ops(&w, spec->op_count, spec->ops);
    return clnrm_frame_end(&w);
}

static void get_limits(struct clnrm_frame_reader *r, struct clnrm_spawn_spec *spec)
{
    spec->limit_count = get_count(r, CLNRM_SPAWN_LIMITS_MAX, 4 + 8);
    if (spec->limit_count)
        spec->limits = clnrm_xcalloc(spec->limit_count * sizeof(*spec->limits));
    for (uint32_t i = 0; i < spec->limit_count; i++) {
        spec->limits[i].resource = clnrm_frame_get_u32(r);
        spec->limits[i].value = clnrm_frame_get_u64(r);
    }
}

int clnrm_spawn_spec_read(struct clnrm_slice payload, struct clnrm_spawn_spec *out)
{
    struct clnrm_frame_reader r = clnrm_frame_read(payload);
    struct clnrm_spawn_spec spec = {0};
    spec.flags = clnrm_frame_get_u32(&r);
    spec.filter = clnrm_frame_get_u32(&r);
    spec.credit = clnrm_frame_get_u32(&r);
    spec.deadline_us = clnrm_frame_get_u64(&r);
    spec.view = clnrm_frame_get_u32(&r);
    spec.net = clnrm_frame_get_u32(&r);
    spec.hostname = clnrm_frame_get_text(&r);
    spec.groups = clnrm_frame_get_u32(&r);
    get_user(&r, &spec.user);
    spec.cwd = clnrm_frame_get_text(&r);
    spec.argv = get_texts(&r, &spec.argc);
    spec.env = get_texts(&r, &spec.envc);
    get_limits(&r, &spec);
    spec.ops = get_ops(&r, &spec.op_count);
    int status = clnrm_frame_done(&r);
    if (status == 0 &&
        (spec.argc == 0 || spec.flags & ~(uint32_t)CLNRM_SPAWN_FLAGS ||
         spec.hostname.len > CLNRM_ROOM_HOSTNAME_MAX || spec.groups > CLNRM_SPAWN_GROUPS_MAX))
        status = CLNRM_EPROTO;
    if (status < 0)
        clnrm_spawn_spec_free(&spec);
    else
        *out = spec;
    return status;
}

void clnrm_spawn_spec_free(struct clnrm_spawn_spec *spec)
{
    free(spec->user.groups);
    free(spec->argv);
    free(spec->env);
    free(spec->limits);
    free(spec->ops);
    *spec = (struct clnrm_spawn_spec){0};
}

int clnrm_exit_write(const struct clnrm_exit *e, uint32_t id, struct clnrm_buf *out)
{
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, out, CLNRM_FRAME_EXIT, id);
    clnrm_frame_put_u8(&w, e->kind);
    clnrm_frame_put_u32(&w, e->value);
    clnrm_frame_put_u8(&w, e->timed_out);
    clnrm_frame_put_u32(&w, e->signals);
    clnrm_frame_put_u64(&w, e->user_us);
    clnrm_frame_put_u64(&w, e->system_us);
    clnrm_frame_put_u64(&w, e->max_rss_kb);
    clnrm_frame_put_u64(&w, e->duration_us);
    clnrm_frame_put_u64(&w, e->stdout_bytes);
    clnrm_frame_put_u64(&w, e->stderr_bytes);
    clnrm_frame_put_u32(&w, e->leaked);
    put_slice(&w, e->leak_names);
    return clnrm_frame_end(&w);
}

int clnrm_exit_read(struct clnrm_slice payload, struct clnrm_exit *out)
{
    struct clnrm_frame_reader r = clnrm_frame_read(payload);
    struct clnrm_exit e = {0};
    e.kind = clnrm_frame_get_u8(&r);
    e.value = clnrm_frame_get_u32(&r);
    e.timed_out = clnrm_frame_get_u8(&r);
    e.signals = clnrm_frame_get_u32(&r);
    e.user_us = clnrm_frame_get_u64(&r);
    e.system_us = clnrm_frame_get_u64(&r);
    e.max_rss_kb = clnrm_frame_get_u64(&r);
    e.duration_us = clnrm_frame_get_u64(&r);
    e.stdout_bytes = clnrm_frame_get_u64(&r);
    e.stderr_bytes = clnrm_frame_get_u64(&r);
    e.leaked = clnrm_frame_get_u32(&r);
    e.leak_names = clnrm_frame_get_text(&r);
    bool sane = (e.kind == CLNRM_EXITED || e.kind == CLNRM_SIGNALLED) && e.timed_out <= 1;
    if (clnrm_frame_done(&r) < 0 || !sane)
        return CLNRM_EPROTO;
    *out = e;
    return 0;
}

int clnrm_join_write(struct clnrm_slice half, struct clnrm_buf *out)
{
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, out, CLNRM_FRAME_JOIN, 0);
    put_slice(&w, half);
    return clnrm_frame_end(&w);
}

int clnrm_join_read(struct clnrm_slice payload, struct clnrm_slice *half)
{
    struct clnrm_frame_reader r = clnrm_frame_read(payload);
    *half = clnrm_frame_get_text(&r);
    return half->len > CLNRM_KEY_MAX ? CLNRM_EPROTO : clnrm_frame_done(&r);
}

struct clnrm_slice clnrm_key_ask(struct clnrm_slice key)
{
    return (struct clnrm_slice){key.data, key.len / 2};
}

struct clnrm_slice clnrm_key_answer(struct clnrm_slice key)
{
    return (struct clnrm_slice){key.data + key.len / 2, key.len - key.len / 2};
}

bool clnrm_key_equal(struct clnrm_slice a, struct clnrm_slice b)
{
    unsigned char differ = 0;
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        differ |= (unsigned char)(a.data[i] ^ b.data[i]);
    return differ == 0;
}
