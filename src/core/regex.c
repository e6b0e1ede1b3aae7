/* regex.c -- see regex.h for the contract. */
#include "core/regex.h"
#include "base/base.h"
#include "core/clock.h"
#include "core/utf8.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>

enum {
    CACHE_COUNT = 256,
    CACHE_BYTES = 16 * 1024 * 1024,
    JIT_STACK_FIRST = 32 * 1024,
    JIT_STACK_MAX = 32 * 1024 * 1024,
    HEAP_LIMIT_KB = 64 * 1024, /* of the interpreter */
    MATCH_LIMIT = 500 * 1000 * 1000,
    WORK_CHECK = 1000 * 1000, /* bytes looked at between two looks at the clock */
    WORK_CALLOUT = 32,        /* what an item of the pattern counts, beside the bytes it passed */
};

struct clnrm_regex {
    unsigned references;
    struct clnrm_slice pattern; /* owned */
    int flags;
    pcre2_code *valid, *any; /* for subjects that are UTF-8; for others, made when first needed */
    pcre2_match_data *data;
    bool has_back_references;
};

/* What all patterns share; made on first use, kept until the process ends. */
static struct {
    struct clnrm_lru *cache;
    pcre2_compile_context *compile;
    pcre2_match_context *match;
    pcre2_jit_stack *jit_stack;
} shared;

/* The match under way: what the callout looks at. */
struct watch {
    int64_t deadline_ns, cpu_start_ns, budget_ns;
    size_t work, step_work, last;
};

static size_t distance(size_t a, size_t b)
{
    return a > b ? a - b : b - a;
}

static int on_callout(pcre2_callout_block *block, void *data)
{
    struct watch *w = data;
    w->work += distance(block->current_position, w->last) + w->step_work;
    w->last = block->current_position;
    if (w->work < WORK_CHECK)
        return 0;
    w->work = 0;
    if (clnrm_clock_now() < w->deadline_ns)
        return 0;
    /* on a starved machine the clock runs and the match does not: then it goes on */
    return clnrm_clock_cpu() - w->cpu_start_ns < w->budget_ns ? 0 : PCRE2_ERROR_CALLOUT;
}

static void drop_cached(void *data, void *value)
{
    (void)data;
    clnrm_regex_close(value);
}

static void make_shared(void)
{
    struct clnrm_lru_limits limits = {.count_max = CACHE_COUNT, .bytes_max = CACHE_BYTES};
    shared.cache = clnrm_lru_open(&limits, drop_cached, NULL);
    shared.compile = pcre2_compile_context_create(NULL);
    shared.match = pcre2_match_context_create(NULL);
    if (!shared.compile || !shared.match)
        abort(); /* as every other failed allocation */
    pcre2_set_newline(shared.compile, PCRE2_NEWLINE_LF);
    pcre2_set_match_limit(shared.match, MATCH_LIMIT);
    pcre2_set_heap_limit(shared.match, HEAP_LIMIT_KB);
}

static int fail(struct clnrm_regex_error *err, int status, size_t offset, const char *why)
{
    err->offset = offset;
    snprintf(err->why, sizeof(err->why), "%s", why);
    return status;
}

static pcre2_code *compile(struct clnrm_slice pattern, int flags, uint32_t more,
                           struct clnrm_regex_error *err)
{
    int code;
    PCRE2_SIZE offset;
    uint32_t options = PCRE2_UTF | PCRE2_AUTO_CALLOUT | PCRE2_NEVER_BACKSLASH_C | more;
    options |= flags & CLNRM_REGEX_CASELESS ? PCRE2_CASELESS : 0;
    options |= flags & CLNRM_REGEX_MULTILINE ? PCRE2_MULTILINE : 0;
    options |= flags & CLNRM_REGEX_DOTALL ? PCRE2_DOTALL : 0;
    options |= flags & CLNRM_REGEX_EXTENDED ? PCRE2_EXTENDED : 0;
    pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.len, options, &code, &offset,
                                   shared.compile);
    if (!re) {
        pcre2_get_error_message(code, (PCRE2_UCHAR *)err->why, sizeof(err->why));
        err->offset = offset;
    } else if (!(flags & CLNRM_REGEX_NO_JIT)) {
        pcre2_jit_compile(re, PCRE2_JIT_COMPLETE); /* where it cannot, the interpreter matches */
    }
    return re;
}

static size_t size_of(const pcre2_code *re)
{
    size_t size = 0, jit_size = 0;
    pcre2_pattern_info(re, PCRE2_INFO_SIZE, &size);
    pcre2_pattern_info(re, PCRE2_INFO_JITSIZE, &jit_size);
    return size + jit_size;
}

