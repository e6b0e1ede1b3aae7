/* seccomp.c -- see seccomp.h for the contract.
 *
 * A program is: a head that refuses foreign architectures, a binary tree of "number >= n" jumps over
 * the runs of calls with one verdict, the checks of arguments, the returns.  Jumps go forward by at
 * most 255 instructions; the tree is written first with the verdict in place of the distance. */
#include "core/seccomp.h"
#include "base/base.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>

enum verdict {
    ALLOW,
    DENY,
    NOSYS,
    KILL,
    CLONE,
    SOCKET,
    PERSONALITY,
    IOCTL,
    TO_PROCESS,
    MODE_SECOND, /* the mode of a file is the second argument: chmod */
    MODE_THIRD,
    OPEN_SECOND, /* the flags are the second argument, the mode behind them: open */
    OPEN_THIRD,
    NOTIFY,             /* the agent is asked */
    NOTIFY_EXECVEAT,    /* unless it bears the pass */
    NOTIFY_MAPPING,     /* when a file becomes something to execute */
    NOTIFY_PROTECT,     /* when memory becomes something to execute */
    NOTIFY_SOCKET,      /* when it is of another family, or raw */
    NOTIFY_ADDRESS,     /* when there is one: sendto */
    NOTIFY_OPEN_SECOND, /* when the flags, which are the second argument, say more than to read */
    NOTIFY_OPEN_THIRD,
    VERDICTS,
    TRACE
};

enum {
    CALLS_MAX = 512, /* numbers at and above are unknown */
    RUNS_MAX = 256,
    PROGRAM_MAX = 512,
    PROGRAMS_MAX = 256, /* two architectures, with and without each flag */
};

#define X32_BIT 0x40000000u
#define NEW_NAMESPACE                                                                              \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET)
#define SOCKET_TYPE 0xfu /* what of the second argument of socket is no flag */
#define SETID_BITS 06000u
#define CREATING (0100u | 020000000u) /* O_CREAT, and the bit of O_TMPFILE that is its own */
#define PER_ANY 0xffffffffu           /* asks for the current one */
#define PER_NO_RANDOM 0x8u
#define PER_UNAME26 0x20000u

struct run {
    uint32_t first; /* number of its first call; it ends where the next begins */
    enum verdict verdict;
};

struct program {
    uint32_t arch;
    unsigned flags;
    uint16_t count;
    uint16_t label[VERDICTS]; /* where each verdict's code starts */
    struct sock_filter code[PROGRAM_MAX];
};

static const struct {
    int16_t x86_64, aarch64;
    uint8_t verdict;
} table[] = {
#define CALL(name, x86_64, aarch64, verdict) {x86_64, aarch64, verdict},
#include "core/seccomp_table.inc"
#undef CALL
};

/* What stands in the place of ALLOW with CLNRM_SECCOMP_NO_SETID. */
static const struct {
    int16_t x86_64, aarch64;
    uint8_t verdict;
} no_setid[] = {
    {90, -1, MODE_SECOND},  /* chmod */
    {91, 52, MODE_SECOND},  /* fchmod */
    {85, -1, MODE_SECOND},  /* creat */
    {133, -1, MODE_SECOND}, /* mknod */
    {268, 53, MODE_THIRD},  /* fchmodat */
    {452, 452, MODE_THIRD}, /* fchmodat2 */
    {259, 33, MODE_THIRD},  /* mknodat */
    {2, -1, OPEN_SECOND},   /* open */
    {257, 56, OPEN_THIRD},  /* openat */
    {437, 437, NOSYS},      /* openat2 */
};

/* What stands in the place of other verdicts with a flag of CLNRM_SECCOMP_WATCH. */
static const struct {
    uint8_t flag;
    int16_t x86_64, aarch64;
    uint8_t verdict;
} watched[] = {
#define WATCHED(name, flag, x86_64, aarch64, verdict) {flag, x86_64, aarch64, verdict},
#include "core/seccomp_watched.inc"
#undef WATCHED
};

uint64_t clnrm_seccomp_pass(void)
{
    static uint64_t pass;
    while (pass == 0)
        if (getrandom(&pass, sizeof(pass), 0) != sizeof(pass))
            abort(); /* what anybody could guess would be no pass */
    return pass;
}

