/* toml.h -- reads TOML 1.0 and 1.1 text into a tree of values that know where they stand in it.
 *
 * Mechanism only: what the values mean is the schema's business (lua/engine/model).  Reading does
 * not stop at the first error: each is recorded, the reader goes on at the next element or line, and
 * the tree then holds what could be understood.  Only a limit ends the reading at once.
 *
 * The tree is one array of nodes.  Node 0 is the root table; the children of an array or a table
 * form a ring through `next`, in the order of the text, and `last` names its last member.  Nodes and
 * offsets stay valid until the document is read again or freed.  With `tokens` set, every byte of
 * the text is also accounted for by one token, comments and blanks included, which is what a
 * formatter needs.
 *
 * Time is linear in the text whatever it holds: tables with many keys get a hash index with a
 * secret seed.  Ownership: the document owns its arrays, not the text; the text must outlive it.
 * Threads: any, one document by one thread at a time.  Layer: core -- must not include lua.h. */
#ifndef CLNRM_TOML_H
#define CLNRM_TOML_H

#include "base/base.h"

#define CLNRM_TOML_TEXT_MAX (16u * 1024 * 1024)
#define CLNRM_TOML_NODES_MAX 1000000u /* the root counts as one */
#define CLNRM_TOML_DEPTH_MAX 128      /* of tables, arrays, headers and dotted keys together */
#define CLNRM_TOML_KEY_MAX 65535u     /* bytes of one part of a key */
#define CLNRM_TOML_NUMBER_MAX 1024u   /* bytes of one number */
#define CLNRM_TOML_ERRORS_MAX 100u
#define CLNRM_TOML_MESSAGE_MAX 200 /* bytes, with the NUL */

enum clnrm_toml_version { CLNRM_TOML_1_1, CLNRM_TOML_1_0 };

enum clnrm_toml_type {
    CLNRM_TOML_BAD, /* stands where a value could not be read; an error says why */
    CLNRM_TOML_STRING,
    CLNRM_TOML_INTEGER,
    CLNRM_TOML_FLOAT,
    CLNRM_TOML_BOOLEAN,
    CLNRM_TOML_DATETIME,       /* date, time and offset: see toml_time.h for these four */
    CLNRM_TOML_DATETIME_LOCAL, /* date and time */
    CLNRM_TOML_DATE_LOCAL,
    CLNRM_TOML_TIME_LOCAL,
    CLNRM_TOML_ARRAY,
    CLNRM_TOML_TABLE,
};

/* Flags of a node.  A table without EXPLICIT, DOTTED and INLINE was made by a header below it. */
enum {
    CLNRM_TOML_EXPLICIT = 1, /* table: named by a [header] of its own */
    CLNRM_TOML_DOTTED = 2,   /* table: made by a dotted key */
    CLNRM_TOML_INLINE = 4,   /* table: written in braces */
    CLNRM_TOML_TABLES = 8,   /* array: of tables, made by [[headers]] */
    CLNRM_TOML_QUOTED = 16,  /* the key is written in quotes */
};

/* Where bytes are: an offset into the text, or into `decoded` when this bit is set. */
#define CLNRM_TOML_DECODED UINT32_C(0x80000000)

struct clnrm_toml_node {
    uint32_t next; /* the sibling behind it; the last one's is the first one */
    uint32_t key;  /* where the key's bytes are; without a key (array element, root) unused */
    uint16_t key_len;
    uint16_t key_tag; /* a cheap digest of the key */
    uint8_t type, flags;
    uint16_t index; /* table: 0, or which hash index it has */
    uint32_t offset,
        end; /* the value's place in the text; a table's header, or its first mention */
    union {
        int64_t integer;
        double number;
        bool boolean;
        struct {
            uint32_t at, len; /* like `key` */
        } string;
        struct {
            uint32_t last, count;
        } children;
    } value;
};

