/* toml_value.c -- see toml_value.h; after an error inside brackets it goes on at the next comma,
 * line or closing bracket. */
#include "core/toml_value.h"

enum { FAST_DIGITS_MAX = 18 }; /* that many always fit an int64_t */

static const char *read_value(struct clnrm_toml_reader *r, const char *s, uint32_t id, int depth);

const char *clnrm_toml_describe(const struct clnrm_toml_node *node)
{
    static const char *const names[] = {
        "not readable", "a string", "an integer", "a float",  "a boolean", "a date-time",
        "a date-time",  "a date",   "a time",     "an array", "a table",
    };
    if (node->type == CLNRM_TOML_ARRAY && node->flags & CLNRM_TOML_TABLES)
        return "an array of tables";
    if (node->type == CLNRM_TOML_TABLE && node->flags & CLNRM_TOML_INLINE)
        return "an inline table";
    return names[node->type];
}

const char *clnrm_toml_too_deep(struct clnrm_toml_reader *r, const char *s)
{
    r->at = s;
    clnrm_toml_fail(r, CLNRM_TOML_E_TOO_DEEP, s, s + 1, NULL,
                    "tables and arrays are nested deeper than %d, what follows is not read",
                    CLNRM_TOML_DEPTH_MAX);
    r->fatal = true;
    return NULL;
}

/* Skips spaces, line ends and comments. */
static inline const char *skip_blank(struct clnrm_toml_reader *r, const char *s)
{
    for (;;) {
        s = clnrm_toml_space(r, s);
        if (*s == '#')
            s = clnrm_toml_comment(r, s);
        if (*s != '\n' && *s != '\r')
            return s;
        r->newline = s;
        s = clnrm_toml_newline(r, s);
    }
}

/* Skips a string of any form without looking into it; one that is not closed ends with its line. */
static const char *skip_string(const struct clnrm_toml_reader *r, const char *s)
{
    char quote = *s;
    bool multiline = s[1] == quote && s[2] == quote;
    const char *from = s + (multiline ? 3 : 1);
    for (s = from; s < r->end; s++) {
        if (*s == '\\' && quote == '"' && s + 1 < r->end)
            s++;
        else if (*s == quote && (!multiline || (s[1] == quote && s[2] == quote)))
            return s + (multiline ? 3 : 1);
        if (*s == '\n' && !multiline)
            return s;
    }
    return multiline ? from : s;
}

/* Tells whether all that stands before the bracket behind `s` is a word that is a value: then
 * `[word]` is an array, not a header. */
static bool is_word_value(const char *s)
{
    static const char *const words[] = {"true", "false", "inf", "nan"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        size_t len = strlen(words[i]);
        if (strncmp(s, words[i], len) == 0)
            return s[len + strspn(s + len, " \t")] == ']';
    }
    return false;
}

/* Tells whether a line that starts at `s` looks like `key = ...` or `[header]`. */
static bool starts_statement(const struct clnrm_toml_reader *r, const char *s)
{
    while (clnrm_toml_is(s, CLNRM_TOML_C_SPACE))
        s++;
    const char *from = s;
    bool header = *s == '[';
    s += header ? 1 + (s[1] == '[') : 0;
    if (header && (!clnrm_toml_is(s, CLNRM_TOML_C_LETTER) || is_word_value(s)))
        return false; /* may be an element of an array */
    for (; s < r->end; s++) {
        if ((*s == '"' || *s == '\'') && !header)
            s = skip_string(r, s) - 1;
        else if (!clnrm_toml_is(s, CLNRM_TOML_C_KEY | CLNRM_TOML_C_SPACE) && *s != '.')
            break;
    }
    if (!header)
        return s > from && *s == '=';
    if (*s != ']')
        return false;
    for (s += 1 + (s[1] == ']'); clnrm_toml_is(s, CLNRM_TOML_C_SPACE);)
        s++;
    return s >= r->end || *s == '\n' || *s == '\r' || *s == '#';
}

/* Tells whether a statement rather than something between brackets that `close` ends starts at `s`:
 * then they were not closed.  Lines of an inline table look like statements, too, but are indented. */
static bool leaves_brackets(const struct clnrm_toml_reader *r, const char *s, char close)
{
    while (clnrm_toml_is(s - 1, CLNRM_TOML_C_SPACE))
        s--;
    return s[-1] == '\n' && (close == ']' || !clnrm_toml_is(s, CLNRM_TOML_C_SPACE)) &&
           starts_statement(r, s);
}

