/* sandbox.c -- see sandbox.h for the contract. */
#include "core/sandbox.h"
#include "base/base.h"

static int add_filter(struct clnrm_buf *out, uint32_t slot, struct clnrm_slice program)
{
    size_t at = 0;
    do {
        struct clnrm_frame_writer w;
        size_t len = program.len - at < CLNRM_FRAME_CHUNK ? program.len - at : CLNRM_FRAME_CHUNK;
        clnrm_frame_begin(&w, out, CLNRM_FRAME_FILTER, 0);
        clnrm_frame_put_u32(&w, slot);
        clnrm_frame_put_u8(&w, at + len == program.len);
        clnrm_frame_put_text(&w, program.data + at, len);
        int status = clnrm_frame_end(&w);
        if (status < 0)
            return status;
        at += len;
    } while (at < program.len);
    return 0;
}

int clnrm_sandbox_encode(const struct clnrm_room_spec *spec, const struct clnrm_slice *filters,
                         unsigned count, const struct clnrm_guard_spec *guard,
                         struct clnrm_buf *out)
{
    size_t before = out->len;
    int status = count > CLNRM_SANDBOX_FILTERS_MAX ? CLNRM_ELIMIT : 0;
    if (status == 0 && spec)
        status = clnrm_room_spec_write(spec, out);
    for (unsigned i = 0; status == 0 && i < count; i++)
        status = add_filter(out, i, filters[i]);
    if (status == 0 && guard)
        status = clnrm_guard_spec_write(guard, out);
    if (status < 0)
        out->len = before;
    return status;
}
