/* fuzz_spans.c -- libFuzzer target: a file of spans is read, and read again with what was replaced.
 *
 * What is read once is read the second time, with as many spans, each with what it is made of.
 *
 * clang-14 -D_GNU_SOURCE -g -O1 -Isrc -fsanitize=fuzzer,address,undefined tests/fuzz/fuzz_spans.c \
 *   src/base/alloc.c src/base/buf.c src/core/json_scan.c src/core/utf8.c src/core/spans*.c \
 *   -lxxhash -lutf8proc -o fuzz_spans */
#include "base/base.h"
#include "core/spans.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_whole(const struct clnrm_spans *spans)
{
    uint32_t count, below = 0;
    const struct clnrm_span *list = clnrm_spans_list(spans, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (list[i].extent == 0 || i + list[i].extent > count || list[i].size < list[i].extent ||
            list[i].parent > i)
            abort();
        below += list[i].parent ? 0 : list[i].extent;
        if (clnrm_spans_ignored(spans, &list[i], spans, &list[i], true) != 0)
            abort();
    }
    if (below != count)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct clnrm_spans_key keys[] = {{{"kind", 4}, CLNRM_SPANS_OWN_WAY},
                                                  {{"pid", 3}, CLNRM_SPANS_VOLATILE},
                                                  {{"port", 4}, CLNRM_SPANS_PORT}};
    struct clnrm_spans_options o = {.keys = keys, .key_count = 3, .depth_max = 20};
    struct clnrm_slice text = {(const char *)data, size};
    struct clnrm_spans *spans, *again;
    uint64_t replaced[] = {1, 2, 3};
    uint32_t count, odds, counted;
    if (clnrm_spans_read(text, &o, &spans) < 0)
        return 0;
    expect_whole(spans);
    clnrm_spans_list(spans, &count);
    clnrm_spans_odds(spans, &odds);
    struct clnrm_spans_norm *norms = clnrm_xcalloc((odds + 1) * sizeof(*norms));
    for (uint32_t i = 0; i < odds; i++)
        norms[i] = (struct clnrm_spans_norm){{"norm", 4}, replaced, i % 4};
    o.odds = spans;
    o.norms = norms;
    if (clnrm_spans_read(text, &o, &again) < 0)
        abort();
    expect_whole(again);
    clnrm_spans_list(again, &counted);
    if (counted != count)
        abort();
    clnrm_spans_free(again);
    clnrm_spans_free(spans);
    free(norms);
    return 0;
}
