/* plain.c -- see plain.h for the contract.
 *
 * Each function reads at `p->at` and goes on behind what it read, or returns false: then the
 * template is not plain and everything ends.  So no place is read again. */
#include "base/base.h"
#include "core/plain_impl.h"

enum { COST = 16 }; /* steps that a turn of a loop has for one */

/* Ends the program behind `count` words from `word` on, each of which is one. */
static void keep_words(struct clnrm_plain_reader *p, size_t word, size_t count)
{
    p->out->count -= (uint32_t)(next_word(p) - word - count);
    p->out->words->len = (word + count) * sizeof(struct clnrm_plain_word);
}

/* OUT, where it came from, the value; most are names of the context alone: OUT_NAME, where from,
 * the name, at. */
static bool output(struct clnrm_plain_reader *p, size_t from)
{
    size_t word = next_word(p);
    if (!add_int(p, CLNRM_PLAIN_OUT) || !add_int(p, 2 * (from + 1) + 1))
        return false;
    clnrm_plain_skip(p);
    if (!clnrm_plain_expression(p, true, true) || !clnrm_plain_take(p, "}}"))
        return false;
    const struct clnrm_plain_word *w = word_at(p, word);
    bool is_name = next_word(p) - word == 8 && w[2].kind == CLNRM_PLAIN_INT && w[2].value == 0 &&
                   w[3].kind == CLNRM_PLAIN_NAME;
    if (is_name) {
        word_at(p, word)->value = CLNRM_PLAIN_OUT_NAME;
        *word_at(p, word + 2) = w[3];
        *word_at(p, word + 3) = w[4];
        keep_words(p, word, 4);
    }
    return true;
}

static bool tag_end(struct clnrm_plain_reader *p)
{
    clnrm_plain_skip(p);
    return clnrm_plain_take(p, "%}");
}

static struct clnrm_plain_block *open_block(struct clnrm_plain_reader *p, bool is_for)
{
    if (p->depth == CLNRM_PLAIN_DEPTH_MAX)
        return NULL;
    struct clnrm_plain_block *b = &p->blocks[p->depth++];
    *b = (struct clnrm_plain_block){.is_for = is_for, .names = p->name_count};
    return b;
}

static struct clnrm_plain_block *inner(struct clnrm_plain_reader *p, bool is_for)
{
    struct clnrm_plain_block *b = p->depth > 0 ? &p->blocks[p->depth - 1] : NULL;
    return b && b->is_for == is_for ? b : NULL;
}

/* Gives a word the number of the word that comes next. */
static void patch_here(struct clnrm_plain_reader *p, size_t word)
{
    word_at(p, word)->value = (int64_t)p->out->count + 1;
}

/* Makes IF of a name of the context and a text IF_TEXT: where its part ends, the name, at, the
 * text. */
static bool shorten(struct clnrm_plain_reader *p, size_t word)
{
    struct clnrm_plain_word *w = word_at(p, word);
    if (next_word(p) - word != 8 || w[2].value != CLNRM_PLAIN_EQUAL_TEXT ||
        w[4].kind != CLNRM_PLAIN_NAME)
        return true;
    w[0].value = CLNRM_PLAIN_IF_TEXT;
    w[2] = w[4];
    w[3] = w[5];
    w[4] = w[7];
    keep_words(p, word, 5);
    return true;
}

/* `if` and `elif`: IF, where its part ends, the condition. */
static bool part(struct clnrm_plain_reader *p, struct clnrm_plain_block *b)
{
    if (!clnrm_plain_skip(p) || !add_int(p, CLNRM_PLAIN_IF))
        return false;
    b->patch = next_word(p);
    return add_int(p, 0) && clnrm_plain_condition(p) && tag_end(p) && shorten(p, b->patch - 1);
}

static bool read_if(struct clnrm_plain_reader *p)
{
    struct clnrm_plain_block *b = open_block(p, false);
    p->steps++;
    return b && part(p, b);
}

