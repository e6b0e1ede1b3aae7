/* agent_start.c -- starts the agent's program, which clnrm carries inside itself. */
#include "core/agent_image.h"
#include "core/agent_impl.h"
#include "core/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AGENT_FD = 3 };

static int write_image(int fd)
{
    for (size_t at = 0; at < clnrm_agent_image_size;) {
        ssize_t n = write(fd, clnrm_agent_image + at, clnrm_agent_image_size - at);
        if (n < 0)
            return -errno;
        at += (size_t)n;
    }
    return fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0
               ? -errno
               : 0;
}

/* The program as a sealed file in memory: made once, and nobody can change it. */
static int open_image(void)
{
    static int image = -1;
    if (image >= 0)
        return image;
    if (clnrm_agent_image_size == 0)
        return -ENOEXEC; /* built without an agent */
    int fd = memfd_create("clnrm-agent", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -errno;
    int status = write_image(fd);
    if (status < 0) {
        close(fd);
        return status;
    }
    return image = fd;
}

static int start(int image, int socket, pid_t *pid)
{
    static const char *const argv[] = {"clnrm-agent", NULL}, *const env[] = {NULL};
    enum clnrm_spawn_stage stage;
    const struct clnrm_spawn spawn = {
        .argv = argv,
        .env = env,
        .cwd = "/",
        .exec_fd = image,
        .fds = {-1, -1, -1, socket},
        .fd_count = AGENT_FD + 1,
        .new_session = true,
    };
    return clnrm_spawn(&spawn, pid, &stage);
}

int clnrm_agent_attach(uv_loop_t *loop, int fd, struct clnrm_slice frames,
                       clnrm_agent_cb *on_change, void *data, struct clnrm_agent **out)
{
    fcntl(fd, F_SETFL, O_NONBLOCK);
    int status = clnrm_agent_new(loop, fd, frames, on_change, data, out);
    if (status < 0)
        close(fd);
    return status;
}

int clnrm_agent_open(uv_loop_t *loop, struct clnrm_slice frames, clnrm_agent_cb *on_change,
                     void *data, struct clnrm_agent **out)
{
    int ends[2], image = open_image();
    pid_t pid;
    struct clnrm_agent *a;
    if (image < 0)
        return image;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return -errno;
    int status = start(image, ends[1], &pid);
    close(ends[1]);
    if (status < 0) {
        close(ends[0]);
        return status;
    }
    status = clnrm_agent_attach(loop, ends[0], frames, on_change, data, &a);
    if (status == 0) {
        status = clnrm_agent_watch(a, pid);
        if (status < 0)
            clnrm_agent_release(a);
    }
    if (status < 0) {
        kill(-pid, SIGKILL);
        waitpid(pid, NULL, 0);
        return status;
    }
    *out = a;
    return 0;
}
