/* guard.h -- what is forbidden in a room, and what was seen of it: the payloads of GUARD and REPORT.
 *
 * GUARD tells the agent what to watch for; the filters of system calls that go with it have the kernel
 * ask the agent (seccomp's user notification), so every command that is started after it has a
 * listener.  REPORT is one attempt, or more of one that was told before: each different one has a
 * number from 0 on, and comes again when its count has doubled and at the end of the room, so that a
 * flood costs little.
 *
 * Ownership: decoded texts point into the payload; lists are allocated and given back with _free().
 * Layer: base. */
#ifndef CLNRM_GUARD_H
#define CLNRM_GUARD_H

#include "base/frame.h"

#define CLNRM_GUARD_COMMANDS_MAX 256u
#define CLNRM_GUARD_HOSTS_MAX 64u
#define CLNRM_GUARD_REPORTS_MAX 64u /* different attempts of a room that are told one by one */
#define CLNRM_GUARD_TEXT_MAX 256u   /* bytes of a name, an argument list, of what was tried */

enum {
    CLNRM_GUARD_NAMES = 1,  /* the agent answers DNS at 127.0.0.53: `hosts` and no others */
    CLNRM_GUARD_ROUTES = 2, /* attempts to reach addresses outside are counted by the kernel, too */
    CLNRM_GUARD_PROGRAMS = 4, /* what is run from a place that nothing is executed from is told */
    CLNRM_GUARD_ROOT = 8,     /* writing to the root is told as well: it is an image's */
    CLNRM_GUARD_SHELLS = 16,  /* shells of busybox are refused: they run commands in themselves */
    CLNRM_GUARD_FLAGS = 31,
};

struct clnrm_guard_host {
    struct clnrm_slice name;
    uint32_t ip; /* of the room's loopback */
};

struct clnrm_guard_spec {
    uint32_t flags;
    uint64_t pass; /* what marks the agent's own execveat for the filter (core/seccomp.h) */
    uint32_t command_count, host_count;
    struct clnrm_slice *commands; /* programs that must not be run: names, or absolute paths */
    struct clnrm_guard_host *hosts;
};

enum clnrm_report_kind {
    CLNRM_REPORT_COMMAND = 'd', /* a program that must not be run */
    CLNRM_REPORT_SHELL = 'u',   /* what runs such programs in itself, where nobody is asked */
    CLNRM_REPORT_EXEC = 'x',    /* a program in a place that can be written to */
    CLNRM_REPORT_MAP = 'm',     /* the same of a library */
    CLNRM_REPORT_MEMORY = 'f',  /* a file in memory that could be run */
    CLNRM_REPORT_SOCKET = 's',  /* a socket of another family */
    CLNRM_REPORT_CONNECT = 'c', /* an address outside of the room */
    CLNRM_REPORT_NAME = 'n',    /* a name that is not allowed was looked up */
    CLNRM_REPORT_ROUTE =
        'r', /* by the kernel's count: more left for addresses outside than was seen */
    CLNRM_REPORT_WRITE = 'w',   /* a file in a place that cannot be written to */
    CLNRM_REPORT_INSPECT = 'i', /* a look into another process */
    CLNRM_REPORT_FOREIGN = 'b', /* a system call of another architecture, which ends the program */
    CLNRM_REPORT_SOCKET_GONE = 't', /* the way by which disallowed commands are told */
    CLNRM_REPORT_MORE = 'o',        /* those past CLNRM_GUARD_REPORTS_MAX */
};

struct clnrm_report {
    uint32_t number; /* which; again with a higher count */
    uint8_t kind;
    uint64_t count;
    uint32_t step;                 /* id of the SPAWN that it descends from; 0: not known */
    uint32_t pid;                  /* in the room; 0: not known */
    struct clnrm_slice name, argv; /* of the process; arguments are separated by blanks */
    struct clnrm_slice what;       /* what it tried */
};

/* Each adds one whole frame to `out`.  Returns 0, or CLNRM_ELIMIT; then nothing was added. */
int clnrm_guard_spec_write(const struct clnrm_guard_spec *spec, struct clnrm_buf *out);
int clnrm_report_write(const struct clnrm_report *report, struct clnrm_buf *out);

/* Each reads the payload of one.  Returns 0, or CLNRM_EPROTO; then nothing is allocated. */
int clnrm_guard_spec_read(struct clnrm_slice payload, struct clnrm_guard_spec *out);
int clnrm_report_read(struct clnrm_slice payload, struct clnrm_report *out);

void clnrm_guard_spec_free(struct clnrm_guard_spec *spec);

#endif
