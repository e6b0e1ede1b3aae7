/* fill.c -- see fill.h for the contract. */
#include "agent/fill.h"
#include "agent/path.h"
#include "agent/space.h"
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <unistd.h>

#define TMPFS_MAGIC 0x01021994
#define OVERLAY_MAGIC 0x794c7630

enum { STEP = 64 << 20, PAGE = 4096 };

struct fill {
    struct clnrm_job job;
    int fd;
};

static int fill_frame(struct clnrm_job *job, const struct clnrm_frame *frame)
{
    if (frame->type != CLNRM_FRAME_CANCEL || frame->payload.len)
        return CLNRM_EPROTO;
    clnrm_job_end(job);
    return 0;
}

static void fill_want(struct clnrm_job *job, struct clnrm_polls *polls)
{
    (void)job, (void)polls;
}

static void fill_drop(struct clnrm_job *job)
{
    close(((struct fill *)job)->fd);
}

static const struct clnrm_job_kind fill_kind = {
    .want = fill_want, .frame = fill_frame, .drop = fill_drop};

/* A file without a name in the directory `dir`.  Overlays of older kernels cannot make one at once. */
static int nameless(int dir, uint32_t id)
{
    char name[32];
    int fd = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return fd < 0 ? -errno : fd;
    snprintf(name, sizeof(name), ".clnrm-fill-%u", id);
    fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    if (unlinkat(dir, name, 0) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

/* Takes what is free, down to the last page.  Returns 0 once there is none, or -errno. */
static int take_all(int fd, uint64_t *taken)
{
    for (uint64_t step = STEP; step >= PAGE;) {
        if (fallocate(fd, 0, (off_t)*taken, (off_t)step) == 0)
            *taken += step;
        else if (errno == ENOSPC)
            step /= 2;
        else if (errno != EINTR)
            return -errno;
    }
    return 0;
}

/* Opens the directory and makes its file system full.  Returns the descriptor that keeps it so. */
static int fill(struct clnrm_agent *agent, uint32_t view, const struct clnrm_path *path,
                const struct clnrm_frame *frame, uint64_t max, uint64_t *taken)
{
    struct statfs fs;
    int root = clnrm_space_root(agent, view), dir, fd;
    if (root < 0)
        return root;
    dir = clnrm_path_open(root, path->text, O_RDONLY | O_DIRECTORY, 0, CLNRM_PATH_NO_LINKS);
    close(root);
    if (dir < 0)
        return dir;
    int status = fstatfs(dir, &fs) < 0 ? -errno : 0;
    bool is_private = fs.f_type == TMPFS_MAGIC || (fs.f_type == OVERLAY_MAGIC && !agent->guest);
    uint64_t left = (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize;
    if (status == 0 && !is_private)
        status = -EXDEV;
    else if (status == 0 && (fs.f_blocks == 0 || left > max))
        status = -EFBIG;
    *taken = status == -EFBIG ? left : 0;
    fd = status < 0 ? status : nameless(dir, frame->id);
    close(dir);
    if (fd < 0)
        return fd;
    status = take_all(fd, taken);
    if (status == 0 && (fstatfs(fd, &fs) < 0 || fs.f_bavail > 0))
        status = -EAGAIN; /* somebody gave back some at this very moment */
    if (status == 0)
        return fd;
    close(fd);
    return status;
}

int clnrm_fill(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    struct clnrm_frame_reader r = clnrm_frame_read(frame->payload);
    uint32_t view = clnrm_frame_get_u32(&r);
    struct clnrm_slice text = clnrm_frame_get_text(&r);
    uint64_t max = clnrm_frame_get_u64(&r), taken = 0;
    struct clnrm_path path;
    char what[32] = "";
    if (clnrm_frame_done(&r) < 0)
        return CLNRM_EPROTO;
    int fd = clnrm_path_parse(text, &path);
    if (fd == 0)
        fd = fill(agent, view, &path, frame, max, &taken);
    struct fill *job = fd < 0 ? NULL : clnrm_job_add(agent, frame->id, &fill_kind, sizeof(*job));
    if (job) {
        job->fd = fd;
    } else if (fd >= 0) {
        close(fd);
        fd = -EMFILE;
    }
    snprintf(what, sizeof(what), "%llu", (unsigned long long)taken);
    clnrm_channel_done(&agent->channel, frame->id, fd < 0 ? fd : 0, "fill", what);
    return 0;
}
