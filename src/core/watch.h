/* watch.h -- tells which files below some folders change.
 *
 * Mechanism only: which of them matter, and how long to wait for more, is decided in
 * lua/engine/watch.  An inotify descriptor of our own, since libuv's drops what an overflow means
 * and does not ask for IN_CLOSE_WRITE (libuv 1.44, src/unix/linux-inotify.c).  Folders are watched
 * with all below them, links among them not followed; those that the kernel gives no watch for,
 * and roots that are not there, are looked at again and again.
 *
 * Ownership: clnrm_watch_open() hands out an object that the caller gives back to
 * clnrm_watch_close() exactly once.  Threads: loop thread only.  Layer: core. */
#ifndef CLNRM_WATCH_H
#define CLNRM_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct clnrm_watch; /* opaque */

enum clnrm_watch_kind {
    CLNRM_WATCH_WRITTEN,  /* closed after writing, moved here, or found where nothing was known */
    CLNRM_WATCH_MODIFIED, /* written to, and still open; or made, and not yet written */
    CLNRM_WATCH_REMOVED,
    CLNRM_WATCH_MODE,     /* only what the file is like was changed: its mode, times, owner */
    CLNRM_WATCH_LINK,     /* there when its folder was added, and not followed */
    CLNRM_WATCH_OVERFLOW, /* events were lost: all may have changed; path is "" */
};

struct clnrm_watch_options {
    const char *const
        *skipped;     /* names of folders that are not entered; ends with NULL, or is NULL */
    unsigned poll_ms; /* between two looks at what cannot be watched; 0: 1000 */
    bool only_polls;  /* inotify is not used: for file systems that tell nothing */
};

struct clnrm_watch_stats {
    size_t folders, polled; /* of them */
    uint64_t events, overflows;
};

/* Says that clnrm_watch_next() has something.  Runs in a libuv callback. */
typedef void clnrm_watch_cb(void *data);

/* Returns 0 or a negative code; where inotify has no instance left, all is polled. */
int clnrm_watch_open(uv_loop_t *loop, const struct clnrm_watch_options *options,
                     clnrm_watch_cb *on_change, void *data, struct clnrm_watch **out);

/* Watches a folder with all below it.  Files that are there are not told; a folder that is not
 * there is waited for.  Returns 0, -ENAMETOOLONG, or CLNRM_ELIMIT: too many folders.
 * With `is_flat` the folders in it are not entered. */
int clnrm_watch_add(struct clnrm_watch *w, const char *path, bool is_flat);

/* Takes the next event: its kind, and its path in `path` (NUL-terminated, valid until the next
 * call). Returns 1, or 0 when there is none. */
int clnrm_watch_next(struct clnrm_watch *w, enum clnrm_watch_kind *kind, const char **path);

void clnrm_watch_stats(const struct clnrm_watch *w, struct clnrm_watch_stats *out);

/* Consumes `w`.  `on_change` does not run again after this returns. */
void clnrm_watch_close(struct clnrm_watch *w);

#endif
