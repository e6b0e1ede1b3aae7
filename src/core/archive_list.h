/* archive_list.h -- what is in a tar, and where in its file; and a compressed file as it was before.
 *
 * For archives of archives: nothing is unpacked, the parts are read where they lie.  Threads: any.
 * Layer: core. */
#ifndef CLNRM_ARCHIVE_LIST_H
#define CLNRM_ARCHIVE_LIST_H

#include "core/layer.h"

#define CLNRM_ARCHIVE_LIST_MAX 100000

struct clnrm_archive_item {
    char *name, *link; /* link: "" unless it is one */
    char kind;         /* as clnrm_archive_entry; 's' a sparse file */
    int64_t size, offset;
};

/* Zeroed is empty. */
struct clnrm_archive_list {
    struct clnrm_archive_item *items;
    size_t count, cap;
};

/* Adds every entry of the stream `l` (open).  Returns 0 or as clnrm_layer_next(). */
int clnrm_archive_list(struct clnrm_layer *l, struct clnrm_archive_list *out);
void clnrm_archive_list_free(struct clnrm_archive_list *list);

/* Writes what comes out of the stream `l` to the descriptor `fd`.  Returns 0, as clnrm_layer_bytes(),
 * or -errno. */
int clnrm_archive_inflate(struct clnrm_layer *l, int fd);

#endif