/* Ends a part of an `if` behind which another one comes. */
static bool next_part(struct clnrm_plain_reader *p, struct clnrm_plain_block *b)
{
    if (!b || b->has_else || !add_int(p, CLNRM_PLAIN_JUMP))
        return false;
    size_t word = next_word(p);
    if (!add_int(p, b->ends))
        return false;
    b->ends = word;
    patch_here(p, b->patch);
    return true;
}

static bool read_elif(struct clnrm_plain_reader *p)
{
    struct clnrm_plain_block *b = inner(p, false);
    return next_part(p, b) && part(p, b);
}

static bool read_else(struct clnrm_plain_reader *p)
{
    struct clnrm_plain_block *b = inner(p, false);
    if (!next_part(p, b))
        return false;
    b->has_else = true;
    return tag_end(p);
}

static bool read_endif(struct clnrm_plain_reader *p)
{
    struct clnrm_plain_block *b = inner(p, false);
    if (!b || !tag_end(p))
        return false;
    if (!b->has_else)
        patch_here(p, b->patch);
    for (size_t word = b->ends, before; word; word = before) {
        before = (size_t)word_at(p, word)->value;
        patch_here(p, word);
    }
    p->depth--;
    return true;
}

/* FOR, where it ends, what a turn costs, its slots from which on, whether it has a key, what is
 * walked.  Slots: the value, the key, the number of the turn, how many there are. */
static bool read_for(struct clnrm_plain_reader *p)
{
    struct clnrm_slice first, second = {0};
    struct clnrm_plain_block *b = open_block(p, true);
    uint32_t slot = p->out->slots + 1;
    p->steps++;
    if (!b || !clnrm_plain_skip(p) || !clnrm_plain_take_name(p, &first))
        return false;
    if (clnrm_plain_take(p, ",")) {
        clnrm_plain_skip(p);
        if (!clnrm_plain_take_name(p, &second) || clnrm_slice_equal(first, second))
            return false;
    }
    if (!clnrm_plain_skip(p) || !clnrm_plain_take(p, "in") || !clnrm_plain_skip(p) ||
        !add_int(p, CLNRM_PLAIN_FOR))
        return false;
    if (p->loops == 0 && p->out->loop_count < CLNRM_PLAIN_LOOPS_MAX)
        p->out->loops[p->out->loop_count++] = p->out->count;
    b->patch = next_word(p);
    b->steps = p->steps;
    p->out->slots += 4;
    if (!add_int(p, 0) || !add_int(p, 0) || !add_int(p, slot) || !add_int(p, second.data != NULL) ||
        !clnrm_plain_expression(p, false, false) || !tag_end(p))
        return false;
    b->ends = p->loops;
    p->loops = slot + 2;
    p->out->depth = p->depth > p->out->depth ? p->depth : p->out->depth;
    return clnrm_plain_add_name(p, second.data ? second : first, slot, slot + 2) &&
           (!second.data || clnrm_plain_add_name(p, first, slot + 1, slot + 2));
}

static bool read_endfor(struct clnrm_plain_reader *p)
{
    struct clnrm_plain_block *b = inner(p, true);
    if (!b || !tag_end(p) || !add_int(p, CLNRM_PLAIN_END))
        return false;
    patch_here(p, b->patch);
    word_at(p, b->patch + 1)->value = (int64_t)((p->steps - b->steps) / COST + 1);
    p->loops = (uint32_t)b->ends;
    p->name_count = b->names;
    p->depth--;
    return true;
}

