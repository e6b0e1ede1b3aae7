/* toml_format.c -- see toml_format.h; walks the tokens once, statement by statement.
 *
 * A statement (a header, or a key with its value) is printed at the start of a line; brackets
 * inside a value were measured before (toml_brackets.c), so whether they fit is known when they
 * open. */
#include "core/toml_format.h"

#include "base/base.h"
#include "core/toml_brackets.h"
#include "core/toml_pad.h"
#include "core/toml_range.h"
#include "core/toml_switch.h"

struct printer {
    const struct clnrm_toml_doc *doc;
    const struct clnrm_toml_layout *layout;
    struct clnrm_buf *out;
    struct clnrm_toml_bracket *brackets;
    uint32_t bracket_count;
    uint32_t bracket; /* the next that opens */
    uint32_t at;      /* the next token */
    uint32_t column, line;
    size_t begin; /* where the text begins in `out`, its byte order mark left out */
    struct clnrm_slice newline;
    struct clnrm_toml_marks marks;
    bool is_off;          /* between "fmt off" and "fmt on" */
    bool has_off;         /* there is such a comment somewhere */
    bool blank, on_blank; /* an empty line is to come; the last line is one */
    int status;
};

static void print_value(struct printer *p, uint32_t depth, bool flat);

static unsigned kind(const struct printer *p)
{
    return p->doc->tokens[p->at].kind;
}

static const char *start(const struct printer *p, uint32_t at)
{
    return clnrm_toml_token_start(p->doc, at);
}

static void put(struct printer *p, const char *data, size_t len)
{
    if (p->status == 0 && len > 0)
        p->status = clnrm_buf_add(p->out, data, len);
}

static void put_text(struct printer *p, const char *text, uint32_t columns)
{
    put(p, text, columns);
    p->column += columns;
}

static void put_newline(struct printer *p)
{
    put(p, p->newline.data, p->newline.len);
    p->column = 0;
    p->line++;
}

static void put_indent(struct printer *p, uint32_t depth)
{
    static const char blanks[] = "                ";
    _Static_assert(sizeof(blanks) - 1 == CLNRM_TOML_INDENT_MAX, "one level at a time");
    for (; depth > 0; depth--)
        put_text(p, blanks, p->layout->indent);
}

/* Copies the token, and goes behind it. */
static void put_token(struct printer *p)
{
    const char *s = start(p, p->at), *end = start(p, p->at + 1);
    put(p, s, (size_t)(end - s));
    const char *feed = NULL;
    if (kind(p) == CLNRM_TOML_T_STRING && end - s > 3 && s[1] == s[0])
        feed = memrchr(s, '\n', (size_t)(end - s));
    if (feed) {
        p->column = 0;
        p->line++;
    }
    p->column += clnrm_toml_columns(feed ? feed + 1 : s, end);
    p->at++;
}

static void put_comment(struct printer *p)
{
    const char *s = start(p, p->at), *end = start(p, p->at + 1);
    while (end[-1] == ' ' || end[-1] == '\t')
        end--;
    put(p, s, (size_t)(end - s));
    p->at++;
}

static void mark(struct printer *p, bool is_comment)
{
    if (p->layout->align && p->status == 0)
        clnrm_toml_mark(&p->marks, (struct clnrm_toml_mark){.at = p->out->len,
                                                            .line = p->line,
                                                            .columns = p->column,
                                                            .is_comment = is_comment});
}

static void end_block(struct printer *p)
{
    if (p->marks.count && p->status == 0)
        p->status = clnrm_toml_pad(&p->marks, p->out);
}

/* Puts the comment behind what stands on the line. */
static void put_trailing(struct printer *p, bool aligned)
{
    if (aligned)
        mark(p, true);
    put_text(p, " ", 1);
    put_comment(p);
}

static void skip_spaces(struct printer *p)
{
    while (kind(p) == CLNRM_TOML_T_SPACE)
        p->at++;
}

/* Puts `a.b.c`, up to what stands behind it. */
static void put_keys(struct printer *p)
{
    for (;; put_token(p)) {
        skip_spaces(p);
        if (kind(p) != CLNRM_TOML_T_KEY && kind(p) != CLNRM_TOML_T_DOT)
            return;
    }
}

