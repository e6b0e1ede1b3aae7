/* toml_check.h -- what must hold for the reading of any text at all; asked by the tests of core/toml.h
 * and by the fuzzer.  A text that breaks it ends the program with the place of the claim. */
#ifndef TOML_CHECK_H
#define TOML_CHECK_H

#include "base/base.h"
#include "core/toml.h"

#include <math.h>
#include <stdio.h>

#define TOML_CLAIM(what)                                                                           \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum { TOML_CHECK_OUT_MAX = 256 << 20 };

static inline void toml_check_tokens(const struct clnrm_toml_doc *doc)
{
    if (!doc->token_count) { /* not read at all: too large, UTF-16, too many wrong bytes */
        TOML_CLAIM(doc->error_count > 0);
        return;
    }
    for (uint32_t i = 0; i < doc->token_count; i++)
        TOML_CLAIM(i ? doc->tokens[i].offset > doc->tokens[i - 1].offset : !doc->tokens[i].offset);
    const struct clnrm_toml_token *last = &doc->tokens[doc->token_count - 1];
    TOML_CLAIM(last->kind == CLNRM_TOML_T_END && last->offset == doc->len);
    for (uint32_t i = 0; i < doc->token_count; i++)
        TOML_CLAIM(doc->tokens[i].kind != CLNRM_TOML_T_JUNK || doc->error_count);
}

/* A message is one line of UTF-8 without control characters, just as a comment. */
static inline void toml_check_message(const char *message)
{
    char comment[CLNRM_TOML_MESSAGE_MAX + 1];
    struct clnrm_toml_doc doc = {0};
    int len = snprintf(comment, sizeof(comment), "#%s", message);
    TOML_CLAIM(clnrm_toml_parse(&doc, comment, (size_t)len, &(struct clnrm_toml_options){0}) == 0);
    TOML_CLAIM(doc.node_count == 1 && !strchr(comment, '\n') && len < CLNRM_TOML_MESSAGE_MAX);
    clnrm_toml_free(&doc);
}

static inline void toml_check_errors(const struct clnrm_toml_doc *doc, int status)
{
    TOML_CLAIM((status == 0) == (doc->error_count == 0));
    TOML_CLAIM(status == 0 || status == CLNRM_ESYNTAX || status == CLNRM_ELIMIT ||
               status == CLNRM_EUTF8);
    TOML_CLAIM(doc->error_count <= CLNRM_TOML_ERRORS_MAX);
    for (uint32_t i = 0; i < doc->error_count; i++) {
        const struct clnrm_toml_error *e = &doc->errors[i];
        uint32_t line, column;
        TOML_CLAIM(e->offset <= doc->len && e->length <= doc->len - e->offset);
        TOML_CLAIM(i == 0 || e->offset >= doc->errors[i - 1].offset);
        TOML_CLAIM(clnrm_toml_code_text((int)e->code) && e->message[0]);
        toml_check_message(e->message);
        clnrm_toml_line_column(doc->text, doc->len, e->offset, &line, &column);
        TOML_CLAIM(e->line == line && e->column == column);
        TOML_CLAIM(e->related == CLNRM_TOML_NOWHERE || e->related <= doc->len);
    }
}

static inline bool toml_is_container(const struct clnrm_toml_node *node)
{
    return node->type == CLNRM_TOML_ARRAY || node->type == CLNRM_TOML_TABLE;
}

/* Every place in a valid tree lies in the text; every key is found under itself. */
static inline void toml_check_tree(const struct clnrm_toml_doc *doc, uint32_t id, int depth)
{
    const struct clnrm_toml_node *node = &doc->nodes[id];
    TOML_CLAIM(node->type != CLNRM_TOML_BAD && node->offset <= node->end && node->end <= doc->len);
    if (!toml_is_container(node))
        return;
    TOML_CLAIM(depth <= CLNRM_TOML_DEPTH_MAX);
    uint32_t child = clnrm_toml_first(doc, id), offset, end;
    for (uint32_t i = 0; i < node->value.children.count; i++, child = doc->nodes[child].next) {
        const struct clnrm_toml_node *c = &doc->nodes[child];
        if (node->type == CLNRM_TOML_TABLE) {
            clnrm_toml_key_span(doc, child, &offset, &end);
            TOML_CLAIM(offset < end && end <= doc->len);
            TOML_CLAIM(clnrm_toml_find(doc, id, clnrm_toml_bytes(doc, c->key), c->key_len) ==
                       child);
        }
        toml_check_tree(doc, child, depth + 1);
    }
    TOML_CLAIM(child == clnrm_toml_first(doc, id)); /* the ring closes */
}

static inline bool toml_bytes_same(const struct clnrm_toml_doc *a, uint32_t at, uint32_t len,
                                   const struct clnrm_toml_doc *b, uint32_t b_at, uint32_t b_len)
{
    return len == b_len && memcmp(clnrm_toml_bytes(a, at), clnrm_toml_bytes(b, b_at), len) == 0;
}

