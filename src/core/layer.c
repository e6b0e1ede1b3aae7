/* layer.c -- see layer.h for the contract. */
#include "core/layer.h"
#include "base/base.h"
#include "core/plugin.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024, TAR_BLOCK = 512 };

int clnrm_layer_library(const struct clnrm_archive **out)
{
    void *symbol = NULL;
    int status = clnrm_plugin_symbol("archive", "clnrm_archive", &symbol);
    if (status == 0)
        *out = symbol;
    return status;
}

/* The first reason stands: what comes behind is its echo. */
static int __attribute__((format(printf, 3, 4)))
fail(struct clnrm_layer *l, int status, const char *fmt, ...)
{
    va_list args;
    if (l->why[0])
        return l->is_limit ? CLNRM_ELIMIT : CLNRM_ESYNTAX;
    l->is_limit = status == CLNRM_ELIMIT;
    va_start(args, fmt);
    vsnprintf(l->why, sizeof(l->why), fmt, args);
    va_end(args);
    return status;
}

static bool is_cancelled(const struct clnrm_layer *l)
{
    return l->cancel && atomic_load_explicit(l->cancel, memory_order_relaxed);
}

/* The bytes of the file. */
static ssize_t read_part(void *data, const void **block)
{
    struct clnrm_layer *l = data;
    size_t want = CHUNK;
    if (is_cancelled(l))
        return -ECANCELED;
    if (l->part.size >= 0 && l->part.size - l->in < CHUNK)
        want = (size_t)(l->part.size - l->in);
    ssize_t n;
    do
        n = want ? pread(l->part.fd, l->chunk, want, l->part.offset + l->in) : 0;
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    if (n == 0 && l->part.size >= 0 && l->in < l->part.size) {
        fail(l, CLNRM_ESYNTAX, "the file is shorter than it was");
        return -EIO;
    }
    if (l->raw)
        clnrm_hash_add(l->raw, (struct clnrm_slice){l->chunk, (size_t)n});
    l->in += n;
    *block = l->chunk;
    return n;
}

static void note_last_byte(struct clnrm_layer *l, const char *bytes, ssize_t n)
{
    for (ssize_t i = n; i > 0; i--)
        if (bytes[i - 1]) {
            l->last_byte = l->out + i - 1;
            return;
        }
}

ssize_t clnrm_layer_bytes(struct clnrm_layer *l, const void **block)
{
    ssize_t n = l->lib->stream_read(l->stream, block);
    if (is_cancelled(l))
        return fail(l, -ECANCELED, "it was cancelled");
    if (n < 0)
        return fail(l, CLNRM_ESYNTAX, "%s", l->lib->stream_error(l->stream));
    note_last_byte(l, *block, n);
    l->out += n;
    if (l->out > l->out_max)
        return fail(l, CLNRM_ELIMIT, "it is larger than %lld bytes when it is unpacked",
                    (long long)l->out_max);
    if (l->out > CLNRM_LAYER_RATIO_FREE && l->out / CLNRM_LAYER_RATIO_MAX > l->in)
        return fail(l, CLNRM_ELIMIT, "more than %d bytes come out of each that it has",
                    CLNRM_LAYER_RATIO_MAX);
    if (l->plain && n > 0)
        clnrm_hash_add(l->plain, (struct clnrm_slice){*block, (size_t)n});
    return n;
}

static ssize_t read_plain(void *data, const void **block)
{
    ssize_t n = clnrm_layer_bytes(data, block);
    return n < 0 ? -EIO : n;
}

int clnrm_layer_open(struct clnrm_layer *l, bool is_tar)
{
    l->last_byte = -1;
    l->chunk = clnrm_xmalloc(CHUNK);
    l->stream = l->lib->stream_open(read_part, l);
    if (l->stream && is_tar)
        l->tar = l->lib->tar_open(read_plain, l); /* which reads the first bytes */
    return l->stream && (l->tar || !is_tar) ? 0 : -ENOMEM;
}

static int damaged(struct clnrm_layer *l)
{
    return fail(l, is_cancelled(l) ? -ECANCELED : CLNRM_ESYNTAX, "%s", l->lib->tar_error(l->tar));
}

int clnrm_layer_next(struct clnrm_layer *l, struct clnrm_archive_entry *entry)
{
    if (is_cancelled(l))
        return fail(l, -ECANCELED, "it was cancelled");
    int got = l->lib->tar_next(l->tar, entry);
    if (got < 0)
        return damaged(l);
    int64_t at = l->lib->tar_position(l->tar);
    if (got == 0) { /* the end is a block of zeros; without one it was cut off */
        if (l->out == 0)
            return fail(l, CLNRM_ESYNTAX, "it is empty");
        return at - l->data_end < TAR_BLOCK
                   ? fail(l, CLNRM_ESYNTAX, "it is cut off: the mark of its end is missing")
                   : 0;
    }
    l->data_end = at; /* of a sparse file, whose size says nothing, at least that */
    if (!entry->is_sparse)
        l->data_end += (entry->size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
    return 1;
}

ssize_t clnrm_layer_read(struct clnrm_layer *l, const void **block)
{
    ssize_t n = l->lib->tar_read(l->tar, block);
    return n < 0 ? damaged(l) : n;
}

int clnrm_layer_finish(struct clnrm_layer *l)
{
    int64_t end = l->lib->tar_position(l->tar);
    const void *block;
    ssize_t n;
    while ((n = clnrm_layer_bytes(l, &block)) > 0)
        ;
    if (n < 0)
        return (int)n;
    if (l->last_byte >= end)
        return fail(l, CLNRM_ESYNTAX, "something lies behind its end");
    while ((n = read_part(l, &block)) > 0) /* behind the end of what was compressed */
        ;
    return n < 0 ? fail(l, CLNRM_ESYNTAX, "%s", strerror((int)-n)) : 0;
}

void clnrm_layer_close(struct clnrm_layer *l)
{
    if (l->tar)
        l->lib->tar_close(l->tar);
    if (l->stream)
        l->lib->stream_close(l->stream);
    free(l->chunk);
    l->tar = l->stream = NULL;
    l->chunk = NULL;
}
