/* fuzz_frame.c -- libFuzzer target: a stream of frames, each payload read as what its type says.
 *
 * What is read must be written again byte by byte as it was: the codec has one form for each value.
 *
 * clang-14 -g -O1 -Isrc -fsanitize=fuzzer,address,undefined tests/fuzz/fuzz_frame.c \
 *   src/base/alloc.c src/base/buf.c src/base/frame.c src/base/guard.c src/base/room.c -o fuzz_frame */
#include "base/base.h"
#include "base/guard.h"
#include "base/room.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_same(const struct clnrm_frame *frame, struct clnrm_buf *again)
{
    if (again->len != CLNRM_FRAME_HEADER + frame->payload.len ||
        memcmp(again->data + CLNRM_FRAME_HEADER, frame->payload.data, frame->payload.len) != 0)
        abort();
    clnrm_buf_free(again);
}

static void read_payload(const struct clnrm_frame *frame)
{
    struct clnrm_buf again = {.max = 4u << 20};
    struct clnrm_room_spec room;
    struct clnrm_spawn_spec spawn;
    struct clnrm_exit ended;
    struct clnrm_room_op *ops;
    struct clnrm_guard_spec guard;
    struct clnrm_report report;
    struct clnrm_slice half;
    uint32_t op_count;
    if (frame->type == CLNRM_FRAME_ROOM && clnrm_room_spec_read(frame->payload, &room) == 0) {
        if (clnrm_room_spec_write(&room, &again) < 0)
            abort();
        expect_same(frame, &again);
        clnrm_room_spec_free(&room);
    } else if (frame->type == CLNRM_FRAME_SPAWN &&
               clnrm_spawn_spec_read(frame->payload, &spawn) == 0) {
        if (clnrm_spawn_spec_write(&spawn, frame->id, &again) < 0)
            abort();
        expect_same(frame, &again);
        clnrm_spawn_spec_free(&spawn);
    } else if (frame->type == CLNRM_FRAME_VIEW &&
               clnrm_view_spec_read(frame->payload, &op_count, &ops) == 0) {
        if (clnrm_view_spec_write(op_count, ops, frame->id, &again) < 0)
            abort();
        expect_same(frame, &again);
        free(ops);
    } else if (frame->type == CLNRM_FRAME_EXIT && clnrm_exit_read(frame->payload, &ended) == 0) {
        if (clnrm_exit_write(&ended, frame->id, &again) < 0)
            abort();
        expect_same(frame, &again);
    } else if (frame->type == CLNRM_FRAME_JOIN && clnrm_join_read(frame->payload, &half) == 0) {
        if (clnrm_join_write(half, &again) < 0)
            abort();
        expect_same(frame, &again);
    } else if (frame->type == CLNRM_FRAME_GUARD &&
               clnrm_guard_spec_read(frame->payload, &guard) == 0) {
        if (clnrm_guard_spec_write(&guard, &again) < 0)
            abort();
        expect_same(frame, &again);
        clnrm_guard_spec_free(&guard);
    } else if (frame->type == CLNRM_FRAME_REPORT &&
               clnrm_report_read(frame->payload, &report) == 0) {
        if (clnrm_report_write(&report, &again) < 0)
            abort();
        expect_same(frame, &again);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct clnrm_frame frame;
    const char *at = (const char *)data;
    for (long used; (used = clnrm_frame_next(at, size, &frame)) > 0;) {
        read_payload(&frame);
        at += used;
        size -= (size_t)used;
    }
    return 0;
}
