/* fuzz_plain.c -- libFuzzer target of core/plain.h: every text keeps the claims of plain_check.h.
 *
 * build: clang-14 -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Isrc -Itests/c \
 *          tests/fuzz/fuzz_plain.c src/core/plain*.c src/base/{alloc,buf}.c -lcmocka
 * run:   ./a.out -max_len=4096 -max_total_time=120 CORPUS_DIRECTORY */
#include "plain_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    plain_check((struct clnrm_slice){(const char *)data, size});
    return 0;
}