/* `is_statement`: it begins its line. */
static void put_pair(struct printer *p, uint32_t depth, bool flat, bool is_statement)
{
    put_keys(p);
    if (is_statement)
        mark(p, false);
    put_text(p, " = ", 3);
    p->at++;
    skip_spaces(p);
    print_value(p, depth, flat);
}

static void print_element(struct printer *p, uint32_t depth, bool flat)
{
    if (kind(p) == CLNRM_TOML_T_KEY)
        put_pair(p, depth, flat, false);
    else
        print_value(p, depth, flat);
}

static void print_flat(struct printer *p, const struct clnrm_toml_bracket *b, uint32_t depth,
                       bool flat)
{
    const bool is_table = kind(p) == CLNRM_TOML_T_TABLE;
    bool first = true;
    put_token(p);
    while (p->at < b->close) {
        const unsigned k = kind(p);
        if (k == CLNRM_TOML_T_SPACE || k == CLNRM_TOML_T_NEWLINE || k == CLNRM_TOML_T_COMMA) {
            p->at++;
            continue;
        }
        put_text(p, ", ", first ? 0 : 2);
        put_text(p, " ", first && is_table ? 1 : 0);
        first = false;
        print_element(p, depth, flat);
    }
    put_text(p, " ", is_table && !first ? 1 : 0);
    put_token(p);
}

/* Begins a line between brackets; empty lines before it become one. */
static void begin_line(struct printer *p, uint32_t newlines, bool first, uint32_t depth)
{
    put_newline(p);
    if (newlines > 1 && !first)
        put_newline(p);
    put_indent(p, depth);
}

/* Puts each element on a line of its own, with a comma; comments stay where they are. */
static void print_split(struct printer *p, const struct clnrm_toml_bracket *b, uint32_t depth)
{
    uint32_t newlines = 0;
    bool first = true, can_trail = true; /* a comment behind what was put last */
    put_token(p);
    while (p->at < b->close) {
        switch (kind(p)) {
        case CLNRM_TOML_T_NEWLINE:
            newlines++;
            p->at++;
            break;
        case CLNRM_TOML_T_SPACE:
        case CLNRM_TOML_T_COMMA:
            p->at++;
            break;
        case CLNRM_TOML_T_COMMENT:
            if (newlines == 0 && can_trail) {
                put_trailing(p, !first);
            } else {
                begin_line(p, newlines, first, depth + 1);
                put_comment(p);
                first = false;
            }
            can_trail = false;
            newlines = 0;
            break;
        default:
            begin_line(p, newlines, first, depth + 1);
            print_element(p, depth + 1, false);
            put_text(p, ",", clnrm_toml_gets_comma(p->doc, b, p->at, p->layout->mark));
            first = false;
            can_trail = true;
            newlines = 0;
        }
    }
    put_newline(p);
    put_indent(p, depth);
    put_token(p);
}

static bool fits(const struct printer *p, const struct clnrm_toml_bracket *b, uint32_t depth)
{
    const uint32_t width = p->layout->width, comma = depth > 0;
    return p->column + b->head + comma <= width && b->tail + comma <= width;
}

/* `flat`: what is around it is known to fit, so it does as well. */
static void print_value(struct printer *p, uint32_t depth, bool flat)
{
    const bool is_table = kind(p) == CLNRM_TOML_T_TABLE;
    if (!is_table && kind(p) != CLNRM_TOML_T_ARRAY) {
        put_token(p);
        return;
    }
    while (p->brackets[p->bracket].open < p->at)
        p->bracket++;
    const struct clnrm_toml_bracket *b = &p->brackets[p->bracket];
    bool split = b->is_split || (!flat && !is_table && b->has_elements && !fits(p, b, depth));
    if (split)
        print_split(p, b, depth);
    else
        print_flat(p, b, depth, flat || !is_table);
}

/* Puts the empty line that is due before a line. */
static void begin_statement(struct printer *p)
{
    if (p->blank && !p->on_blank)
        put_newline(p);
    p->blank = p->on_blank = false;
}

static void copy_lines(struct printer *p, uint32_t from, uint32_t to, bool is_blank)
{
    end_block(p);
    begin_statement(p);
    put(p, start(p, from), (size_t)(start(p, to) - start(p, from)));
    p->on_blank = is_blank;
    p->column = 0;
    p->line++;
    p->at = to;
}

