/* isolate.c -- see isolate.h for the contract. */
#include "agent/isolate.h"
#include "agent/mount.h"
#include "agent/shelf.h"
#include "agent/sys.h"
#include "base/base.h"

#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum {
    CAPABILITY_VERSION = 0x20080522, /* _LINUX_CAPABILITY_VERSION_3 */
    KEYCTL_JOIN = 1,                 /* KEYCTL_JOIN_SESSION_KEYRING */
};

static const struct {
    const char *name;
    int flag;
} SPACES[] = {
    {"mount", CLONE_NEWNS}, {"pid", CLONE_NEWPID}, {"net", CLONE_NEWNET},
    {"ipc", CLONE_NEWIPC},  {"uts", CLONE_NEWUTS}, {"cgroup", CLONE_NEWCGROUP},
};

static bool from_root; /* set by the launcher, before the ids are mapped */

bool clnrm_isolate_from_root(void)
{
    return from_root;
}

static bool is_sealed;

bool clnrm_isolate_is_sealed(void)
{
    return is_sealed;
}

static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int status = write(fd, text, strlen(text)) < 0 ? -errno : 0;
    close(fd);
    return status;
}

static int map_ids(const struct clnrm_room_spec *spec, unsigned uid, unsigned gid,
                   struct clnrm_refusal *why)
{
    char line[64];
    int status = write_file("/proc/self/setgroups", "deny");
    if (status < 0)
        return clnrm_refuse(why, status, "ids", "setgroups deny");
    snprintf(line, sizeof(line), "%u %u 1", spec->uid, uid);
    if ((status = write_file("/proc/self/uid_map", line)) < 0)
        return clnrm_refuse(why, status, "ids", "uid_map %s", line);
    snprintf(line, sizeof(line), "%u %u 1", spec->gid, gid);
    if ((status = write_file("/proc/self/gid_map", line)) < 0)
        return clnrm_refuse(why, status, "ids", "gid_map %s", line);
    return 0;
}

int clnrm_isolate_namespaces(const struct clnrm_room_spec *spec, struct clnrm_refusal *why)
{
    unsigned uid = geteuid(), gid = getegid();
    from_root = uid == 0;
    if (unshare(CLONE_NEWUSER) < 0)
        return clnrm_refuse(why, errno, "namespaces", "user namespace");
    int status = map_ids(spec, uid, gid, why);
    if (status < 0)
        return status;
    int all = 0;
    for (size_t i = 0; i < sizeof(SPACES) / sizeof(SPACES[0]); i++)
        all |= SPACES[i].flag;
    if (unshare(all) == 0)
        return 0;
    int error = errno; /* say which one it was */
    for (size_t i = 0; i < sizeof(SPACES) / sizeof(SPACES[0]); i++)
        if (unshare(SPACES[i].flag) < 0)
            return clnrm_refuse(why, errno, "namespaces", "%s namespace", SPACES[i].name);
    return clnrm_refuse(why, error, "namespaces", "all at once");
}

/* The new root needs a place to be attached until the pivot; what lies there cannot be a source. */
int clnrm_isolate_mount_root(const struct clnrm_room_spec *spec, struct clnrm_refusal *why)
{
    static const char *const places[] = {"/sys", "/mnt", "/media"};
    const char *path = NULL;
    int place = -1;
    for (size_t i = 0; place < 0 && i < sizeof(places) / sizeof(places[0]); i++)
        place = open(path = places[i], O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (place < 0)
        return clnrm_refuse(why, errno, "root", "no /sys, /mnt or /media to mount it on");
    int status =
        clnrm_mount_tmpfs(place, 0755, spec->root_size, spec->root_inodes, MS_NOSUID | MS_NODEV);
    close(place);
    if (status < 0)
        return clnrm_refuse(why, status, "root", "tmpfs");
    int root = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); /* now the new mount */
    return root < 0 ? clnrm_refuse(why, errno, "root", "tmpfs") : root;
}