/* After an error between brackets: returns the comma, the line start or the bracket `close` from
 * where their reading can go on, or NULL when a new statement or the end of the text comes first. */
static const char *recover(struct clnrm_toml_reader *r, const char *s, char close)
{
    int open = 0;
    while (s < r->end) {
        switch (*s) {
        case '"':
        case '\'':
            s = skip_string(r, s);
            continue;
        case '#':
            s = clnrm_toml_seek(s, r->end, '\n', '\n', '\n');
            continue;
        case '[':
        case '{':
            open++;
            break;
        case ']':
        case '}':
            if (open == 0 && *s == close)
                return s;
            open -= open > 0;
            break;
        case ',':
            if (open == 0)
                return s;
            break;
        case '\n':
            if (leaves_brackets(r, s + 1, close)) {
                r->resume = s + 1;
                return NULL;
            }
            if (open == 0)
                return s + 1;
            break;
        }
        s++;
    }
    r->resume = r->end;
    return NULL;
}

/* An array or an inline table while it is read. */
struct brackets {
    const char *open; /* where it starts */
    enum clnrm_toml_code code;
    char close;
    const char *name;
    bool comma;    /* one stands before the next element */
    bool one_line; /* inline table in TOML 1.0 */
};

/* Records that what stands at `s` is neither a comma nor the closing bracket.  Returns `s` when an
 * element can start there, so that only the comma is missing, else NULL. */
static const char *fail_separator(struct clnrm_toml_reader *r, const struct brackets *b,
                                  const char *s)
{
    struct clnrm_toml_found found;
    bool statement = leaves_brackets(r, s, b->close);
    bool unclosed = statement || s >= r->end;
    struct clnrm_toml_error *e = clnrm_toml_fail(
        r, b->code, s, s + (s < r->end), NULL, "expected %s%c to close the %s, found %s",
        unclosed ? "" : "a comma, or ", b->close, b->name,
        statement ? "a new statement" : clnrm_toml_found(r, s, &found));
    clnrm_toml_relate(e, clnrm_toml_offset(r, b->open));
    r->at = s;
    if (unclosed)
        r->resume = s;
    else if (!clnrm_toml_is(s, CLNRM_TOML_C_STOP))
        return s;
    return NULL;
}

static void fail_newline(struct clnrm_toml_reader *r, struct brackets *b)
{
    b->one_line = false; /* once is enough */
    clnrm_toml_relate(clnrm_toml_fail(r, CLNRM_TOML_E_TABLE_NEWLINE, r->newline, r->newline,
                                      "put it on one line, or read the text as TOML 1.1",
                                      "an inline table must be on one line in TOML 1.0"),
                      clnrm_toml_offset(r, b->open));
}

/* Goes from the place behind an element (NULL: it could not be read) to the next element or to the
 * closing bracket.  Returns NULL when there is no going on. */
static inline const char *next_element(struct clnrm_toml_reader *r, struct brackets *b,
                                       const char *s)
{
    for (b->comma = false;;) {
        bool failed = !s;
        if (failed && (r->fatal || r->resume || (s = recover(r, r->at, b->close)) == NULL))
            return NULL;
        const char *from = s;
        s = skip_blank(r, s);
        if (*s == ',') {
            clnrm_toml_token(r, CLNRM_TOML_T_COMMA, s, s + 1);
            b->comma = true;
            s = skip_blank(r, s + 1);
        }
        if (b->one_line && r->newline >= from && !failed)
            fail_newline(r, b);
        if (b->comma || *s == b->close || (failed && s < r->end))
            return s; /* after a failure its comma may be lost, too */
        s = fail_separator(r, b, s);
        if (s)
            return s;
    }
}

