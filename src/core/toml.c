/* toml.c -- reads a whole TOML text: statements, headers, what to skip after an error.
 *
 * See toml.h for the contract.  The text is checked first (toml_text.c), then read in one pass. */
#include "core/toml_value.h"

/* Skips the rest of a line, which must be blank or a comment.  Returns the start of the next. */
static inline const char *end_line(struct clnrm_toml_reader *r, const char *s)
{
    struct clnrm_toml_found found;
    s = clnrm_toml_space(r, s);
    if (*s == '#')
        s = clnrm_toml_comment(r, s);
    if (*s == '\n' || *s == '\r')
        return clnrm_toml_newline(r, s);
    if (s >= r->end)
        return s;
    r->at = s;
    const char *help = *s == '"' || *s == '\'' ? "write a quote inside a string as \\\"" : NULL;
    clnrm_toml_fail(r, CLNRM_TOML_E_NO_NEWLINE, s, s + 1, help,
                    "expected the end of the line, found %s", clnrm_toml_found(r, s, &found));
    return NULL;
}

/* After an error: returns where the next statement starts. */
static const char *next_statement(struct clnrm_toml_reader *r)
{
    const char *s = r->resume;
    r->resume = NULL;
    if (!s)
        s = clnrm_toml_seek(r->at, r->end, '\n', '\n', '\n');
    if (r->record && s > r->covered)
        clnrm_toml_record(r, CLNRM_TOML_T_JUNK, r->covered, s);
    return s;
}

static void fail_header(struct clnrm_toml_reader *r, enum clnrm_toml_code code,
                        const struct clnrm_toml_key *key, uint32_t id, const char *what,
                        const char *help)
{
    const char *from = r->text + key->offset, *to = r->text + key->end;
    clnrm_toml_relate(
        clnrm_toml_fail(r, code, from, to, help, "%.*s %s", clnrm_toml_shown(from, to), from, what),
        r->doc->nodes[id].offset);
}

/* Returns the last table of an array of tables. */
static uint32_t last_table(const struct clnrm_toml_doc *doc, uint32_t id)
{
    return doc->nodes[id].value.children.last;
}

/* Goes into the table that a part of a header names, and makes it when it is not there.  Returns
 * CLNRM_TOML_NOWHERE when that cannot be. */
static uint32_t enter_header(struct clnrm_toml_reader *r, uint32_t table,
                             const struct clnrm_toml_key *key)
{
    uint32_t id = clnrm_toml_lookup(r, table, key);
    if (!id) {
        id = clnrm_toml_add(r, table, key, CLNRM_TOML_TABLE, 0);
        return id ? id : CLNRM_TOML_NOWHERE;
    }
    const struct clnrm_toml_node *node = &r->doc->nodes[id];
    if (node->type == CLNRM_TOML_TABLE && !(node->flags & CLNRM_TOML_INLINE))
        return id;
    if (node->type == CLNRM_TOML_ARRAY && node->flags & CLNRM_TOML_TABLES) {
        r->depth++;
        return last_table(r->doc, id);
    }
    if (node->type == CLNRM_TOML_TABLE)
        fail_header(r, CLNRM_TOML_E_CLOSED, key, id,
                    "is an inline table: nothing can be added to it", NULL);
    else if (node->type == CLNRM_TOML_ARRAY)
        fail_header(r, CLNRM_TOML_E_CLOSED, key, id,
                    "is an array in brackets: nothing can be added to it",
                    "write its tables with [[ ]] too, or all in the brackets");
    else if (node->type != CLNRM_TOML_BAD)
        fail_header(r, CLNRM_TOML_E_NOT_A_TABLE, key, id, "has a value, so it cannot hold a table",
                    NULL);
    return CLNRM_TOML_NOWHERE;
}

/* Makes the table of `[... key]`, or finds the one that headers below it made. */
static uint32_t define_table(struct clnrm_toml_reader *r, uint32_t table,
                             const struct clnrm_toml_key *key)
{
    uint32_t id = clnrm_toml_lookup(r, table, key);
    if (!id) {
        id = clnrm_toml_add(r, table, key, CLNRM_TOML_TABLE, CLNRM_TOML_EXPLICIT);
        return id ? id : CLNRM_TOML_NOWHERE;
    }
    struct clnrm_toml_node *node = &r->doc->nodes[id];
    const unsigned defined = CLNRM_TOML_EXPLICIT | CLNRM_TOML_DOTTED | CLNRM_TOML_INLINE;
    if (node->type == CLNRM_TOML_TABLE && !(node->flags & defined)) {
        node->flags |= CLNRM_TOML_EXPLICIT;
        return id;
    }
    if (node->type == CLNRM_TOML_ARRAY && node->flags & CLNRM_TOML_TABLES)
        fail_header(r, CLNRM_TOML_E_KIND_CHANGED, key, id,
                    "is an array of tables, so it cannot be a table too",
                    "write [[ ]] to add to the array");
    else if (node->type == CLNRM_TOML_TABLE && node->flags & CLNRM_TOML_DOTTED)
        fail_header(r, CLNRM_TOML_E_TABLE_TWICE, key, id, "is defined by dotted keys already",
                    "write its keys in one place");
    else if (node->type == CLNRM_TOML_TABLE)
        fail_header(r, CLNRM_TOML_E_TABLE_TWICE, key, id, "is defined twice",
                    "write its keys in one place, or use [[ ]] for an array of tables");
    else if (node->type != CLNRM_TOML_BAD)
        fail_header(r, CLNRM_TOML_E_DUPLICATE, key, id, "has a value, so it cannot be a table too",
                    "remove or rename one of the two");
    return CLNRM_TOML_NOWHERE;
}

