/* test_seccomp.c -- the filter against libseccomp, against Docker's default profile, and for real. */
#include "base/base.h"
#include "core/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum verdict { ALLOW, DENY, NOSYS, CLONE, SOCKET, PERSONALITY, IOCTL, TO_PROCESS, TRACE };

static const struct {
    const char *name;
    int x86_64, aarch64;
    enum verdict verdict;
} table[] = {
#define CALL(name, x86_64, aarch64, verdict) {#name, x86_64, aarch64, verdict},
#include "core/seccomp_table.inc"
#undef CALL
};

enum { ROWS = sizeof(table) / sizeof(table[0]) };

static const uint32_t deny = SECCOMP_RET_ERRNO | EPERM, nosys = SECCOMP_RET_ERRNO | ENOSYS;

/* Runs a program as the kernel would. */
static uint32_t run(struct clnrm_slice program, const struct seccomp_data *data)
{
    const struct sock_filter *code = (const void *)program.data;
    uint32_t count = (uint32_t)(program.len / sizeof(*code)), a = 0;
    for (uint32_t at = 0; at < count; at++) {
        const struct sock_filter *i = &code[at];
        bool taken = false;
        switch (i->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            memcpy(&a, (const char *)data + i->k, sizeof(a));
            continue;
        case BPF_ALU | BPF_AND | BPF_K:
            a &= i->k;
            continue;
        case BPF_RET | BPF_K:
            return i->k;
        case BPF_JMP | BPF_JA:
            at += i->k;
            continue;
        case BPF_JMP | BPF_JEQ | BPF_K:
            taken = a == i->k;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            taken = a >= i->k;
            break;
        case BPF_JMP | BPF_JGT | BPF_K:
            taken = a > i->k;
            break;
        case BPF_JMP | BPF_JSET | BPF_K:
            taken = (a & i->k) != 0;
            break;
        default:
            fail_msg("instruction %x at %u", i->code, at);
        }
        at += taken ? i->jt : i->jf;
    }
    fail_msg("ran off the end");
    return 0;
}

static uint32_t judge(struct clnrm_slice p, uint32_t arch, int nr, uint64_t a0, uint64_t a1)
{
    struct seccomp_data data = {.nr = nr, .arch = arch, .args = {a0, a1}};
    return run(p, &data);
}

static struct clnrm_slice program(uint32_t arch, unsigned flags)
{
    struct clnrm_slice p;
    assert_int_equal(clnrm_seccomp_program(arch, flags, &p), 0);
    return p;
}

static void numbers_are_those_of_libseccomp(void **state)
{
    (void)state;
    int known = 0;
    for (int i = 0; i < ROWS; i++) {
        int x = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, table[i].name);
        int a = seccomp_syscall_resolve_name_arch(SCMP_ARCH_AARCH64, table[i].name);
        if (x == __NR_SCMP_ERROR) /* newer than this libseccomp: one number on every machine */
            assert_true(strcmp(table[i].name, "uretprobe") == 0 ||
                        (table[i].x86_64 == table[i].aarch64 && table[i].x86_64 >= 424));
        else
            known++, assert_int_equal(table[i].x86_64, x < 0 ? -1 : x),
                assert_int_equal(table[i].aarch64, a < 0 ? -1 : a);
    }
    assert_true(known > 350);
    for (int n = 0; n < 600; n++) { /* and no call that libseccomp knows is left out */
        char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, n);
        bool found = !name;
        for (int i = 0; i < ROWS && !found; i++)
            found = table[i].x86_64 == n;
        if (!found)
            fail_msg("%s is not in the table", name);
        free(name);
    }
}

/* The same policy, compiled by libseccomp. */
static struct clnrm_slice oracle(void)
{
    static struct sock_filter code[4096];
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    for (int i = 0; i < ROWS; i++) {
        int nr = table[i].x86_64;
        if (nr < 0)
            continue;
        bool allowed = table[i].verdict == ALLOW || table[i].verdict == TO_PROCESS;
        uint32_t action = allowed ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM);
        if (allowed || table[i].verdict == DENY || table[i].verdict == TRACE)
            assert_int_equal(seccomp_rule_add(ctx, action, nr, 0), 0);
    }
    int fd = (int)syscall(SYS_memfd_create, "oracle", 0u);
    assert_int_equal(seccomp_export_bpf(ctx, fd), 0);
    ssize_t len = pread(fd, code, sizeof(code), 0);
    assert_true(len > 0 && len < (ssize_t)sizeof(code));
    close(fd);
    seccomp_release(ctx);
    return (struct clnrm_slice){(const char *)code, (size_t)len};
}

