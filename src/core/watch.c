/* watch.c -- see watch.h for the contract; the folders are watch_tree.c, those without a watch
 * watch_poll.c. */
#include "base/base.h"
#include "core/watch_impl.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024, POLL_MS = 1000 };

/* Events */

static void push(struct clnrm_watch *w, enum clnrm_watch_kind kind, const char *path)
{
    if (w->queue_count > w->queue_first) { /* writers tell the same again and again */
        struct watch_event *last = &w->queue[w->queue_count - 1];
        if (last->kind == kind && strcmp(last->path, path) == 0)
            return;
    }
    if (w->queue_count == w->queue_cap) {
        w->queue_cap = w->queue_cap ? w->queue_cap * 2 : 64;
        w->queue = clnrm_xrealloc(w->queue, w->queue_cap * sizeof(*w->queue));
    }
    w->queue[w->queue_count++] = (struct watch_event){.kind = kind, .path = clnrm_xstrdup(path)};
    w->events++;
}

static void forget_queue(struct clnrm_watch *w)
{
    while (w->queue_first < w->queue_count)
        free(w->queue[w->queue_first++].path);
    w->queue_first = w->queue_count = 0;
}

/* Events were lost: one that says so stands for all. */
static void overflow(struct clnrm_watch *w)
{
    if (w->is_overflowing)
        return;
    forget_queue(w);
    push(w, CLNRM_WATCH_OVERFLOW, "");
    w->overflows++;
    w->is_overflowing = true;
}

void watch_tell(struct clnrm_watch *w, enum clnrm_watch_kind kind, int32_t folder, const char *name)
{
    char path[PATH_MAX];
    if (w->is_overflowing || watch_tree_path(w, folder, name, path, sizeof(path)) == 0)
        return;
    if (w->queue_count - w->queue_first >= WATCH_QUEUE_MAX)
        overflow(w);
    else
        push(w, kind, path);
}

static void on_folder(struct clnrm_watch *w, int32_t folder, const struct inotify_event *e)
{
    if (w->folders[folder].is_flat || watch_tree_is_skipped(w, e->name))
        return;
    int32_t child = watch_tree_child(w, folder, e->name);
    if (e->mask & (IN_MOVED_FROM | IN_DELETE)) {
        if (child >= 0)
            watch_tree_drop(w, child);
        watch_tell(w, CLNRM_WATCH_REMOVED, folder, e->name);
    } else if (e->mask & (IN_CREATE | IN_MOVED_TO)) {
        if (child >= 0)
            watch_tree_drop(w, child);
        watch_tree_add(w, folder, e->name, true);
    }
}

static void on_file(struct clnrm_watch *w, int32_t folder, const struct inotify_event *e)
{
    char path[PATH_MAX];
    struct stat st;
    enum clnrm_watch_kind kind = CLNRM_WATCH_WRITTEN;
    if (e->mask & (IN_MOVED_FROM | IN_DELETE)) {
        kind = CLNRM_WATCH_REMOVED;
    } else if (e->mask & IN_MODIFY) {
        kind = CLNRM_WATCH_MODIFIED;
    } else if (e->mask & IN_ATTRIB) {
        kind = CLNRM_WATCH_MODE;
    } else if (e->mask & IN_CREATE) {
        /* a link, hard or not, is whole at once and is never closed after writing */
        bool is_whole = watch_tree_path(w, folder, e->name, path, sizeof(path)) != 0 &&
                        lstat(path, &st) == 0 && (!S_ISREG(st.st_mode) || st.st_nlink > 1);
        kind = is_whole ? CLNRM_WATCH_WRITTEN : CLNRM_WATCH_MODIFIED;
    }
    watch_tell(w, kind, folder, e->name);
}

static void on_event(struct clnrm_watch *w, const struct inotify_event *e)
{
    if (e->mask & IN_Q_OVERFLOW) {
        overflow(w);
        for (int32_t i = 0; i < w->folder_count; i++)
            if (w->folders[i].name && w->folders[i].parent < 0)
                watch_tree_rescan(w, i);
        return;
    }
    int32_t folder = watch_tree_find(w, e->wd);
    if (folder < 0)
        return; /* the last ones of a watch that was given back */
    if (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) {
        if (w->folders[folder].parent < 0) {
            watch_tell(w, CLNRM_WATCH_REMOVED, folder, NULL);
            watch_tree_lose(w, folder);
        } else if (!(e->mask & IN_MOVE_SELF)) /* the folder above tells where it went */
            watch_tree_drop(w, folder);
    } else if (e->len > 0 && e->mask & IN_ISDIR) {
        on_folder(w, folder, e);
    } else if (e->len > 0) {
        on_file(w, folder, e);
    }
}

