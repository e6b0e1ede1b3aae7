/* agent_join.c -- rooms that others made: the way to the agent in them. */
#include "core/agent_image.h"
#include "core/agent_impl.h"
#include "core/encoding.h"
#include "core/fs.h"
#include "core/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

pid_t clnrm_agent_peer(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 ? 0 : peer.pid;
}

/* Where this host's operations begin: a kept room knows the numbers of those before. */
static uint32_t random_id(void)
{
    uint32_t id = 0;
    if (getrandom(&id, sizeof(id), GRND_NONBLOCK) != (ssize_t)sizeof(id))
        id = (uint32_t)uv_hrtime();
    return 1 + id % (CLNRM_FRAME_AGENT_ID / 2);
}

int clnrm_agent_join(uv_loop_t *loop, int fd, const struct clnrm_agent_guest *guest,
                     clnrm_agent_cb *on_change, void *data, struct clnrm_agent **out)
{
    struct clnrm_slice key = guest->key;
    struct clnrm_buf frames = {.max = CLNRM_FRAME_HEADER + 4 + CLNRM_KEY_MAX + guest->frames.len};
    struct clnrm_slice answer = clnrm_key_answer(key);
    struct clnrm_agent *a;
    int status = key.len < CLNRM_KEY_MIN || key.len > CLNRM_KEY_MAX ? -EINVAL : 0;
    if (status == 0)
        status = clnrm_join_write(clnrm_key_ask(key), &frames);
    if (status == 0)
        status = clnrm_buf_add(&frames, guest->frames.data, guest->frames.len);
    if (status < 0)
        close(fd);
    else
        status = clnrm_agent_attach(loop, fd, (struct clnrm_slice){frames.data, frames.len},
                                    on_change, data, &a);
    clnrm_buf_free(&frames);
    if (status < 0)
        return status;
    a->is_guest = true;
    a->next_id = random_id();
    a->pid = guest->pid > 0 ? (uint32_t)guest->pid : 0;
    memcpy(a->answer, answer.data, answer.len);
    a->answer_len = answer.len;
    a->due_ms = clnrm_agent_in_ms(a, guest->timeout_ms);
    clnrm_agent_arm(a, a->due_ms);
    *out = a;
    return 0;
}

/* The search */

struct clnrm_agent_search {
    uv_loop_t *loop;
    uv_timer_t timer;
    int folder; /* of the socket: its name may be too long for an address */
    char name[CLNRM_FS_NAME_MAX], *path;
    uint64_t until_ms;
    int result;
    clnrm_agent_cb *on_change;
    void *data;
};

/* Opens the folder of the socket, which may not be there yet. */
static int open_folder(struct clnrm_agent_search *s)
{
    const struct clnrm_fs_place at = {.dir = AT_FDCWD, .path = s->path};
    return s->folder >= 0 ? 0 : clnrm_fs_parent(&at, &s->folder, s->name);
}

/* Opens the socket itself, or says what lies in its place: the folder may be another's to write to,
 * and a link there would lead to any socket of this machine. */
static int open_socket(int folder, const char *name)
{
    struct stat st;
    int status = 0, fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0)
        status = -errno;
    else if (!S_ISSOCK(st.st_mode))
        status = S_ISLNK(st.st_mode) ? -ELOOP : -ENOTSOCK;
    if (status < 0)
        close(fd);
    return status < 0 ? status : fd;
}

static int try_once(struct clnrm_agent_search *s)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int status = open_folder(s);
    if (status < 0)
        return status;
    int place = open_socket(s->folder, s->name);
    if (place < 0)
        return place;
    snprintf(to.sun_path, sizeof(to.sun_path), "/proc/self/fd/%d", place);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    status = fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? -errno : fd;
    if (status < 0 && fd >= 0)
        close(fd);
    close(place);
    return status;
}

/* What may be otherwise in a moment. */
static bool may_come(int status)
{
    return status == -ENOENT || status == -ECONNREFUSED || status == -EAGAIN || status == -EINTR;
}

static void on_search_timer(uv_timer_t *timer)
{
    struct clnrm_agent_search *s = timer->data;
    int status = try_once(s);
    if (may_come(status) && uv_now(s->loop) < s->until_ms)
        return;
    s->result = status == -EAGAIN ? -ECONNREFUSED : status;
    uv_timer_stop(timer);
    s->on_change(s->data);
}

