/* fuzz_toml.c -- libFuzzer target of core/toml.h: every text must keep the claims of toml_check.h.
 *
 * build: clang-14 -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Isrc -Itests/c \
 *          tests/fuzz/fuzz_toml.c src/core/{toml*,text,utf8}.c src/base/{alloc,buf,status}.c \
 *          -lutf8proc -lxxhash -lm
 * run:   ./a.out -max_len=4096 -max_total_time=120 CORPUS_DIRECTORY */
#include "toml_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    toml_check((const char *)data, size);
    return 0;
}
