/* archive.h -- what libclnrm_archive.so (src/plugin/archive.c, libarchive behind it) gives to
 * core/unpack: bytes out of gzip or zstd, entries out of tar.  Nothing here touches the disk.
 *
 * libarchive takes half a millisecond to load, and few runs have an image to read, so it is opened on
 * first use.  The plugin exports one symbol, `clnrm_archive`, of this type.
 * Threads: one at a time for each object.  Layer: core. */
#ifndef CLNRM_ARCHIVE_H
#define CLNRM_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Gives the next bytes of a stream: how many are at `*block`, 0 at its end, or -errno. */
typedef ssize_t clnrm_archive_source(void *data, const void **block);

struct clnrm_archive_entry {
    const char *name; /* bytes as they stand in the archive; valid until the next one */
    const char *link; /* of 'l' and 'h' */
    char kind; /* 'f' file, 'd' folder, 'l' symbolic link, 'h' hard link, 'c' device, 'p' FIFO,
                         '?' anything else */
    bool is_sparse;
    int64_t size, mtime; /* size: of 'f' */
    mode_t mode;
};

struct clnrm_archive {
    /* Takes gzip and zstd off a stream, or nothing when it is neither.  NULL: no memory. */
    void *(*stream_open)(clnrm_archive_source *source, void *data);
    ssize_t (*stream_read)(void *stream, const void **block); /* as a source; -1: see _error */
    const char *(*stream_error)(void *stream);
    void (*stream_close)(void *stream);

    /* Reads a tar (ustar, pax, GNU). */
    void *(*tar_open)(clnrm_archive_source *source, void *data);
    int (*tar_next)(void *tar, struct clnrm_archive_entry *out); /* 1, 0 at the end, -1: _error */
    ssize_t (*tar_read)(void *tar, const void **block);          /* of the entry's content */
    int64_t (*tar_position)(void *tar);                          /* bytes that were used */
    const char *(*tar_error)(void *tar);
    void (*tar_close)(void *tar);
};

#endif
