/* pattern.c -- see pattern.h for the contract.
 *
 * The walk is that of the matcher in lstrlib.c of Lua 5.4 (Copyright (C) 1994-2022 Lua.org, PUC-Rio;
 * MIT licence): the same items in the same order, so that the steps are the steps it will take. */
#include "core/pattern.h"

#include <ctype.h>
#include <string.h>

enum { CAPTURES_MAX = 32, DEPTH_MAX = 200, UNFINISHED = -1, POSITION = -2 };

struct walk {
    const char *begin, *end, *pattern_end;
    uint64_t steps, budget;
    bool is_over; /* the budget is spent, or Lua would raise: every loop ends */
    int depth, level;
    struct {
        const char *at;
        ptrdiff_t len;
    } captures[CAPTURES_MAX];
};

static const char *match(struct walk *w, const char *s, const char *p);

static const char *stop(struct walk *w)
{
    w->is_over = true;
    return NULL;
}

static bool step(struct walk *w)
{
    if (++w->steps > w->budget)
        w->is_over = true;
    return !w->is_over;
}

/* Returns what follows the item at `p`, or NULL when the pattern is malformed. */
static const char *item_end(struct walk *w, const char *p)
{
    switch (*p++) {
    case '%':
        return p == w->pattern_end ? stop(w) : p + 1;
    case '[':
        if (*p == '^')
            p++;
        do {
            if (p == w->pattern_end)
                return stop(w);
            if (*p++ == '%' && p < w->pattern_end)
                p++;
        } while (p == w->pattern_end || *p != ']');
        return p + 1;
    default:
        return p;
    }
}

static bool in_class(int c, int class)
{
    bool is_in;
    switch (tolower(class)) {
    case 'a':
        is_in = isalpha(c);
        break;
    case 'c':
        is_in = iscntrl(c);
        break;
    case 'd':
        is_in = isdigit(c);
        break;
    case 'g':
        is_in = isgraph(c);
        break;
    case 'l':
        is_in = islower(c);
        break;
    case 'p':
        is_in = ispunct(c);
        break;
    case 's':
        is_in = isspace(c);
        break;
    case 'u':
        is_in = isupper(c);
        break;
    case 'w':
        is_in = isalnum(c);
        break;
    case 'x':
        is_in = isxdigit(c);
        break;
    default:
        return class == c;
    }
    return islower(class) ? is_in : !is_in;
}

/* `last` is the closing bracket. */
static bool in_set(struct walk *w, int c, const char *p, const char *last)
{
    bool sense = true;
    if (p[1] == '^') {
        sense = false;
        p++;
    }
    while (++p < last) {
        w->steps++; /* a long set is work as well */
        if (*p == '%') {
            p++;
            if (in_class(c, (unsigned char)*p))
                return sense;
        } else if (p[1] == '-' && p + 2 < last) {
            p += 2;
            if ((unsigned char)p[-2] <= c && c <= (unsigned char)*p)
                return sense;
        } else if ((unsigned char)*p == c) {
            return sense;
        }
    }
    return !sense;
}

static bool is_match_of_one(struct walk *w, const char *s, const char *p, const char *p_end)
{
    if (s >= w->end || !step(w))
        return false;
    int c = (unsigned char)*s;
    switch (*p) {
    case '.':
        return true;
    case '%':
        return in_class(c, (unsigned char)p[1]);
    case '[':
        return in_set(w, c, p, p_end - 1);
    default:
        return (unsigned char)*p == c;
    }
}

static const char *match_balance(struct walk *w, const char *s, const char *p)
{
    if (p >= w->pattern_end - 1)
        return stop(w);
    if (s >= w->end || *s != *p)
        return NULL;
    int depth = 1;
    while (++s < w->end && step(w)) {
        if (*s == p[1]) {
            if (--depth == 0)
                return s + 1;
        } else if (*s == *p) {
            depth++;
        }
    }
    return NULL;
}

static const char *match_most(struct walk *w, const char *s, const char *p, const char *p_end)
{
    ptrdiff_t i = 0;
    while (is_match_of_one(w, s + i, p, p_end))
        i++;
    for (; i >= 0 && step(w); i--) {
        const char *end = match(w, s + i, p_end + 1);
        if (end)
            return end;
    }
    return NULL;
}

static const char *match_least(struct walk *w, const char *s, const char *p, const char *p_end)
{
    while (step(w)) {
        const char *end = match(w, s, p_end + 1);
        if (end)
            return end;
        if (!is_match_of_one(w, s, p, p_end))
            return NULL;
        s++;
    }
    return NULL;
}

static const char *begin_capture(struct walk *w, const char *s, const char *p, int len)
{
    if (w->level >= CAPTURES_MAX)
        return stop(w);
    w->captures[w->level].at = s;
    w->captures[w->level++].len = len;
    const char *end = match(w, s, p);
    if (!end)
        w->level--;
    return end;
}

