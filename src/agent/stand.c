/* stand.c -- see stand.h for the contract. */
#include "agent/stand.h"
#include "agent/mount.h"
#include "agent/sys.h"
#include "agent/told.h"
#include "base/base.h"

#include <stdio.h>
#include <sys/stat.h>

#define FILE_NAME                                                                                  \
    ".stand-in" /* in the new root, until the view is made: then only mounts know it */

/* Looked for in the program's file, where the copy has an 's' for the 'a'. */
static const volatile char role[] = "clnrm-role:agent";
enum { ROLE_AT = sizeof("clnrm-role:") - 1, PROGRAM_MAX = 4 * 1024 * 1024 };

static struct copy {
    dev_t device;
    ino_t number;
} copies[CLNRM_ROOM_SPACES_MAX + 1]; /* one in the room, one in each view of another root */
static unsigned copy_count;
static off_t copy_len, role_place; /* equal in all of them */

enum { EXPECTED_MAX = 64 };
static pid_t expected[EXPECTED_MAX]; /* 0: free; the oldest goes first */
static unsigned expected_next;

enum { SILENT = 's', TELLING = 't' }; /* the letter in it: TELLING is for containers */

bool clnrm_stand_is_this(void)
{
    return role[ROLE_AT] == SILENT || role[ROLE_AT] == TELLING;
}

int clnrm_stand_run(const char *name)
{
    char text[512];
    syscall(SYS_acct, NULL);
    if (role[ROLE_AT] == TELLING)
        clnrm_told_tell();
    const char *slash = strrchr(name, '/');
    int n = snprintf(text, sizeof(text), "%.400s: not allowed in this room (policy)\n",
                     slash ? slash + 1 : name);
    ssize_t written = write(2, text, (size_t)n);
    (void)written; /* it exits with the same code all the same */
    return CLNRM_STAND_EXIT;
}

static bool give_role(char *program, size_t len)
{
    char wanted[sizeof(role)];
    for (size_t i = 0; i < sizeof(role); i++)
        wanted[i] = role[i];
    char *at = memmem(program, len, wanted, sizeof(role));
    if (!at)
        return false;
    at[ROLE_AT] = SILENT;
    copy_len = (off_t)len;
    role_place = at - program;
    return true;
}

static ssize_t read_self(char *to)
{
    size_t len = 0;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC); /* the host's /proc still */
    if (fd < 0)
        return -errno;
    for (ssize_t n; len < PROGRAM_MAX && (n = read(fd, to + len, PROGRAM_MAX - len)) > 0;)
        len += (size_t)n;
    close(fd);
    return (ssize_t)len;
}

/* Writes the copy into the view's root. */
static int make_copy(const struct clnrm_view *v)
{
    struct stat st;
    char *program = clnrm_xmalloc(PROGRAM_MAX);
    ssize_t len = read_self(program);
    int status = len < 0 ? (int)len : give_role(program, (size_t)len) ? 0 : -ENOEXEC;
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = status < 0 ? -1 : openat(v->root, FILE_NAME, flags, 0555);
    if (status == 0 && fd < 0)
        status = -errno;
    for (ssize_t done = 0; status == 0 && done < len;) {
        ssize_t n = write(fd, program + done, (size_t)(len - done));
        status = n < 0 ? -errno : 0;
        done += n;
    }
    if (status == 0 && fstat(fd, &st) < 0)
        status = -errno;
    if (fd >= 0)
        close(fd);
    free(program);
    if (status == 0 && copy_count == sizeof(copies) / sizeof(copies[0]))
        status = -E2BIG;
    if (status == 0)
        copies[copy_count++] = (struct copy){st.st_dev, st.st_ino};
    return status;
}

bool clnrm_stand_is(const struct stat *st)
{
    for (unsigned i = 0; i < copy_count; i++)
        if (st->st_dev == copies[i].device && st->st_ino == copies[i].number)
            return true;
    return false;
}

void clnrm_stand_expect(pid_t pid)
{
    expected[expected_next] = pid;
    expected_next = (expected_next + 1) % EXPECTED_MAX;
}

static bool was_expected(pid_t pid)
{
    for (unsigned i = 0; i < EXPECTED_MAX; i++)
        if (expected[i] == pid) {
            expected[i] = 0;
            return true;
        }
    return false;
}

int clnrm_stand_cover(struct clnrm_view *v, const struct clnrm_path *p)
{
    if (v->stand < 0) {
        int status = make_copy(v);
        if (status == 0)
            v->stand = clnrm_path_open(v->root, "/" FILE_NAME, O_PATH | O_NOFOLLOW, 0, 0);
        if (status < 0 || v->stand < 0)
            return status < 0 ? status : v->stand;
    }
    int to = clnrm_view_target(v, p, false, 0);
    if (to < 0)
        return to;
    int tree =
        clnrm_mount_bind(v->stand, to, CLNRM_ATTR_RDONLY | CLNRM_ATTR_NOSUID | CLNRM_ATTR_NODEV);
    close(to);
    if (tree >= 0)
        close(tree);
    return tree < 0 ? tree : 0;
}

void clnrm_stand_done(struct clnrm_view *v)
{
    if (v->stand < 0)
        return;
    unlinkat(v->root, FILE_NAME, 0);
    close(v->stand);
    v->stand = -1;
}

static pid_t parent_of(const struct clnrm_agent *agent, pid_t pid)
{
    char path[32], text[1024];
    snprintf(path, sizeof(path), "%d/status", (int)pid);
    int fd = openat(agent->proc, path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    const char *at = strstr(text, "\nPPid:");
    return at ? (pid_t)atoi(at + 6) : 0;
}

/* Whether a program has the size and the role of it: `cp` of a covered program copies what covers it.
 * Who makes a file so that it looks like one gets no more than a report on himself. */
static bool is_made_from_it(const struct clnrm_agent *agent, const char *path,
                            const struct stat *st)
{
    char found[sizeof(role)];
    if (st->st_size != copy_len)
        return false;
    int fd = openat(agent->proc, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return true; /* it may be run and not read: its size has to do */
    ssize_t n = pread(fd, found, sizeof(found), role_place);
    close(fd);
    for (size_t i = 0; n == (ssize_t)sizeof(role) && i < sizeof(role); i++)
        if (found[i] != (i == ROLE_AT ? SILENT : role[i]))
            return false;
    return n == (ssize_t)sizeof(role);
}

void clnrm_stand_heard(struct clnrm_agent *agent, pid_t pid)
{
    struct stat st;
    char path[32];
    snprintf(path, sizeof(path), "%d/exe", (int)pid);
    if (fstatat(agent->proc, path, &st, 0) < 0)
        return;
    if (!clnrm_stand_is(&st) && !is_made_from_it(agent, path, &st))
        return; /* the call of somebody else, which is refused to everybody */
    if (!was_expected(pid))
        clnrm_stand_told(agent, pid);
}

void clnrm_stand_told(struct clnrm_agent *agent, pid_t pid)
{
    struct clnrm_who it, by;
    pid_t parent = parent_of(agent, pid);
    clnrm_guard_look(agent, pid, &it);
    clnrm_guard_look(agent, parent, &by);
    by.step = it.step;
    bool is_agent = parent == 0 || parent == getpid();
    clnrm_guard_note(agent, CLNRM_REPORT_COMMAND, is_agent ? NULL : &by, it.argv);
}
