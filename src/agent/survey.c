/* survey.c -- see survey.h for the contract. */
#include "agent/survey.h"
#include "agent/file.h"
#include "agent/stray.h"
#include "agent/survey_tree.h"
#include "base/base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <linux/keyctl.h>

enum { TEXT_MAX = 8 << 20, FILE_MAX = 1 << 20, FSMOUNT_CLOEXEC_FLAG = 1, FSOPEN_CLOEXEC_FLAG = 1 };
enum { CONFIG_CREATE = 6 }; /* FSCONFIG_CMD_CREATE */

#define NS INT64_C(1000000000)
#define FAR_S INT64_C(8000000000) /* a time that does not come */

/* A file of /proc, which has no size to read by.  NULL: it cannot be read. */
static char *read_proc(int proc, const char *name)
{
    int fd = proc < 0 ? -1 : openat(proc, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    struct clnrm_buf text = {.max = FILE_MAX};
    char chunk[4096];
    ssize_t n;
    int status = 0;
    while (status == 0 && (n = read(fd, chunk, sizeof(chunk))) > 0)
        status = clnrm_buf_add(&text, chunk, (size_t)n);
    close(fd);
    if (n < 0 || status < 0 || clnrm_buf_add(&text, "", 1) < 0) {
        clnrm_buf_free(&text);
        return NULL;
    }
    return text.data;
}

/* Adds the lines of a file, less the first `skip`.  `need`: one that is not there is told. */
static void add_lines(struct clnrm_survey_text *t, int proc, const char *name, char letter,
                      const char *kind, int skip, bool need)
{
    char *text = read_proc(proc, name), *rest = text, *line;
    if (!text) {
        if (need)
            clnrm_survey_add(t, '!', "", name);
        return;
    }
    while ((line = strsep(&rest, "\n")))
        if (skip-- <= 0 && *line)
            clnrm_survey_add(t, letter, kind, line);
    free(text);
}

static void add_process(void *data, const struct clnrm_stray *stray)
{
    char text[64];
    snprintf(text, sizeof(text), "%d %s", (int)stray->pid, stray->name);
    clnrm_survey_add(data, 'p', "", text);
}

/* Those of TCP and UDP are counted, not listed: for a list the kernel goes through a table of the
 * whole machine, which takes milliseconds. */
static void add_sockets(struct clnrm_survey_text *t, int proc)
{
    add_lines(t, proc, "self/net/sockstat", 'n', "", 0, true);
    add_lines(t, proc, "self/net/sockstat6", 'n', "", 0, false); /* a kernel without IPv6 */
    add_lines(t, proc, "self/net/unix", 'n', "unix ", 1, true);
    add_lines(t, proc, "self/net/packet", 'n', "packet ", 1, false);
}

/* Opens the message queues of this IPC namespace: by a mount of our own that nobody sees, where the
 * agent may make one, else where the room shows them. */
static int open_queues(void)
{
    int fs = (int)syscall(SYS_fsopen, "mqueue", FSOPEN_CLOEXEC_FLAG), fd = -1;
    if (fs >= 0 && syscall(SYS_fsconfig, fs, CONFIG_CREATE, NULL, NULL, 0) == 0)
        fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC_FLAG, 0);
    if (fs >= 0)
        close(fs);
    return fd;
}

/* Where the room shows its queues, the walk over what can be written to sees them too. */
static void add_queues(struct clnrm_survey_text *t, const char *mounts)
{
    int top = open_queues(), fd = top < 0 ? -1 : openat(top, ".", O_RDONLY | O_CLOEXEC);
    if (top >= 0)
        close(top);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            close(fd);
        if (!mounts || !strstr(mounts, " - mqueue "))
            clnrm_survey_add(t, '!', "", "message queues");
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            clnrm_survey_add(t, 'q', "", entry->d_name);
    closedir(dir);
}

/* A command may change these of the agent where both run as one user; later ones inherit them. */
static void add_own(struct clnrm_survey_text *t, int proc)
{
    struct utsname names;
    struct sched_param param = {0};
    cpu_set_t cpus;
    char text[256];
    add_lines(t, proc, "self/limits", 'a', "", 1, true);
    add_lines(t, proc, "self/oom_score_adj", 'a', "oom_score_adj ", 0, true);
    add_lines(t, proc, "self/coredump_filter", 'a', "coredump_filter ", 0, false);
    add_lines(t, proc, "self/autogroup", 'a', "autogroup ", 0, false);
    long policy = syscall(SYS_sched_getscheduler, 0); /* musl only has stubs of these two */
    syscall(SYS_sched_getparam, 0, &param);
    long io = syscall(SYS_ioprio_get, 1, 0); /* IOPRIO_WHO_PROCESS, this one */
    snprintf(text, sizeof(text), "nice %d, policy %ld, priority %d, io %ld",
             getpriority(PRIO_PROCESS, 0), policy, param.sched_priority, io);
    clnrm_survey_add(t, 'a', "", text);
    CPU_ZERO(&cpus);
    sched_getaffinity(0, sizeof(cpus), &cpus);
    size_t len = (size_t)snprintf(text, sizeof(text), "cpus");
    for (unsigned i = 0; i < CPU_SETSIZE && len < sizeof(text) - 16; i++)
        if (CPU_ISSET(i, &cpus))
            len += (size_t)snprintf(text + len, sizeof(text) - len, " %u", i);
    clnrm_survey_add(t, 'a', "", text);
    if (uname(&names) == 0) {
        snprintf(text, sizeof(text), "%s %s", names.nodename, names.domainname);
        clnrm_survey_add(t, 'h', "", text);
    }
}

