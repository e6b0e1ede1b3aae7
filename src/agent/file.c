/* file.c -- see file.h for the contract. */
#include "agent/file.h"
#include "agent/isolate.h"
#include "agent/path.h"
#include "agent/space.h"
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

enum { PROC_MAGIC = 0x9fa0 };

struct put {
    struct clnrm_job job;
    int parent, fd;
    uint64_t left;
    unsigned mode;
    char temp[32], leaf[256];
};

struct get {
    struct clnrm_job job;
    int fd;
    uint64_t left, credit;
};

static const struct clnrm_job_kind put_kind, get_kind;

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Reads a path and says with DONE when it cannot be one.  Returns whether to go on. */
static bool parse(struct clnrm_agent *agent, uint32_t id, struct clnrm_slice text,
                  struct clnrm_path *p)
{
    int status = clnrm_path_parse(text, p);
    if (status < 0)
        clnrm_channel_done(&agent->channel, id, status, "path", "");
    return status == 0;
}

/* Opens `relative` below the root of view `view`; `agent` is whose the views are. */
static int open_in_room(const struct clnrm_agent *agent, uint32_t view, const char *relative,
                        int flags)
{
    int root = clnrm_space_root(agent, view);
    if (root < 0)
        return root;
    int fd = clnrm_path_open(root, relative, flags, 0, 0);
    close(root);
    return fd;
}

/* ---- PUT ---- */

/* Opens the directory `path` ("a/b/c"), making what is missing of it. */
static int open_dirs(int root, char *path)
{
    int fd = clnrm_path_open(root, path, O_PATH | O_DIRECTORY, 0, 0);
    if (fd != -ENOENT)
        return fd;
    fd = clnrm_path_open(root, "", O_PATH | O_DIRECTORY, 0, 0);
    for (char *end = path; fd >= 0 && end; end = end ? end + 1 : NULL) {
        end = strchr(end, '/');
        if (end)
            *end = '\0';
        const char *slash = strrchr(path, '/');
        if (mkdirat(fd, slash ? slash + 1 : path, 0755) < 0 && errno != EEXIST) {
            int error = errno;
            close(fd);
            return -error;
        }
        close(fd);
        fd = clnrm_path_open(root, path, O_PATH | O_DIRECTORY, 0, 0);
        if (end)
            *end = '/';
        else
            break;
    }
    return fd;
}

static int begin_put(struct put *put, uint32_t view, struct clnrm_path *p)
{
    if (!*p->leaf || strlen(p->leaf) >= sizeof(put->leaf))
        return *p->leaf ? -ENAMETOOLONG : -EISDIR;
    snprintf(put->leaf, sizeof(put->leaf), "%s", p->leaf);
    snprintf(put->temp, sizeof(put->temp), ".clnrm-put-%u", put->job.id);
    int root = clnrm_space_root(put->job.agent, view);
    put->parent = root < 0 ? root : open_dirs(root, p->parent);
    if (root >= 0)
        close(root);
    if (put->parent < 0)
        return put->parent;
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    put->fd = openat(put->parent, put->temp, flags, 0600);
    return put->fd < 0 ? -errno : 0;
}

static int finish_put(struct put *put)
{
    if (fchmod(put->fd, put->mode & 0777) < 0)
        return -errno;
    if (renameat(put->parent, put->temp, put->parent, put->leaf) < 0)
        return -errno;
    shut(&put->fd); /* drop() removes the file only while it is open */
    return 0;
}

/* Ends the job with its answer; what was written of the file goes, unless it is whole. */
static void answer_put(struct put *put, int status, const char *stage)
{
    clnrm_channel_done(&put->job.agent->channel, put->job.id, status, stage, put->leaf);
    clnrm_job_end(&put->job);
}

static void go_on_put(struct put *put)
{
    if (put->left > 0)
        return;
    clnrm_isolate_rights(false);
    int status = finish_put(put);
    clnrm_isolate_rights(true);
    answer_put(put, status, "rename");
}

