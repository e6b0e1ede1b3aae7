/* glob.c -- see glob.h for the contract.
 *
 * A pattern becomes a small program; matching keeps the set of instructions that may be next, so no
 * pattern can make it back-track. */
#include "core/glob.h"
#include "base/base.h"
#include "core/utf8.h"

enum op { OP_CHAR, OP_ANY, OP_ANY_BUT_SLASH, OP_SET, OP_SPLIT, OP_JUMP, OP_MATCH };

/* x, y: OP_SPLIT targets; x: OP_JUMP target or OP_CHAR code point; [x, y): OP_SET ranges */
struct instruction {
    enum op op;
    uint32_t x, y;
    bool negated;
};

struct range {
    uint32_t first, last;
};

struct set {
    uint32_t count;
    uint32_t *at;   /* instructions that consume a character */
    uint32_t *seen; /* per instruction: the step that added it last */
    uint32_t step;
};

struct clnrm_glob {
    bool is_path;
    uint32_t count, range_count;
    struct instruction *code;
    struct range *ranges;
    struct set now, next;
};

struct compiler {
    struct clnrm_glob *g;
    struct clnrm_slice pattern;
    size_t at;
    bool is_path;
    int depth;
    const char *why;
};

static uint32_t emit(struct compiler *c, enum op op, uint32_t x, uint32_t y)
{
    c->g->code[c->g->count] = (struct instruction){.op = op, .x = x, .y = y};
    return c->g->count++;
}

static bool fail(struct compiler *c, size_t at, const char *why)
{
    c->at = at;
    c->why = why;
    return false;
}

static bool has(const struct compiler *c, char wanted)
{
    return c->at < c->pattern.len && c->pattern.data[c->at] == wanted;
}

/* Takes one character; a byte that is not UTF-8 is a character above all code points. */
static uint32_t take(const char *data, size_t len, size_t *at)
{
    uint32_t cp = 0;
    int n = clnrm_utf8_next(data + *at, len - *at, &cp);
    if (n == 0)
        cp = 0x110000u + (unsigned char)data[*at];
    *at += n ? (size_t)n : 1;
    return cp;
}

/* Takes one literal character, or the one behind a backslash. */
static bool take_literal(struct compiler *c, uint32_t *out)
{
    size_t start = c->at;
    if (has(c, '\\') && ++c->at == c->pattern.len)
        return fail(c, start, "nothing stands behind the backslash");
    *out = take(c->pattern.data, c->pattern.len, &c->at);
    return true;
}

/* `any*` of one kind: split past, consume, back. */
static void emit_star(struct compiler *c, enum op any)
{
    uint32_t start = c->g->count;
    emit(c, OP_SPLIT, start + 1, start + 3);
    emit(c, any, 0, 0);
    emit(c, OP_JUMP, start, 0);
}

static void parse_star(struct compiler *c)
{
    size_t start = c->at++;
    if (!c->is_path || !has(c, '*')) {
        emit_star(c, c->is_path ? OP_ANY_BUT_SLASH : OP_ANY);
        return;
    }
    while (has(c, '*'))
        c->at++;
    bool folders = has(c, '/') && (start == 0 || memchr("/{,", c->pattern.data[start - 1], 3));
    if (!folders) {
        emit_star(c, OP_ANY);
        return;
    }
    c->at++; /* (any* '/')? */
    uint32_t skip = emit(c, OP_SPLIT, c->g->count + 1, 0);
    emit_star(c, OP_ANY);
    emit(c, OP_CHAR, '/', 0);
    c->g->code[skip].y = c->g->count;
}

static bool parse_set(struct compiler *c)
{
    size_t start = c->at++;
    uint32_t self = emit(c, OP_SET, c->g->range_count, 0);
    if (has(c, '!') || has(c, '^')) {
        c->g->code[self].negated = true;
        c->at++;
    }
    for (bool first = true; first || !has(c, ']'); first = false) {
        struct range r;
        if (c->at >= c->pattern.len)
            return fail(c, start, "the set has no closing ]");
        if (has(c, '[') && c->at + 1 < c->pattern.len &&
            memchr(":.=", c->pattern.data[c->at + 1], 3))
            return fail(c, c->at, "named classes are not supported in a set");
        if (!take_literal(c, &r.first))
            return false;
        r.last = r.first;
        if (has(c, '-') && c->at + 1 < c->pattern.len && c->pattern.data[c->at + 1] != ']') {
            c->at++;
            if (!take_literal(c, &r.last))
                return false;
            if (r.last < r.first)
                return fail(c, start, "a range in the set runs backwards");
        }
        c->g->ranges[c->g->range_count++] = r;
    }
    c->at++;
    c->g->code[self].y = c->g->range_count;
    return true;
}

static bool parse_sequence(struct compiler *c);

