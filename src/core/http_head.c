/* http_head.c -- status lines and headers of answers. */
#include "core/http_impl.h"

#include <ctype.h>

static struct clnrm_slice trim(struct clnrm_slice s)
{
    while (s.len > 0 && strchr(" \t\r\n", s.data[s.len - 1]))
        s.len--;
    while (s.len > 0 && (*s.data == ' ' || *s.data == '\t')) {
        s.data++;
        s.len--;
    }
    return s;
}

int clnrm_http_status_line(struct clnrm_slice line)
{
    int code = 0;
    if (line.len < 12 || memcmp(line.data, "HTTP/1.", 7) != 0 || line.data[8] != ' ')
        return CLNRM_EPROTO;
    for (int i = 9; i < 12; i++) {
        if (!isdigit((unsigned char)line.data[i]))
            return CLNRM_EPROTO;
        code = code * 10 + line.data[i] - '0';
    }
    bool ends = line.len == 12 || strchr(" \r\n", line.data[12]);
    return ends && code >= 100 ? code : CLNRM_EPROTO;
}

int clnrm_http_header_line(struct clnrm_buf *head, struct clnrm_slice line)
{
    const char *colon = memchr(line.data, ':', line.len);
    if (!colon || colon == line.data || memchr(line.data, '\0', line.len))
        return CLNRM_EPROTO;
    struct clnrm_slice name = {line.data, (size_t)(colon - line.data)};
    struct clnrm_slice value = trim((struct clnrm_slice){colon + 1, line.len - name.len - 1});
    if (clnrm_buf_reserve(head, name.len + value.len + 3) < 0)
        return CLNRM_ELIMIT;
    for (size_t i = 0; i < name.len; i++)
        head->data[head->len++] = (char)tolower((unsigned char)name.data[i]);
    clnrm_buf_add(head, ": ", 2);
    clnrm_buf_add(head, value.data, value.len);
    return clnrm_buf_add(head, "\n", 1);
}

/* Returns the bytes of the line at the start of `bytes`, its end included; 0 when that is missing. */
static size_t line_length(struct clnrm_slice bytes)
{
    const char *end = bytes.len ? memchr(bytes.data, '\n', bytes.len) : NULL;
    return end ? (size_t)(end - bytes.data) + 1 : 0;
}

/* Whether the blank line behind the headers is there. */
static bool is_whole(struct clnrm_slice bytes)
{
    for (size_t n; (n = line_length(bytes)) > 0; bytes.data += n, bytes.len -= n)
        if (n == 1 || (n == 2 && bytes.data[0] == '\r'))
            return true;
    return false;
}

long clnrm_http_head(struct clnrm_slice bytes, int *code, struct clnrm_buf *head)
{
    struct clnrm_slice rest = bytes;
    if (!is_whole(bytes))
        return bytes.len > CLNRM_HTTP_HEADERS_MAX ? CLNRM_ELIMIT : 0;
    size_t n = line_length(rest);
    int status = *code = clnrm_http_status_line((struct clnrm_slice){rest.data, n});
    head->len = 0;
    for (;;) {
        rest.data += n;
        rest.len -= n;
        n = line_length(rest);
        if (status < 0)
            return status;
        if (n == 1 || (n == 2 && rest.data[0] == '\r'))
            return (long)(bytes.len - rest.len + n);
        status = clnrm_http_header_line(head, (struct clnrm_slice){rest.data, n});
    }
}

struct clnrm_slice clnrm_http_header(const struct clnrm_buf *head, const char *name)
{
    struct clnrm_slice rest = {head->data, head->len};
    size_t want = strlen(name);
    for (size_t n; (n = line_length(rest)) > 0; rest.data += n, rest.len -= n)
        if (n > want + 2 && rest.data[want] == ':' && memcmp(rest.data, name, want) == 0)
            return (struct clnrm_slice){rest.data + want + 2, n - want - 3};
    return (struct clnrm_slice){NULL, 0};
}