/* Puts `re` into the cache under its flags and pattern. */
static void remember(struct clnrm_regex *re, struct clnrm_slice key)
{
    size_t bytes = sizeof(*re) + re->pattern.len + 2 * size_of(re->valid); /* `any` may come */
    re->references++;
    if (clnrm_lru_put(shared.cache, key, re, bytes, 0) < 0)
        re->references--; /* too big to be kept */
}

int clnrm_regex_open(struct clnrm_slice pattern, int flags, struct clnrm_regex **out,
                     struct clnrm_regex_error *err)
{
    if (pattern.len > CLNRM_REGEX_PATTERN_MAX)
        return fail(err, CLNRM_ELIMIT, CLNRM_REGEX_PATTERN_MAX, "longer than 64 kB");
    if (!shared.cache)
        make_shared();
    char *text = clnrm_xmalloc(pattern.len + 1);
    text[0] = (char)flags;
    if (pattern.len)
        memcpy(text + 1, pattern.data, pattern.len);
    struct clnrm_slice key = {text, pattern.len + 1};
    struct clnrm_regex *re = clnrm_lru_get(shared.cache, key, 0);
    if (re) {
        free(text);
        re->references++;
        *out = re;
        return 0;
    }
    pcre2_code *valid = NULL;
    int status = clnrm_regex_check(pattern, err);
    if (status == 0 &&
        !(valid = compile((struct clnrm_slice){text + 1, pattern.len}, flags, 0, err)))
        status = CLNRM_EREGEX;
    if (status < 0) {
        free(text);
        return status;
    }
    uint32_t back_references = 0;
    pcre2_pattern_info(valid, PCRE2_INFO_BACKREFMAX, &back_references);
    re = clnrm_xcalloc(sizeof(*re));
    *re = (struct clnrm_regex){.references = 1,
                               .pattern = {clnrm_xmemdup(pattern.data, pattern.len), pattern.len},
                               .flags = flags,
                               .valid = valid,
                               .has_back_references = back_references > 0};
    re->data = pcre2_match_data_create_from_pattern(valid, NULL);
    if (!re->data)
        abort();
    remember(re, key);
    free(text);
    *out = re;
    return 0;
}

void clnrm_regex_close(struct clnrm_regex *re)
{
    if (!re || --re->references > 0)
        return;
    pcre2_match_data_free(re->data);
    pcre2_code_free(re->valid);
    pcre2_code_free(re->any);
    free((char *)(uintptr_t)re->pattern.data);
    free(re);
}

unsigned clnrm_regex_groups(const struct clnrm_regex *re)
{
    uint32_t count = 0;
    pcre2_pattern_info(re->valid, PCRE2_INFO_CAPTURECOUNT, &count);
    return count;
}

bool clnrm_regex_may_be_empty(const struct clnrm_regex *re)
{
    uint32_t may = 1;
    pcre2_pattern_info(re->valid, PCRE2_INFO_MATCHEMPTY, &may);
    return may != 0;
}

unsigned clnrm_regex_names(const struct clnrm_regex *re)
{
    uint32_t count = 0;
    pcre2_pattern_info(re->valid, PCRE2_INFO_NAMECOUNT, &count);
    return count;
}

struct clnrm_slice clnrm_regex_name(const struct clnrm_regex *re, unsigned index, unsigned *group)
{
    const unsigned char *table = NULL; /* entries: group number in two bytes, name, NUL */
    uint32_t size = 0;
    pcre2_pattern_info(re->valid, PCRE2_INFO_NAMETABLE, &table);
    pcre2_pattern_info(re->valid, PCRE2_INFO_NAMEENTRYSIZE, &size);
    const unsigned char *entry = table + (size_t)index * size;
    *group = (unsigned)entry[0] << 8 | entry[1];
    return clnrm_slice_of((const char *)entry + 2);
}

struct clnrm_lru_stats clnrm_regex_cache(void)
{
    if (!shared.cache)
        make_shared();
    return clnrm_lru_stats(shared.cache);
}

