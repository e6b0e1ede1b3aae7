/* witness -- the one program of an image: says what it was started with, and which signal it got.
 *
 * usage: witness ...          says all that it knows of itself, then "ready", then waits for a signal
 *        witness once ...     says it and ends
 *        witness slowly ...   takes half a second over the signal
 *
 * One thing a line; what is no printing character is written as \xHH. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static void say(const char *what, const char *text)
{
    printf("%s ", what);
    for (; *text; text++)
        if (*text < ' ' || *text > '~' || *text == '\\')
            printf("\\x%02x", (unsigned char)*text);
        else
            putchar(*text);
    putchar('\n');
}

static void say_status(void)
{
    static const char *const names[] = {"Groups:", "NoNewPrivs:", "CapBnd:", "Seccomp:"};
    char line[256];
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (strncmp(line, names[i], strlen(names[i])) == 0)
                fputs(line, stdout);
    if (f)
        fclose(f);
}

int main(int argc, char **argv)
{
    char cwd[4096];
    sigset_t all;
    int got = 0;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    for (int i = 0; i < argc; i++)
        say("arg", argv[i]);
    for (char **entry = environ; *entry; entry++)
        say("env", *entry);
    printf("uid %d %d gid %d %d pid %d\n", getuid(), geteuid(), getgid(), getegid(), getpid());
    say("cwd", getcwd(cwd, sizeof cwd) ? cwd : "none");
    printf("tty %d %d\n", isatty(0), isatty(1));
    say_status();
    puts("ready");
    fflush(stdout);
    if (argc > 1 && strcmp(argv[1], "once") == 0)
        return 0;
    sigwait(&all, &got);
    if (argc > 1 && strcmp(argv[1], "slowly") == 0)
        usleep(500000);
    printf("signal %d\n", got);
    return 0;
}