static bool has_news(const struct clnrm_watch *w)
{
    return w->queue_first < w->queue_count;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct clnrm_watch *w = poll->data;
    (void)status;
    (void)events;
    _Alignas(struct inotify_event) char bytes[READ_BYTES];
    ssize_t n;
    while ((n = read(w->fd, bytes, sizeof(bytes))) > 0) {
        for (char *at = bytes; at < bytes + n;) {
            const struct inotify_event *e = (const struct inotify_event *)at;
            on_event(w, e);
            at += sizeof(*e) + e->len;
        }
    }
    if (has_news(w))
        w->on_change(w->data);
}

static void on_tick(uv_timer_t *timer)
{
    struct clnrm_watch *w = timer->data;
    if (w->polled == 0)
        return;
    int32_t count = w->folder_count; /* those that are found now have been looked at */
    for (int32_t i = 0; i < count; i++) {
        if (!w->folders[i].name || w->folders[i].wd >= 0)
            continue;
        if (w->folders[i].is_missing)
            watch_tree_regain(w, i);
        else
            watch_poll_look(w, i, true);
    }
    if (has_news(w))
        w->on_change(w->data);
}

/* Begin and end */

static char **copy_names(const char *const *names)
{
    size_t count = 0;
    while (names && names[count])
        count++;
    char **copy = clnrm_xcalloc((count + 1) * sizeof(*copy));
    for (size_t i = 0; i < count; i++)
        copy[i] = clnrm_xstrdup(names[i]);
    return copy;
}

static void free_all(struct clnrm_watch *w)
{
    forget_queue(w);
    free(w->queue);
    free(w->taken);
    watch_tree_free(w);
    for (size_t i = 0; w->skipped[i]; i++)
        free(w->skipped[i]);
    free(w->skipped);
    if (w->fd >= 0)
        close(w->fd);
    free(w);
}

static void on_closed(uv_handle_t *handle)
{
    struct clnrm_watch *w = handle->data;
    if (--w->closing == 0)
        free_all(w);
}

int clnrm_watch_open(uv_loop_t *loop, const struct clnrm_watch_options *options,
                     clnrm_watch_cb *on_change, void *data, struct clnrm_watch **out)
{
    struct clnrm_watch *w = clnrm_xcalloc(sizeof(*w));
    w->fd = options->only_polls ? -1 : inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    w->skipped = copy_names(options->skipped);
    w->poll_ms = options->poll_ms ? options->poll_ms : POLL_MS;
    w->on_change = on_change;
    w->data = data;
    w->free_folder = -1;
    uv_timer_init(loop, &w->timer);
    w->timer.data = w;
    w->closing = 1;
    uv_timer_start(&w->timer, on_tick, w->poll_ms, w->poll_ms);
    if (w->fd >= 0) {
        int status = uv_poll_init(loop, &w->poll, w->fd);
        if (status == 0)
            status = uv_poll_start(&w->poll, UV_READABLE, on_readable);
        if (status < 0) {
            uv_close((uv_handle_t *)&w->timer, on_closed);
            return status;
        }
        w->poll.data = w;
        w->closing = 2;
    }
    *out = w;
    return 0;
}

int clnrm_watch_add(struct clnrm_watch *w, const char *path, bool is_flat)
{
    int32_t folder = watch_tree_add_root(w, path, is_flat);
    return folder < 0 ? folder : 0;
}

int clnrm_watch_next(struct clnrm_watch *w, enum clnrm_watch_kind *kind, const char **path)
{
    if (!has_news(w))
        return 0;
    struct watch_event *e = &w->queue[w->queue_first++];
    free(w->taken);
    w->taken = e->path;
    *kind = e->kind;
    *path = e->path;
    if (e->kind == CLNRM_WATCH_OVERFLOW)
        w->is_overflowing = false;
    if (w->queue_first == w->queue_count)
        w->queue_first = w->queue_count = 0;
    return 1;
}

void clnrm_watch_stats(const struct clnrm_watch *w, struct clnrm_watch_stats *out)
{
    *out = (struct clnrm_watch_stats){
        .folders = w->live, .polled = w->polled, .events = w->events, .overflows = w->overflows};
}

void clnrm_watch_close(struct clnrm_watch *w)
{
    uv_close((uv_handle_t *)&w->timer, on_closed);
    if (w->fd >= 0)
        uv_close((uv_handle_t *)&w->poll, on_closed);
}