/* What the text is made of, in order and without gaps: a token ends where the next one starts. */
enum clnrm_toml_token_kind {
    CLNRM_TOML_T_END, /* one, behind the last byte */
    CLNRM_TOML_T_BOM,
    CLNRM_TOML_T_SPACE,
    CLNRM_TOML_T_NEWLINE,
    CLNRM_TOML_T_COMMENT,
    CLNRM_TOML_T_KEY,     /* one part of a key, with its quotes */
    CLNRM_TOML_T_DOT,     /* between two parts */
    CLNRM_TOML_T_EQUALS,  /* = */
    CLNRM_TOML_T_HEADER,  /* [ and ] of a table's header */
    CLNRM_TOML_T_HEADERS, /* [[ and ]] of an array of tables */
    CLNRM_TOML_T_ARRAY,   /* [ and ] of an array */
    CLNRM_TOML_T_TABLE,   /* { and } */
    CLNRM_TOML_T_COMMA,
    CLNRM_TOML_T_STRING, /* with its quotes */
    CLNRM_TOML_T_ATOM,   /* number, boolean, date or time */
    CLNRM_TOML_T_JUNK,   /* what was skipped after an error */
};

struct clnrm_toml_token {
    uint32_t offset : 26;
    uint32_t kind : 6;
};

/* Codes of errors: name, number, one sentence.  They show as "P001". */
#define CLNRM_TOML_ERROR_TABLE(X)                                                                  \
    X(TOO_LARGE, 0, "The text is larger than what is read.")                                       \
    X(NOT_UTF8, 1, "The text holds bytes that are not UTF-8.")                                     \
    X(CONTROL, 2, "The text holds a control character.")                                           \
    X(BARE_RETURN, 3, "A carriage return stands without a line feed behind it.")                   \
    X(UTF16, 4, "The text is UTF-16 or UTF-32, not UTF-8.")                                        \
    X(TOO_DEEP, 5, "Tables and arrays are nested too deep.")                                       \
    X(TOO_MANY, 6, "The text holds too many values.")                                              \
    X(KEY_LENGTH, 7, "A key is too long.")                                                         \
    X(NO_KEY, 10, "A key was expected.")                                                           \
    X(NO_EQUALS, 11, "A key is not followed by an equals sign.")                                   \
    X(NO_VALUE, 12, "A value was expected.")                                                       \
    X(NO_NEWLINE, 13, "Something stands behind a value or a header on its line.")                  \
    X(HEADER, 14, "A table's header is not closed.")                                               \
    X(ARRAY, 15, "An array is not closed, or a comma is missing in it.")                           \
    X(TABLE, 16, "An inline table is not closed, or a comma is missing in it.")                    \
    X(TABLE_NEWLINE, 17, "An inline table goes over several lines, which TOML 1.0 forbids.")       \
    X(TABLE_COMMA, 18, "An inline table ends with a comma, which TOML 1.0 forbids.")               \
    X(STRING_END, 19, "A string is not closed on its line.")                                       \
    X(TEXT_END, 20, "A multi-line string is not closed.")                                          \
    X(ESCAPE, 21, "A backslash in a string starts no known escape.")                               \
    X(UNICODE, 22, "An escape names no Unicode character.")                                        \
    X(NUMBER, 23, "A number is not well formed.")                                                  \
    X(RANGE, 24, "A number is too large.")                                                         \
    X(TIME, 25, "A date or time is not well formed, or does not exist.")                           \
    X(WORD, 26, "A word stands where a value was expected.")                                       \
    X(KEY_STRING, 27, "A multi-line string is used as a key.")                                     \
    X(DUPLICATE, 30, "A key is given twice.")                                                      \
    X(TABLE_TWICE, 31, "A table is defined twice.")                                                \
    X(NOT_A_TABLE, 32, "A key below a value that is not a table.")                                 \
    X(CLOSED, 33, "A table or an array is added to where that is not allowed.")                    \
    X(KIND_CHANGED, 34, "A table is also defined as an array of tables, or the other way round.")

