/* fuzz_toml_format.c -- libFuzzer target of core/toml_format.h: every text must keep the claims of
 * toml_format_check.h.
 *
 * build: clang-14 -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Isrc -Itests/c \
 *          tests/fuzz/fuzz_toml_format.c src/core/{toml*,text,utf8}.c \
 *          src/base/{alloc,buf,status}.c -lutf8proc -lxxhash -lm
 * run:   ./a.out -max_len=4096 -max_total_time=120 CORPUS_DIRECTORY */
#include "toml_format_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    toml_format_check((const char *)data, size);
    return 0;
}
