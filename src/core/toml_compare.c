/* toml_compare.c -- whether two TOML texts say the same: their values, and what they are made of. */
#include "core/toml_brackets.h"
#include "core/toml_format.h"

#include "base/base.h"

#include <math.h>

static bool same_bytes(const struct clnrm_toml_doc *a, uint32_t at, uint32_t len,
                       const struct clnrm_toml_doc *b, uint32_t b_at, uint32_t b_len)
{
    return len == b_len &&
           (len == 0 || memcmp(clnrm_toml_bytes(a, at), clnrm_toml_bytes(b, b_at), len) == 0);
}

/* Compares two nodes without their children. */
static bool same_node(const struct clnrm_toml_doc *a, const struct clnrm_toml_node *m,
                      const struct clnrm_toml_doc *b, const struct clnrm_toml_node *n)
{
    if (m->type != n->type || !same_bytes(a, m->key, m->key_len, b, n->key, n->key_len))
        return false;
    switch (m->type) {
    case CLNRM_TOML_BAD:
        return true;
    case CLNRM_TOML_STRING:
        return same_bytes(a, m->value.string.at, m->value.string.len, b, n->value.string.at,
                          n->value.string.len);
    case CLNRM_TOML_FLOAT:
        return memcmp(&m->value.number, &n->value.number, sizeof(double)) == 0 ||
               (isnan(m->value.number) && isnan(n->value.number));
    case CLNRM_TOML_INTEGER:
        return m->value.integer == n->value.integer;
    case CLNRM_TOML_BOOLEAN:
        return m->value.boolean == n->value.boolean;
    case CLNRM_TOML_ARRAY:
    case CLNRM_TOML_TABLE:
        return m->value.children.count == n->value.children.count;
    default: /* a date or a time: as it is written */
        return same_bytes(a, m->offset, m->end - m->offset, b, n->offset, n->end - n->offset);
    }
}

/* The depth is bounded by the reader's. */
static bool same_tree(const struct clnrm_toml_doc *a, uint32_t x, const struct clnrm_toml_doc *b,
                      uint32_t y)
{
    const struct clnrm_toml_node *m = &a->nodes[x];
    if (!same_node(a, m, b, &b->nodes[y]))
        return false;
    if ((m->type != CLNRM_TOML_ARRAY && m->type != CLNRM_TOML_TABLE) || !m->value.children.count)
        return true;
    x = clnrm_toml_first(a, x);
    y = clnrm_toml_first(b, y);
    for (uint32_t i = m->value.children.count; i > 0; i--) {
        if (!same_tree(a, x, b, y))
            return false;
        x = a->nodes[x].next;
        y = b->nodes[y].next;
    }
    return true;
}

bool clnrm_toml_same_values(const struct clnrm_toml_doc *a, const struct clnrm_toml_doc *b)
{
    return same_tree(a, 0, b, 0);
}

static bool is_blank(unsigned kind)
{
    return kind == CLNRM_TOML_T_SPACE || kind == CLNRM_TOML_T_NEWLINE;
}

/* Tells whether nothing but blanks and comments stands between a comma and a closing bracket. */
static bool is_last_comma(const struct clnrm_toml_doc *doc, uint32_t at)
{
    do
        at++;
    while (is_blank(doc->tokens[at].kind) || doc->tokens[at].kind == CLNRM_TOML_T_COMMENT);
    char c = *clnrm_toml_token_start(doc, at);
    const unsigned kind = doc->tokens[at].kind;
    return (kind == CLNRM_TOML_T_ARRAY && c == ']') || (kind == CLNRM_TOML_T_TABLE && c == '}');
}

/* Returns the next token at or behind `at` that counts. */
static uint32_t next_counted(const struct clnrm_toml_doc *doc, uint32_t at, bool commas)
{
    for (;; at++) {
        const unsigned kind = doc->tokens[at].kind;
        if (kind == CLNRM_TOML_T_COMMA ? commas && !is_last_comma(doc, at) : !is_blank(kind))
            return at;
    }
}

static struct clnrm_slice token_bytes(const struct clnrm_toml_doc *doc, uint32_t at)
{
    const char *s = clnrm_toml_token_start(doc, at), *end = clnrm_toml_token_start(doc, at + 1);
    if (doc->tokens[at].kind == CLNRM_TOML_T_COMMENT)
        while (end[-1] == ' ' || end[-1] == '\t')
            end--;
    return (struct clnrm_slice){s, (size_t)(end - s)};
}

bool clnrm_toml_same_tokens(const struct clnrm_toml_doc *a, const struct clnrm_toml_doc *b,
                            bool commas)
{
    if (!a->token_count || !b->token_count)
        return false;
    for (uint32_t x = 0, y = 0;; x++, y++) {
        x = next_counted(a, x, commas);
        y = next_counted(b, y, commas);
        if (a->tokens[x].kind != b->tokens[y].kind)
            return false;
        if (a->tokens[x].kind == CLNRM_TOML_T_END)
            return true;
        if (!clnrm_slice_equal(token_bytes(a, x), token_bytes(b, y)))
            return false;
    }
}