static void emit(struct program *p, uint16_t op, uint8_t if_true, uint8_t if_false, uint32_t k)
{
    assert(p->count < PROGRAM_MAX);
    p->code[p->count++] = (struct sock_filter){op, if_true, if_false, k};
}

static void emit_load(struct program *p, size_t offset)
{
    emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

static void emit_return(struct program *p, enum verdict v, uint32_t action)
{
    p->label[v] = p->count;
    emit(p, BPF_RET | BPF_K, 0, 0, action);
}

/* The low 32 bits of an argument: all that the kernel looks at in the calls below. */
static void start_check(struct program *p, enum verdict v, unsigned argument)
{
    p->label[v] = p->count;
    emit_load(p, offsetof(struct seccomp_data, args) + 8 * argument);
}

/* Ends a check whose value is in the list (`then`) or not (`otherwise`). */
static void emit_choice(struct program *p, const uint32_t *values, unsigned count, uint32_t then,
                        uint32_t otherwise)
{
    for (unsigned i = 0; i < count; i++)
        emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint8_t)(count - i), 0, values[i]);
    emit(p, BPF_RET | BPF_K, 0, 0, otherwise);
    emit(p, BPF_RET | BPF_K, 0, 0, then);
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Ends a check: refused when one of `bits` is set. */
static void emit_refusal(struct program *p, uint32_t bits)
{
    emit(p, BPF_JMP | BPF_JSET | BPF_K, 0, 1, bits);
    emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM);
    emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
}

/* Opening: the mode counts only when a file is created, else anything may stand there. */
static void emit_open_check(struct program *p, enum verdict v, unsigned flags)
{
    start_check(p, v, flags);
    emit(p, BPF_JMP | BPF_JSET | BPF_K, 1, 0, CREATING);
    emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
    emit_load(p, offsetof(struct seccomp_data, args) + 8 * (flags + 1));
    emit_refusal(p, SETID_BITS);
}

static void emit_setid_checks(struct program *p)
{
    start_check(p, MODE_SECOND, 1);
    emit_refusal(p, SETID_BITS);
    start_check(p, MODE_THIRD, 2);
    emit_refusal(p, SETID_BITS);
    emit_open_check(p, OPEN_SECOND, 1);
    emit_open_check(p, OPEN_THIRD, 2);
}

/* The upper 32 bits of an argument. */
static void load_upper(struct program *p, unsigned argument)
{
    emit_load(p, offsetof(struct seccomp_data, args) + 8 * argument + 4);
}

static void emit_return_if(struct program *p, uint32_t value, uint32_t action)
{
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, value);
    emit(p, BPF_RET | BPF_K, 0, 0, action);
}

