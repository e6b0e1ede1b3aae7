/* watch.c -- see watch.h for the contract. */
#include "agent/watch.h"
#include "agent/call.h"
#include "base/base.h"

#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV /* Linux 5.19 */
#    define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#define SET_FLAGS _IOW('!', 4, uint64_t) /* SECCOMP_IOCTL_NOTIF_SET_FLAGS, Linux 6.6 */
#define SYNC_WAKE_UP UINT64_C(1)

enum { ANSWERS_MAX = 64 }; /* of one listener in one turn: the others have theirs */

struct watch {
    struct clnrm_job job;
    int fd;
    uint32_t step;
    bool is_other; /* than the agent's user: `uid` and `gid` */
    uint32_t uid, gid;
};

/* Both are as large as the kernel's own may get. */
static union {
    struct seccomp_notif call;
    char bytes[1024];
} asked;
static union {
    struct seccomp_notif_resp answer;
    char bytes[1024];
} answered;

int clnrm_watch_install(const struct clnrm_buf *filter, int to)
{
    const struct sock_fprog program = {
        .len = (unsigned short)(filter->len / sizeof(struct sock_filter)),
        .filter = (struct sock_filter *)(void *)filter->data,
    };
    /* A call that the agent has heard of is not begun again for a signal that does not end it. */
    unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    if (fd < 0 && errno == EINVAL)
        fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                     &program);
    if (fd < 0)
        return -errno;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.bytes = {0}};
    char byte = 0;
    struct iovec iov = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *h = CMSG_FIRSTHDR(&message);
    const int listener = (int)fd;
    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(sizeof(listener));
    memcpy(CMSG_DATA(h), &listener, sizeof(listener));
    return sendmsg(to, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static void watch_want(struct clnrm_job *job, struct clnrm_polls *polls)
{
    if (clnrm_channel_has_room(&job->agent->channel))
        clnrm_polls_add(polls, job, ((struct watch *)job)->fd, POLLIN);
}

/* Answers one call.  Returns false when there is none. */
static bool answer(struct watch *w)
{
    memset(&asked, 0, sizeof(asked));
    if (ioctl(w->fd, (int)SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
        return errno == EINTR;
    const struct clnrm_call call = {
        .pid = (pid_t)asked.call.pid,
        .step = w->step,
        .arch = asked.call.data.arch,
        .number = asked.call.data.nr,
        .args = (const uint64_t *)asked.call.data.args,
        .proc = w->job.agent->proc,
        .listener = w->fd,
        .id = asked.call.id,
    };
    if (w->is_other)
        clnrm_user_look_as(w->uid, w->gid);
    int error = clnrm_call_decide(w->job.agent, &call);
    if (w->is_other)
        clnrm_user_look_back();
    memset(&answered, 0, sizeof(answered));
    answered.answer.id = asked.call.id;
    answered.answer.error = -error;
    answered.answer.flags = error ? 0 : (uint32_t)SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ioctl(w->fd, (int)SECCOMP_IOCTL_NOTIF_SEND, &answered); /* ENOENT: it was killed meanwhile */
    return true;
}

static void watch_ready(struct clnrm_job *job, int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    struct watch *w = (struct watch *)job;
    if (!(events & POLLIN)) {
        clnrm_job_end(job); /* nothing runs under the filter any more */
        return;
    }
    for (int i = 0; i < ANSWERS_MAX && answer(w); i++)
        if (poll(&p, 1, 0) <= 0 || !(p.revents & POLLIN))
            break;
}

static int watch_frame(struct clnrm_job *job, const struct clnrm_frame *frame)
{
    (void)job;
    (void)frame;
    return CLNRM_EPROTO; /* it has no number that the host knows */
}

static void watch_drop(struct clnrm_job *job)
{
    close(((struct watch *)job)->fd);
}

static const struct clnrm_job_kind watch_kind = {
    .want = watch_want, .ready = watch_ready, .frame = watch_frame, .drop = watch_drop};

int clnrm_watch_take(struct clnrm_agent *agent, const struct clnrm_watched *of)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    char byte;
    struct iovec iov = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    if (recvmsg(agent->guard->pass_in, &message, MSG_CMSG_CLOEXEC) < 0)
        return -errno;
    const struct cmsghdr *h = CMSG_FIRSTHDR(&message);
    if (!h || h->cmsg_type != SCM_RIGHTS)
        return -EPROTO;
    int fd;
    uint64_t flags = SYNC_WAKE_UP;
    memcpy(&fd, CMSG_DATA(h), sizeof(fd));
    ioctl(fd, (int)SET_FLAGS, flags); /* where the kernel can, both sides take turns on one CPU */
    struct watch *w = clnrm_job_add(agent, 0, &watch_kind, sizeof(*w));
    if (!w) {
        close(fd);
        return -EAGAIN;
    }
    w->fd = fd;
    w->step = of->step;
    w->is_other = of->ids && !of->ids->is_same;
    w->uid = of->ids ? of->ids->uid : 0;
    w->gid = of->ids ? of->ids->gid : 0;
    return 0;
}