static void agrees_with_libseccomp_on_every_number(void **state)
{
    (void)state;
    struct clnrm_slice ours = program(CLNRM_SECCOMP_X86_64, 0), theirs = oracle();
    assert_true(ours.len * 2 < theirs.len);
    for (int nr = 0; nr < 1200; nr++) {
        bool by_argument =
            nr == SYS_clone || nr == SYS_socket || nr == SYS_personality || nr == SYS_ioctl;
        uint32_t got = judge(ours, CLNRM_SECCOMP_X86_64, nr, 0, 0);
        uint32_t want = judge(theirs, CLNRM_SECCOMP_X86_64, nr, 0, 0);
        if (!by_argument && got != want)
            fail_msg("call %d: %x, libseccomp says %x", nr, got, want);
    }
}

static void every_row_is_enforced_on_both_architectures(void **state)
{
    (void)state;
    for (int i = 0; i < ROWS; i++) {
        for (int arch = 0; arch < 2; arch++) {
            uint32_t audit = arch ? CLNRM_SECCOMP_AARCH64 : CLNRM_SECCOMP_X86_64;
            int nr = arch ? table[i].aarch64 : table[i].x86_64;
            if (nr < 0)
                continue;
            uint32_t plain = judge(program(audit, 0), audit, nr, 0, 0);
            uint32_t trace = judge(program(audit, CLNRM_SECCOMP_TRACE), audit, nr, 0, 0);
            enum verdict v = table[i].verdict;
            uint32_t want = v == DENY || v == TRACE ? deny : v == NOSYS ? nosys : SECCOMP_RET_ALLOW;
            assert_int_equal(plain, want);
            assert_int_equal(trace, v == TRACE ? SECCOMP_RET_ALLOW : want);
        }
    }
}

/* The number of call `name`; below 0 where there is none such. */
static int number_of(uint32_t audit, const char *name)
{
    bool x86 = audit == CLNRM_SECCOMP_X86_64;
    if (strcmp(name, "fchmodat2") == 0)
        return 452; /* newer than libseccomp */
    return seccomp_syscall_resolve_name_arch(x86 ? SCMP_ARCH_X86_64 : SCMP_ARCH_AARCH64, name);
}

/* Judges it with up to four arguments. */
static uint32_t judge_named(uint32_t audit, const char *name, const uint64_t args[4])
{
    struct seccomp_data data = {
        .nr = number_of(audit, name), .arch = audit, .args = {args[0], args[1], args[2], args[3]}};
    return run(program(audit, CLNRM_SECCOMP_NO_SETID), &data);
}

static void no_file_gets_a_set_id_bit_where_that_is_asked(void **state)
{
    static const struct {
        const char *name;
        int flags, mode; /* which arguments; flags -1: none */
    } calls[] = {{"chmod", -1, 1},   {"fchmod", -1, 1},   {"creat", -1, 1},
                 {"mknod", -1, 1},   {"fchmodat", -1, 2}, {"fchmodat2", -1, 2},
                 {"mknodat", -1, 2}, {"open", 1, 2},      {"openat", 2, 3}};
    static const uint32_t audits[] = {CLNRM_SECCOMP_X86_64, CLNRM_SECCOMP_AARCH64};
    int judged = 0;
    (void)state;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]) * 2; i++) {
        uint32_t audit = audits[i % 2];
        const char *name = calls[i / 2].name;
        int flags = calls[i / 2].flags, mode = calls[i / 2].mode;
        if (number_of(audit, name) < 0)
            continue;
        judged++;
        static const uint64_t creating[] = {O_CREAT, O_TMPFILE | O_RDWR,
                                            O_CREAT | O_EXCL | O_WRONLY};
        for (size_t k = 0; k < 3; k++) {
            uint64_t args[4] = {0};
            if (flags >= 0)
                args[flags] = creating[k];
            args[mode] = 01777;
            assert_int_equal(judge_named(audit, name, args), SECCOMP_RET_ALLOW);
            for (uint64_t bit = 02000; bit <= 04000; bit <<= 1) {
                args[mode] = 0755 | bit | UINT64_C(1) << 40;
                assert_int_equal(judge_named(audit, name, args), deny);
            }
            if (flags < 0)
                continue;
            args[flags] = O_RDWR | O_DIRECTORY; /* nothing is created: anything may stand there */
            assert_int_equal(judge_named(audit, name, args), SECCOMP_RET_ALLOW);
        }
    }
    assert_int_equal(judged, 9 + 5); /* the younger architecture has those with "at", and fchmod */
    const uint64_t none[4] = {0};
    assert_int_equal(judge_named(audits[0], "openat2", none), nosys);
    assert_int_equal(judge_named(audits[1], "openat2", none), nosys);
    for (int i = 0; i < 4; i++) { /* and all else is as without */
        uint32_t audit = audits[i % 2];
        unsigned with = i < 2 ? 0 : CLNRM_SECCOMP_TRACE;
        for (int nr = -1; nr < 1200; nr++)
            if (nr != 437)
                assert_int_equal(
                    judge(program(audit, with | CLNRM_SECCOMP_NO_SETID), audit, nr, 0, 0),
                    judge(program(audit, with), audit, nr, 0, 0));
    }
}

