/* text.c -- see text.h for the contract. */
#include "core/text.h"
#include "base/base.h"
#include "core/utf8.h"

#include <utf8proc.h>

static bool is_regional(uint32_t cp)
{
    return cp >= 0x1F1E6 && cp <= 0x1F1FF;
}

static int code_point_width(uint32_t cp)
{
    if (cp >= 0x20 && cp < 0x7F)
        return 1;
    if (utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_CN)
        return 1; /* unassigned here, drawn as a box or as what a newer Unicode knows */
    return utf8proc_charwidth((utf8proc_int32_t)cp);
}

/* Returns the length of the grapheme cluster at the start of a text that is not empty. */
static size_t cluster(struct clnrm_slice text, size_t *width)
{
    uint32_t first = 0, last, cp;
    *width = 1;
    if (text.data[0] >= 0x20 && text.data[0] < 0x7F && (text.len == 1 || text.data[1] >= 0))
        return 1; /* ASCII before ASCII, the usual case */
    int n = clnrm_utf8_next(text.data, text.len, &first);
    if (n == 0)
        return 1;
    int columns = code_point_width(first);
    size_t at = (size_t)n;
    utf8proc_int32_t state = 0;
    for (last = first; (n = clnrm_utf8_next(text.data + at, text.len - at, &cp)) > 0; last = cp) {
        if (utf8proc_grapheme_break_stateful((utf8proc_int32_t)last, (utf8proc_int32_t)cp, &state))
            break;
        int more = code_point_width(cp);
        if (cp == 0xFE0F || (is_regional(first) && is_regional(cp)))
            more = 2; /* emoji presentation, flag */
        if (cp == 0xFF9E || cp == 0xFF9F)
            columns++; /* half-width sound marks extend a cluster, yet take a column of their own */
        else if (more > columns && columns > 0)
            columns = more;
        at += (size_t)n;
    }
    *width = (size_t)columns;
    return at;
}

/* Length of the longest start of `text` that has at most `width` columns; tells its columns. */
static size_t fitting(struct clnrm_slice text, size_t width, size_t *columns)
{
    size_t at = 0, used = 0;
    while (at < text.len) {
        size_t w, n = cluster((struct clnrm_slice){text.data + at, text.len - at}, &w);
        if (used + w > width)
            break;
        used += w;
        at += n;
    }
    *columns = used;
    return at;
}

size_t clnrm_text_width(struct clnrm_slice text)
{
    size_t columns = 0;
    fitting(text, SIZE_MAX / 2, &columns);
    return columns;
}

size_t clnrm_text_clusters(struct clnrm_slice text, size_t count)
{
    size_t at = 0, ignored;
    while (at < text.len && count-- > 0)
        at += cluster((struct clnrm_slice){text.data + at, text.len - at}, &ignored);
    return at;
}

/* Offset from which what is left of `text` has at most `width` of all its `total` columns. */
static size_t tail_start(struct clnrm_slice text, size_t total, size_t width)
{
    size_t at = 0, used = 0;
    while (at < text.len && total - used > width) {
        size_t w;
        at += cluster((struct clnrm_slice){text.data + at, text.len - at}, &w);
        used += w;
    }
    return at;
}

int clnrm_text_cut(struct clnrm_slice text, size_t width, struct clnrm_slice mark, bool middle,
                   struct clnrm_buf *out)
{
    size_t total = clnrm_text_width(text), mark_width = clnrm_text_width(mark), ignored;
    if (total <= width)
        return clnrm_buf_add(out, text.data, text.len);
    if (mark_width > width)
        return clnrm_buf_add(out, text.data, fitting(text, width, &ignored));
    size_t room = width - mark_width;
    size_t head = fitting(text, middle ? room - room / 2 : room, &ignored);
    int status = clnrm_buf_add(out, text.data, head);
    status = status ? status : clnrm_buf_add(out, mark.data, mark.len);
    if (status || !middle)
        return status;
    size_t tail = tail_start(text, total, room / 2);
    return clnrm_buf_add(out, text.data + tail, text.len - tail);
}

static int add_spaces(struct clnrm_buf *out, size_t count)
{
    int status = clnrm_buf_reserve(out, count);
    if (status == 0 && count > 0) {
        memset(out->data + out->len, ' ', count);
        out->len += count;
    }
    return status;
}

int clnrm_text_pad(struct clnrm_slice text, size_t width, enum clnrm_align align,
                   struct clnrm_buf *out)
{
    size_t total = clnrm_text_width(text), room = width > total ? width - total : 0;
    size_t before = align == CLNRM_ALIGN_RIGHT ? room : align == CLNRM_ALIGN_CENTER ? room / 2 : 0;
    int status = add_spaces(out, before);
    status = status ? status : clnrm_buf_add(out, text.data, text.len);
    return status ? status : add_spaces(out, room - before);
}

/* Decodes `text`; a bad byte becomes a number that no code point has.  False: too long. */
static bool decode(struct clnrm_slice text, uint32_t *out, size_t *count)
{
    size_t n = 0;
    for (size_t at = 0; at < text.len; n++) {
        if (n == CLNRM_DISTANCE_MAX)
            return false;
        int len = clnrm_utf8_next(text.data + at, text.len - at, &out[n]);
        if (len == 0)
            out[n] = 0x110000u + (unsigned char)text.data[at];
        at += len ? (size_t)len : 1;
    }
    *count = n;
    return true;
}

static size_t min_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t clnrm_text_distance(struct clnrm_slice a, struct clnrm_slice b, size_t max)
{
    uint32_t x[CLNRM_DISTANCE_MAX], y[CLNRM_DISTANCE_MAX];
    size_t rows[3][CLNRM_DISTANCE_MAX + 1], n, m;
    if (!decode(a, x, &n) || !decode(b, y, &m) || (n > m ? n - m : m - n) > max)
        return max + 1;
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= m; j++)
        above[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t least = row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t d = above[j - 1] + (x[i - 1] != y[j - 1]);
            d = min_of(d, min_of(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1])
                d = min_of(d, before[j - 2] + 1);
            row[j] = d;
            least = min_of(least, d);
        }
        if (least > max)
            return max + 1;
        size_t *old = before;
        before = above;
        above = row;
        row = old;
    }
    return min_of(above[m], max + 1);
}

bool clnrm_text_line(struct clnrm_slice *rest, struct clnrm_slice *line)
{
    if (rest->len == 0)
        return false;
    const char *newline = memchr(rest->data, '\n', rest->len);
    line->data = rest->data;
    line->len = newline ? (size_t)(newline - rest->data) : rest->len;
    size_t used = line->len + (newline != NULL);
    rest->data += used;
    rest->len -= used;
    return true;
}
