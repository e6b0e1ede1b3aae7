/* archive.c -- streams and tar archives by libarchive; see core/archive.h. */
#include "core/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

extern const struct clnrm_archive clnrm_archive;

struct reader {
    struct archive *a;
    clnrm_archive_source *source;
    void *data;
    bool is_begun;
    int64_t offset; /* of what comes next of an entry */
};

static la_ssize_t on_read(struct archive *a, void *data, const void **block)
{
    struct reader *r = data;
    ssize_t n = r->source(r->data, block);
    if (n >= 0)
        return n;
    archive_set_error(a, (int)-n, "its end was not reached");
    return ARCHIVE_FATAL;
}

static void reader_close(void *reader)
{
    struct reader *r = reader;
    if (r)
        archive_read_free(r->a);
    free(r);
}

static struct reader *reader_open(clnrm_archive_source *source, void *data)
{
    struct reader *r = calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    r->a = archive_read_new();
    r->source = source;
    r->data = data;
    if (!r->a) {
        free(r);
        return NULL;
    }
    return r;
}

static const char *reader_error(void *reader)
{
    struct reader *r = reader;
    const char *text = archive_error_string(r->a);
    return text ? text : "it is damaged";
}

static void *stream_open(clnrm_archive_source *source, void *data)
{
    struct reader *r = reader_open(source, data);
    if (!r)
        return NULL;
    archive_read_support_filter_gzip(r->a);
    archive_read_support_filter_zstd(r->a);
    archive_read_support_format_raw(r->a);
    archive_read_support_format_empty(r->a);
    archive_read_open2(r->a, r, NULL, on_read, NULL,
                       NULL); /* what fails is told by the first read */
    return r;
}

/* The next bytes of the entry; a raw one is never sparse, and sparse files are refused. */
static ssize_t read_block(struct reader *r, const void **block)
{
    size_t len = 0;
    la_int64_t offset = 0;
    int status = archive_read_data_block(r->a, block, &len, &offset);
    if (status == ARCHIVE_EOF)
        return 0;
    if (status != ARCHIVE_OK || offset != r->offset)
        return -1;
    r->offset += (int64_t)len;
    return len > 0 ? (ssize_t)len : read_block(r, block);
}

static ssize_t stream_read(void *reader, const void **block)
{
    struct reader *r = reader;
    struct archive_entry *entry;
    if (!r->is_begun) {
        int status = archive_read_next_header(r->a, &entry);
        if (status == ARCHIVE_EOF)
            return 0;
        if (status != ARCHIVE_OK)
            return -1;
        r->is_begun = true;
    }
    return read_block(r, block);
}

static void *tar_open(clnrm_archive_source *source, void *data)
{
    struct reader *r = reader_open(source, data);
    if (!r)
        return NULL;
    archive_read_support_format_tar(r->a);
    archive_read_set_format_option(r->a, "tar", "hdrcharset", "BINARY"); /* names are bytes */
    archive_read_open2(r->a, r, NULL, on_read, NULL, NULL);
    return r;
}

static char kind_of(struct archive_entry *entry)
{
    if (archive_entry_hardlink(entry))
        return 'h';
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        return 'f';
    case AE_IFDIR:
        return 'd';
    case AE_IFLNK:
        return 'l';
    case AE_IFCHR:
    case AE_IFBLK:
        return 'c';
    case AE_IFIFO:
        return 'p';
    default:
        return '?';
    }
}

static int tar_next(void *reader, struct clnrm_archive_entry *out)
{
    struct reader *r = reader;
    struct archive_entry *entry;
    int status = archive_read_next_header(r->a, &entry);
    if (status == ARCHIVE_EOF)
        return 0;
    /* A name that the locale cannot have stays as it is in the archive, which is what is wanted. */
    const char *text = status == ARCHIVE_WARN ? archive_error_string(r->a) : NULL;
    if (status != ARCHIVE_OK && !(text && strstr(text, "can't be converted")))
        return -1;
    r->offset = 0;
    const char *name = archive_entry_pathname(entry);
    if (!name)
        name = archive_entry_pathname_utf8(entry);
    if (!name) {
        archive_set_error(r->a, EINVAL, "a name cannot be read");
        return -1;
    }
    char kind = kind_of(entry);
    const char *link = kind == 'h'   ? archive_entry_hardlink(entry)
                       : kind == 'l' ? archive_entry_symlink(entry)
                                     : NULL;
    *out = (struct clnrm_archive_entry){
        .name = name,
        .link = link ? link : "",
        .kind = kind,
        .is_sparse = archive_entry_sparse_count(entry) > 0,
        .size = kind == 'f' ? archive_entry_size(entry) : 0,
        .mtime = archive_entry_mtime(entry),
        .mode = archive_entry_perm(entry),
    };
    return 1;
}

static ssize_t tar_read(void *reader, const void **block)
{
    return read_block(reader, block);
}

static int64_t tar_position(void *reader)
{
    struct reader *r = reader;
    return archive_filter_bytes(r->a, 0);
}

const struct clnrm_archive clnrm_archive = {
    .stream_open = stream_open,
    .stream_read = stream_read,
    .stream_error = reader_error,
    .stream_close = reader_close,
    .tar_open = tar_open,
    .tar_next = tar_next,
    .tar_read = tar_read,
    .tar_position = tar_position,
    .tar_error = reader_error,
    .tar_close = reader_close,
};