static inline bool toml_same(const struct clnrm_toml_doc *a, uint32_t x,
                             const struct clnrm_toml_doc *b, uint32_t y)
{
    const struct clnrm_toml_node *m = &a->nodes[x], *n = &b->nodes[y];
    if (m->type != n->type || !toml_bytes_same(a, m->key, m->key_len, b, n->key, n->key_len))
        return false;
    switch (m->type) {
    case CLNRM_TOML_STRING:
        return toml_bytes_same(a, m->value.string.at, m->value.string.len, b, n->value.string.at,
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
        if (m->value.children.count != n->value.children.count)
            return false;
        for (uint32_t i = m->value.children.count; i > 0; i--) {
            x = x == (uint32_t)(m - a->nodes) ? clnrm_toml_first(a, x) : a->nodes[x].next;
            y = y == (uint32_t)(n - b->nodes) ? clnrm_toml_first(b, y) : b->nodes[y].next;
            if (!toml_same(a, x, b, y))
                return false;
        }
        return true;
    default: /* a date or a time: as it is written */
        return m->end - m->offset == n->end - n->offset &&
               memcmp(a->text + m->offset, b->text + n->offset, m->end - m->offset) == 0;
    }
}

static inline void toml_write_text(struct clnrm_buf *out, const char *s, size_t len)
{
    char escape[16];
    clnrm_buf_add(out, "\"", 1);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c < ' ' || c == '"' || c == '\\' || c == 0x7f)
            clnrm_buf_add(out, escape, (size_t)snprintf(escape, sizeof(escape), "\\u%04X", c));
        else
            clnrm_buf_add(out, s + i, 1);
    }
    clnrm_buf_add(out, "\"", 1);
}

/* Writes a value in one line, tables in braces; the root without them, a line for each key. */
static inline void toml_write(struct clnrm_buf *out, const struct clnrm_toml_doc *doc, uint32_t id)
{
    const struct clnrm_toml_node *node = &doc->nodes[id];
    const char *open = node->type == CLNRM_TOML_ARRAY ? "[" : id ? "{" : "";
    const char *close = node->type == CLNRM_TOML_ARRAY ? "]" : id ? "}" : "";
    char number[64];
    uint32_t child = 0;
    switch (node->type) {
    case CLNRM_TOML_STRING:
        toml_write_text(out, clnrm_toml_bytes(doc, node->value.string.at), node->value.string.len);
        break;
    case CLNRM_TOML_FLOAT:
        clnrm_buf_add(out, number,
                      (size_t)snprintf(number, sizeof(number),
                                       isfinite(node->value.number) ? "%.17e" : "%f",
                                       node->value.number));
        break;
    case CLNRM_TOML_ARRAY:
    case CLNRM_TOML_TABLE:
        clnrm_buf_add(out, open, strlen(open));
        for (uint32_t i = 0; i < node->value.children.count; i++) {
            child = i ? doc->nodes[child].next : clnrm_toml_first(doc, id);
            if (i)
                clnrm_buf_add(out, id ? "," : "\n", 1);
            if (node->type == CLNRM_TOML_TABLE) {
                toml_write_text(out, clnrm_toml_bytes(doc, doc->nodes[child].key),
                                doc->nodes[child].key_len);
                clnrm_buf_add(out, "=", 1);
            }
            toml_write(out, doc, child);
        }
        clnrm_buf_add(out, close, strlen(close));
        break;
    default:
        clnrm_buf_add(out, doc->text + node->offset, node->end - node->offset);
    }
}

/* What is written from a valid text reads as the same tree. */
static inline void toml_check_round_trip(const struct clnrm_toml_doc *doc)
{
    struct clnrm_buf out = {.max = TOML_CHECK_OUT_MAX};
    struct clnrm_toml_doc again = {0};
    const struct clnrm_toml_options options = {.version = CLNRM_TOML_1_1};
    toml_write(&out, doc, 0);
    clnrm_buf_add(&out, "", 1); /* the NUL that must stand behind a text */
    if (out.len - 1 <= CLNRM_TOML_TEXT_MAX) {
        TOML_CLAIM(clnrm_toml_parse(&again, out.data, out.len - 1, &options) == 0);
        TOML_CLAIM(toml_same(doc, 0, &again, 0));
    }
    clnrm_toml_free(&again);
    clnrm_buf_free(&out);
}

/* Reads a text in each way and checks all of the above.  Returns whether it is valid TOML 1.1. */
static inline bool toml_check(const char *data, size_t len)
{
    struct clnrm_toml_doc doc = {0}, old = {0};
    char *text = clnrm_xmemdup(data, len); /* of exactly its size, so that ASan sees each overrun */
    int status = clnrm_toml_parse(
        &doc, text, len, &(struct clnrm_toml_options){.version = CLNRM_TOML_1_0, .tokens = true});
    toml_check_tokens(&doc);
    toml_check_errors(&doc, status);
    int old_status =
        clnrm_toml_parse(&old, text, len, &(struct clnrm_toml_options){.version = CLNRM_TOML_1_0});
    TOML_CLAIM(old_status == status && old.node_count == doc.node_count &&
               old.error_count == doc.error_count);
    TOML_CLAIM(memcmp(old.nodes, doc.nodes, doc.node_count * sizeof(*doc.nodes)) == 0);
    status = clnrm_toml_parse(
        &doc, text, len, &(struct clnrm_toml_options){.version = CLNRM_TOML_1_1, .tokens = true});
    toml_check_tokens(&doc);
    toml_check_errors(&doc, status);
    TOML_CLAIM(old_status != 0 || (status == 0 && toml_same(&old, 0, &doc, 0)));
    if (status == 0) {
        toml_check_tree(&doc, 0, 0);
        toml_check_round_trip(&doc);
    }
    clnrm_toml_free(&doc);
    clnrm_toml_free(&old);
    free(text);
    return status == 0;
}

#endif
