/* fuzz_toml_shape.c -- libFuzzer target of core/toml_shape.h: every text and every shape keeps the
 * claims of toml_shape_check.h.
 *
 * build: clang-14 -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Isrc -Itests/c \
 *          tests/fuzz/fuzz_toml_shape.c src/core/{toml*,text,utf8,regex*,lru,clock}.c \
 *          src/base/{alloc,buf,status}.c -lutf8proc -lxxhash -lpcre2-8 -lm
 * run:   ./a.out -max_len=4096 -max_total_time=120 CORPUS_DIRECTORY */
#include "toml_shape_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = clnrm_xmalloc(size + 1); /* behind a text stands a NUL */
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    toml_shape_check(text, size);
    free(text);
    return 0;
}