/* Finds the array of `[[... key]]`, or makes it. */
static uint32_t define_array(struct clnrm_toml_reader *r, uint32_t table,
                             const struct clnrm_toml_key *key)
{
    uint32_t id = clnrm_toml_lookup(r, table, key);
    if (!id) {
        id = clnrm_toml_add(r, table, key, CLNRM_TOML_ARRAY, CLNRM_TOML_TABLES);
        return id ? id : CLNRM_TOML_NOWHERE;
    }
    const struct clnrm_toml_node *node = &r->doc->nodes[id];
    if (node->type == CLNRM_TOML_ARRAY && node->flags & CLNRM_TOML_TABLES)
        return id;
    if (node->type == CLNRM_TOML_TABLE)
        fail_header(r, CLNRM_TOML_E_KIND_CHANGED, key, id,
                    "is a table, so it cannot be an array of tables too",
                    "write [ ] for one table, [[ ]] each time for several");
    else if (node->type == CLNRM_TOML_ARRAY)
        fail_header(r, CLNRM_TOML_E_CLOSED, key, id,
                    "is an array in brackets: nothing can be added to it",
                    "write its tables with [[ ]] too, or all in the brackets");
    else if (node->type != CLNRM_TOML_BAD)
        fail_header(r, CLNRM_TOML_E_DUPLICATE, key, id,
                    "has a value, so it cannot be an array of tables too",
                    "remove or rename one of the two");
    return CLNRM_TOML_NOWHERE;
}

/* Makes one more table in the array of `[[... key]]`, whose header is the text [from, to). */
static uint32_t define_element(struct clnrm_toml_reader *r, uint32_t table,
                               const struct clnrm_toml_key *key, const char *from, const char *to)
{
    uint32_t id = define_array(r, table, key);
    if (id == CLNRM_TOML_NOWHERE)
        return id;
    uint32_t element = clnrm_toml_node(r, CLNRM_TOML_TABLE, CLNRM_TOML_EXPLICIT, from);
    if (!element)
        return CLNRM_TOML_NOWHERE;
    if (!r->doc->nodes[id].value.children.count) { /* an array stands where its first table does */
        r->doc->nodes[id].offset = clnrm_toml_offset(r, from);
        r->doc->nodes[id].end = clnrm_toml_offset(r, to);
    }
    clnrm_toml_append(r->doc, id, element);
    r->depth++;
    return element;
}

/* Reads the keys of a header up to its closing bracket.  Returns the place behind them, or NULL;
 * `*table` becomes the table in which `*key`, the last of them, names one, or CLNRM_TOML_NOWHERE. */
static const char *read_path(struct clnrm_toml_reader *r, const char *s, uint32_t *table,
                             struct clnrm_toml_key *key)
{
    *table = 0;
    for (r->depth = 1;; r->depth++) {
        s = clnrm_toml_key(r, clnrm_toml_space(r, s), key);
        if (!s)
            return NULL;
        if (r->depth > CLNRM_TOML_DEPTH_MAX)
            return clnrm_toml_too_deep(r, r->text + key->offset);
        s = clnrm_toml_space(r, s);
        if (*s != '.')
            return s;
        if (*table != CLNRM_TOML_NOWHERE)
            *table = enter_header(r, *table, key);
        clnrm_toml_token(r, CLNRM_TOML_T_DOT, s, s + 1);
        s++;
    }
}

static const char *fail_bracket(struct clnrm_toml_reader *r, const char *from, const char *s,
                                bool tables)
{
    struct clnrm_toml_found found;
    r->at = s;
    clnrm_toml_relate(
        clnrm_toml_fail(r, CLNRM_TOML_E_HEADER, s, s + (s < r->end), NULL,
                        "expected %s behind the name of the table, found %s", tables ? "]]" : "]",
                        tables && *s == ']' ? "only one" : clnrm_toml_found(r, s, &found)),
        clnrm_toml_offset(r, from));
    return NULL;
}