static void arguments_are_judged_by_their_low_half(void **state)
{
    (void)state;
    struct clnrm_slice p = program(CLNRM_SECCOMP_X86_64, 0);
    const uint32_t x = CLNRM_SECCOMP_X86_64;
    const uint64_t high = UINT64_C(0xdeadbeef00000000);
    static const uint32_t namespaces[] = {CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWUTS,
                                          CLONE_NEWIPC, CLONE_NEWUSER,   CLONE_NEWPID,
                                          CLONE_NEWNET};
    for (size_t i = 0; i < sizeof(namespaces) / sizeof(*namespaces); i++) {
        assert_int_equal(judge(p, x, SYS_clone, namespaces[i] | SIGCHLD, 0), deny);
        assert_int_equal(judge(p, x, SYS_clone, high | namespaces[i], 0), deny);
    }
    assert_int_equal(judge(p, x, SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0),
                     SECCOMP_RET_ALLOW);
    for (uint64_t request = 0x5400; request < 0x5480; request++) {
        uint32_t want = request == TIOCSTI || request == TIOCLINUX ? deny : SECCOMP_RET_ALLOW;
        assert_int_equal(judge(p, x, SYS_ioctl, 0, request), want);
        assert_int_equal(judge(p, x, SYS_ioctl, 0, high | request), want);
    }
    for (uint64_t family = 0; family < 64; family++)
        assert_int_equal(judge(p, x, SYS_socket, high | family, 0),
                         family == AF_ALG || family == AF_VSOCK ? deny : SECCOMP_RET_ALLOW);
    static const int to_process[] = {
        SYS_kill,      SYS_tkill,     SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo,
        SYS_prlimit64, SYS_pidfd_open};
    for (size_t i = 0; i < sizeof(to_process) / sizeof(*to_process); i++) {
        assert_int_equal(judge(p, x, to_process[i], high | 1, 0), deny);
        assert_int_equal(judge(p, x, to_process[i], 2, 0), SECCOMP_RET_ALLOW);
        assert_int_equal(judge(p, x, to_process[i], (uint64_t)-1, 0), SECCOMP_RET_ALLOW);
    }
    assert_int_equal(judge(p, x, SYS_personality, 0x20008, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(judge(p, x, SYS_personality, 0xffffffff, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(judge(p, x, SYS_personality, 0x40000, 0), deny);
}

static void foreign_architectures_are_killed_and_unknown_calls_are_missing(void **state)
{
    (void)state;
    const uint32_t x = CLNRM_SECCOMP_X86_64, a = CLNRM_SECCOMP_AARCH64;
    struct clnrm_slice p = program(x, 0);
    assert_int_equal(judge(p, AUDIT_ARCH_I386, SYS_read, 0, 0), SECCOMP_RET_KILL_PROCESS);
    assert_int_equal(judge(p, a, SYS_read, 0, 0), SECCOMP_RET_KILL_PROCESS);
    assert_int_equal(judge(p, x, 0x40000000, 0, 0), SECCOMP_RET_KILL_PROCESS);
    assert_int_equal(judge(p, x, 0x40000000 | SYS_execve, 0, 0), SECCOMP_RET_KILL_PROCESS);
    assert_int_equal(judge(p, x, 400, 0, 0), nosys);
    assert_int_equal(judge(p, x, 512, 0, 0), nosys);
    assert_int_equal(judge(p, x, 100000, 0, 0), nosys);
    assert_int_equal(judge(p, x, -1, 0, 0), nosys);
    struct clnrm_slice none = {0};
    assert_int_equal(clnrm_seccomp_program(AUDIT_ARCH_I386, 0, &none), -ENOTSUP);
}

/* Whether a rule of the profile applies to a plain container on x86-64. */
static bool applies(json_t *rule)
{
    json_t *includes = json_object_get(rule, "includes"),
           *arches = json_object_get(includes, "arches");
    if (json_object_get(includes, "caps") || json_array_size(json_object_get(rule, "args")) > 0)
        return false;
    bool here = !arches;
    size_t i;
    json_t *arch;
    json_array_foreach(arches, i, arch) here |= strcmp(json_string_value(arch), "amd64") == 0;
    return here &&
           strcmp(json_string_value(json_object_get(rule, "action")), "SCMP_ACT_ALLOW") == 0;
}

static void allows_what_dockers_default_allows_without_capabilities(void **state)
{
    (void)state;
    char path[4096];
    const char *corpora = getenv("CLNRM_CORPORA");
    snprintf(path, sizeof(path), "%s/seccomp-default/default.json", corpora ? corpora : "");
    json_t *profile = json_load_file(path, 0, NULL);
    if (!profile) {
        print_message("skipped: no corpus seccomp-default (CLNRM_CORPORA)\n");
        skip();
    }
    bool allowed[ROWS] = {false};
    size_t r, n;
    json_t *rule, *name;
    json_array_foreach(json_object_get(profile, "syscalls"), r, rule)
    {
        if (!applies(rule))
            continue;
        json_array_foreach(json_object_get(rule, "names"), n, name) for (int i = 0; i < ROWS; i++)
            allowed[i] |= strcmp(table[i].name, json_string_value(name)) == 0;
    }
    for (int i = 0; i < ROWS; i++)
        if (table[i].verdict != TRACE && /* ours is stricter there: only when asked for */
            table[i].verdict != IOCTL && table[i].verdict != TO_PROCESS &&
            allowed[i] != (table[i].verdict == ALLOW))
            fail_msg("%s", table[i].name);
    json_decref(profile);
}

/* Runs under the real filter; the exit code is the line of the first surprise, from `base` on. */
static int probe(void)
{
#define FAILS_WITH(error, call)                                                                    \
    do {                                                                                           \
        errno = 0;                                                                                 \
        step++;                                                                                    \
        if ((call) != -1 || errno != (error))                                                      \
            return step;                                                                           \
    } while (0)
    int step = 0;
    char byte = 'x';
    FAILS_WITH(EPERM, ioctl(0, TIOCSTI, &byte));
    FAILS_WITH(EPERM, syscall(SYS_ioctl, 0, UINT64_C(0xffffffff00005412), &byte));
    FAILS_WITH(EPERM, ioctl(0, TIOCLINUX, &byte));
    FAILS_WITH(EBADF, ioctl(-1, TIOCGWINSZ, &byte));
    FAILS_WITH(EPERM, unshare(CLONE_NEWUSER));
    FAILS_WITH(EPERM, (int)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
    FAILS_WITH(ENOSYS, (int)syscall(SYS_clone3, 0, 0));
    FAILS_WITH(EPERM, (int)syscall(SYS_mount, "a", "b", "c", 0, 0));
    FAILS_WITH(EPERM, (int)syscall(SYS_keyctl, 0, 0, 0, 0, 0));
    FAILS_WITH(EPERM, (int)syscall(SYS_io_uring_setup, 1, 0));
    FAILS_WITH(EPERM, kill(1, 0));
    FAILS_WITH(EPERM, (int)syscall(SYS_prlimit64, 1, 0, NULL, NULL));
    FAILS_WITH(EFAULT, (int)syscall(SYS_prlimit64, 0, 0, (void *)1, NULL));
    FAILS_WITH(EPERM, (int)syscall(SYS_ptrace, 0, 0, 0, 0));
    FAILS_WITH(EPERM, (int)syscall(SYS_bpf, 0, 0, 0));
    FAILS_WITH(EPERM, socket(AF_VSOCK, SOCK_STREAM, 0));
    FAILS_WITH(ENOSYS, (int)syscall(1000));
    pid_t child = fork();
    if (child == 0)
        _exit(7);
    int status = 0;
    step++;
    return waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7 ? 0 : step;
}

static int run_filtered(int (*body)(void))
{
    struct clnrm_slice p = program(0, 0);
    pid_t child = fork();
    if (child == 0) {
        struct sock_fprog f = {(unsigned short)(p.len / sizeof(struct sock_filter)),
                               (struct sock_filter *)(uintptr_t)p.data};
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &f) != 0)
            _exit(99);
        _exit(body());
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void the_kernel_takes_it_and_answers_as_written(void **state)
{
    (void)state;
    int status = run_filtered(probe);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#if defined(__x86_64__)
static int call_as_32_bit(void)
{
    long result = 20; /* getpid there */
    __asm__ volatile("int $0x80" : "+a"(result)::"memory");
    return 0;
}

static void a_32_bit_call_kills(void **state)
{
    (void)state;
    int status = run_filtered(call_as_32_bit);
    assert_true(WIFSIGNALED(status));
}
#endif

/* ---- what the agent is asked about ---- */

static const struct {
    const char *name;
    unsigned flag;
    int x86_64, aarch64;
} watched[] = {
#define WATCHED(name, flag, x86_64, aarch64, verdict) {#name, flag, x86_64, aarch64},
#include "core/seccomp_watched.inc"
#undef WATCHED
};

enum { WATCHED_ROWS = sizeof(watched) / sizeof(watched[0]) };

static void watched_numbers_are_those_of_libseccomp(void **state)
{
    (void)state;
    for (int i = 0; i < WATCHED_ROWS; i++) {
        int x = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, watched[i].name);
        int a = seccomp_syscall_resolve_name_arch(SCMP_ARCH_AARCH64, watched[i].name);
        assert_int_equal(watched[i].x86_64, x);
        assert_int_equal(watched[i].aarch64, a < 0 ? -1 : a);
    }
}

static bool is_watched(int nr, unsigned flags)
{
    for (int i = 0; i < WATCHED_ROWS; i++)
        if (watched[i].x86_64 == nr && watched[i].flag & flags)
            return true;
    return false;
}

/* With any flag, every other call is judged as without. */
static void only_these_are_asked_about(void **state)
{
    (void)state;
    struct clnrm_slice plain = program(CLNRM_SECCOMP_X86_64, 0);
    for (unsigned flags = 4; flags <= CLNRM_SECCOMP_WATCH; flags += 4) {
        struct clnrm_slice p = program(CLNRM_SECCOMP_X86_64, flags);
        for (int nr = 0; nr < 600; nr++) {
            struct seccomp_data data = {.nr = nr, .arch = CLNRM_SECCOMP_X86_64};
            if (!is_watched(nr, flags))
                assert_int_equal(run(p, &data), run(plain, &data));
        }
    }
}

static void foreign_calls_are_asked_about_where_anything_is(void **state)
{
    (void)state;
    const uint32_t x = CLNRM_SECCOMP_X86_64, asked = SECCOMP_RET_USER_NOTIF;
    for (unsigned flags = 4; flags <= CLNRM_SECCOMP_WATCH; flags += 4) {
        struct clnrm_slice p = program(x, flags);
        assert_int_equal(judge(p, AUDIT_ARCH_I386, SYS_read, 0, 0), asked);
        assert_int_equal(judge(p, x, 0x40000000, 0, 0), asked);
        assert_int_equal(judge(p, x, 0x40000000 | SYS_execve, 0, 0), asked);
        assert_int_equal(judge(p, x, -1, 0, 0), nosys);
    }
}

static uint32_t ask(const char *name, unsigned flags, const uint64_t args[6])
{
    struct seccomp_data data = {.nr = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, name),
                                .arch = CLNRM_SECCOMP_X86_64};
    memcpy(data.args, args, sizeof(data.args));
    return run(program(CLNRM_SECCOMP_X86_64, flags), &data);
}

static void they_are_asked_about_by_their_arguments(void **state)
{
    (void)state;
    const unsigned all = CLNRM_SECCOMP_WATCH;
    const uint32_t asked = SECCOMP_RET_USER_NOTIF, allow = SECCOMP_RET_ALLOW;
    const uint64_t high = clnrm_seccomp_pass() >> 32 << 32, low = clnrm_seccomp_pass() << 32;
    const struct {
        const char *name;
        uint64_t args[6];
        uint32_t answer;
    } cases[] = {
        {"execve", {1}, asked},
        {"execveat", {0}, asked},
        {"execveat", {high | 0xffffff9c, 1, 1, 1, low}, allow},
        {"execveat", {high | 0xffffff9c, 1, 1, 1, low ^ (UINT64_C(1) << 40)}, asked},
        {"execveat", {high ^ (UINT64_C(1) << 40), 1, 1, 1, low}, asked},
        {"mmap", {0, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE, 3}, allow},
        {"mmap", {0, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, 3}, asked},
        {"mmap", {0, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, 3}, allow},
        {"socket", {AF_UNIX}, allow},
        {"socket", {AF_INET}, allow},
        {"socket", {AF_INET6}, allow},
        {"socket", {AF_UNIX, SOCK_RAW}, allow},
        {"socket", {AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK}, allow},
        {"socket", {AF_INET, SOCK_RAW, 1}, asked},
        {"socket", {AF_INET, SOCK_RAW | SOCK_CLOEXEC}, asked},
        {"socket", {AF_INET, SOCK_PACKET}, asked},
        {"socket", {AF_INET6, SOCK_RAW | SOCK_NONBLOCK}, asked},
        {"socket", {AF_INET6, SOCK_DGRAM}, allow},
        {"mprotect", {0x1000, 1, PROT_READ | PROT_WRITE}, allow},
        {"mprotect", {0x1000, 1, PROT_EXEC}, asked},
        {"pkey_mprotect", {0x1000, 1, PROT_READ | PROT_EXEC, 1}, asked},
        {"socket", {AF_NETLINK, 3, 0}, SECCOMP_RET_ERRNO | EAFNOSUPPORT},
        {"socket", {AF_NETLINK, 3, 4}, asked},
        {"socket", {AF_PACKET}, asked},
        {"socket", {AF_VSOCK}, asked},
        {"connect", {3}, asked},
        {"sendto", {3, 1, 1, 0, 0, 0}, allow},
        {"sendto", {3, 1, 1, 0, 0x1000, 16}, asked},
        {"sendto", {3, 1, 1, 0, UINT64_C(1) << 32, 16}, asked},
        {"sendmsg", {3}, allow},
        {"open", {1, O_RDONLY | O_CLOEXEC}, allow},
        {"open", {1, O_WRONLY}, asked},
        {"openat", {1, 1, O_RDONLY | O_DIRECTORY}, allow},
        {"openat", {1, 1, O_RDWR}, asked},
        {"openat", {1, 1, O_RDONLY | O_CREAT}, asked},
        {"openat2", {1}, nosys},
        {"ptrace", {0}, asked},
        {"acct", {0}, asked},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (ask(cases[i].name, all, cases[i].args) != cases[i].answer)
            fail_msg("case %zu, %s: %x", i, cases[i].name, ask(cases[i].name, all, cases[i].args));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_libseccomp),
        cmocka_unit_test(agrees_with_libseccomp_on_every_number),
        cmocka_unit_test(every_row_is_enforced_on_both_architectures),
        cmocka_unit_test(no_file_gets_a_set_id_bit_where_that_is_asked),
        cmocka_unit_test(arguments_are_judged_by_their_low_half),
        cmocka_unit_test(foreign_architectures_are_killed_and_unknown_calls_are_missing),
        cmocka_unit_test(allows_what_dockers_default_allows_without_capabilities),
        cmocka_unit_test(the_kernel_takes_it_and_answers_as_written),
        cmocka_unit_test(watched_numbers_are_those_of_libseccomp),
        cmocka_unit_test(only_these_are_asked_about),
        cmocka_unit_test(foreign_calls_are_asked_about_where_anything_is),
        cmocka_unit_test(they_are_asked_about_by_their_arguments),
#if defined(__x86_64__)
        cmocka_unit_test(a_32_bit_call_kills),
#endif
    };
    return cmocka_run_group_tests_name("seccomp", tests, NULL, NULL);
}
