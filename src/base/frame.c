/* frame.c -- see frame.h for the contract. */
#include "base/frame.h"
#include "base/status.h"

#include <string.h>

static void store_u32(char *at, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        at[i] = (char)(v >> (8 * i));
}

static uint64_t load(const char *at, int bytes)
{
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++)
        v |= (uint64_t)(unsigned char)at[i] << (8 * i);
    return v;
}

static void put(struct clnrm_frame_writer *w, const void *data, size_t len)
{
    if (w->status == 0 &&
        w->out->len - w->start + len > CLNRM_FRAME_HEADER + CLNRM_FRAME_PAYLOAD_MAX)
        w->status = CLNRM_ELIMIT;
    if (w->status == 0)
        w->status = clnrm_buf_add(w->out, data, len);
}

void clnrm_frame_begin(struct clnrm_frame_writer *w, struct clnrm_buf *out, uint8_t type,
                       uint32_t id)
{
    char header[CLNRM_FRAME_HEADER] = {0};
    store_u32(header + 4, id);
    header[8] = (char)type;
    *w = (struct clnrm_frame_writer){.out = out, .start = out->len};
    put(w, header, sizeof(header));
}

void clnrm_frame_put_u8(struct clnrm_frame_writer *w, uint8_t value)
{
    put(w, &value, 1);
}

void clnrm_frame_put_u32(struct clnrm_frame_writer *w, uint32_t value)
{
    char bytes[4];
    store_u32(bytes, value);
    put(w, bytes, sizeof(bytes));
}

void clnrm_frame_put_u64(struct clnrm_frame_writer *w, uint64_t value)
{
    clnrm_frame_put_u32(w, (uint32_t)value);
    clnrm_frame_put_u32(w, (uint32_t)(value >> 32));
}

void clnrm_frame_put_text(struct clnrm_frame_writer *w, const void *data, size_t len)
{
    if (len > CLNRM_FRAME_PAYLOAD_MAX) {
        w->status = CLNRM_ELIMIT;
        return;
    }
    clnrm_frame_put_u32(w, (uint32_t)len);
    put(w, data, len);
}

int clnrm_frame_end(struct clnrm_frame_writer *w)
{
    if (w->status == 0)
        store_u32(w->out->data + w->start, (uint32_t)(w->out->len - w->start - CLNRM_FRAME_HEADER));
    else
        w->out->len = w->start;
    return w->status;
}

long clnrm_frame_next(const char *data, size_t len, struct clnrm_frame *out)
{
    if (len < CLNRM_FRAME_HEADER)
        return 0;
    uint32_t size = (uint32_t)load(data, 4);
    if (size > CLNRM_FRAME_PAYLOAD_MAX || data[9] != 0 || data[10] != 0 || data[11] != 0)
        return CLNRM_EPROTO;
    if (len - CLNRM_FRAME_HEADER < size)
        return 0;
    out->id = (uint32_t)load(data + 4, 4);
    out->type = (uint8_t)data[8];
    out->payload = (struct clnrm_slice){data + CLNRM_FRAME_HEADER, size};
    return (long)(CLNRM_FRAME_HEADER + size);
}

struct clnrm_frame_reader clnrm_frame_read(struct clnrm_slice payload)
{
    return (struct clnrm_frame_reader){.rest = payload};
}

static const char *take(struct clnrm_frame_reader *r, size_t len)
{
    if (r->status < 0 || r->rest.len < len) {
        r->status = CLNRM_EPROTO;
        return NULL;
    }
    const char *at = r->rest.data;
    r->rest.data += len;
    r->rest.len -= len;
    return at;
}

uint8_t clnrm_frame_get_u8(struct clnrm_frame_reader *r)
{
    const char *at = take(r, 1);
    return at ? (uint8_t)*at : 0;
}

uint32_t clnrm_frame_get_u32(struct clnrm_frame_reader *r)
{
    const char *at = take(r, 4);
    return at ? (uint32_t)load(at, 4) : 0;
}

uint64_t clnrm_frame_get_u64(struct clnrm_frame_reader *r)
{
    const char *at = take(r, 8);
    return at ? load(at, 8) : 0;
}

struct clnrm_slice clnrm_frame_get_text(struct clnrm_frame_reader *r)
{
    uint32_t len = clnrm_frame_get_u32(r);
    const char *at = take(r, len);
    return at ? (struct clnrm_slice){at, len} : (struct clnrm_slice){"", 0};
}

uint32_t clnrm_frame_get_count(struct clnrm_frame_reader *r)
{
    uint32_t count = clnrm_frame_get_u32(r);
    if (count > CLNRM_FRAME_LIST_MAX)
        r->status = CLNRM_EPROTO;
    return r->status < 0 ? 0 : count;
}

int clnrm_frame_done(const struct clnrm_frame_reader *r)
{
    return r->status == 0 && r->rest.len == 0 ? 0 : CLNRM_EPROTO;
}