/* Keys that commands share by the session keyring that they inherit.  Where the agent may not ask
 * for them, its commands may not make any. */
static void add_keys(struct clnrm_survey_text *t)
{
    int32_t ids[256] = {0};
    char text[256 * 12];
    long size = syscall(SYS_keyctl, KEYCTL_READ, KEY_SPEC_SESSION_KEYRING, ids, sizeof(ids), 0);
    size_t count = size < 0 ? 0 : (size_t)size / sizeof(ids[0]), len = 0;
    if (size < 0 && errno != EPERM && errno != ENOSYS && errno != ENOKEY)
        clnrm_survey_add(t, '!', "", "keys");
    for (size_t i = 0; i < count && i < sizeof(ids) / sizeof(ids[0]); i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%d", i ? " " : "", ids[i]);
    if (count > 0)
        clnrm_survey_add(t, 'k', "", text);
}

static int64_t ns_now(clockid_t id)
{
    struct timespec at;
    return clock_gettime(id, &at) < 0 ? 0 : (int64_t)at.tv_sec * NS + at.tv_nsec;
}

/* A timer that ends when somebody sets the clock: also one that is set back afterwards is told, of
 * which the time does not tell anything.  -1: the kernel has no such. */
static int open_watch(void)
{
    const struct itimerspec far = {.it_value.tv_sec = FAR_S};
    int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd >= 0 &&
        timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* The times of files are of this machine's clock, which need not be that of the host: a comparison
 * is with this one only.  Returns since when a change is told. */
static int64_t add_clock(struct clnrm_survey_text *t, uint64_t asked)
{
    static int watch = -1;
    static unsigned sets;
    uint64_t ends;
    char text[128];
    if (watch < 0)
        watch = open_watch();
    if (watch < 0)
        clnrm_survey_add(t, '!', "", "whether the clock was set");
    else if (read(watch, &ends, sizeof(ends)) >= 0 || errno != EAGAIN)
        sets++;
    int64_t wall = ns_now(CLOCK_REALTIME_COARSE), steady = ns_now(CLOCK_BOOTTIME);
    int64_t since = asked == UINT64_MAX ? wall - NS : (int64_t)asked;
    snprintf(text, sizeof(text), "%lld %lld %lld %u", (long long)since, (long long)wall,
             (long long)steady, sets);
    clnrm_survey_add(t, 't', "", text);
    return since;
}

static void look(struct clnrm_agent *agent, uint64_t asked, struct clnrm_survey_text *t)
{
    int proc = agent->proc;
    int64_t since = add_clock(t, asked);
    char *mounts = read_proc(proc, "self/mountinfo");
    if (clnrm_stray_each(proc, add_process, t) < 0)
        clnrm_survey_add(t, '!', "", "processes");
    add_lines(t, proc, "self/mountinfo", 'm', "", 0, true);
    if (mounts)
        clnrm_survey_files(t, mounts, since);
    add_lines(t, proc, "sysvipc/shm", 'i', "shm ", 1, true);
    add_lines(t, proc, "sysvipc/msg", 'i', "msg ", 1, true);
    add_lines(t, proc, "sysvipc/sem", 'i', "sem ", 1, true);
    add_queues(t, mounts);
    add_sockets(t, proc);
    add_keys(t);
    add_own(t, proc);
    free(mounts);
}

static int spool(const struct clnrm_buf *text)
{
    int fd = memfd_create("survey", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    for (size_t at = 0; at < text->len;) {
        ssize_t n = write(fd, text->data + at, text->len - at);
        if (n < 0) {
            int error = errno;
            close(fd);
            return -error;
        }
        at += (size_t)n;
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

int clnrm_survey(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    struct clnrm_frame_reader r = clnrm_frame_read(frame->payload);
    uint64_t since = clnrm_frame_get_u64(&r);
    uint32_t credit = clnrm_frame_get_u32(&r);
    if (clnrm_frame_done(&r) < 0 || (since > INT64_MAX && since != UINT64_MAX))
        return CLNRM_EPROTO;
    struct clnrm_survey_text t = {.text.max = TEXT_MAX};
    look(agent, since, &t);
    int fd = t.failed ? -EFBIG : spool(&t.text);
    clnrm_buf_free(&t.text);
    clnrm_file_send(agent, frame->id, fd, credit);
    return 0;
}