static void emit_watch(struct program *p)
{
    const uint32_t allow = SECCOMP_RET_ALLOW, notify = SECCOMP_RET_USER_NOTIF;
    const uint32_t no_family = SECCOMP_RET_ERRNO | EAFNOSUPPORT;
    p->label[NOTIFY_EXECVEAT] = p->count;
    load_upper(p, 0);
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 3, (uint32_t)(clnrm_seccomp_pass() >> 32));
    load_upper(p, 4);
    emit_return_if(p, (uint32_t)clnrm_seccomp_pass(), allow);
    emit(p, BPF_RET | BPF_K, 0, 0, notify);

    start_check(p, NOTIFY_MAPPING, 2);
    emit(p, BPF_JMP | BPF_JSET | BPF_K, 1, 0, PROT_EXEC);
    emit(p, BPF_RET | BPF_K, 0, 0, allow);
    emit_load(p, offsetof(struct seccomp_data, args) + 8 * 3);
    emit(p, BPF_JMP | BPF_JSET | BPF_K, 0, 1, MAP_ANONYMOUS);
    emit(p, BPF_RET | BPF_K, 0, 0, allow);
    emit(p, BPF_RET | BPF_K, 0, 0, notify);

    start_check(p, NOTIFY_PROTECT, 2);
    emit(p, BPF_JMP | BPF_JSET | BPF_K, 1, 0, PROT_EXEC);
    emit(p, BPF_RET | BPF_K, 0, 0, allow);
    emit(p, BPF_RET | BPF_K, 0, 0, notify);

    start_check(p, NOTIFY_SOCKET, 0);
    emit_return_if(p, AF_UNIX, allow);
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, AF_INET);
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 6, AF_INET6);
    emit_load(p, offsetof(struct seccomp_data, args) + 8);
    emit(p, BPF_ALU | BPF_AND | BPF_K, 0, 0, SOCKET_TYPE);
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, SOCK_RAW);
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SOCK_PACKET); /* with AF_INET it is of AF_PACKET */
    emit(p, BPF_RET | BPF_K, 0, 0, notify);
    emit(p, BPF_RET | BPF_K, 0, 0, allow);
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 3, AF_NETLINK);
    emit_load(p, offsetof(struct seccomp_data, args) + 8 * 2);
    emit_return_if(p, 0 /* NETLINK_ROUTE */, no_family);
    emit(p, BPF_RET | BPF_K, 0, 0, notify);

    start_check(p, NOTIFY_ADDRESS, 4);
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 3, 0);
    load_upper(p, 4);
    emit_return_if(p, 0, allow);
    emit(p, BPF_RET | BPF_K, 0, 0, notify);

    for (unsigned flags = 1; flags <= 2; flags++) {
        start_check(p, flags == 1 ? NOTIFY_OPEN_SECOND : NOTIFY_OPEN_THIRD, flags);
        emit(p, BPF_JMP | BPF_JSET | BPF_K, 0, 1, O_ACCMODE | O_CREAT | O_TRUNC);
        emit(p, BPF_RET | BPF_K, 0, 0, notify);
        emit(p, BPF_RET | BPF_K, 0, 0, allow);
    }
    emit_return(p, NOTIFY, notify);
}

static void emit_checks(struct program *p)
{
    static const uint32_t bad_families[] = {AF_ALG, AF_VSOCK};
    static const uint32_t bad_requests[] = {TIOCSTI, TIOCLINUX};
    static const uint32_t good_personalities[] = {0, PER_NO_RANDOM, PER_UNAME26,
                                                  PER_UNAME26 | PER_NO_RANDOM, PER_ANY};
    static const uint32_t agent[] = {1};
    const uint32_t allow = SECCOMP_RET_ALLOW, deny = SECCOMP_RET_ERRNO | EPERM;
    start_check(p, CLONE, 0);
    emit_refusal(p, NEW_NAMESPACE);
    start_check(p, SOCKET, 0);
    emit_choice(p, bad_families, COUNT(bad_families), deny, allow);
    start_check(p, PERSONALITY, 0);
    emit_choice(p, good_personalities, COUNT(good_personalities), allow, deny);
    start_check(p, IOCTL, 1);
    emit_choice(p, bad_requests, COUNT(bad_requests), deny, allow);
    start_check(p, TO_PROCESS, 0);
    emit_choice(p, agent, COUNT(agent), deny, allow);
    if (p->flags & CLNRM_SECCOMP_NO_SETID)
        emit_setid_checks(p);
    if (p->flags & CLNRM_SECCOMP_WATCH)
        emit_watch(p);
    emit_return(p, ALLOW, allow);
    emit_return(p, DENY, deny);
    emit_return(p, NOSYS, SECCOMP_RET_ERRNO | ENOSYS);
    emit_return(p, KILL, SECCOMP_RET_KILL_PROCESS);
}

/* Writes the tree over `count` runs.  Returns where it starts, or PROGRAM_MAX plus the verdict when
 * nothing is left to ask.  `jumps` keeps both ways of each jump until the verdicts have places. */
static uint16_t emit_tree(struct program *p, const struct run *runs, unsigned count,
                          uint16_t (*jumps)[2])
{
    if (count == 1)
        return (uint16_t)(PROGRAM_MAX + runs[0].verdict);
    unsigned half = count / 2;
    uint16_t at = p->count;
    emit(p, BPF_JMP | BPF_JGE | BPF_K, 0, 0, runs[half].first);
    jumps[at][1] = emit_tree(p, runs, half, jumps);
    jumps[at][0] = emit_tree(p, runs + half, count - half, jumps);
    return at;
}

static uint8_t distance(const struct program *p, uint16_t from, uint16_t to)
{
    if (to >= PROGRAM_MAX)
        to = p->label[to - PROGRAM_MAX];
    assert(to > from && to - from - 1 <= UINT8_MAX);
    return (uint8_t)(to - from - 1);
}

