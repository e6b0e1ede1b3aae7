/* layer.h -- a stream of tar inside a part of a file: what was read is counted and hashed, bombs and
 * what lies behind the archive's end are found.
 *
 * Everything that core/unpack and core/archive_list read comes through here.  Threads: any, one at a
 * time for each object.  Layer: core. */
#ifndef CLNRM_LAYER_H
#define CLNRM_LAYER_H

#include <stdatomic.h>

#include "core/archive.h"
#include "core/hash.h"

#define CLNRM_LAYER_RATIO_MAX 1000       /* bytes out for each that came in */
#define CLNRM_LAYER_RATIO_FREE (1 << 20) /* that may come out whatever came in */
#define CLNRM_LAYER_WHY_MAX 256

struct clnrm_layer_part {
    int fd;               /* stays the caller's */
    int64_t offset, size; /* of the file; size -1: to its end */
};

struct clnrm_layer {
    const struct clnrm_archive *lib;
    struct clnrm_layer_part part;
    const atomic_bool *cancel;      /* may be NULL */
    struct clnrm_hash *raw, *plain; /* of what was read, of what came out; either may be NULL */
    int64_t in, out, out_max;       /* bytes; beyond out_max it fails */
    int64_t last_byte;              /* offset of the last one that came out and is not 0; -1 */
    int64_t data_end;               /* where the last entry's content ends */
    void *stream, *tar;
    char *chunk;
    bool is_limit; /* it failed at a limit, not by damage */
    char why[CLNRM_LAYER_WHY_MAX];
};

/* Finds the plugin; from the loop thread.  Returns 0 or CLNRM_EPLUGIN. */
int clnrm_layer_library(const struct clnrm_archive **out);

/* Begins.  `l` has lib, part, cancel, raw, plain and out_max set, else it is zeroed.  `is_tar` false:
 * only clnrm_layer_bytes() may follow. */
int clnrm_layer_open(struct clnrm_layer *l, bool is_tar);

/* The next entry: 1, 0 at the end that the archive itself marks, or CLNRM_ESYNTAX, CLNRM_ELIMIT,
 * UV_ECANCELED's number; then `why` says what is wrong. */
int clnrm_layer_next(struct clnrm_layer *l, struct clnrm_archive_entry *entry);

/* The next bytes of the entry's content; 0 at its end, negative as above. */
ssize_t clnrm_layer_read(struct clnrm_layer *l, const void **block);

/* Reads the rest: behind the end there may be nothing but zeros.  Returns 0 or as above. */
int clnrm_layer_finish(struct clnrm_layer *l);

/* Takes compression off, without a look at what it is: the next bytes, 0 at the end. */
ssize_t clnrm_layer_bytes(struct clnrm_layer *l, const void **block);

void clnrm_layer_close(struct clnrm_layer *l);

#endif