int clnrm_agent_search(uv_loop_t *loop, const char *path, unsigned timeout_ms,
                       clnrm_agent_cb *on_change, void *data, struct clnrm_agent_search **out)
{
    struct clnrm_agent_search *s = clnrm_xcalloc(sizeof(*s));
    *s = (struct clnrm_agent_search){.loop = loop,
                                     .folder = -1,
                                     .path = clnrm_xstrdup(path),
                                     .result = -EAGAIN,
                                     .on_change = on_change,
                                     .data = data};
    uv_timer_init(loop, &s->timer);
    s->timer.data = s;
    uv_update_time(loop);
    s->until_ms = uv_now(loop) + timeout_ms;
    uv_timer_start(&s->timer, on_search_timer, 0, 1);
    *out = s;
    return 0;
}

int clnrm_agent_search_take(struct clnrm_agent_search *s)
{
    int result = s->result;
    if (result >= 0)
        s->result = -EBADF; /* it is given away */
    return result;
}

static void on_search_closed(uv_handle_t *handle)
{
    struct clnrm_agent_search *s = handle->data;
    free(s->path);
    free(s);
}

void clnrm_agent_search_release(struct clnrm_agent_search *s)
{
    if (!s)
        return;
    if (s->result >= 0)
        close(s->result);
    if (s->folder >= 0)
        close(s->folder);
    uv_close((uv_handle_t *)&s->timer, on_search_closed);
}

/* The door */

int clnrm_agent_door(const char *path)
{
    const struct clnrm_fs_place at = {.dir = AT_FDCWD, .path = path};
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    char leaf[CLNRM_FS_NAME_MAX];
    int folder, fd = -1, status = clnrm_fs_parent(&at, &folder, leaf);
    if (status < 0)
        return status;
    int n = snprintf(name.sun_path, sizeof(name.sun_path), "/proc/self/fd/%d/%s", folder, leaf);
    status = n < 0 || (size_t)n >= sizeof(name.sun_path) ? -ENAMETOOLONG : 0;
    if (status == 0)
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask = umask(0177);
    if (status == 0 &&
        (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 || listen(fd, 4) < 0))
        status = errno == EADDRINUSE ? -EEXIST : -errno;
    umask(mask);
    close(folder);
    if (status < 0 && fd >= 0)
        close(fd);
    return status < 0 ? status : fd;
}

/* The file */

/* Whether the file is what it is named after, and nobody else could have changed it. */
static bool is_right(const char *path)
{
    const struct clnrm_fs_place at = {.dir = AT_FDCWD, .path = path};
    struct clnrm_buf content = {.max = clnrm_agent_image_size + 1};
    struct stat st;
    bool ours = lstat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 07777) == 0555 &&
                (st.st_uid == geteuid() || st.st_uid == 0);
    bool right = ours && clnrm_fs_read(&at, true, &content) == 0 &&
                 content.len == clnrm_agent_image_size &&
                 memcmp(content.data, clnrm_agent_image, content.len) == 0;
    clnrm_buf_free(&content);
    return right;
}

int clnrm_agent_file(const char *dir, char *path, size_t size)
{
    const struct clnrm_slice image = {(const char *)clnrm_agent_image, clnrm_agent_image_size};
    const struct clnrm_fs_place at = {.dir = AT_FDCWD, .path = path};
    struct clnrm_digest digest;
    struct clnrm_buf hex = {.max = 2 * CLNRM_HASH_SIZE_MAX};
    if (image.len == 0)
        return -ENOEXEC; /* built without an agent */
    int status = clnrm_hash_bytes(CLNRM_HASH_XXH128, image, &digest);
    if (status == 0)
        status =
            clnrm_hex_print((struct clnrm_slice){(const char *)digest.bytes, digest.len}, &hex);
    if (status == 0) {
        int n = snprintf(path, size, "%s/clnrm-agent-%.*s", dir, (int)hex.len, hex.data);
        status = n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
    }
    clnrm_buf_free(&hex);
    if (status < 0 || is_right(path))
        return status;
    return clnrm_fs_write_atomic(&at, image, 0555, false);
}