static const char *read_array(struct clnrm_toml_reader *r, const char *s, uint32_t id, int depth)
{
    struct brackets b = {.open = s, .code = CLNRM_TOML_E_ARRAY, .close = ']', .name = "array"};
    if (depth > CLNRM_TOML_DEPTH_MAX)
        return clnrm_toml_too_deep(r, s);
    clnrm_toml_token(r, CLNRM_TOML_T_ARRAY, s, s + 1);
    r->doc->nodes[id].type = CLNRM_TOML_ARRAY;
    for (s = skip_blank(r, s + 1); *s != ']';) {
        bool rare = *s == '[' || clnrm_toml_is(s, CLNRM_TOML_C_LETTER) || s >= r->end;
        if (rare && (s >= r->end || leaves_brackets(r, s, b.close)))
            return fail_separator(r, &b, s), NULL;
        uint32_t child = clnrm_toml_node(r, CLNRM_TOML_BAD, 0, s);
        if (!child)
            return NULL;
        clnrm_toml_append(r->doc, id, child);
        s = next_element(r, &b, read_value(r, s, child, depth + 1));
        if (!s)
            return NULL;
    }
    clnrm_toml_token(r, CLNRM_TOML_T_ARRAY, s, s + 1);
    return s + 1;
}

static const char *read_inline_table(struct clnrm_toml_reader *r, const char *s, uint32_t id,
                                     int depth)
{
    bool strict = r->version == CLNRM_TOML_1_0;
    struct brackets b = {.open = s,
                         .code = CLNRM_TOML_E_TABLE,
                         .close = '}',
                         .name = "inline table",
                         .one_line = strict};
    if (depth > CLNRM_TOML_DEPTH_MAX)
        return clnrm_toml_too_deep(r, s);
    clnrm_toml_token(r, CLNRM_TOML_T_TABLE, s, s + 1);
    r->doc->nodes[id].type = CLNRM_TOML_TABLE;
    r->doc->nodes[id].flags |= CLNRM_TOML_INLINE;
    const char *first = skip_blank(r, s + 1);
    if (strict && r->newline > s)
        fail_newline(r, &b);
    for (s = first; *s != '}';) {
        if (s >= r->end || (*s == '[' && leaves_brackets(r, s, b.close)))
            return fail_separator(r, &b, s), NULL;
        s = next_element(r, &b, clnrm_toml_pair(r, s, id, depth + 1));
        if (!s)
            return NULL;
    }
    if (strict && b.comma)
        clnrm_toml_fail(r, CLNRM_TOML_E_TABLE_COMMA, s, s + 1,
                        "drop the last comma, or read the text as TOML 1.1",
                        "an inline table must not end with a comma in TOML 1.0");
    clnrm_toml_token(r, CLNRM_TOML_T_TABLE, s, s + 1);
    return s + 1;
}

/* Reads a value into node `id`, which has no value yet. */
static const char *read_value(struct clnrm_toml_reader *r, const char *s, uint32_t id, int depth)
{
    struct clnrm_toml_node *node = &r->doc->nodes[id];
    const char *to = s;
    uint64_t number = 0;
    switch (*s) {
    case '"':
    case '\'':
        to = clnrm_toml_string(r, s, &node->value.string.at, &node->value.string.len);
        if (to)
            node->type = CLNRM_TOML_STRING;
        break;
    case '[':
        to = read_array(r, s, id, depth);
        node = &r->doc->nodes[id]; /* they may have moved */
        break;
    case '{':
        to = read_inline_table(r, s, id, depth);
        node = &r->doc->nodes[id];
        break;
    default:
        for (; clnrm_toml_is(to, CLNRM_TOML_C_DIGIT); to++)
            number = number * 10 + (uint64_t)(*to - '0'); /* used when there are few digits */
        size_t digits = (size_t)(to - s);
        if (digits - 1 < FAST_DIGITS_MAX && (*s != '0' || digits == 1) &&
            clnrm_toml_is(to, CLNRM_TOML_C_STOP)) {
            node->type = CLNRM_TOML_INTEGER;
            node->value.integer = (int64_t)number;
            clnrm_toml_token(r, CLNRM_TOML_T_ATOM, s, to);
        } else {
            to = clnrm_toml_atom(r, s, node);
        }
    }
    node->offset = clnrm_toml_offset(r, s);
    node->end = clnrm_toml_offset(r, to ? to : s);
    return to;
}

/* Goes into the table that a part of a dotted key names, and makes it when it is not there.  Returns
 * 0 after a limit; after another error, a table that belongs to nothing. */
