/* tty.c -- see tty.h for the contract. */
#include "agent/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#ifndef TIOCGPTPEER
#    define TIOCGPTPEER _IO('T', 0x41)
#endif

/* By the master itself, so that no path is followed; before Linux 4.13 by its name. */
static int open_peer(int master)
{
    int fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0 || errno != ENOTTY)
        return fd;
    char name[32];
    unsigned number = 0;
    if (ioctl(master, (int)TIOCGPTN, &number) < 0)
        return -1;
    snprintf(name, sizeof(name), "/dev/pts/%u", number);
    return open(name, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
}

int clnrm_tty_open(int ends[2], const struct clnrm_ids *owner, struct clnrm_refusal *why)
{
    int flags = O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK, locked = 0;
    int master = open("/dev/pts/ptmx", flags);
    if (master < 0)
        master = open("/dev/ptmx", flags);
    if (master < 0)
        return clnrm_refuse(why, errno, "terminal", "/dev/ptmx");
    int peer = ioctl(master, TIOCSPTLCK, &locked) < 0 ? -1 : open_peer(master);
    if (peer < 0) {
        int error = errno;
        close(master);
        return clnrm_refuse(why, error, "terminal", "its other end");
    }
    if (owner && fchown(peer, owner->uid, (gid_t)-1) < 0)
        errno = 0; /* then it is the agent's, and open for the command all the same */
    ends[0] = peer;
    ends[1] = master;
    return 0;
}

int clnrm_tty_lead(struct clnrm_refusal *why)
{
    return ioctl(0, TIOCSCTTY, 0) < 0 ? clnrm_refuse(why, errno, "terminal", "leading it") : 0;
}

void clnrm_tty_size(int fd, unsigned rows, unsigned columns)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    if (fd >= 0)
        ioctl(fd, TIOCSWINSZ, &size);
}