int clnrm_isolate_root(const struct clnrm_room_spec *spec, struct clnrm_view *v,
                       struct clnrm_refusal *why)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return clnrm_refuse(why, errno, "mounts", "making every mount private");
    int status = clnrm_shelf_make(spec, why);
    if (status < 0)
        return status;
    int root = clnrm_isolate_mount_root(spec, why);
    if (root < 0)
        return root;
    clnrm_view_open(v, root, from_root, why);
    v->sealed = true;
    mode_t mask = umask(0);
    status = clnrm_view_apply(v, spec->op_count, spec->ops);
    umask(mask);
    if (status == 0)
        status = clnrm_view_enter(v);
    is_sealed = v->sealed;
    clnrm_view_close(v); /* no descriptor of the host's tree stays open */
    return status;
}

int clnrm_isolate_loopback_up(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int status = ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
    close(fd);
    return status;
}

/* 0-2 become the room's own null device: nothing of the host's stays reachable through them. */
static int null_stdio(void)
{
    struct stat st;
    int fd = open("/dev/null", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return 0; /* a room without /dev keeps the host's null device, which the host gave as 0-2 */
    if (fd < 0)
        return -errno;
    int status = fstat(fd, &st) < 0 ? -errno : 0;
    if (status == 0 && (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3)))
        status = -ENXIO;
    for (int i = 0; status == 0 && i < 3; i++)
        status = dup2(fd, i) < 0 ? -errno : 0;
    close(fd);
    return status;
}

struct capability_header {
    uint32_t version;
    int pid;
};

struct capability_data {
    uint32_t effective, permitted, inheritable;
};

static struct capability_data held[2]; /* what PID 1 has; to take back after work as the user */

static int set_capabilities(const struct capability_data data[2])
{
    struct capability_header header = {.version = CAPABILITY_VERSION};
    return (int)clnrm_sys_result(syscall(SYS_capset, &header, data));
}

static bool adopted;

int clnrm_isolate_adopt(void)
{
    struct capability_header header = {.version = CAPABILITY_VERSION};
    adopted = true;
    return (int)clnrm_sys_result(syscall(SYS_capget, &header, held));
}

uint64_t clnrm_isolate_held(void)
{
    return held[0].permitted | (uint64_t)held[1].permitted << 32;
}

static int limit_rights(void)
{
    struct capability_header header = {.version = CAPABILITY_VERSION};
    if (syscall(SYS_capget, &header, held) < 0)
        return -errno;
    for (int cap = 0; cap < 64; cap++)
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0) {
            if (errno == EINVAL)
                break; /* past the last one that the kernel knows */
            return -errno;
        }
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
        return -errno;
    held[0].inheritable = held[1].inheritable = 0;
    return set_capabilities(held);
}

int clnrm_isolate_self(const struct clnrm_room_spec *spec, struct clnrm_refusal *why)
{
    if (sethostname(spec->hostname.data, spec->hostname.len) < 0)
        return clnrm_refuse(why, errno, "hostname", "sethostname");
    int status = clnrm_isolate_loopback_up();
    if (status < 0)
        return clnrm_refuse(why, status, "loopback", "bringing lo up");
    if (syscall(SYS_keyctl, KEYCTL_JOIN, NULL) < 0 &&
        errno != ENOSYS) /* no keyrings: none to leak */
        return clnrm_refuse(why, errno, "keyring", "a new session keyring");
    if ((status = null_stdio()) < 0)
        return clnrm_refuse(why, status, "descriptors", "/dev/null of the room");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return clnrm_refuse(why, errno, "privileges", "no_new_privs");
    if ((status = limit_rights()) < 0)
        return clnrm_refuse(why, status, "capabilities", "emptying the bounding and ambient sets");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return clnrm_refuse(why, errno, "dumpable", "PR_SET_DUMPABLE");
    return 0;
}

void clnrm_isolate_rights(bool on)
{
    struct capability_data data[2] = {held[0], held[1]};
    if (adopted) /* they are the user's own */
        return;
    if (!on)
        data[0].effective = data[1].effective = 0;
    if (set_capabilities(data) < 0)
        abort(); /* going on with the wrong rights would be worse than an ended room */
}

int clnrm_isolate_drop_rights(void)
{
    static const struct capability_data none[2];
    return set_capabilities(none);
}
