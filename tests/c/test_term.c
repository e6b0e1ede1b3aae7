/* test_term.c -- core/term.h: writes that say why they failed, width, UTF-8, attributes given back. */
#include "base/base.h"
#include "core/term.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include <cmocka.h>

static void test_write_reports_closed_reader(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    assert_true(clnrm_term_is_heard(fds[1]));
    close(fds[0]);
    assert_false(clnrm_term_is_heard(fds[1]));
    size_t written = 0;
    assert_int_equal(clnrm_term_write(fds[1], "x", 1), -EPIPE);
    assert_int_equal(clnrm_term_write_some(fds[1], "x", 1, &written), -EPIPE);
    assert_int_equal(written, 0);
    close(fds[1]);
}

static void test_write_reports_full_disk_and_closed_descriptor(void **state)
{
    (void)state;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_int_equal(clnrm_term_write(fd, "x", 1), -ENOSPC);
    close(fd);
    assert_int_equal(clnrm_term_write(fd, "x", 1), -EBADF);
    assert_int_equal(clnrm_term_write(fd, "", 0), 0);
}

static void test_write_some_stops_at_a_full_pipe(void **state)
{
    (void)state;
    static char bytes[1 << 20];
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    size_t written = 0;
    assert_int_equal(clnrm_term_write_some(fds[1], bytes, sizeof(bytes), &written), 0);
    assert_true(written >= 4096 && written < sizeof(bytes));
    size_t first = written;
    assert_int_equal(clnrm_term_write_some(fds[1], bytes, sizeof(bytes), &written), 0);
    assert_int_equal(written, first);
    assert_false(fcntl(fds[1], F_GETFL) & O_NONBLOCK);
    close(fds[0]);
    close(fds[1]);
}

static void test_write_waits_for_a_slow_reader(void **state)
{
    (void)state;
    enum { SIZE = 300000 };
    static char bytes[SIZE];
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) { /* reads all, slowly at first */
        close(fds[1]);
        size_t total = 0;
        ssize_t n;
        usleep(20000);
        while ((n = read(fds[0], bytes, 5000)) > 0)
            total += (size_t)n;
        _exit(total == SIZE ? 0 : 1);
    }
    close(fds[0]);
    assert_int_equal(clnrm_term_write(fds[1], bytes, SIZE), 0);
    close(fds[1]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_width(void **state)
{
    (void)state;
    int master, slave;
    struct winsize size = {.ws_row = 24, .ws_col = 131};
    assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
    unsetenv("COLUMNS");
    assert_int_equal(clnrm_term_width(slave), 131);
    setenv("COLUMNS", "33", 1);
    assert_int_equal(clnrm_term_width(slave), 33);
    static const char *const odd[] = {"", "0", "-5", "8x", "99999999999999999999", "20000"};
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        setenv("COLUMNS", odd[i], 1);
        assert_int_equal(clnrm_term_width(slave), 131);
    }
    unsetenv("COLUMNS");
    size.ws_col = 0;
    ioctl(slave, TIOCSWINSZ, &size);
    assert_int_equal(clnrm_term_width(slave), 80);
    assert_true(clnrm_term_is_tty(slave));
    close(master);
    close(slave);
    assert_int_equal(clnrm_term_width(slave), 80);
    assert_false(clnrm_term_is_tty(slave));
}

static void set_locale(const char *all, const char *ctype, const char *lang)
{
    setenv("LC_ALL", all, 1);
    setenv("LC_CTYPE", ctype, 1);
    setenv("LANG", lang, 1);
}

static void test_utf8_by_the_first_variable_that_is_set(void **state)
{
    (void)state;
    set_locale("", "", "en_US.UTF-8");
    assert_true(clnrm_term_is_utf8());
    set_locale("C", "", "en_US.UTF-8");
    assert_false(clnrm_term_is_utf8());
    set_locale("", "C.utf8", "C");
    assert_true(clnrm_term_is_utf8());
    set_locale("", "", "de_DE.ISO-8859-1@euro");
    assert_false(clnrm_term_is_utf8());
    set_locale("", "", "");
    assert_false(clnrm_term_is_utf8());
}

/* Runs `end` in a child whose terminal is a pty that it has made raw after guarding it; returns
 * whether echo is on again afterwards. */
