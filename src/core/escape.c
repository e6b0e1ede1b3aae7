/* escape.c -- see escape.h for the contract. */
#include "core/escape.h"
#include "base/base.h"
#include "core/utf8.h"

#include <stdio.h>

enum { SGR_MAX = 64 }; /* most bytes of a colour sequence that passes */

static int add_text(struct clnrm_buf *out, const char *text)
{
    return clnrm_buf_add(out, text, strlen(text));
}

/* The length of a colour sequence at `s` (ESC [ digits ; : m), or 0. */
static size_t sgr_length(const char *s, size_t len)
{
    if (len < 3 || s[0] != '\x1b' || s[1] != '[')
        return 0;
    for (size_t i = 2; i < len && i < SGR_MAX; i++) {
        if (s[i] == 'm')
            return i + 1;
        if ((s[i] < '0' || s[i] > '9') && s[i] != ';' && s[i] != ':')
            return 0;
    }
    return 0;
}

/* Code points above ASCII that move, hide or reorder what is shown. */
static bool is_hidden_control(uint32_t cp)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x80, 0x9F},       /* C1 */
        {0x061C, 0x061C},   /* Arabic letter mark */
        {0x200E, 0x200F},   /* direction marks */
        {0x2028, 0x202E},   /* line and paragraph separators, embeddings and overrides */
        {0x2066, 0x206F},   /* isolates, deprecated format characters */
        {0xFEFF, 0xFEFF},   /* byte order mark */
        {0xFFF9, 0xFFFB},   /* interlinear annotation */
        {0xE0000, 0xE007F}, /* tags: invisible text */
    };
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (cp >= ranges[i].first && cp <= ranges[i].last)
            return true;
    return false;
}

static int add_control(struct clnrm_buf *out, unsigned char c, int flags)
{
    char text[8];
    if (flags & CLNRM_ESCAPE_ASCII)
        snprintf(text, sizeof(text), "\\x%02x", c);
    else
        text[clnrm_utf8_put(c == 0x7F ? 0x2421 : 0x2400u + c, text)] = '\0';
    return add_text(out, text);
}

/* Appends what stands at `s` and is not plain ASCII; stores its length in `*used`. */
static int add_special(struct clnrm_buf *out, const char *s, size_t len, int flags, size_t *used)
{
    char text[16];
    uint32_t cp = 0;
    int n = clnrm_utf8_next(s, len, &cp);
    *used = n ? (size_t)n : 1;
    if (n == 0) {
        snprintf(text, sizeof(text), "\\x%02x", (unsigned char)*s);
        return add_text(out, text);
    }
    if (cp < 0x20 || cp == 0x7F)
        return add_control(out, (unsigned char)cp, flags);
    if (!(flags & CLNRM_ESCAPE_ASCII) && !is_hidden_control(cp))
        return clnrm_buf_add(out, s, *used);
    snprintf(text, sizeof(text), "\\u{%x}", (unsigned)cp);
    return add_text(out, text);
}

static bool is_plain(unsigned char c, int flags)
{
    if (c == '\t' || c == '\n')
        return !(flags & CLNRM_ESCAPE_LINE);
    return c >= 0x20 && c < 0x7F;
}

int clnrm_escape_terminal(struct clnrm_slice text, int flags, struct clnrm_buf *out)
{
    bool coloured = false;
    int status = 0;
    for (size_t at = 0, used; at < text.len && status == 0; at += used) {
        const char *s = text.data + at;
        size_t left = text.len - at;
        used = 0;
        while (used < left && is_plain((unsigned char)s[used], flags))
            used++;
        if (used == 0 && (flags & CLNRM_ESCAPE_SGR))
            coloured |= (used = sgr_length(s, left)) > 0;
        if (used > 0)
            status = clnrm_buf_add(out, s, used);
        else
            status = add_special(out, s, left, flags, &used);
    }
    return status == 0 && coloured ? add_text(out, "\x1b[0m") : status;
}

/* The escaped form of an ASCII character in XML, or NULL when it stands for itself. */
static const char *xml_entity(unsigned char c, enum clnrm_xml_kind kind)
{
    bool attribute = kind == CLNRM_XML_ATTRIBUTE;
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\r':
        return "&#13;";
    case '"':
        return attribute ? "&quot;" : NULL;
    case '\'':
        return attribute ? "&apos;" : NULL;
    case '\t':
        return attribute ? "&#9;" : NULL;
    case '\n':
        return attribute ? "&#10;" : NULL;
    default:
        return c < 0x20 ? "\xEF\xBF\xBD" : NULL;
    }
}

int clnrm_escape_xml(struct clnrm_slice text, enum clnrm_xml_kind kind, struct clnrm_buf *out)
{
    int status = 0;
    size_t start = 0;
    for (size_t at = 0; at < text.len && status == 0;) {
        uint32_t cp = 0;
        int n = clnrm_utf8_next(text.data + at, text.len - at, &cp);
        const char *entity = NULL;
        if (n == 0 || cp == 0xFFFE || cp == 0xFFFF)
            entity = "\xEF\xBF\xBD";
        else if (cp < 0x80)
            entity = xml_entity((unsigned char)cp, kind);
        size_t next = at + (n ? (size_t)n : 1);
        if (entity) {
            status = clnrm_buf_add(out, text.data + start, at - start);
            status = status ? status : add_text(out, entity);
            start = next;
        }
        at = next;
    }
    return status ? status : clnrm_buf_add(out, text.data + start, text.len - start);
}

int clnrm_escape_workflow(struct clnrm_slice text, enum clnrm_workflow_kind kind,
                          struct clnrm_buf *out)
{
    const char *special = kind == CLNRM_WORKFLOW_PROPERTY ? "%\r\n:," : "%\r\n";
    int status = 0;
    for (size_t at = 0; at < text.len && status == 0; at++) {
        char hex[4], c = text.data[at];
        if (c != '\0' && strchr(special, c)) {
            snprintf(hex, sizeof(hex), "%%%02X", (unsigned char)c);
            status = add_text(out, hex);
        } else {
            status = clnrm_buf_add(out, &c, 1);
        }
    }
    return status;
}