static const char *read_header(struct clnrm_toml_reader *r, const char *from)
{
    struct clnrm_toml_key key;
    const bool tables = from[1] == '[';
    const enum clnrm_toml_token_kind kind = tables ? CLNRM_TOML_T_HEADERS : CLNRM_TOML_T_HEADER;
    uint32_t table, id = CLNRM_TOML_NOWHERE;
    const char *s = from + 1 + tables;
    clnrm_toml_token(r, kind, from, s);
    s = read_path(r, s, &table, &key);
    if (s && *s == ']' && (!tables || s[1] == ']')) {
        clnrm_toml_token(r, kind, s, s + 1 + tables);
        s += 1 + tables;
        if (table != CLNRM_TOML_NOWHERE)
            id = tables ? define_element(r, table, &key, from, s) : define_table(r, table, &key);
    } else if (s) {
        s = fail_bracket(r, from, s, tables);
    }
    if (id == CLNRM_TOML_NOWHERE && !r->fatal) /* its keys go nowhere, yet are read */
        id = clnrm_toml_node(r, CLNRM_TOML_TABLE, CLNRM_TOML_EXPLICIT, from);
    if (r->fatal)
        return NULL;
    r->table = id;
    r->doc->nodes[id].offset = clnrm_toml_offset(r, from);
    r->doc->nodes[id].end = clnrm_toml_offset(r, s ? s : from);
    return s;
}

static void read_statements(struct clnrm_toml_reader *r, const char *s)
{
    while (s < r->end) {
        s = clnrm_toml_space(r, s);
        const char *to = s;
        if (*s == '[')
            to = read_header(r, s);
        else if (*s != '\n' && *s != '#' && *s != '\r' && s < r->end)
            to = clnrm_toml_pair(r, s, r->table, r->depth + 1);
        if (to)
            to = end_line(r, to);
        if (r->fatal)
            return;
        s = to ? to : next_statement(r);
    }
}

static int status_of(const struct clnrm_toml_doc *doc)
{
    if (!doc->error_count)
        return 0;
    switch (doc->errors[0].code) {
    case CLNRM_TOML_E_TOO_LARGE:
    case CLNRM_TOML_E_TOO_DEEP:
    case CLNRM_TOML_E_TOO_MANY:
    case CLNRM_TOML_E_KEY_LENGTH:
        return CLNRM_ELIMIT;
    case CLNRM_TOML_E_NOT_UTF8:
    case CLNRM_TOML_E_UTF16:
        return CLNRM_EUTF8;
    default:
        return CLNRM_ESYNTAX;
    }
}

static void reset(struct clnrm_toml_doc *doc, const char *text, size_t len)
{
    clnrm_toml_index_reset(doc);
    free(doc->masked);
    doc->masked = NULL;
    doc->text = text;
    doc->len = len;
    doc->node_count = doc->decoded_len = doc->error_count = doc->token_count = 0;
    doc->errors_cut = false;
}

int clnrm_toml_parse(struct clnrm_toml_doc *doc, const char *text, size_t len,
                     const struct clnrm_toml_options *options)
{
    static const char bom[] = "\xef\xbb\xbf";
    struct clnrm_toml_reader r = {.text = text,
                                  .end = text + len,
                                  .doc = doc,
                                  .version = options->version,
                                  .record = options->tokens,
                                  .loose = options->loose};
    reset(doc, text, len);
    doc->node_max = CLNRM_TOML_NODES_MAX;
    if (options->nodes_max > 0 && options->nodes_max < CLNRM_TOML_NODES_MAX)
        doc->node_max = options->nodes_max;
    if (doc->node_cap > doc->node_max) { /* from a reading that was allowed more */
        free(doc->nodes);
        doc->nodes = NULL;
        doc->node_cap = 0;
    }
    clnrm_toml_node(&r, CLNRM_TOML_TABLE, CLNRM_TOML_EXPLICIT, text); /* the root */
    if (len > CLNRM_TOML_TEXT_MAX) {
        clnrm_toml_fail(&r, CLNRM_TOML_E_TOO_LARGE, text, text, NULL,
                        "the text has %zu bytes, at most %u are read", len, CLNRM_TOML_TEXT_MAX);
        r.fatal = true;
    } else {
        clnrm_toml_check(&r);
    }
    if (!r.fatal) {
        const char *s = r.covered = r.text;
        if (len >= sizeof(bom) - 1 && memcmp(s, bom, sizeof(bom) - 1) == 0) {
            s += sizeof(bom) - 1;
            clnrm_toml_token(&r, CLNRM_TOML_T_BOM, r.text, s);
        }
        read_statements(&r, s);
        clnrm_toml_token(&r, CLNRM_TOML_T_END, r.end, r.end);
    }
    clnrm_toml_place_errors(&r);
    return status_of(doc);
}

void clnrm_toml_free(struct clnrm_toml_doc *doc)
{
    clnrm_toml_index_reset(doc);
    free(doc->indexes);
    free(doc->nodes);
    free(doc->decoded);
    free(doc->errors);
    free(doc->tokens);
    free(doc->masked);
    *doc = (struct clnrm_toml_doc){0};
}
