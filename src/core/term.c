/* term.c -- see term.h for the contract. */
#include "core/term.h"
#include "base/base.h"
#include "core/guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { UNDO_MS = 200 }; /* that a terminal which nobody reads gets: then it is left as it is */
enum { CHUNK = 4096 };  /* a pipe that is writable takes this much at once (PIPE_BUF) */

static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGQUIT};

enum { FATAL_COUNT = sizeof(fatal) / sizeof(fatal[0]) };

static struct {
    int fd;
    bool is_installed;
    volatile sig_atomic_t is_saved;
    volatile sig_atomic_t is_raw; /* the attributes are those of clnrm_term_raw_keys() */
    struct termios attributes;
    struct sigaction before[FATAL_COUNT];
} guard;

static struct {
    int fd;
    volatile sig_atomic_t len; /* 0 while the bytes are changed */
    char bytes[CLNRM_TERM_UNDO_MAX];
} undo;

void clnrm_term_fill_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY); /* lowest: `fd` */
}

bool clnrm_term_is_tty(int fd)
{
    return isatty(fd) == 1;
}

int clnrm_term_width(int fd)
{
    const char *text = getenv("COLUMNS");
    if (text) {
        char *end;
        long columns = strtol(text, &end, 10);
        if (end != text && *end == '\0' && columns > 0 && columns <= CLNRM_TERM_WIDTH_MAX)
            return (int)columns;
    }
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return CLNRM_TERM_WIDTH_DEFAULT;
}

int clnrm_term_size(int fd, unsigned *rows, unsigned *columns)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0)
        return -errno;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return 0;
}

int clnrm_term_rows(int fd)
{
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

bool clnrm_term_is_foreground(int fd)
{
    return tcgetpgrp(fd) == getpgrp();
}

int clnrm_term_reopen(int fd, int flags)
{
    char name[64];
    int status = ttyname_r(fd, name, sizeof(name)); /* returns a positive errno */
    if (status != 0)
        return -status;
    int own = open(name, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return own < 0 ? -errno : own;
}

bool clnrm_term_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *locale = getenv(names[i]);
        if (!locale || !*locale)
            continue;
        const char *charset = strchr(locale, '.');
        return charset &&
               (strncasecmp(charset, ".utf-8", 6) == 0 || strncasecmp(charset, ".utf8", 5) == 0);
    }
    return false;
}

/* Waits until `fd` takes bytes, at most `timeout_ms` (-1: for ever).  Returns 1, 0 when the time is
 * up, or -errno.  An error of the descriptor counts as ready: the write then names it. */
static int wait_writable(int fd, int timeout_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int n = poll(&p, 1, timeout_ms);
    return n < 0 ? -errno : n;
}

int clnrm_term_write_some(int fd, const void *data, size_t len, size_t *written)
{
    const char *at = data;
    int flags = fcntl(fd, F_GETFL);
    bool is_nonblocking = flags >= 0 && flags & O_NONBLOCK; /* else a large write could wait */
    while (len > 0) {
        int ready = wait_writable(fd, 0);
        if (ready == -EINTR)
            continue;
        if (ready <= 0)
            return ready;
        ssize_t n = write(fd, at, is_nonblocking || len < CHUNK ? len : CHUNK);
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            at += n;
            len -= (size_t)n;
            *written += (size_t)n;
        }
    }
    return 0;
}

bool clnrm_term_is_heard(int fd)
{
    struct pollfd p = {.fd = fd}; /* errors alone, which are told of whatever is asked */
    return poll(&p, 1, 0) <= 0;
}

int clnrm_term_write(int fd, const void *data, size_t len)
{
    const char *at = data;
    while (len > 0) {
        size_t written = 0;
        int status = clnrm_term_write_some(fd, at, len, &written);
        if (status < 0)
            return status;
        at += written;
        len -= written;
        if (len > 0) {
            status = wait_writable(fd, -1);
            if (status < 0 && status != -EINTR)
                return status;
        }
    }
    return 0;
}

static bool same_attributes(const struct termios *a, const struct termios *b)
{
    return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
           a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc)) == 0;
}

int clnrm_term_undo(int fd, const void *data, size_t len)
{
    if (len > sizeof(undo.bytes))
        return -E2BIG;
    undo.len = 0;
    undo.fd = fd;
    if (len > 0)
        memcpy(undo.bytes, data, len);
    undo.len = (sig_atomic_t)len;
    return 0;
}

/* Who does not read in time is left to the guardian, if there is one: it can wait. */
static void write_undo(void)
{
    sig_atomic_t len = undo.len;
    struct pollfd p = {.fd = undo.fd, .events = POLLOUT};
    undo.len = 0;
    if (len == 0)
        return;
    bool is_ours = tcgetpgrp(undo.fd) == getpgrp(), is_written = false;
    if (is_ours && poll(&p, 1, UNDO_MS) > 0)
        is_written = write(undo.fd, undo.bytes, (size_t)len) == (ssize_t)len;
    if (is_written || !is_ours)
        clnrm_guardian_disarm();
}

int clnrm_term_raw_keys(int fd, bool whole)
{
    struct termios now;
    if (tcgetattr(fd, &now) != 0)
        return -errno;
    if (!guard.is_saved || tcgetpgrp(fd) != getpgrp())
        return -EPERM;
    now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    if (whole)
        cfmakeraw(&now);
    now.c_cc[VMIN] = 1;
    now.c_cc[VTIME] = 0;
    if (tcsetattr(fd, TCSANOW, &now) < 0)
        return -errno;
    guard.is_raw = 1;
    return 0;
}

bool clnrm_term_attributes(struct termios *out)
{
    if (guard.is_saved)
        *out = guard.attributes;
    return guard.is_saved;
}

int clnrm_term_give(int fd, pid_t group)
{
    sigset_t stop, before;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTTOU); /* who takes it back is in the background */
    pthread_sigmask(SIG_BLOCK, &stop, &before);
    int status = tcsetpgrp(fd, group > 0 ? group : getpgrp()) < 0 ? -errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

void clnrm_term_restore(void)
{
    struct termios now;
    write_undo();
    guard.is_raw = 0;
    if (!guard.is_saved || tcgetattr(guard.fd, &now) != 0 ||
        same_attributes(&now, &guard.attributes))
        return;
    if (tcgetpgrp(guard.fd) == getpgrp()) /* else the kernel would stop us with SIGTTOU */
        tcsetattr(guard.fd, TCSANOW, &guard.attributes);
}

static void on_fatal(int number)
{
    clnrm_term_restore();
    for (int i = 0; i < FATAL_COUNT; i++)
        if (fatal[i] == number)
            sigaction(number, &guard.before[i], NULL);
    raise(number); /* delivered when this handler returns, to whom it was for */
}

static void install(void)
{
    struct sigaction action = {.sa_handler = on_fatal};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < FATAL_COUNT; i++)
        sigaction(fatal[i], &action, &guard.before[i]);
    atexit(clnrm_term_restore);
    guard.is_installed = true;
}

bool clnrm_term_guard(void)
{
    static const int candidates[] = {STDERR_FILENO, STDOUT_FILENO, STDIN_FILENO};
    if (guard.is_saved && guard.is_raw)
        return true;
    for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
        guard.is_saved = 0;
        if (tcgetattr(candidates[i], &guard.attributes) != 0)
            continue;
        guard.fd = candidates[i];
        guard.is_saved = 1;
        if (!guard.is_installed)
            install();
        return true;
    }
    return false;
}