static void print_header(struct printer *p)
{
    put_token(p);
    put_keys(p);
    put_token(p);
}

/* Prints what begins at the first token of a line that is not blank. */
static void print_statement(struct printer *p)
{
    const uint32_t line = p->line;
    const bool is_pair = kind(p) == CLNRM_TOML_T_KEY;
    if (!is_pair)
        end_block(p);
    begin_statement(p);
    if (kind(p) == CLNRM_TOML_T_COMMENT)
        put_comment(p);
    else if (is_pair)
        put_pair(p, 0, false, true);
    else
        print_header(p);
    const bool is_one_line = p->line == line;
    skip_spaces(p);
    if (kind(p) == CLNRM_TOML_T_COMMENT)
        put_trailing(p, is_pair && is_one_line);
    if (!is_one_line)
        end_block(p);
    put_newline(p);
    p->at += kind(p) == CLNRM_TOML_T_NEWLINE;
}

static void print_line(struct printer *p)
{
    const uint32_t from = p->at;
    skip_spaces(p);
    const uint32_t first = p->at;
    if (kind(p) == CLNRM_TOML_T_END)
        return;
    const uint32_t to =
        clnrm_toml_next_line(p->doc, p->brackets, p->bracket_count, p->bracket, first);
    const bool ends_off = p->is_off && clnrm_toml_is_switch(p->doc, first, "on");
    if ((p->is_off && !ends_off) || !clnrm_toml_is_in_range(p->doc, p->layout, from, to)) {
        copy_lines(p, from, to, p->doc->tokens[first].kind == CLNRM_TOML_T_NEWLINE);
        return;
    }
    if (kind(p) == CLNRM_TOML_T_NEWLINE) {
        end_block(p);
        p->blank = p->out->len > p->begin;
        p->at = to;
        return;
    }
    p->is_off = clnrm_toml_is_switch(p->doc, first, "off");
    if (!p->is_off && p->has_off && clnrm_toml_find_off(p->doc, first, to))
        copy_lines(p, from, to, false); /* one inside a value keeps the whole of it */
    else
        print_statement(p);
}

static bool is_printable(const struct clnrm_toml_doc *doc)
{
    for (uint32_t i = 0; i < doc->error_count; i++)
        if (!clnrm_toml_is_semantic(doc->errors[i].code))
            return false;
    return doc->token_count > 0 && !doc->errors_cut;
}

/* CRLF when all line ends of the text are, so that it is the same for what was printed. */
static struct clnrm_slice line_end(const struct clnrm_toml_doc *doc)
{
    bool is_crlf = false;
    for (uint32_t i = 0; i + 1 < doc->token_count; i++) {
        if (doc->tokens[i].kind != CLNRM_TOML_T_NEWLINE)
            continue;
        is_crlf = *clnrm_toml_token_start(doc, i) == '\r';
        if (!is_crlf)
            break;
    }
    return clnrm_slice_of(is_crlf ? "\r\n" : "\n");
}

int clnrm_toml_format(const struct clnrm_toml_doc *doc, const struct clnrm_toml_layout *layout,
                      struct clnrm_buf *out)
{
    if (!is_printable(doc))
        return CLNRM_ESYNTAX;
    struct clnrm_toml_layout wide = *layout;
    struct printer p = {.doc = doc, .layout = &wide, .out = out};
    p.newline = line_end(doc);
    p.marks.width = layout->width;
    p.brackets = clnrm_toml_brackets(doc, layout->keep_lines, layout->mark, &p.bracket_count);
    if (layout->align && layout->to > 0)
        clnrm_toml_widen(doc, p.brackets, p.bracket_count, &wide);
    p.has_off = clnrm_toml_find_off(doc, 0, doc->token_count - 1);
    p.status = clnrm_buf_reserve(out, doc->len + doc->len / 8);
    if (p.status < 0)
        p.status = 0; /* it may fit nevertheless */
    if (kind(&p) == CLNRM_TOML_T_BOM) {
        put(&p, start(&p, 0), 3);
        p.at++;
    }
    p.begin = out->len;
    while (kind(&p) != CLNRM_TOML_T_END && p.status == 0)
        print_line(&p);
    end_block(&p);
    free(p.brackets);
    free(p.marks.list);
    return p.status;
}