static uint32_t enter_dotted(struct clnrm_toml_reader *r, uint32_t table,
                             const struct clnrm_toml_key *key, int depth)
{
    const char *from = r->text + key->offset, *to = r->text + key->end;
    if (depth > CLNRM_TOML_DEPTH_MAX)
        return clnrm_toml_too_deep(r, from), 0;
    uint32_t id = clnrm_toml_lookup(r, table, key);
    if (!id)
        return clnrm_toml_add(r, table, key, CLNRM_TOML_TABLE, CLNRM_TOML_DOTTED);
    struct clnrm_toml_node *node = &r->doc->nodes[id];
    if (node->type == CLNRM_TOML_TABLE &&
        !(node->flags & (CLNRM_TOML_EXPLICIT | CLNRM_TOML_INLINE))) {
        node->flags |= CLNRM_TOML_DOTTED; /* also when only headers below it had made it */
        return id;
    }
    struct clnrm_toml_error *e = NULL;
    int len = clnrm_toml_shown(from, to);
    if (node->type == CLNRM_TOML_TABLE && !(node->flags & CLNRM_TOML_INLINE))
        e = clnrm_toml_fail(r, CLNRM_TOML_E_CLOSED, from, to, "put the key below that header",
                            "table %.*s has a header: a dotted key cannot add to it", len, from);
    else if (node->type == CLNRM_TOML_TABLE)
        e = clnrm_toml_fail(r, CLNRM_TOML_E_CLOSED, from, to, "write the key inside its braces",
                            "%.*s is an inline table: nothing can be added to it", len, from);
    else if (node->type != CLNRM_TOML_BAD)
        e = clnrm_toml_fail(r, CLNRM_TOML_E_NOT_A_TABLE, from, to, NULL,
                            "%.*s is %s, so it cannot hold the key behind the dot", len, from,
                            clnrm_toml_describe(node));
    clnrm_toml_relate(e, node->offset);
    return clnrm_toml_node(r, CLNRM_TOML_TABLE, CLNRM_TOML_DOTTED, from);
}

static const char *fail_equals(struct clnrm_toml_reader *r, const char *s)
{
    struct clnrm_toml_found found;
    const char *help = *s == ':'                            ? "TOML has = between key and value"
                       : clnrm_toml_is(s, CLNRM_TOML_C_KEY) ? "put a key with blanks in quotes"
                       : (unsigned char)*s >= 0x80
                           ? "put keys with other than A-Z a-z 0-9 _ - in quotes"
                           : NULL;
    r->at = s;
    clnrm_toml_fail(r, CLNRM_TOML_E_NO_EQUALS, s, s + (s < r->end), help,
                    "expected = behind the key, found %s", clnrm_toml_found(r, s, &found));
    return NULL;
}

/* Records that the key is there already, as node `first`. */
static void fail_duplicate(struct clnrm_toml_reader *r, const struct clnrm_toml_key *key,
                           uint32_t first)
{
    const char *from = r->text + key->offset, *to = r->text + key->end;
    uint32_t offset, end;
    clnrm_toml_key_span(r->doc, first, &offset, &end);
    clnrm_toml_relate(
        clnrm_toml_fail(r, CLNRM_TOML_E_DUPLICATE, from, to, "remove or rename one of the two",
                        "the key %.*s is given twice", clnrm_toml_shown(from, to), from),
        offset);
}

const char *clnrm_toml_pair(struct clnrm_toml_reader *r, const char *s, uint32_t table, int depth)
{
    struct clnrm_toml_key key;
    s = clnrm_toml_key(r, s, &key);
    for (; s; s = clnrm_toml_key(r, s, &key)) {
        s = clnrm_toml_space(r, s);
        if (*s != '.')
            break;
        table = enter_dotted(r, table, &key, depth++);
        if (!table)
            return NULL;
        clnrm_toml_token(r, CLNRM_TOML_T_DOT, s, s + 1);
        s = clnrm_toml_space(r, s + 1);
    }
    if (!s || *s != '=')
        return s ? fail_equals(r, s) : NULL;
    clnrm_toml_token(r, CLNRM_TOML_T_EQUALS, s, s + 1);
    uint32_t id, first = clnrm_toml_lookup(r, table, &key);
    if (__builtin_expect(first != 0, 0)) {
        fail_duplicate(r, &key, first);
        id = clnrm_toml_node(r, CLNRM_TOML_BAD, 0, r->text + key.offset); /* belongs to nothing */
    } else {
        id = clnrm_toml_add(r, table, &key, CLNRM_TOML_BAD, 0);
    }
    return id ? read_value(r, clnrm_toml_space(r, s + 1), id, depth) : NULL;
}