int clnrm_regex_begin(struct clnrm_regex_scan *scan, struct clnrm_regex *re,
                      struct clnrm_slice subject, size_t start, int64_t budget_ms)
{
    if (subject.len > CLNRM_REGEX_SUBJECT_MAX)
        return CLNRM_ELIMIT;
    bool is_valid = clnrm_utf8_check(subject) == subject.len;
    while (is_valid && start < subject.len && (subject.data[start] & 0xC0) == 0x80)
        start++; /* PCRE2 must not begin within a character */
    if (budget_ms == 0)
        budget_ms =
            CLNRM_REGEX_BUDGET_MS + (int64_t)(subject.len >> 20) * CLNRM_REGEX_BUDGET_MS_PER_MB;
    *scan = (struct clnrm_regex_scan){.re = re,
                                      .subject = subject,
                                      .budget_ns = budget_ms * 1000000,
                                      .cpu_start_ns = clnrm_clock_cpu(),
                                      .at = start,
                                      .last_end = SIZE_MAX,
                                      .is_valid_utf8 = is_valid,
                                      .is_done = start > subject.len};
    return 0;
}

/* The code for this subject. */
static pcre2_code *code_for(struct clnrm_regex_scan *scan)
{
    struct clnrm_regex *re = scan->re;
    struct clnrm_regex_error ignored;
    if (scan->is_valid_utf8)
        return re->valid;
    if (!re->any)
        re->any = compile(re->pattern, re->flags, PCRE2_MATCH_INVALID_UTF, &ignored);
    return re->any;
}

/* One search from scan->at on: PCRE2's result. */
static int search(struct clnrm_regex_scan *scan)
{
    pcre2_code *code = code_for(scan);
    if (!code)
        return PCRE2_ERROR_BADDATA; /* compiled before without MATCH_INVALID_UTF */
    if (!shared.jit_stack)
        shared.jit_stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MAX, NULL);
    if (scan->spent_ns > scan->budget_ns &&
        clnrm_clock_cpu() - scan->cpu_start_ns > scan->budget_ns)
        return PCRE2_ERROR_CALLOUT; /* many searches, each too short for the callout to look */
    int64_t started = clnrm_clock_now();
    struct watch watch = {.deadline_ns = started + scan->budget_ns - scan->spent_ns,
                          .cpu_start_ns = scan->cpu_start_ns,
                          .budget_ns = scan->budget_ns,
                          .step_work = WORK_CALLOUT,
                          .last = scan->at};
    if (scan->re->has_back_references) /* comparing one may pass over anything, unseen */
        watch.step_work += scan->subject.len / 16;
    pcre2_jit_stack_assign(shared.match, NULL, shared.jit_stack);
    pcre2_set_callout(shared.match, on_callout, &watch);
    const char *subject = scan->subject.len ? scan->subject.data : "";
    int found =
        pcre2_match(code, (PCRE2_SPTR)subject, scan->subject.len, scan->at,
                    scan->is_valid_utf8 ? PCRE2_NO_UTF_CHECK : 0, scan->re->data, shared.match);
    scan->spent_ns += clnrm_clock_now() - started;
    if (found == PCRE2_ERROR_JIT_STACKLIMIT) { /* give the memory that it took back */
        pcre2_jit_stack_free(shared.jit_stack);
        shared.jit_stack = NULL;
    }
    return found;
}

static int status_of(int pcre2_error)
{
    switch (pcre2_error) {
    case PCRE2_ERROR_NOMATCH:
        return 0;
    case PCRE2_ERROR_CALLOUT:
    case PCRE2_ERROR_MATCHLIMIT:
    case PCRE2_ERROR_DEPTHLIMIT:
    case PCRE2_ERROR_HEAPLIMIT:
    case PCRE2_ERROR_JIT_STACKLIMIT:
    case PCRE2_ERROR_RECURSELOOP:
        return CLNRM_EBUDGET;
    default:
        return CLNRM_EREGEX;
    }
}

/* The place one character behind `at`. */
static size_t step_over(const struct clnrm_slice *s, size_t at)
{
    uint32_t cp;
    int n = at < s->len ? clnrm_utf8_next(s->data + at, s->len - at, &cp) : 0;
    return at + (n ? (size_t)n : 1);
}

int clnrm_regex_next(struct clnrm_regex_scan *scan, const size_t **spans)
{
    while (!scan->is_done && scan->at <= scan->subject.len) {
        int found = search(scan);
        if (found < 0) {
            scan->is_done = true;
            return status_of(found);
        }
        const PCRE2_SIZE *span = pcre2_get_ovector_pointer(scan->re->data);
        bool is_empty = span[0] == span[1];
        bool is_adjacent = is_empty && span[1] == scan->last_end;
        scan->at = is_empty ? step_over(&scan->subject, span[1]) : span[1];
        if (is_adjacent)
            continue;
        scan->last_end = span[1];
        *spans = span;
        return 1;
    }
    scan->is_done = true;
    return 0;
}