static bool echo_comes_back(void (*end)(void), int *status)
{
    int master, slave;
    assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
    pid_t child = fork();
    if (child == 0) {
        login_tty(slave);
        bool is_guarded = clnrm_term_guard();
        struct termios raw;
        tcgetattr(0, &raw);
        cfmakeraw(&raw);
        tcsetattr(0, TCSANOW, &raw);
        if (is_guarded)
            end();
        _exit(99);
    }
    waitpid(child, status, 0);
    struct termios after;
    assert_int_equal(tcgetattr(slave, &after), 0);
    close(master);
    close(slave);
    return after.c_lflag & ECHO;
}

static void end_by_exit(void)
{
    exit(5);
}

static void end_by_quit(void)
{
    raise(SIGQUIT);
}

static void end_at_once(void)
{
    _exit(6);
}

static void test_attributes_come_back(void **state)
{
    (void)state;
    int status;
    assert_true(echo_comes_back(end_by_exit, &status));
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 5);
    assert_true(echo_comes_back(end_by_quit, &status));
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGQUIT);
    assert_false(echo_comes_back(end_at_once, &status)); /* the test can tell */
}

/* A pty takes some of a write and then nothing; only a description of our own tells at once. */
static void test_a_reopened_terminal_never_waits(void **state)
{
    (void)state;
    static char bytes[1 << 20];
    int master, slave;
    assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
    int own = clnrm_term_reopen(slave, O_WRONLY);
    assert_true(own >= 0);
    assert_true(fcntl(own, F_GETFL) & O_NONBLOCK);
    assert_false(fcntl(slave, F_GETFL) & O_NONBLOCK);
    size_t written = 0;
    alarm(20); /* a write that waits would do so for ever */
    assert_int_equal(clnrm_term_write_some(own, bytes, sizeof(bytes), &written), 0);
    alarm(0);
    assert_true(written < sizeof(bytes));
    close(own);
    close(slave);
    close(master);
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(clnrm_term_reopen(fds[1], O_WRONLY), -ENOTTY);
    close(fds[0]);
    close(fds[1]);
}

static void end_with_keys_and_a_region(void)
{
    if (clnrm_term_raw_keys(0, false) == 0 && clnrm_term_undo(1, "gone", 4) == 0)
        raise(SIGQUIT);
}

static void test_keys_and_region_are_undone_by_a_fatal_signal(void **state)
{
    (void)state;
    int master, slave, status;
    assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
    pid_t child = fork();
    if (child == 0) {
        login_tty(slave);
        clnrm_term_guard();
        end_with_keys_and_a_region();
        _exit(99);
    }
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGQUIT);
    struct termios after;
    assert_int_equal(tcgetattr(slave, &after), 0);
    assert_true(after.c_lflag & ECHO && after.c_lflag & ICANON);
    char shown[16] = "";
    assert_int_equal(read(master, shown, sizeof(shown) - 1), 4);
    assert_string_equal(shown, "gone");
    static char too_long[CLNRM_TERM_UNDO_MAX + 1];
    assert_int_equal(clnrm_term_undo(1, too_long, sizeof(too_long)), -E2BIG);
    assert_int_equal(clnrm_term_raw_keys(slave, false),
                     -EPERM); /* not guarded, not its foreground */
    close(master);
    close(slave);
}

static void test_closed_standard_descriptors_are_filled(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        close(0);
        close(1);
        close(2);
        clnrm_term_fill_standard();
        char c;
        bool ok = read(0, &c, 1) < 0 && errno == EBADF;
        ok = ok && clnrm_term_write(1, "x", 1) == -EBADF && clnrm_term_write(2, "x", 1) == -EBADF;
        _exit(ok && open("/dev/null", O_RDONLY) > 2 ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write_reports_closed_reader),
        cmocka_unit_test(test_write_reports_full_disk_and_closed_descriptor),
        cmocka_unit_test(test_write_some_stops_at_a_full_pipe),
        cmocka_unit_test(test_write_waits_for_a_slow_reader),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_utf8_by_the_first_variable_that_is_set),
        cmocka_unit_test(test_attributes_come_back),
        cmocka_unit_test(test_a_reopened_terminal_never_waits),
        cmocka_unit_test(test_keys_and_region_are_undone_by_a_fatal_signal),
        cmocka_unit_test(test_closed_standard_descriptors_are_filled),
    };
    return cmocka_run_group_tests_name("term", tests, NULL, NULL);
}
