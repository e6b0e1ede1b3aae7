/* room_attach.c -- core.room.attach and core.room.agent_file: rooms that others made. */
#include "bind/room.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TIMEOUT_MS = 20000, TIMEOUT_MAX_MS = 24 * 3600 * 1000 };

static int fail_search(lua_State *L, int reason)
{
    lua_getfield(L, 1, "path");
    lua_getfield(L, 1, "timeout_ms");
    const char *path = lua_tostring(L, -2);
    bool waited = reason == -ENOENT || reason == -ECONNREFUSED;
    if (!waited)
        return clnrm_failf(L, "room.attach", clnrm_code(reason), "%s: %s", path,
                           clnrm_reason(reason));
    return clnrm_failf(L, "room.attach", "EAGENT", "no agent listens at %s after %d ms: %s", path,
                       (int)luaL_optinteger(L, -1, TIMEOUT_MS), clnrm_reason(reason));
}

/* With a connection: checks who is there, and joins.  The room is at 2. */
static int join(lua_State *L, struct clnrm_room_ud *ud, int fd, bool is_found)
{
    struct clnrm_agent_guest guest = {
        .timeout_ms = (unsigned)clnrm_opt_integer(L, 1, "timeout_ms", TIMEOUT_MS)};
    guest.key.data = clnrm_opt_text(L, 1, "key", "", &guest.key.len);
    lua_Integer pid = clnrm_opt_integer(L, 1, "pid", 0);
    pid_t peer =
        is_found ? clnrm_agent_peer(fd) : 0; /* else who made the pair, which says nothing */
    if (pid != 0 && pid != peer) {
        close(fd);
        return clnrm_failf(L, "room.attach", "EAGENT",
                           "it is process %d that listens there, not %d", (int)peer, (int)pid);
    }
    guest.pid = peer;
    if (lua_getfield(L, 1, "image") != LUA_TNIL) /* which the table holds */
        guest.frames = clnrm_room_frames(L, -1);
    lua_pop(L, 1);
    int status = clnrm_agent_join(clnrm_loop(L), fd, &guest, clnrm_room_on_change, ud, &ud->core);
    if (status < 0)
        return clnrm_fail(L, "room.attach", status);
    return clnrm_waiters_wait(L, &ud->waiters, clnrm_room_after_open, (lua_KContext)ud);
}

static int after_search(lua_State *L, int status, lua_KContext ctx) /* stack: options room */
{
    struct clnrm_room_ud *ud = (struct clnrm_room_ud *)ctx;
    clnrm_waiters_done(L);
    if (status < 0) {
        clnrm_room_release(ud);
        return clnrm_fail(L, "room.attach", status);
    }
    int fd = clnrm_agent_search_take(ud->search);
    if (fd == -EAGAIN)
        return clnrm_waiters_wait(L, &ud->waiters, after_search, ctx);
    clnrm_agent_search_release(ud->search);
    ud->search = NULL;
    return fd < 0 ? fail_search(L, fd) : join(L, ud, fd, true);
}

/* A copy of the caller's descriptor, which must be a stream socket. */
static int copy_socket(lua_Integer number)
{
    int type = 0;
    socklen_t len = sizeof(type);
    if (number < 3 || number > INT_MAX)
        return -EBADF;
    if (getsockopt((int)number, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
        return -errno;
    if (type != SOCK_STREAM)
        return -ENOTSOCK;
    int fd = fcntl((int)number, F_DUPFD_CLOEXEC, 3);
    return fd < 0 ? -errno : fd;
}

/* attach{path|fd, key, timeout_ms, pid, image} -> room | nil, err.  Parks the calling task. */
int clnrm_room_attach(lua_State *L)
{
    static const char *const names[] = {"path", "fd", "key", "timeout_ms", "pid", "image", NULL};
    size_t len;
    lua_settop(L, 1);
    luaL_checktype(L, 1, LUA_TTABLE);
    clnrm_opt_check(L, 1, names);
    const char *path = clnrm_opt_text(L, 1, "path", NULL, NULL);
    lua_Integer number = clnrm_opt_integer(L, 1, "fd", -1);
    lua_Integer timeout = clnrm_opt_integer(L, 1, "timeout_ms", TIMEOUT_MS);
    clnrm_opt_text(L, 1, "key", "", &len);
    luaL_argcheck(L, (path != NULL) != (number != -1), 1, "either option 'path' or 'fd' is needed");
    luaL_argcheck(L, len >= CLNRM_KEY_MIN && len <= CLNRM_KEY_MAX, 1,
                  "option 'key' must have 32 to 256 bytes");
    luaL_argcheck(L, timeout > 0 && timeout <= TIMEOUT_MAX_MS, 1,
                  "option 'timeout_ms' is out of range");
    if (lua_getfield(L, 1, "image") != LUA_TNIL)
        clnrm_room_frames(L, -1);
    lua_settop(L, 1);
    luaL_argcheck(L, clnrm_opt_integer(L, 1, "pid", 0) == 0 || path, 1,
                  "option 'pid' goes with 'path' only");
    struct clnrm_room_ud *ud = clnrm_newobject(L, CLNRM_ROOM, sizeof(*ud));
    if (!path) {
        int fd = copy_socket(number);
        return fd < 0 ? clnrm_fail(L, "room.attach", fd) : join(L, ud, fd, false);
    }
    int status = clnrm_agent_search(clnrm_loop(L), path, (unsigned)timeout, clnrm_room_on_change,
                                    ud, &ud->search);
    if (status < 0)
        return clnrm_fail(L, "room.attach", status);
    return clnrm_waiters_wait(L, &ud->waiters, after_search, (lua_KContext)ud);
}

/* agent_file(dir) -> path | nil, err */
int clnrm_room_agent_file(lua_State *L)
{
    char path[PATH_MAX];
    int status = clnrm_agent_file(luaL_checkstring(L, 1), path, sizeof(path));
    if (status < 0)
        return clnrm_fail(L, "room.agent_file", status);
    lua_pushstring(L, path);
    return 1;
}
