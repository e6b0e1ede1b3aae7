/* seccomp.h -- the filter of system calls that every command in a room runs under.
 *
 * An allow-list over seccomp_table.inc: listed calls are allowed, known others answer EPERM, unknown
 * ones ENOSYS.  By argument: clone without new namespaces, socket without AF_ALG and AF_VSOCK,
 * personality with the harmless values, ioctl without TIOCSTI and TIOCLINUX, no signal to process 1:
 * the kernel would drop it and say that it was sent, so an attack on the agent would look like work.
 * clone3, whose flags no filter can see, answers ENOSYS, so that libraries fall back to clone.  A call
 * of another architecture (32-bit or x32 on x86-64) kills the process.
 *
 * The program is made here, not by libseccomp: as a tree over runs of equal verdicts it is a quarter
 * as long, and the kernel checks and compiles it again for every command (docs/decisions.md).
 * libseccomp is the oracle of the test.  Threads: any after the first call.  Layer: core. */
#ifndef CLNRM_SECCOMP_H
#define CLNRM_SECCOMP_H

#include <stdint.h>

#include "base/slice.h"

enum {
    CLNRM_SECCOMP_TRACE = 1, /* ptrace and process_vm_* are allowed: a debugger's room */
    CLNRM_SECCOMP_NO_SETID =
        2, /* no file gets a set-user-ID or set-group-ID bit: for rooms that can
                                   write to the host's directories, where such a file would be a way
                                   to become whoever runs clnrm.  openat2, whose mode no filter can
                                   see, answers ENOSYS */
    /* What is not decided here but by the agent, which the kernel asks (SECCOMP_RET_USER_NOTIF).  Calls
     * that are not named cost nothing more. */
    CLNRM_SECCOMP_WATCH_COMMANDS = 4, /* execve, execveat (but the agent's own, see the pass); acct,
                                         by which a program that stands in for another one tells the
                                         agent that it was run */
    CLNRM_SECCOMP_WATCH_PROGRAMS = 8, /* execve, execveat, a file mapped to be executed, memory that
                                         becomes so (mprotect), memfd_create */
    CLNRM_SECCOMP_WATCH_NET = 16, /* sockets of other families than unix and IP, raw ones, connect,
                                         sendto with an address.  NETLINK_ROUTE, by which the C library looks
                                         for interfaces at each name, answers EAFNOSUPPORT unasked */
    CLNRM_SECCOMP_WATCH_INSPECT =
        32, /* ptrace, process_vm_*, pidfd_getfd, kcmp, perf and the like */
    CLNRM_SECCOMP_WATCH_WRITES = 64, /* what opens to write, makes, removes or renames a file;
                                         openat2, whose flags no filter can see, answers ENOSYS */
    /* With any of them the agent is asked about calls of other architectures, too, which end a program
     * unasked in other rooms. */
    CLNRM_SECCOMP_WATCH = 124,
};

/* A number made once, by random: execveat with its upper half above the directory (argument 0) and its
 * lower half above the flags (argument 4), where the kernel does not look, is not watched.  The agent
 * starts commands so while it cannot answer. */
uint64_t clnrm_seccomp_pass(void);

/* The architectures a program can be made for, as the kernel names them (AUDIT_ARCH_*). */
#define CLNRM_SECCOMP_X86_64 0xc000003eu
#define CLNRM_SECCOMP_AARCH64 0xc00000b7u

/* Stores the program for `arch` (0: this machine's) in `out`: `struct sock_filter`s, made at the
 * first call and valid for ever.  Returns 0, or -ENOTSUP for an architecture without a table. */
int clnrm_seccomp_program(uint32_t arch, unsigned flags, struct clnrm_slice *out);

#endif
