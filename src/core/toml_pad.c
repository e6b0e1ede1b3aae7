/* toml_pad.c -- see toml_pad.h; each text behind a mark moves once, from the last to the first. */
#include "core/toml_pad.h"

enum { MARKS_MIN = 64 };

void clnrm_toml_mark(struct clnrm_toml_marks *marks, struct clnrm_toml_mark mark)
{
    if (marks->count == marks->cap) {
        marks->cap = marks->cap ? 2 * marks->cap : MARKS_MIN;
        marks->list = clnrm_xrealloc(marks->list, marks->cap * sizeof(*marks->list));
    }
    marks->list[marks->count++] = mark;
}

static bool takes_part(const struct clnrm_toml_marks *marks, const struct clnrm_toml_mark *m,
                       bool comments)
{
    return m->is_comment == comments && m->columns <= marks->width;
}

/* Gives the marks of one kind on lines from..., one below the other, the same column.  Returns the
 * index behind them. */
static uint32_t align_run(struct clnrm_toml_marks *marks, uint32_t from, bool comments)
{
    uint32_t widest = marks->list[from].columns, line = marks->list[from].line, to = from + 1;
    for (; to < marks->count; to++) {
        const struct clnrm_toml_mark *m = &marks->list[to];
        if (m->is_comment != comments)
            continue;
        if (m->line > line + 1 || !takes_part(marks, m, comments))
            break;
        line = m->line;
        widest = m->columns > widest ? m->columns : widest;
    }
    for (uint32_t i = from; i < to; i++)
        if (takes_part(marks, &marks->list[i], comments))
            marks->list[i].pad = widest - marks->list[i].columns;
    return to;
}

static void align(struct clnrm_toml_marks *marks, bool comments)
{
    for (uint32_t i = 0; i < marks->count;)
        if (takes_part(marks, &marks->list[i], comments))
            i = align_run(marks, i, comments);
        else
            i++;
}

int clnrm_toml_pad(struct clnrm_toml_marks *marks, struct clnrm_buf *out)
{
    size_t total = 0;
    align(marks, false);
    for (uint32_t i = 1; i < marks->count; i++) { /* a comment is moved by the sign before it */
        const struct clnrm_toml_mark *before = &marks->list[i - 1];
        struct clnrm_toml_mark *m = &marks->list[i];
        if (m->is_comment && !before->is_comment && before->line == m->line)
            m->columns += before->pad;
    }
    align(marks, true);
    for (uint32_t i = 0; i < marks->count; i++)
        total += marks->list[i].pad;
    int status = clnrm_buf_reserve(out, total);
    const uint32_t count = marks->count;
    marks->count = 0;
    if (status < 0 || total == 0)
        return status;
    size_t end = out->len, left = total;
    for (uint32_t i = count; i > 0; i--) {
        const struct clnrm_toml_mark *m = &marks->list[i - 1];
        memmove(out->data + m->at + left, out->data + m->at, end - m->at);
        left -= m->pad;
        memset(out->data + m->at + left, ' ', m->pad);
        end = m->at;
    }
    out->len += total;
    return 0;
}
