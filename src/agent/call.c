/* call.c -- see call.h for the contract.
 *
 * Of a call's memory only the report depends: the kernel itself executes nothing from a mount that is
 * noexec and finds no way out of a network that has none, whatever a second thread wrote meanwhile.
 * What cannot be read is refused and told. */
#include "agent/call.h"
#include "agent/exec.h"
#include "agent/resolve.h"
#include "agent/stand.h"
#include "agent/sys.h"
#include "agent/write.h"
#include "base/base.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include <linux/audit.h>
#include <linux/seccomp.h>

#if defined(__x86_64__)
#    define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#    define OWN_ARCH AUDIT_ARCH_AARCH64
#endif
#define X32_BIT 0x40000000

bool clnrm_call_is_there(const struct clnrm_call *c)
{
    return ioctl(c->listener, (int)SECCOMP_IOCTL_NOTIF_ID_VALID, &c->id) == 0;
}

void clnrm_call_note(struct clnrm_agent *agent, const struct clnrm_call *c,
                     enum clnrm_report_kind kind, const char *what)
{
    struct clnrm_who who;
    clnrm_guard_look(agent, c->pid, &who);
    who.step = c->step;
    clnrm_guard_note(agent, kind, clnrm_call_is_there(c) ? &who : NULL, what);
}

/* Containers may refuse process_vm_readv to everybody; /proc asks for the same rights. */
static ssize_t read_memory(const struct clnrm_call *c, uint64_t at, void *to, size_t size)
{
    struct iovec mine = {to, size}, theirs = {(void *)(uintptr_t)at, size}; /* NOLINT */
    ssize_t n = process_vm_readv(c->pid, &mine, 1, &theirs, 1, 0);
    if (n >= 0 || (errno != EPERM && errno != ENOSYS))
        return n;
    char name[32];
    snprintf(name, sizeof(name), "%d/mem", (int)c->pid);
    int fd = openat(c->proc, name, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? -1 : pread(fd, to, size, (off_t)at);
    if (fd >= 0)
        close(fd);
    return n;
}

ssize_t clnrm_call_read(const struct clnrm_call *c, uint64_t at, void *to, size_t size)
{
    size_t done = 0;
    while (done < size) {
        size_t left = 4096 - (at + done) % 4096; /* page by page: the next may not be there */
        char *next = (char *)to + done;
        ssize_t n = read_memory(c, at + done, next, left < size - done ? left : size - done);
        if (n <= 0)
            break;
        bool ended = memchr(next, 0, (size_t)n) != NULL;
        done += (size_t)n;
        if (ended)
            break;
    }
    return done > 0 || size == 0 ? (ssize_t)done : -1;
}

bool clnrm_call_path(const struct clnrm_call *c, uint64_t at, char path[PATH_MAX])
{
    ssize_t n = clnrm_call_read(c, at, path, PATH_MAX);
    return n > 0 && memchr(path, 0, (size_t)n);
}

int clnrm_call_open(const struct clnrm_agent *agent, const struct clnrm_call *c, int dir,
                    const char *path)
{
    char full[2 * PATH_MAX], link[PATH_MAX], name[64];
    snprintf(name, sizeof(name), dir == AT_FDCWD ? "%d/cwd" : "%d/fd/%d", (int)c->pid, dir);
    if (*path == '\0' && dir != AT_FDCWD)
        return openat(agent->proc, name, O_PATH | O_CLOEXEC);
    ssize_t n = *path == '/' ? 0 : readlinkat(agent->proc, name, link, sizeof(link) - 1);
    if (n < 0)
        return -errno;
    link[n] = '\0';
    snprintf(full, sizeof(full), "%s/%s", link, path);
    return clnrm_resolve(agent->proc, c->pid, full);
}

/* ---- the network ---- */

static bool is_inside(const struct in6_addr *ip)
{
    static const struct in6_addr any, loopback = IN6ADDR_LOOPBACK_INIT;
    if (IN6_IS_ADDR_V4MAPPED(ip))
        return ip->s6_addr[12] == 127 || (ip->s6_addr[12] == 0 && ip->s6_addr[13] == 0);
    return memcmp(ip, &any, sizeof(any)) == 0 || memcmp(ip, &loopback, sizeof(any)) == 0;
}

static int decide_address(struct clnrm_agent *agent, const struct clnrm_call *c, uint64_t at,
                          uint64_t len)
{
    union {
        sa_family_t family;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        char bytes[128];
    } address = {.bytes = {0}};
    char text[INET6_ADDRSTRLEN], what[CLNRM_GUARD_TEXT_MAX];
    size_t size = len < sizeof(address) ? len : sizeof(address);
    if (at == 0 || len < sizeof(sa_family_t))
        return 0; /* the kernel refuses it */
    if (read_memory(c, at, &address, size) < (ssize_t)sizeof(sa_family_t)) {
        if (clnrm_call_is_there(c))
            clnrm_call_note(agent, c, CLNRM_REPORT_CONNECT, "an address that cannot be read");
        return ENETUNREACH;
    }
    if (address.family == AF_INET) {
        uint32_t ip = ntohl(address.v4.sin_addr.s_addr);
        if (ip >> 24 == 127 || ip == 0)
            return 0;
        inet_ntop(AF_INET, &address.v4.sin_addr, text, sizeof(text));
        snprintf(what, sizeof(what), "%s:%u", text, ntohs(address.v4.sin_port));
    } else if (address.family == AF_INET6) {
        if (is_inside(&address.v6.sin6_addr))
            return 0;
        inet_ntop(AF_INET6, &address.v6.sin6_addr, text, sizeof(text));
        snprintf(what, sizeof(what), "[%s]:%u", text, ntohs(address.v6.sin6_port));
    } else {
        return 0;
    }
    clnrm_call_note(agent, c, CLNRM_REPORT_CONNECT, what);
    return ENETUNREACH;
}

static int decide_socket(struct clnrm_agent *agent, const struct clnrm_call *c)
{
    static const struct {
        int family;
        const char *name;
    } names[] = {{AF_NETLINK, "netlink"}, {AF_PACKET, "packet"}, {AF_ALG, "alg"},
                 {AF_VSOCK, "vsock"},     {AF_XDP, "xdp"},       {AF_BLUETOOTH, "bluetooth"},
                 {AF_KEY, "key"},         {AF_TIPC, "tipc"},     {AF_CAN, "can"}};
    char what[64];
    snprintf(what, sizeof(what), "a socket of family %d", (int)c->args[0]);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].family == (int)c->args[0])
            snprintf(what, sizeof(what), "a socket of family %s", names[i].name);
    bool is_raw = c->args[0] == AF_INET || c->args[0] == AF_INET6;
    clnrm_call_note(agent, c, CLNRM_REPORT_SOCKET, is_raw ? "a raw socket" : what);
    return is_raw ? EPERM : EAFNOSUPPORT;
}