enum clnrm_toml_code {
#define X(name, number, text) CLNRM_TOML_E_##name = (number),
    CLNRM_TOML_ERROR_TABLE(X)
#undef X
};

#define CLNRM_TOML_NOWHERE UINT32_MAX

struct clnrm_toml_error {
    enum clnrm_toml_code code;
    uint32_t offset, length; /* in bytes; within the text, or at its end with length 0 */
    uint32_t line, column;   /* from 1; columns count code points */
    uint32_t related;        /* offset of what it collides with, or CLNRM_TOML_NOWHERE */
    uint32_t related_line, related_column;
    const char *help; /* what to do about it; NULL when the message says it */
    char
        message[CLNRM_TOML_MESSAGE_MAX]; /* what was found and what was expected, UTF-8, one line */
};

struct clnrm_toml_index; /* hash index of one large table */

struct clnrm_toml_doc {
    const char *text;
    size_t len;
    struct clnrm_toml_node *nodes;
    uint32_t node_count, node_cap, node_max;
    char *decoded; /* strings and keys that had escapes */
    uint32_t decoded_len, decoded_cap;
    struct clnrm_toml_error *errors; /* in the order of the text */
    uint32_t error_count;
    bool errors_cut; /* there are more; reading ended at the last one */
    struct clnrm_toml_token *tokens;
    uint32_t token_count, token_cap;
    struct clnrm_toml_index *indexes; /* the first is not used */
    uint32_t index_count, index_cap;
    char *masked; /* a copy of a text with bad bytes, in which they are blanked */
};

struct clnrm_toml_options {
    enum clnrm_toml_version version;
    bool tokens; /* record them */
    bool loose;  /* errors of meaning are none: each branch of a template may have the same keys */
    uint32_t nodes_max; /* fewer than CLNRM_TOML_NODES_MAX; 0: that many */
};

/* Reads `len` bytes at `text`, behind which a NUL must stand, into `doc`: zeroed, or used before (its
 * memory is used again).  Returns 0; or CLNRM_ESYNTAX, CLNRM_EUTF8 or CLNRM_ELIMIT (by the first
 * error), when there is at least one error in `doc`. */
int clnrm_toml_parse(struct clnrm_toml_doc *doc, const char *text, size_t len,
                     const struct clnrm_toml_options *options);

/* Tells whether an error is one of meaning: the text can be cut into tokens all the same. */
bool clnrm_toml_is_semantic(enum clnrm_toml_code code);

/* Gives the memory back; `doc` is zeroed. */
void clnrm_toml_free(struct clnrm_toml_doc *doc);

/* Returns the child of table `table` with this key, or 0. */
uint32_t clnrm_toml_find(const struct clnrm_toml_doc *doc, uint32_t table, const char *key,
                         size_t len);

/* Stores where the key of a node stands in the text, with its quotes. */
void clnrm_toml_key_span(const struct clnrm_toml_doc *doc, uint32_t id, uint32_t *offset,
                         uint32_t *end);

/* Stores line and column (from 1; code points, a byte order mark is none) of a byte offset. */
void clnrm_toml_line_column(const char *text, size_t len, size_t offset, uint32_t *line,
                            uint32_t *column);

/* Returns the sentence of an error code, or NULL. */
const char *clnrm_toml_code_text(int code);

static inline const char *clnrm_toml_bytes(const struct clnrm_toml_doc *doc, uint32_t at)
{
    if (at & CLNRM_TOML_DECODED)
        return doc->decoded + (at & ~CLNRM_TOML_DECODED);
    return (doc->masked ? doc->masked : doc->text) + at;
}

/* Returns the first child of an array or a table, or 0. */
static inline uint32_t clnrm_toml_first(const struct clnrm_toml_doc *doc, uint32_t id)
{
    return doc->nodes[doc->nodes[id].value.children.last].next; /* the root's own `next` is 0 */
}

#endif
