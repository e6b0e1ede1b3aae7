/* signal.c -- see signal.h for the contract. */
#include "core/signal.h"
#include "base/base.h"
#include "core/term.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

static const struct {
    const char *name;
    int number;
} table[] = {{"SIGHUP", SIGHUP},   {"SIGINT", SIGINT},    {"SIGTERM", SIGTERM},
             {"SIGTSTP", SIGTSTP}, {"SIGCONT", SIGCONT},  {"SIGUSR1", SIGUSR1},
             {"SIGUSR2", SIGUSR2}, {"SIGWINCH", SIGWINCH}};

enum { TABLE_SIZE = sizeof(table) / sizeof(table[0]) };

static volatile sig_atomic_t leave_codes[NSIG]; /* what leave_on() asked for */
static volatile sig_atomic_t late;              /* the first signal after finish() */

enum { SHELL_BASE = 128 }; /* a shell tells an end by a signal as this and its number */

struct clnrm_signals {
    uv_signal_t handles[CLNRM_SIGNALS_MAX];
    int count, open_handles;
    int queue[CLNRM_SIGNALS_MAX], queued; /* noted and not taken, in order */
    clnrm_signals_cb *on_signal;
    void *data;
};

int clnrm_signals_number(const char *name)
{
    for (int i = 0; i < TABLE_SIZE; i++)
        if (strcmp(table[i].name, name) == 0)
            return table[i].number;
    return 0;
}

const char *clnrm_signals_name(int number)
{
    for (int i = 0; i < TABLE_SIZE; i++)
        if (table[i].number == number)
            return table[i].name;
    return NULL;
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct clnrm_signals *s = handle->data;
    for (int i = 0; i < s->queued; i++)
        if (s->queue[i] == number)
            return;
    s->queue[s->queued++] = number;
    s->on_signal(s->data);
}

static void on_closed(uv_handle_t *handle)
{
    struct clnrm_signals *s = handle->data;
    if (--s->open_handles == 0)
        free(s);
}

static int add(uv_loop_t *loop, struct clnrm_signals *s, int number)
{
    uv_signal_t *handle = &s->handles[s->count];
    int status = uv_signal_init(loop, handle);
    if (status < 0)
        return status;
    handle->data = s;
    s->count++;
    s->open_handles++;
    status = uv_signal_start(handle, on_signal, number);
    uv_unref((uv_handle_t *)handle);
    return status;
}

bool clnrm_signals_is_ignored(int number)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

int clnrm_signals_open(uv_loop_t *loop, const int *numbers, int count, clnrm_signals_cb *callback,
                       void *data, struct clnrm_signals **out)
{
    if (count > CLNRM_SIGNALS_MAX)
        return -E2BIG;
    struct clnrm_signals *s = clnrm_xcalloc(sizeof(*s));
    s->on_signal = callback;
    s->data = data;
    for (int i = 0; i < count; i++) {
        int status = add(loop, s, numbers[i]);
        if (status < 0) {
            clnrm_signals_close(s);
            return status;
        }
    }
    *out = s;
    return 0;
}

int clnrm_signals_take(struct clnrm_signals *s)
{
    if (s->queued == 0)
        return 0;
    int number = s->queue[0];
    memmove(s->queue, s->queue + 1, (size_t)--s->queued * sizeof(s->queue[0]));
    return number;
}

void clnrm_signals_keep_alive(struct clnrm_signals *s, int is_awaited)
{
    for (int i = 0; i < s->count; i++) {
        if (is_awaited)
            uv_ref((uv_handle_t *)&s->handles[i]);
        else
            uv_unref((uv_handle_t *)&s->handles[i]);
    }
}

static uv_signal_t *find(struct clnrm_signals *s, int number)
{
    for (int i = 0; i < s->count; i++)
        if (s->handles[i].signum == number)
            return &s->handles[i];
    return NULL;
}

int clnrm_signals_raise(struct clnrm_signals *s, int number)
{
    if (!find(s, number))
        return -EINVAL;
    struct sigaction standard = {.sa_handler = SIG_DFL}, before; /* whoever else has it open */
    sigemptyset(&standard.sa_mask);
    if (sigaction(number, &standard, &before) < 0)
        return -errno;
    int status = kill(getpid(), number) < 0 ? -errno : 0;
    sigaction(number, &before, NULL);
    return status;
}

static void leave(int number)
{
    clnrm_term_restore();
    _exit(leave_codes[number]);
}

int clnrm_signals_leave_on(struct clnrm_signals *s, int number, int exit_code)
{
    uv_signal_t *handle = find(s, number);
    if (!handle)
        return -EINVAL;
    uv_signal_stop(handle);
    leave_codes[number] = exit_code;
    struct sigaction action = {.sa_handler = leave};
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, NULL) < 0 ? -errno : 0;
}

void clnrm_signals_close(struct clnrm_signals *s)
{
    if (s->count == 0) {
        free(s);
        return;
    }
    for (int i = 0; i < s->count; i++)
        uv_close((uv_handle_t *)&s->handles[i], on_closed);
}

static void note_late(int number)
{
    if (number == SIGUSR1)
        return;
    if (late) {
        leave_codes[number] = SHELL_BASE + number;
        leave(number);
    }
    late = number;
}

static bool is_told_late(int number)
{
    return number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGUSR1;
}

void clnrm_signals_finish(struct clnrm_signals *s)
{
    int numbers[CLNRM_SIGNALS_MAX], count = 0;
    sigset_t all, before;
    sigfillset(&all);
    for (int i = 0; i < s->count; i++)
        numbers[count++] = s->handles[i].signum; /* 0: leave_on() has stopped it */
    pthread_sigmask(SIG_BLOCK, &all, &before);   /* none comes between the two handlers */
    clnrm_signals_close(s);
    for (int i = 0; i < count; i++) {
        struct sigaction now, action = {.sa_handler = note_late, .sa_flags = SA_RESTART};
        sigemptyset(&action.sa_mask);
        if (is_told_late(numbers[i]) && sigaction(numbers[i], NULL, &now) == 0 &&
            now.sa_handler == SIG_DFL)
            sigaction(numbers[i], &action, NULL);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int clnrm_signals_late_code(void)
{
    return late ? SHELL_BASE + late : 0;
}
