/* step_stdio.c -- what a command reads and writes: pipes, or a terminal; see step_impl.h for the
 * contract. */
#include "agent/step_impl.h"
#include "agent/tty.h"
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* A pipe whose end `ours` (0 or 1) does not block. */
static int make_pipe(int ends[2], int ours)
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    return fcntl(ends[ours], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

/* A terminal instead of pipes. */
static int make_terminal(struct clnrm_step *step, int theirs[3], const struct clnrm_ids *owner,
                         struct clnrm_refusal *why)
{
    int ends[2], status = clnrm_tty_open(ends, owner, why);
    if (status < 0)
        return status;
    step->out.fd = ends[1];
    theirs[1] = theirs[2] = ends[0];
    theirs[0] = fcntl(ends[0], F_DUPFD_CLOEXEC, 3);
    if (step->flags & CLNRM_SPAWN_STDIN)
        step->in = fcntl(ends[1], F_DUPFD_CLOEXEC, 3);
    bool failed = theirs[0] < 0 || (step->flags & CLNRM_SPAWN_STDIN && step->in < 0);
    return failed ? clnrm_refuse(why, errno, "terminal", "descriptors") : 0;
}

static int make_pipes(struct clnrm_step *step, int theirs[3])
{
    int ends[2], status;
    if (step->flags & CLNRM_SPAWN_STDIN) {
        if ((status = make_pipe(ends, 1)) < 0)
            return status;
        theirs[0] = ends[0];
        step->in = ends[1];
    }
    if ((status = make_pipe(ends, 0)) < 0)
        return status;
    step->out.fd = ends[0];
    theirs[1] = theirs[2] = ends[1];
    if (step->flags & CLNRM_SPAWN_MERGE)
        return 0;
    if ((status = make_pipe(ends, 0)) < 0)
        return status;
    step->err.fd = ends[0];
    theirs[2] = ends[1];
    return 0;
}

void clnrm_step_close_theirs(const int theirs[3])
{
    for (int i = 0; i < 3; i++)
        if (theirs[i] > 2 && (i != 2 || theirs[2] != theirs[1]))
            close(theirs[i]);
}

int clnrm_step_stdio(struct clnrm_step *step, int theirs[3], const struct clnrm_ids *owner,
                     struct clnrm_refusal *why)
{
    theirs[0] = theirs[1] = theirs[2] = 0; /* the null device; 0 is not closed afterwards */
    if (step->flags & CLNRM_SPAWN_TTY)
        return make_terminal(step, theirs, owner, why);
    int status = make_pipes(step, theirs);
    return status < 0 ? clnrm_refuse(why, status, "pipe", "pipe") : 0;
}

int clnrm_step_size(struct clnrm_step *step, struct clnrm_frame_reader *r)
{
    uint32_t rows = clnrm_frame_get_u32(r), columns = clnrm_frame_get_u32(r);
    if (clnrm_frame_done(r) < 0 || rows > 65535 || columns > 65535 ||
        !(step->flags & CLNRM_SPAWN_TTY))
        return CLNRM_EPROTO;
    clnrm_tty_size(step->out.fd, rows, columns);
    return 0;
}