static unsigned find_runs(const struct program *p, struct run *runs)
{
    uint8_t verdicts[CALLS_MAX];
    memset(verdicts, NOSYS, sizeof(verdicts));
    for (size_t i = 0; i < COUNT(table); i++) {
        int number = p->arch == CLNRM_SECCOMP_X86_64 ? table[i].x86_64 : table[i].aarch64;
        assert(number < CALLS_MAX);
        if (number < 0)
            continue;
        verdicts[number] = table[i].verdict;
        if (table[i].verdict == TRACE)
            verdicts[number] = p->flags & CLNRM_SECCOMP_TRACE ? ALLOW : DENY;
    }
    for (size_t i = 0; p->flags & CLNRM_SECCOMP_NO_SETID && i < COUNT(no_setid); i++) {
        int number = p->arch == CLNRM_SECCOMP_X86_64 ? no_setid[i].x86_64 : no_setid[i].aarch64;
        if (number >= 0)
            verdicts[number] = no_setid[i].verdict;
    }
    for (size_t i = 0; i < COUNT(watched); i++) {
        int number = p->arch == CLNRM_SECCOMP_X86_64 ? watched[i].x86_64 : watched[i].aarch64;
        if (p->flags & watched[i].flag && number >= 0)
            verdicts[number] = watched[i].verdict;
    }
    unsigned count = 0;
    for (uint32_t n = 0; n < CALLS_MAX; n++) {
        if (count > 0 && runs[count - 1].verdict == (enum verdict)verdicts[n])
            continue;
        assert(count < RUNS_MAX - 3);
        runs[count++] = (struct run){n, (enum verdict)verdicts[n]};
    }
    assert(runs[count - 1].verdict == NOSYS); /* so the unknown numbers above belong to it */
    if (p->arch == CLNRM_SECCOMP_X86_64) {
        runs[count++] = (struct run){X32_BIT, p->flags & CLNRM_SECCOMP_WATCH ? NOTIFY : KILL};
        runs[count++] = (struct run){UINT32_MAX, NOSYS}; /* -1: a tracer's way to skip a call */
    }
    return count;
}

static void make_program(struct program *p)
{
    struct run runs[RUNS_MAX];
    uint16_t jumps[PROGRAM_MAX][2];
    unsigned count = find_runs(p, runs);
    emit_load(p, offsetof(struct seccomp_data, arch));
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, p->arch);
    emit(p, BPF_RET | BPF_K, 0, 0,
         p->flags & CLNRM_SECCOMP_WATCH ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_KILL_PROCESS);
    emit_load(p, offsetof(struct seccomp_data, nr));
    uint16_t tree = p->count;
    emit_tree(p, runs, count, jumps);
    uint16_t end = p->count;
    emit_checks(p);
    for (uint16_t at = tree; at < end; at++) {
        p->code[at].jt = distance(p, at, jumps[at][0]);
        p->code[at].jf = distance(p, at, jumps[at][1]);
    }
}

int clnrm_seccomp_program(uint32_t arch, unsigned flags, struct clnrm_slice *out)
{
    static struct program programs[PROGRAMS_MAX]; /* used as far as they are asked for */
    static unsigned made;
#if defined(__x86_64__)
    arch = arch ? arch : CLNRM_SECCOMP_X86_64;
#elif defined(__aarch64__)
    arch = arch ? arch : CLNRM_SECCOMP_AARCH64;
#endif
    if (arch != CLNRM_SECCOMP_X86_64 && arch != CLNRM_SECCOMP_AARCH64)
        return -ENOTSUP;
    flags &= CLNRM_SECCOMP_TRACE | CLNRM_SECCOMP_NO_SETID | CLNRM_SECCOMP_WATCH;
    unsigned i = 0;
    while (i < made && (programs[i].arch != arch || programs[i].flags != flags))
        i++;
    if (i == made) {
        programs[made].arch = arch;
        programs[made].flags = flags;
        make_program(&programs[made++]);
    }
    *out = (struct clnrm_slice){(const char *)programs[i].code,
                                programs[i].count * sizeof(struct sock_filter)};
    return 0;
}