/* `{a,b,c}`: each alternative but the last is preceded by a split to the next one. */
static bool parse_braces(struct compiler *c)
{
    size_t start = c->at;
    uint32_t jumps = UINT32_MAX; /* chain of jumps to the end, through their x */
    if (++c->depth > CLNRM_GLOB_DEPTH_MAX)
        return fail(c, start, "braces are nested too deep");
    do {
        c->at++; /* the brace or the comma */
        uint32_t split = emit(c, OP_SPLIT, c->g->count + 1, 0);
        if (!parse_sequence(c))
            return false;
        jumps = emit(c, OP_JUMP, jumps, 0);
        c->g->code[split].y = c->g->count;
    } while (has(c, ','));
    if (!has(c, '}'))
        return fail(c, start, "the brace has no closing }");
    emit(c, OP_SET, 0, 0); /* behind the last split: matches nothing */
    c->at++;
    c->depth--;
    while (jumps != UINT32_MAX) {
        uint32_t earlier = c->g->code[jumps].x;
        c->g->code[jumps].x = c->g->count;
        jumps = earlier;
    }
    return true;
}

/* Up to the end of the pattern, or of the alternative. */
static bool parse_sequence(struct compiler *c)
{
    while (c->at < c->pattern.len) {
        uint32_t cp;
        char ch = c->pattern.data[c->at];
        if (c->depth > 0 && (ch == ',' || ch == '}'))
            return true;
        if (ch == '*') {
            parse_star(c);
        } else if (ch == '?') {
            emit(c, c->is_path ? OP_ANY_BUT_SLASH : OP_ANY, 0, 0);
            c->at++;
        } else if (ch == '[') {
            if (!parse_set(c))
                return false;
        } else if (ch == '{') {
            if (!parse_braces(c))
                return false;
        } else {
            if (!take_literal(c, &cp))
                return false;
            emit(c, OP_CHAR, cp, 0);
        }
    }
    return true;
}

int clnrm_glob_open(struct clnrm_slice pattern, int flags, struct clnrm_glob **out,
                    const char **why, size_t *offset)
{
    if (pattern.len > CLNRM_GLOB_PATTERN_MAX)
        return CLNRM_ELIMIT;
    size_t most = pattern.len * 5 + 1; /* `**` + `/` is the longest: 5 for 3 characters */
    struct clnrm_glob *g = clnrm_xcalloc(sizeof(*g));
    g->is_path = flags & CLNRM_GLOB_PATH;
    g->code = clnrm_xcalloc(most * sizeof(*g->code));
    g->ranges = clnrm_xcalloc((pattern.len + 1) * sizeof(*g->ranges));
    struct compiler c = {.g = g, .pattern = pattern, .is_path = g->is_path};
    if (!parse_sequence(&c)) {
        *why = c.why;
        *offset = c.at;
        clnrm_glob_close(g);
        return CLNRM_ESYNTAX;
    }
    emit(&c, OP_MATCH, 0, 0);
    struct set *sets[] = {&g->now, &g->next};
    for (int i = 0; i < 2; i++) {
        sets[i]->at = clnrm_xcalloc(g->count * sizeof(uint32_t));
        sets[i]->seen = clnrm_xcalloc(g->count * sizeof(uint32_t));
    }
    *out = g;
    return 0;
}

/* Adds instruction `at` and all that is reached without consuming.  Depth: at most the program. */
static void add(const struct clnrm_glob *g, struct set *s, uint32_t at)
{
    while (s->seen[at] != s->step) {
        const struct instruction *i = &g->code[at];
        s->seen[at] = s->step;
        if (i->op == OP_JUMP) {
            at = i->x;
        } else if (i->op == OP_SPLIT) {
            add(g, s, i->x);
            at = i->y;
        } else {
            s->at[s->count++] = at;
            return;
        }
    }
}

static bool consumes(const struct clnrm_glob *g, const struct instruction *i, uint32_t cp)
{
    switch (i->op) {
    case OP_CHAR:
        return cp == i->x;
    case OP_ANY:
        return true;
    case OP_ANY_BUT_SLASH:
        return cp != '/';
    case OP_SET:
        if (g->is_path && cp == '/')
            return false;
        for (uint32_t r = i->x; r < i->y; r++)
            if (cp >= g->ranges[r].first && cp <= g->ranges[r].last)
                return !i->negated;
        return i->negated;
    default:
        return false;
    }
}

static void clear(struct set *s, uint32_t count)
{
    s->count = 0;
    if (++s->step == 0) { /* wrapped: forget all marks */
        memset(s->seen, 0, count * sizeof(*s->seen));
        s->step = 1;
    }
}

bool clnrm_glob_test(struct clnrm_glob *g, struct clnrm_slice text)
{
    struct set *now = &g->now, *next = &g->next;
    clear(now, g->count);
    add(g, now, 0);
    for (size_t at = 0; at < text.len && now->count > 0;) {
        uint32_t cp = take(text.data, text.len, &at);
        clear(next, g->count);
        for (uint32_t i = 0; i < now->count; i++)
            if (consumes(g, &g->code[now->at[i]], cp))
                add(g, next, now->at[i] + 1);
        struct set *old = now;
        now = next;
        next = old;
    }
    return now->count > 0 && now->seen[g->count - 1] == now->step;
}

void clnrm_glob_close(struct clnrm_glob *g)
{
    if (!g)
        return;
    free(g->now.at), free(g->now.seen);
    free(g->next.at), free(g->next.seen);
    free(g->code);
    free(g->ranges);
    free(g);
}