/* ---- all of them ---- */

/* What looks into a process; NULL: it is another call. */
static const char *inspection(int number)
{
    switch (number) {
    case SYS_ptrace:
        return "ptrace";
    case SYS_process_vm_readv:
        return "process_vm_readv";
    case SYS_process_vm_writev:
        return "process_vm_writev";
    case SYS_kcmp:
        return "kcmp";
    case SYS_perf_event_open:
        return "perf_event_open";
    case SYS_userfaultfd:
        return "userfaultfd";
    case SYS_bpf:
        return "bpf";
    case 438:
        return "pidfd_getfd";
    case 440:
        return "process_madvise";
    default:
        return NULL;
    }
}

/* Nothing is known of the calls of another architecture; in rooms without a policy the kernel ends
 * their programs by itself. */
static int decide_foreign(struct clnrm_agent *agent, const struct clnrm_call *c)
{
    char what[64];
    snprintf(what, sizeof(what), "system call %d of %s", c->number & ~X32_BIT,
             c->arch == OWN_ARCH ? "x32" : "32 bits");
    clnrm_call_note(agent, c, CLNRM_REPORT_FOREIGN, what);
    if (clnrm_call_is_there(c))
        kill(c->pid, SIGKILL);
    return EPERM;
}

int clnrm_call_decide(struct clnrm_agent *agent, const struct clnrm_call *c)
{
    if (c->arch != OWN_ARCH || c->number & X32_BIT)
        return decide_foreign(agent, c);
    switch (c->number) {
    case SYS_acct:
        clnrm_stand_heard(agent, c->pid);
        return EPERM;
    case SYS_execve:
        return clnrm_exec_decide(agent, c, AT_FDCWD, c->args[0], c->args[1]);
    case SYS_execveat:
        return clnrm_exec_decide(agent, c, (int)c->args[0], c->args[1], c->args[2]);
    case SYS_mmap:
        return clnrm_exec_mapping(agent, c);
    case SYS_mprotect:
    case SYS_pkey_mprotect:
        return clnrm_exec_protect(agent, c);
    case SYS_memfd_create:
    case 447: /* memfd_secret */
        clnrm_call_note(agent, c, CLNRM_REPORT_MEMORY, "a file in memory");
        return EPERM;
    case SYS_socket:
        return decide_socket(agent, c);
    case SYS_connect:
        return decide_address(agent, c, c->args[1], c->args[2]);
    case SYS_sendto:
        return decide_address(agent, c, c->args[4], c->args[5]);
    default:
        break;
    }
    const char *look = inspection(c->number);
    if (!look)
        return clnrm_write_decide(agent, c);
    clnrm_call_note(agent, c, CLNRM_REPORT_INSPECT, look);
    return EPERM;
}