/* SET, its slot, the value. */
static bool read_set(struct clnrm_plain_reader *p)
{
    struct clnrm_slice name;
    size_t at;
    p->steps++;
    if (p->depth > 0 || !clnrm_plain_skip(p) || !clnrm_plain_take_name(p, &name))
        return false;
    clnrm_plain_skip(p);
    if (!clnrm_plain_take(p, "="))
        return false;
    clnrm_plain_skip(p);
    at = p->at;
    const struct clnrm_plain_known *known = clnrm_plain_find_name(p, name);
    uint32_t slot = known ? known->slot : ++p->out->slots;
    if (!add_int(p, CLNRM_PLAIN_SET) || !add_int(p, slot))
        return false;
    if (here(p) == '"' || here(p) == '\'' || here(p) == '`' || is_digit(here(p))) {
        p->steps++;
        if (!add_int(p, CLNRM_PLAIN_LITERAL) || !clnrm_plain_literal(p, 1) || !add_int(p, at + 1) ||
            !add_int(p, 0) || !add_int(p, 0) || !add_int(p, 0))
            return false;
    } else if (!clnrm_plain_expression(p, false, true)) {
        return false;
    }
    return tag_end(p) && (known || clnrm_plain_add_name(p, name, slot, 0));
}

static bool control(struct clnrm_plain_reader *p)
{
    static const struct {
        const char *word;
        bool (*read)(struct clnrm_plain_reader *);
    } TAGS[] = {{"if", read_if},   {"endif", read_endif},   {"else", read_else},
                {"for", read_for}, {"endfor", read_endfor}, {"elif", read_elif},
                {"set", read_set}};
    struct clnrm_slice word;
    clnrm_plain_skip(p);
    if (!clnrm_plain_take_name(p, &word))
        return false;
    for (size_t i = 0; i < sizeof(TAGS) / sizeof(TAGS[0]); i++)
        if (is(word, TAGS[i].word))
            return TAGS[i].read(p);
    return false;
}

static bool comment(struct clnrm_plain_reader *p)
{
    size_t from = p->at;
    p->steps++;
    while (p->at < p->s.len && !clnrm_plain_take(p, "#}"))
        p->at++;
    size_t stop = p->at - 2;
    return p->at <= p->s.len && p->at >= from + 3 && memcmp(p->s.data + stop, "#}", 2) == 0 &&
           p->s.data[stop - 1] != '-' && p->s.data[from] != '-';
}

/* The text up to the next tag. */
static bool between(struct clnrm_plain_reader *p)
{
    size_t from = p->at;
    const char *s = p->s.data;
    for (;; p->at++) {
        const char *brace = p->at < p->s.len ? memchr(s + p->at, '{', p->s.len - p->at) : NULL;
        p->at = brace ? (size_t)(brace - s) : p->s.len;
        if (p->at + 1 >= p->s.len) {
            p->at = p->s.len;
            break;
        }
        if (s[p->at + 1] == '{' || s[p->at + 1] == '%' || s[p->at + 1] == '#')
            break;
    }
    size_t size = p->at - from;
    if (size == 0)
        return true;
    p->steps++;
    p->out->longest = size > p->out->longest ? (uint32_t)size : p->out->longest;
    return add_int(p, CLNRM_PLAIN_PUT) && add_word(p, CLNRM_PLAIN_TEXT, from, size, 1) &&
           add_int(p, 2 * (from + 1));
}

bool clnrm_plain_read(struct clnrm_slice text, struct clnrm_buf *words, struct clnrm_plain *out)
{
    struct clnrm_plain_reader p = {.s = text, .out = out};
    *out = (struct clnrm_plain){.words = words};
    for (uint32_t tags = 0;; tags++) {
        if (!between(&p))
            return false;
        if (p.at == text.len)
            return p.depth == 0 && add_int(&p, CLNRM_PLAIN_END);
        size_t from = p.at;
        char kind = text.data[from + 1];
        p.at += 2;
        p.steps += kind == '{';
        if (tags == CLNRM_PLAIN_TAGS_MAX || p.steps > CLNRM_PLAIN_STEPS_MAX ||
            !(kind == '{'   ? output(&p, from)
              : kind == '%' ? control(&p)
                            : comment(&p)))
            return false;
    }
}
