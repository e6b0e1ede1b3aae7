/* archive_list.c -- see archive_list.h for the contract. */
#include "core/archive_list.h"
#include "base/base.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static void add_item(struct clnrm_archive_list *list, const struct clnrm_archive_entry *e,
                     int64_t offset)
{
    if (list->count == list->cap) {
        list->cap = list->cap ? list->cap * 2 : 64;
        list->items = clnrm_xrealloc(list->items, list->cap * sizeof(*list->items));
    }
    list->items[list->count++] = (struct clnrm_archive_item){
        .name = clnrm_xstrdup(e->name),
        .link = clnrm_xstrdup(e->link),
        .kind = e->is_sparse ? 's' : e->kind,
        .size = e->size,
        .offset = offset,
    };
}

int clnrm_archive_list(struct clnrm_layer *l, struct clnrm_archive_list *out)
{
    struct clnrm_archive_entry entry;
    int got;
    while ((got = clnrm_layer_next(l, &entry)) > 0) {
        if (out->count == CLNRM_ARCHIVE_LIST_MAX) {
            snprintf(l->why, sizeof(l->why), "it has more than %d entries", CLNRM_ARCHIVE_LIST_MAX);
            return CLNRM_ELIMIT;
        }
        add_item(out, &entry, l->lib->tar_position(l->tar));
    }
    return got == 0 ? clnrm_layer_finish(l) : got;
}

void clnrm_archive_list_free(struct clnrm_archive_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].name);
        free(list->items[i].link);
    }
    free(list->items);
    *list = (struct clnrm_archive_list){0};
}

int clnrm_archive_inflate(struct clnrm_layer *l, int fd)
{
    const void *block;
    ssize_t n;
    while ((n = clnrm_layer_bytes(l, &block)) > 0) {
        const char *at = block;
        while (n > 0) {
            ssize_t got = write(fd, at, (size_t)n);
            if (got < 0 && errno == EINTR)
                continue;
            if (got < 0)
                return -errno;
            at += got;
            n -= got;
        }
    }
    return (int)n;
}
