/* utf8.c -- see utf8.h for the contract. */
#include "core/utf8.h"
#include "base/base.h"

/* Decodes what begins with a byte of 0x80 or above. */
static int next_long(const unsigned char *s, size_t len, uint32_t *out)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    int n = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4 || len < (size_t)n)
        return 0;
    uint32_t cp = s[0] & (0xFFu >> (n + 1));
    for (int i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        cp = cp << 6 | (s[i] & 0x3Fu);
    }
    if (cp < least[n] || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        return 0;
    *out = cp;
    return n;
}

int clnrm_utf8_next(const char *data, size_t len, uint32_t *out)
{
    if (len == 0)
        return 0;
    unsigned char c = (unsigned char)*data;
    if (c >= 0x80)
        return next_long((const unsigned char *)data, len, out);
    *out = c;
    return 1;
}

int clnrm_utf8_put(uint32_t cp, char out[CLNRM_UTF8_MAX])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    int n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    for (int i = n - 1; i > 0; i--, cp >>= 6)
        out[i] = (char)(0x80 | (cp & 0x3F));
    out[0] = (char)((0xF00u >> n) | cp);
    return n;
}

size_t clnrm_utf8_ascii(struct clnrm_slice text)
{
    size_t at = 0;
    for (uint64_t word; at + sizeof(word) <= text.len; at += sizeof(word)) {
        memcpy(&word, text.data + at, sizeof(word));
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (at < text.len && (unsigned char)text.data[at] < 0x80)
        at++;
    return at;
}

size_t clnrm_utf8_check(struct clnrm_slice text)
{
    size_t at = 0;
    while (at < text.len) {
        uint32_t cp;
        at += clnrm_utf8_ascii((struct clnrm_slice){text.data + at, text.len - at});
        while (at < text.len && (unsigned char)text.data[at] >= 0x80) {
            int n = clnrm_utf8_next(text.data + at, text.len - at, &cp);
            if (n == 0)
                return at;
            at += (size_t)n;
        }
    }
    return at;
}

void clnrm_utf8_position(struct clnrm_slice text, size_t offset, size_t *line, size_t *column)
{
    if (offset > text.len)
        offset = text.len;
    size_t start = 0, n = 1;
    for (const char *nl; (nl = memchr(text.data + start, '\n', offset - start)) != NULL; n++)
        start = (size_t)(nl - text.data) + 1;
    size_t col = 1;
    for (size_t at = start; at < offset; col++) {
        uint32_t cp;
        int len = clnrm_utf8_next(text.data + at, text.len - at, &cp);
        at += len ? (size_t)len : 1;
        if (at > offset) /* inside a code point: its own column */
            break;
    }
    *line = n;
    *column = col;
}