static const char *end_capture(struct walk *w, const char *s, const char *p)
{
    int i = w->level - 1;
    while (i >= 0 && w->captures[i].len != UNFINISHED)
        i--;
    if (i < 0)
        return stop(w);
    w->captures[i].len = s - w->captures[i].at;
    const char *end = match(w, s, p);
    if (!end)
        w->captures[i].len = UNFINISHED;
    return end;
}

static const char *match_back(struct walk *w, const char *s, int digit)
{
    int i = digit - '1';
    if (i < 0 || i >= w->level || w->captures[i].len == UNFINISHED)
        return stop(w);
    size_t len = (size_t)w->captures[i].len; /* of a position: more than there is */
    if ((size_t)(w->end - s) < len)
        return NULL;
    w->steps += len;
    return memcmp(w->captures[i].at, s, len) == 0 ? s + len : NULL;
}

static const char *match_frontier(struct walk *w, const char *s, const char *p, const char **next)
{
    if (*p != '[' || !(*next = item_end(w, p)))
        return stop(w);
    int before = s == w->begin ? 0 : (unsigned char)s[-1];
    return !in_set(w, before, p, *next - 1) && in_set(w, (unsigned char)*s, p, *next - 1) ? s
                                                                                          : NULL;
}

/* An item that % begins and that is no class.  Returns false when it is a class. */
static bool match_special(struct walk *w, const char **s, const char **p)
{
    char kind = (*p)[1];
    if (kind == 'b') {
        *s = match_balance(w, *s, *p + 2);
        *p += 4;
    } else if (kind == 'f') {
        *s = match_frontier(w, *s, *p + 2, p);
    } else if (isdigit((unsigned char)kind)) {
        *s = match_back(w, *s, kind);
        *p += 2;
    } else {
        return false;
    }
    return true;
}

/* One class with what may follow it.  Moves `p` on, or sets it to the end when `s` is the answer. */
static const char *match_item(struct walk *w, const char *s, const char **p)
{
    const char *item = *p, *end = item_end(w, item);
    *p = w->pattern_end;
    if (!end)
        return NULL;
    if (!is_match_of_one(w, s, item, end)) {
        if (*end != '*' && *end != '?' && *end != '-')
            return NULL;
        *p = end + 1;
        return s;
    }
    const char *rest;
    switch (*end) {
    case '?':
        rest = match(w, s + 1, end + 1);
        if (rest)
            return rest;
        *p = end + 1;
        return s;
    case '+':
        return match_most(w, s + 1, item, end);
    case '*':
        return match_most(w, s, item, end);
    case '-':
        return match_least(w, s, item, end);
    default:
        *p = end;
        return s + 1;
    }
}

static const char *match(struct walk *w, const char *s, const char *p)
{
    if (w->depth-- == 0)
        return stop(w);
    while (s && p < w->pattern_end && step(w)) {
        if (*p == '(') {
            bool is_position = p[1] == ')';
            s = begin_capture(w, s, p + (is_position ? 2 : 1), is_position ? POSITION : UNFINISHED);
            break;
        }
        if (*p == ')') {
            s = end_capture(w, s, p + 1);
            break;
        }
        if (*p == '$' && p + 1 == w->pattern_end) {
            s = s == w->end ? s : NULL;
            break;
        }
        if (*p != '%' || !match_special(w, &s, &p))
            s = match_item(w, s, &p);
    }
    w->depth++;
    return w->is_over ? NULL : s;
}

uint64_t clnrm_pattern_cost(const struct clnrm_pattern_search *search, uint64_t budget)
{
    const char *p = search->pattern, *last = NULL;
    bool is_anchored = search->is_anchored && *p == '^';
    struct walk w = {.begin = search->subject, .budget = budget};
    w.end = search->subject + search->subject_len;
    w.pattern_end = p + search->pattern_len;
    uint64_t left = search->matches;
    for (const char *s = search->subject + search->start; s <= w.end && left > 0 && step(&w);) {
        w.depth = DEPTH_MAX;
        w.level = 0;
        const char *end = match(&w, s, p + is_anchored);
        if (end && end != last) {
            s = last = end;
            left--;
        } else {
            s++;
        }
        if (is_anchored)
            break;
    }
    return w.steps;
}

uint64_t clnrm_pattern_bound(const struct clnrm_pattern_search *search)
{
    uint64_t len = search->subject_len - search->start + 1, bound = search->pattern_len + 1;
    uint64_t ways = len;
    for (size_t i = 0; i < search->pattern_len && ways < UINT32_MAX; i++) {
        char c = search->pattern[i];
        if (c == '*' || c == '+' || c == '-')
            ways *= len;
        else if (c == '?')
            ways *= 2;
        else if (c == '%') /* a balance and a capture are as long as the subject */
            ways *= search->pattern[i + 1] == 'b' || isdigit((unsigned char)search->pattern[i + 1])
                        ? len
                        : 1;
    }
    return ways >= UINT32_MAX || bound >= UINT32_MAX ? UINT64_MAX : ways * bound;
}
