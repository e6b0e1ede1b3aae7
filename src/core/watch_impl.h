/* watch_impl.h -- what the parts of watch.c share: the tree of folders, and the queue of events.
 *
 * Layer: core. */
#ifndef CLNRM_WATCH_IMPL_H
#define CLNRM_WATCH_IMPL_H

#include "core/watch.h"

enum {
    WATCH_FOLDERS_MAX = 200000,
    WATCH_DEPTH_MAX = 128,
    WATCH_QUEUE_MAX = 65536, /* events; more are an overflow */
};

/* A file of a polled folder, as it was seen last. */
struct watch_seen {
    char *name;
    uint64_t state; /* of its time, size and inode */
    bool is_there;  /* in the look that goes on */
};

struct watch_folder {
    char *name;                     /* of a root its whole path */
    int32_t parent, child, sibling; /* -1: none; of a free one `sibling` is the next free one */
    int32_t wd;                     /* -1: not watched, so polled */
    bool is_missing;                /* a root that is not there */
    bool is_flat;                   /* a root whose folders are not entered */
    struct watch_seen *seen;        /* of a polled one */
    uint32_t seen_count;
};

struct watch_number {
    int32_t wd, folder;
};

struct watch_event {
    enum clnrm_watch_kind kind;
    char *path;
};

struct clnrm_watch {
    uv_poll_t poll;
    uv_timer_t timer;
    int fd;      /* -1: only polls */
    int closing; /* handles that are not closed yet */
    char **skipped;
    unsigned poll_ms;
    clnrm_watch_cb *on_change;
    void *data;

    struct watch_folder *folders;
    int32_t folder_count, folder_cap, free_folder;
    size_t live, polled;
    struct watch_number *numbers; /* by wd: the kernel counts up */
    size_t number_count, number_cap;

    struct watch_event *queue; /* [queue_first, queue_count) */
    size_t queue_first, queue_count, queue_cap;
    bool is_overflowing; /* told once until it is taken */
    char *taken;         /* the path of the last event that was taken */
    uint64_t events, overflows;
};

/* watch_tree.c */

/* Adds a folder with all below it; `tells`: the files there are told as written.  Returns its
 * number, or a negative status when it itself could not be read. */
int32_t watch_tree_add(struct clnrm_watch *w, int32_t parent, const char *name, bool tells);
int32_t watch_tree_add_root(struct clnrm_watch *w, const char *path, bool is_flat);

/* Looks for folders below one that are not known, and adds them. */
void watch_tree_rescan(struct clnrm_watch *w, int32_t folder);

/* Forgets a folder and all below it. */
void watch_tree_drop(struct clnrm_watch *w, int32_t folder);

/* Stops to watch what is below a folder, and the folder: its place is polled. */
void watch_tree_lose(struct clnrm_watch *w, int32_t folder);

/* Watches a root that has come back. */
void watch_tree_regain(struct clnrm_watch *w, int32_t folder);

int32_t watch_tree_child(const struct clnrm_watch *w, int32_t parent, const char *name);
int32_t watch_tree_find(const struct clnrm_watch *w, int32_t wd);

/* Writes the path of `name` in a folder (of the folder itself when it is NULL).  Returns its
 * length, or 0 when it is too long. */
size_t watch_tree_path(const struct clnrm_watch *w, int32_t folder, const char *name, char *out,
                       size_t cap);
bool watch_tree_is_skipped(const struct clnrm_watch *w, const char *name);
void watch_tree_free(struct clnrm_watch *w);

/* watch_poll.c */

/* Looks at a folder that is not watched; `tells`: what differs is told. */
void watch_poll_look(struct clnrm_watch *w, int32_t folder, bool tells);
void watch_poll_forget(struct watch_folder *f);

/* watch.c */
void watch_tell(struct clnrm_watch *w, enum clnrm_watch_kind kind, int32_t folder,
                const char *name);

#endif
