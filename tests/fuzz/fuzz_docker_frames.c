/* fuzz_docker_frames.c -- libFuzzer target: Docker's raw stream, in two pieces and byte by byte.
 *
 * Both must see the same payloads and come to the same end; the first byte of the input says where the
 * stream is cut.
 *
 * clang-14 -g -O1 -Isrc -fsanitize=fuzzer,address,undefined tests/fuzz/fuzz_docker_frames.c \
 *   src/core/docker_frames.c src/base/alloc.c -o fuzz_docker_frames */
#include "base/base.h"
#include "core/docker_frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    uint64_t bytes, sum[4];
};

static void on_piece(void *data, enum clnrm_docker_stream stream, const char *bytes, size_t len)
{
    struct seen *seen = data;
    if (len == 0 || stream > CLNRM_DOCKER_ERROR)
        abort();
    seen->bytes += len;
    for (size_t i = 0; i < len; i++)
        seen->sum[stream] = seen->sum[stream] * 31 + (unsigned char)bytes[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct clnrm_docker_frames whole = {0}, parts = {0};
    struct seen of_whole = {0}, of_parts = {0};
    if (size == 0)
        return 0;
    const char *stream = (const char *)data + 1;
    size_t len = size - 1, cut = data[0] < len ? data[0] : len;
    int status = clnrm_docker_frames_add(&whole, stream, cut, on_piece, &of_whole);
    status = clnrm_docker_frames_add(&whole, stream + cut, len - cut, on_piece, &of_whole);
    int again = 0;
    for (size_t i = 0; i < len; i++)
        again = clnrm_docker_frames_add(&parts, stream + i, 1, on_piece, &of_parts);
    if ((len > cut && status != again) || memcmp(&of_whole, &of_parts, sizeof(of_whole)) != 0 ||
        of_whole.bytes > len ||
        clnrm_docker_frames_may_end(&whole) != clnrm_docker_frames_may_end(&parts))
        abort();
    return 0;
}
