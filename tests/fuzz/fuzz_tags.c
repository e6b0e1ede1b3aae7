/* fuzz_tags.c -- libFuzzer target of core/tags.h: every text must keep the claims of tags_check.h.
 *
 * build: clang-14 -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Isrc -Itests/c \
 *          tests/fuzz/fuzz_tags.c src/core/tags.c -lcmocka
 * run:   ./a.out -max_len=4096 -max_total_time=120 CORPUS_DIRECTORY */
#include "tags_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0)
        tags_check((struct clnrm_slice){(const char *)data + 1, size - 1},
                   1 + data[0] % TAGS_CHECK_MAX);
    return 0;
}
