/* harness.c -- around every C test: fails it when it leaves descriptors or another directory.
 *
 * Linked into each program of tests/c with --wrap, so no test has to ask for it.  An open libuv loop
 * or handle shows as a descriptor; live memory is found by the address variant. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <uv.h>

enum { FDS_MAX = 1024, PATH_SIZE = 4096 };

int __real__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);
int __wrap__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);

static const struct CMUnitTest *current; /* tests run in the order of their table */
static char cwd[PATH_SIZE];
static unsigned char fds[FDS_MAX];

static void list_fds(unsigned char *open_fds)
{
    memset(open_fds, 0, FDS_MAX);
    DIR *dir = opendir("/proc/self/fd");
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        int fd = atoi(entry->d_name);
        if (entry->d_name[0] != '.' && fd != dirfd(dir) && fd < FDS_MAX)
            open_fds[fd] = 1;
    }
    closedir(dir);
}

static int before(void **state)
{
    if (!getcwd(cwd, sizeof(cwd)))
        return -1;
    list_fds(fds);
    return current->setup_func ? current->setup_func(state) : 0;
}

static int report_leaks(void)
{
    char now[PATH_SIZE], target[PATH_SIZE], link[64];
    unsigned char open_fds[FDS_MAX];
    int leaks = 0;
    if (!getcwd(now, sizeof(now)) || strcmp(now, cwd) != 0) {
        fprintf(stderr, "%s: changed the working directory\n", current->name);
        leaks = chdir(cwd) == 0 ? 1 : 2;
    }
    list_fds(open_fds);
    for (int fd = 0; fd < FDS_MAX; fd++) {
        if (!open_fds[fd] || fds[fd])
            continue;
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, target, sizeof(target) - 1);
        fprintf(stderr, "%s: left descriptor %d open: %.*s\n", current->name, fd,
                (int)(n > 0 ? n : 0), target);
        leaks++;
    }
    return leaks;
}

static int after(void **state)
{
    int status = current->teardown_func ? current->teardown_func(state) : 0;
    int leaks = report_leaks();
    current++;
    return leaks ? -1 : status;
}

int __wrap__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown)
{
    struct CMUnitTest *wrapped = calloc(count, sizeof(*wrapped));
    uv_loop_t loop; /* libuv opens a pipe of its own with the first loop and keeps it */
    if (!wrapped || uv_loop_init(&loop) != 0)
        abort();
    uv_loop_close(&loop);
    for (size_t i = 0; i < count; i++) {
        wrapped[i] = tests[i];
        wrapped[i].setup_func = before;
        wrapped[i].teardown_func = after;
    }
    current = tests;
    int failed = __real__cmocka_run_group_tests(name, wrapped, count, setup, teardown);
    free(wrapped);
    return failed;
}