int clnrm_file_put(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    struct clnrm_path p;
    struct clnrm_frame_reader r = clnrm_frame_read(frame->payload);
    uint32_t view = clnrm_frame_get_u32(&r);
    struct clnrm_slice path = clnrm_frame_get_text(&r);
    uint32_t mode = clnrm_frame_get_u32(&r);
    uint64_t size = clnrm_frame_get_u64(&r);
    if (clnrm_frame_done(&r) < 0)
        return CLNRM_EPROTO;
    if (!parse(agent, frame->id, path, &p))
        return 0;
    struct put *put = clnrm_job_add(agent, frame->id, &put_kind, sizeof(*put));
    if (!put) {
        clnrm_channel_done(&agent->channel, frame->id, EAGAIN, "limit", "too many operations");
        return 0;
    }
    put->parent = put->fd = -1;
    put->left = size;
    put->mode = mode;
    clnrm_isolate_rights(false);
    int status = begin_put(put, view, &p);
    clnrm_isolate_rights(true);
    if (status < 0)
        answer_put(put, status, "open");
    else
        go_on_put(put);
    return 0;
}

static int put_frame(struct clnrm_job *job, const struct clnrm_frame *frame)
{
    struct put *put = (struct put *)job;
    struct clnrm_frame_reader r = clnrm_frame_read(frame->payload);
    struct clnrm_slice bytes = {0};
    if (frame->type == CLNRM_FRAME_DATA)
        bytes = clnrm_frame_get_text(&r);
    else if (frame->type != CLNRM_FRAME_CANCEL)
        return CLNRM_EPROTO;
    if (clnrm_frame_done(&r) < 0 || bytes.len > put->left)
        return CLNRM_EPROTO;
    if (bytes.len == 0) { /* cancelled, or ended before its size */
        answer_put(put, ECANCELED, "cancel");
        return 0;
    }
    put->left -= bytes.len;
    while (bytes.len > 0) {
        ssize_t n = write(put->fd, bytes.data, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            answer_put(put, errno, "write");
            return 0;
        }
        bytes.data += n;
        bytes.len -= (size_t)n;
    }
    go_on_put(put);
    return 0;
}

static void no_want(struct clnrm_job *job, struct clnrm_polls *polls)
{
    (void)job, (void)polls; /* it lives on frames alone */
}

static void put_drop(struct clnrm_job *job)
{
    struct put *put = (struct put *)job;
    if (put->fd >= 0) {
        clnrm_isolate_rights(false);
        unlinkat(put->parent, put->temp, 0);
        clnrm_isolate_rights(true);
    }
    shut(&put->fd);
    shut(&put->parent);
}

static const struct clnrm_job_kind put_kind = {
    .want = no_want, .frame = put_frame, .drop = put_drop};

/* ---- STAT and GET ---- */

static char kind_of(const struct stat *st)
{
    return S_ISREG(st->st_mode)   ? 'f'
           : S_ISDIR(st->st_mode) ? 'd'
           : S_ISLNK(st->st_mode) ? 'l'
                                  : 'o';
}

static void send_file(struct clnrm_agent *agent, uint32_t id, char kind, const struct stat *st)
{
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &agent->channel.out, CLNRM_FRAME_FILE, id);
    clnrm_frame_put_u8(&w, (uint8_t)kind);
    clnrm_frame_put_u32(&w, st ? st->st_mode & 07777 : 0);
    clnrm_frame_put_u64(&w, st ? (uint64_t)st->st_size : 0);
    clnrm_channel_end(&agent->channel, &w);
}

static bool is_absent(int status)
{
    return status == -ENOENT || status == -ENOTDIR;
}

int clnrm_file_stat(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    struct clnrm_path p;
    struct stat st;
    struct clnrm_frame_reader r = clnrm_frame_read(frame->payload);
    uint32_t view = clnrm_frame_get_u32(&r);
    struct clnrm_slice path = clnrm_frame_get_text(&r);
    if (clnrm_frame_done(&r) < 0)
        return CLNRM_EPROTO;
    if (!parse(agent, frame->id, path, &p))
        return 0;
    clnrm_isolate_rights(false);
    int fd = open_in_room(agent, view, p.text, O_PATH | O_NOFOLLOW);
    clnrm_isolate_rights(true);
    int status = fd < 0 ? fd : 0;
    if (status == 0 && fstat(fd, &st) < 0)
        status = -errno;
    shut(&fd);
    if (status == 0)
        send_file(agent, frame->id, kind_of(&st), &st);
    else if (is_absent(status))
        send_file(agent, frame->id, '-', NULL);
    clnrm_channel_done(&agent->channel, frame->id, is_absent(status) ? 0 : status, "stat", p.text);
    return 0;
}

