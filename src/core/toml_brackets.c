/* toml_brackets.c -- see toml_brackets.h; one pass over the tokens, with a stack. */
#include "core/toml_brackets.h"

#include "base/base.h"
#include "core/text.h"

enum { OPEN_MAX = CLNRM_TOML_DEPTH_MAX + 2, BRACKETS_MIN = 16 };

/* A bracket that is open. */
struct frame {
    uint32_t bracket;
    bool is_table;
    bool has_newline, has_comment; /* between its own elements */
    bool has_split;                /* something inside goes over several lines */
    bool comma;                    /* one stands behind the last element */
};

struct measure {
    const struct clnrm_toml_doc *doc;
    bool keep_lines;
    struct clnrm_toml_bracket *list;
    uint32_t count, cap;
    struct frame frames[OPEN_MAX];
    int depth;
};

uint32_t clnrm_toml_columns(const char *s, const char *end)
{
    for (const char *c = s; c < end; c++)
        if ((unsigned char)*c >= 0x80)
            return (uint32_t)clnrm_text_width((struct clnrm_slice){s, (size_t)(end - s)});
    return (uint32_t)(end - s);
}

/* Tells whether a comment or a string stands for a tag: it begins with the mark, unless that is
 * empty. */
static bool is_tag(const struct clnrm_toml_doc *doc, uint32_t at, struct clnrm_slice mark)
{
    const unsigned kind = doc->tokens[at].kind;
    if (mark.len == 0 || (kind != CLNRM_TOML_T_COMMENT && kind != CLNRM_TOML_T_STRING))
        return false;
    const char *s = clnrm_toml_token_start(doc, at) + 1, *end = clnrm_toml_token_start(doc, at + 1);
    return (size_t)(end - s) >= mark.len && memcmp(s, mark.data, mark.len) == 0;
}

bool clnrm_toml_gets_comma(const struct clnrm_toml_doc *doc, const struct clnrm_toml_bracket *b,
                           uint32_t at, struct clnrm_slice mark)
{
    if (!b->has_tag && !is_tag(doc, at - 1, mark))
        return true;
    for (;; at++) {
        const unsigned kind = doc->tokens[at].kind;
        if (kind != CLNRM_TOML_T_SPACE && kind != CLNRM_TOML_T_NEWLINE &&
            kind != CLNRM_TOML_T_COMMENT)
            return kind == CLNRM_TOML_T_COMMA;
    }
}

/* Adds columns to the one-line form of a bracket. */
static void add(struct clnrm_toml_bracket *b, uint32_t columns)
{
    if (b->has_break)
        b->tail += columns;
    else
        b->head += columns;
}

/* Adds a piece that has a line end inside. */
static void add_break(struct clnrm_toml_bracket *b, uint32_t head, uint32_t tail)
{
    if (!b->has_break)
        b->head += head;
    b->tail = tail;
    b->has_break = true;
}

/* Begins an element of the innermost bracket, or goes on with it. */
static struct clnrm_toml_bracket *element(struct measure *m)
{
    struct frame *f = &m->frames[m->depth - 1];
    struct clnrm_toml_bracket *b = &m->list[f->bracket];
    if (f->comma)
        add(b, 2);
    f->comma = false;
    b->has_elements = true;
    return b;
}

static void open_bracket(struct measure *m, uint32_t at, bool is_table)
{
    if (m->count == m->cap) {
        m->cap = m->cap ? 2 * m->cap : BRACKETS_MIN;
        m->list = clnrm_xrealloc(m->list, m->cap * sizeof(*m->list));
    }
    m->list[m->count] = (struct clnrm_toml_bracket){.open = at, .close = at, .head = 1};
    m->frames[m->depth++] = (struct frame){.bracket = m->count++, .is_table = is_table};
}

static void close_bracket(struct measure *m, uint32_t at)
{
    const struct frame f = m->frames[--m->depth];
    struct clnrm_toml_bracket *b = &m->list[f.bracket];
    b->close = at;
    if (f.is_table && b->has_elements) { /* { and } have a blank inside */
        b->head++;
        add(b, 1);
    }
    add(b, 1);
    if (f.is_table)
        b->is_split = f.has_comment || (f.has_newline && b->has_elements);
    else
        b->is_split = f.has_comment || f.has_split ||
                      (f.has_newline && b->has_elements && (f.comma || m->keep_lines));
    if (m->depth == 0)
        return;
    struct clnrm_toml_bracket inner = *b, *outer = element(m);
    m->frames[m->depth - 1].has_split |= inner.is_split || f.has_split;
    if (inner.has_break)
        add_break(outer, inner.head, inner.tail);
    else
        add(outer, inner.head);
}

static bool is_open(const struct measure *m, uint32_t at)
{
    char c = *clnrm_toml_token_start(m->doc, at);
    return c == '[' || c == '{';
}

static void add_string(struct measure *m, const char *s, const char *end)
{
    const char *first = memchr(s, '\n', (size_t)(end - s)), *last = first;
    struct clnrm_toml_bracket *b = element(m);
    if (!first) {
        add(b, clnrm_toml_columns(s, end));
        return;
    }
    for (const char *c = first; c < end; c++)
        last = *c == '\n' ? c : last;
    add_break(b, clnrm_toml_columns(s, first), clnrm_toml_columns(last + 1, end));
}

struct clnrm_toml_bracket *clnrm_toml_brackets(const struct clnrm_toml_doc *doc, bool keep_lines,
                                               struct clnrm_slice mark, uint32_t *count)
{
    struct measure m = {.doc = doc, .keep_lines = keep_lines};
    for (uint32_t at = 0; at + 1 < doc->token_count; at++) {
        const unsigned kind = doc->tokens[at].kind;
        if (kind == CLNRM_TOML_T_ARRAY || kind == CLNRM_TOML_T_TABLE) {
            if (!is_open(&m, at))
                close_bracket(&m, at);
            else
                open_bracket(&m, at, kind == CLNRM_TOML_T_TABLE);
            continue;
        }
        if (m.depth == 0)
            continue;
        const char *s = clnrm_toml_token_start(doc, at), *end = clnrm_toml_token_start(doc, at + 1);
        struct frame *f = &m.frames[m.depth - 1];
        switch (kind) {
        case CLNRM_TOML_T_NEWLINE:
            f->has_newline = true;
            break;
        case CLNRM_TOML_T_COMMENT:
            f->has_comment = true;
            m.list[f->bracket].has_tag |= is_tag(doc, at, mark);
            break;
        case CLNRM_TOML_T_COMMA:
            f->comma = true;
            break;
        case CLNRM_TOML_T_STRING:
            add_string(&m, s, end);
            break;
        case CLNRM_TOML_T_EQUALS:
            add(element(&m), 3);
            break;
        case CLNRM_TOML_T_SPACE:
            break;
        default:
            add(element(&m), clnrm_toml_columns(s, end));
        }
    }
    *count = m.count;
    return m.list;
}
