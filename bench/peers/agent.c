/* agent.c -- the least a room's PID 1 can be: runs one command, reaps, exits with its status.
 *
 * The peer of a room: `bwrap ... --as-pid-1 agent true`.  Static, like the agent of clnrm, but with
 * no frames, no limits, no filter of system calls and no capture of output: a lower bound. */
#include <spawn.h>
#include <stddef.h>
#include <sys/wait.h>

extern char **environ;

int main(int argc, char **argv)
{
    pid_t pid, done;
    int status = 0, exit_status = 1;
    if (argc < 2 || posix_spawnp(&pid, argv[1], NULL, NULL, argv + 1, environ) != 0)
        return 127;
    while ((done = waitpid(-1, &status, 0)) > 0)
        if (done == pid) {
            exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            break;
        }
    return exit_status;
}