/* Opens a regular file to be read.  Nothing of /proc: there lies the agent's own memory. */
static int open_regular(const struct clnrm_agent *agent, uint32_t view, const char *relative,
                        struct stat *st)
{
    struct statfs fs;
    int fd = open_in_room(agent, view, relative, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fd;
    int status = fstat(fd, st) < 0 || fstatfs(fd, &fs) < 0 ? -errno : 0;
    if (status == 0 && S_ISDIR(st->st_mode))
        status = -EISDIR;
    else if (status == 0 && (!S_ISREG(st->st_mode) || fs.f_type == PROC_MAGIC))
        status = -EINVAL;
    if (status < 0)
        close(fd);
    return status < 0 ? status : fd;
}

/* Sends the content of `fd`, or says what it is that it could not be opened for. */
static void begin_get(struct clnrm_agent *agent, uint32_t id, int fd, const struct stat *st,
                      uint64_t max, uint32_t credit, const char *path)
{
    struct get *get = fd < 0 ? NULL : clnrm_job_add(agent, id, &get_kind, sizeof(*get));
    if (!get) {
        if (is_absent(fd))
            send_file(agent, id, '-', NULL);
        clnrm_channel_done(&agent->channel, id, fd < 0 ? fd : EAGAIN, fd < 0 ? "open" : "limit",
                           path);
        shut(&fd);
        return;
    }
    get->fd = fd;
    get->left = max;
    get->credit = credit;
    send_file(agent, id, 'f', st);
}

int clnrm_file_get(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    struct clnrm_path p;
    struct stat st;
    struct clnrm_frame_reader r = clnrm_frame_read(frame->payload);
    uint32_t view = clnrm_frame_get_u32(&r);
    struct clnrm_slice path = clnrm_frame_get_text(&r);
    uint64_t max = clnrm_frame_get_u64(&r);
    uint32_t credit = clnrm_frame_get_u32(&r);
    if (clnrm_frame_done(&r) < 0)
        return CLNRM_EPROTO;
    if (!parse(agent, frame->id, path, &p))
        return 0;
    clnrm_isolate_rights(false);
    int fd = open_regular(agent, view, p.text, &st);
    clnrm_isolate_rights(true);
    begin_get(agent, frame->id, fd, &st, max, credit, p.text);
    return 0;
}

void clnrm_file_send(struct clnrm_agent *agent, uint32_t id, int fd, uint32_t credit)
{
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) < 0) {
        int error = errno;
        close(fd);
        fd = -error;
    }
    begin_get(agent, id, fd, &st, UINT64_MAX, credit, "");
}

static void get_want(struct clnrm_job *job, struct clnrm_polls *polls)
{
    struct get *get = (struct get *)job;
    bool may_read = get->credit > 0 && clnrm_channel_has_room(&job->agent->channel);
    if (may_read || get->left == 0)
        clnrm_polls_add(polls, job, get->fd, POLLIN);
}

static void end_get(struct get *get, int status, const char *stage)
{
    clnrm_channel_done(&get->job.agent->channel, get->job.id, status, stage, "");
    clnrm_job_end(&get->job);
}

static void get_ready(struct clnrm_job *job, int fd, short events)
{
    struct get *get = (struct get *)job;
    char byte;
    (void)events;
    if (get->left == 0) { /* the cap is reached: was that all? */
        end_get(get, read(fd, &byte, 1) > 0 ? EFBIG : 0, "read");
        return;
    }
    uint64_t max = get->left < get->credit ? get->left : get->credit;
    long n = clnrm_channel_copy(&job->agent->channel, CLNRM_FRAME_DATA, job->id, fd,
                                max < CLNRM_FRAME_CHUNK ? (size_t)max : CLNRM_FRAME_CHUNK);
    if (n > 0) {
        get->left -= (uint64_t)n;
        get->credit -= (uint64_t)n;
    } else if (n != -EINTR) {
        end_get(get, (int)n, "read");
    }
}

static int get_frame(struct clnrm_job *job, const struct clnrm_frame *frame)
{
    struct get *get = (struct get *)job;
    struct clnrm_frame_reader r = clnrm_frame_read(frame->payload);
    if (frame->type == CLNRM_FRAME_CREDIT)
        get->credit += clnrm_frame_get_u32(&r);
    else if (frame->type == CLNRM_FRAME_CANCEL)
        end_get(get, ECANCELED, "cancel");
    else
        return CLNRM_EPROTO;
    return clnrm_frame_done(&r);
}

static void get_drop(struct clnrm_job *job)
{
    shut(&((struct get *)job)->fd);
}

static const struct clnrm_job_kind get_kind = {
    .want = get_want, .ready = get_ready, .frame = get_frame, .drop = get_drop};
