/* room_process.c -- commands in rooms as Lua objects: core.room.process. */
#include "bind/cgroup.h"
#include "bind/output.h"
#include "bind/room.h"

#include <errno.h>
#include <stdlib.h>

struct process_ud {
    struct clnrm_agent_op *core;  /* NULL once closed */
    struct clnrm_waiters waiters; /* for its start, its end, more output, input that was taken */
};

static void on_change(void *data)
{
    struct process_ud *ud = data;
    clnrm_waiters_wake(&ud->waiters, 0);
}

static struct process_ud *check_process(lua_State *L)
{
    struct process_ud *ud = luaL_checkudata(L, 1, CLNRM_ROOM_PROCESS);
    luaL_argcheck(L, ud->core, 1, "process is closed");
    return ud;
}

const struct clnrm_agent_op *clnrm_room_command(lua_State *L, int index)
{
    struct process_ud *ud = luaL_checkudata(L, index, CLNRM_ROOM_PROCESS);
    luaL_argcheck(L, ud->core, index, "process is closed");
    return ud->core;
}

static void release(struct process_ud *ud)
{
    if (ud->core)
        clnrm_agent_op_release(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, CLNRM_ECLOSED);
}

static bool is_over(const struct clnrm_agent_op_info *info)
{
    return info->state == CLNRM_OP_OVER || info->has_exit;
}

/* `holder` is "12 python3", as the agent found it. */
static int fail_owner(lua_State *L, const char *op_name, const char *holder, const char *port)
{
    int pid = atoi(holder);
    const char *name = strchr(holder, ' ');
    name = pid && name ? name + 1 : "";
    if (pid)
        clnrm_failf(L, op_name, "EOWNER",
                    "port %s is held by %s (pid %d), which is not of this service", port, name,
                    pid);
    else
        clnrm_failf(L, op_name, "EOWNER",
                    "port %s is held by a process that is not of this service and cannot be seen",
                    port);
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, pid);
    lua_setfield(L, -2, "pid");
    lua_pushstring(L, name);
    lua_setfield(L, -2, "name");
    lua_setfield(L, -2, "detail");
    return 2;
}

int clnrm_room_fail_op(lua_State *L, const char *op_name, const struct clnrm_agent_op_info *info,
                       const char *what)
{
    if (info->status == CLNRM_EAGENT || info->status == CLNRM_EPROTO)
        return clnrm_failf(L, op_name, clnrm_code(info->status), "%s", info->reason);
    if (strcmp(info->stage, "owner") == 0)
        return fail_owner(L, op_name, info->what, what);
    if (info->what[0])
        what = info->what;
    if (strcmp(info->stage, "limit") == 0)
        return clnrm_failf(L, op_name, "ELIMIT", "%s",
                           info->what[0] ? what : "too many operations");
    if (strcmp(info->stage, "exec") == 0 && info->status == -ENOENT)
        return clnrm_failf(L, op_name, "COMMAND_NOT_FOUND", "%s: command not found", what);
    return clnrm_failf(L, op_name, clnrm_code(info->status), "%s: %s%s%s%s", what,
                       strerror(-info->status), info->stage[0] ? " (" : "", info->stage,
                       info->stage[0] ? ")" : "");
}

int clnrm_room_fail(lua_State *L, const char *op_name, struct clnrm_agent *agent, int status)
{
    if (status == CLNRM_EAGENT || status == CLNRM_EPROTO)
        return clnrm_failf(L, op_name, clnrm_code(status), "%s", clnrm_agent_info(agent).reason);
    if (status == CLNRM_ECLOSED)
        return clnrm_failf(L, op_name, "ECLOSED", "the room is closed");
    return clnrm_fail(L, op_name, status);
}

/* Waits until `is_done`, then `push`; `ctx` is the userdata, which the stack of the caller holds. */
static int start_wait(lua_State *L, struct process_ud *ud, clnrm_wait_k *k)
{
    return clnrm_waiters_wait(L, &ud->waiters, k, (lua_KContext)ud);
}

static int after_start(lua_State *L, int status, lua_KContext ctx) /* stack: room spec process */
{
    struct process_ud *ud = (struct process_ud *)ctx;
    clnrm_waiters_done(L);
    if (status < 0) { /* cancelled: it must not run on unseen */
        release(ud);
        return clnrm_fail(L, "room.spawn", status);
    }
    struct clnrm_agent_op_info info = clnrm_agent_op_info(ud->core);
    if (info.state == CLNRM_OP_ASKED)
        return start_wait(L, ud, after_start);
    if (info.state == CLNRM_OP_OVER && !info.has_exit) {
        char name[256] = "";
        lua_getfield(L, 2, "argv");
        lua_rawgeti(L, -1, 1);
        strncpy(name, lua_tostring(L, -1), sizeof(name) - 1);
        int results = clnrm_room_fail_op(L, "room.spawn", &info, name);
        release(ud);
        return results;
    }
    lua_settop(L, 3);
    return 1;
}

/* room:spawn{argv, env, cwd, stdin, deadline_ms, limits, filter, view, net, hostname, group, ops,
 * user, keep_group, merge, out_max} -> process | nil, err */
int clnrm_room_spawn(lua_State *L)
{
    struct clnrm_agent *agent = clnrm_room_check(L);
    struct clnrm_spawn_spec spec;
    struct clnrm_slice input = {0};
    lua_settop(L, 2);
    luaL_checktype(L, 2, LUA_TTABLE);
    clnrm_room_read_spawn(L, 2, &spec);
    int stdin_type = lua_getfield(L, 2, "stdin");
    if (stdin_type == LUA_TSTRING)
        input.data = lua_tolstring(L, -1, &input.len);
    else if (stdin_type != LUA_TBOOLEAN && stdin_type != LUA_TNIL)
        luaL_error(L, "option 'stdin' must be a text, or true to write to it");
    if (input.data || lua_toboolean(L, -1))
        spec.flags |= CLNRM_SPAWN_STDIN;
    lua_pop(L, 1);
    lua_Integer out_max = clnrm_opt_integer(L, 2, "out_max", (lua_Integer)CLNRM_SPOOL_CAP_DEFAULT);
    luaL_argcheck(L, out_max >= 0, 2, "option 'out_max' is out of range");
    int groups[CLNRM_CGROUP_FDS_MAX];
    if (lua_getfield(L, 2, "group") != LUA_TNIL)
        spec.groups = (uint32_t)clnrm_cgroup_fds(clnrm_check_cgroup(L, -1), groups);
    lua_pop(L, 1);
    struct process_ud *ud = clnrm_newobject(L, CLNRM_ROOM_PROCESS, sizeof(*ud));
    int status =
        clnrm_agent_spawn(agent, &spec, groups, (uint64_t)out_max, on_change, ud, &ud->core);
    if (status < 0)
        return clnrm_room_fail(L, "room.spawn", agent, status);
    if (input.data) {
        status = clnrm_agent_op_write(ud->core, input);
        if (status < 0) {
            release(ud);
            return clnrm_room_fail(L, "room.spawn", agent, status);
        }
        clnrm_agent_op_end(ud->core);
    }
    return start_wait(L, ud, after_start);
}

static void set_number(lua_State *L, const char *name, double value)
{
    lua_pushnumber(L, value);
    lua_setfield(L, -2, name);
}

static void set_integer(lua_State *L, const char *name, lua_Integer value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

static void push_exit(lua_State *L, struct process_ud *ud, const struct clnrm_exit *e)
{
    lua_createtable(L, 0, 11);
    lua_pushstring(L, e->kind == CLNRM_EXITED ? "exited" : "signalled");
    lua_setfield(L, -2, "kind");
    set_integer(L, e->kind == CLNRM_EXITED ? "code" : "signal", e->value);
    lua_pushboolean(L, e->timed_out);
    lua_setfield(L, -2, "timed_out");
    set_number(L, "duration_ms", (double)e->duration_us / 1e3);
    set_integer(L, "signals", e->signals);
    set_integer(L, "leaked", e->leaked);
    lua_pushlstring(L, e->leak_names.data ? e->leak_names.data : "", e->leak_names.len);
    lua_setfield(L, -2, "leak_names");
    lua_createtable(L, 0, 3);
    set_number(L, "user_ms", (double)e->user_us / 1e3);
    set_number(L, "system_ms", (double)e->system_us / 1e3);
    set_integer(L, "max_rss_kb", (lua_Integer)e->max_rss_kb);
    lua_setfield(L, -2, "rusage");
    clnrm_push_output_info(L, clnrm_agent_op_output(ud->core, 0), e->stdout_bytes);
    lua_setfield(L, -2, "stdout");
    clnrm_push_output_info(L, clnrm_agent_op_output(ud->core, 1), e->stderr_bytes);
    lua_setfield(L, -2, "stderr");
}

/* Raises when the process was closed under a task that waits on it. */
static struct clnrm_agent_op_info still_open(lua_State *L, const struct process_ud *ud)
{
    luaL_argcheck(L, ud->core, 1, "process was closed while it was waited for");
    return clnrm_agent_op_info(ud->core);
}

/* What is known of an ended command: its exit, or why there is none. */
static int push_end(lua_State *L, struct process_ud *ud, const struct clnrm_agent_op_info *info)
{
    if (!info->has_exit)
        return clnrm_room_fail_op(L, "process.wait", info, "command");
    push_exit(L, ud, &info->exit);
    return 1;
}

static int after_wait(lua_State *L, int status, lua_KContext ctx)
{
    struct process_ud *ud = (struct process_ud *)ctx;
    clnrm_waiters_done(L);
    if (status == UV_ECANCELED)
        return clnrm_fail(L, "process.wait", status);
    struct clnrm_agent_op_info info = still_open(L, ud);
    return is_over(&info) ? push_end(L, ud, &info) : start_wait(L, ud, after_wait);
}

static int l_wait(lua_State *L) /* process:wait() -> result | nil, err.  Parks the calling task. */
{
    struct process_ud *ud = check_process(L);
    struct clnrm_agent_op_info info = clnrm_agent_op_info(ud->core);
    return is_over(&info) ? push_end(L, ud, &info) : start_wait(L, ud, after_wait);
}

/* The stream named by argument `arg`: 0 stdout, 1 stderr. */
static int check_stream(lua_State *L, int arg)
{
    static const char *const names[] = {"stdout", "stderr", NULL};
    return luaL_checkoption(L, arg, "stdout", names);
}

/* The bytes at 3, at most as many as 4 says.  Behind the last byte of a command whose room was lost
 * stands the reason: the end of what came is not the end of what was written. */
static int push_read(lua_State *L, struct process_ud *ud, const struct clnrm_agent_op_info *info)
{
    const struct clnrm_spool *s = clnrm_agent_op_output(ud->core, check_stream(L, 2));
    lua_Integer offset = lua_tointeger(L, 3);
    if (!info->has_exit && is_over(info) && s->total <= (uint64_t)offset)
        return clnrm_room_fail_op(L, "process.read", info, "command");
    return clnrm_push_output_part(L, "process.read", s, offset, lua_tointeger(L, 4));
}

static int after_read(lua_State *L, int status, lua_KContext ctx)
{
    struct process_ud *ud = (struct process_ud *)ctx;
    clnrm_waiters_done(L);
    if (status == UV_ECANCELED)
        return clnrm_fail(L, "process.read", status);
    struct clnrm_agent_op_info info = still_open(L, ud);
    const struct clnrm_spool *s = clnrm_agent_op_output(ud->core, check_stream(L, 2));
    if (!is_over(&info) && s->total <= (uint64_t)lua_tointeger(L, 3))
        return start_wait(L, ud, after_read);
    return push_read(L, ud, &info);
}

/* process:read(stream, offset[, len]) -> text | nil, err: bytes from `offset` on, as soon as there are
 * some; "" when the command has ended and there are none.  Parks the calling task. */
static int l_read(lua_State *L)
{
    struct process_ud *ud = check_process(L);
    int which = check_stream(L, 2);
    lua_Integer offset = luaL_checkinteger(L, 3), len = luaL_optinteger(L, 4, 65536);
    luaL_argcheck(L, offset >= 0, 3, "must not be negative");
    luaL_argcheck(L, len > 0 && len <= (1 << 20), 4, "must be between 1 and 1048576");
    struct clnrm_agent_op_info info = clnrm_agent_op_info(ud->core);
    const struct clnrm_spool *s = clnrm_agent_op_output(ud->core, which);
    lua_settop(L, 3);
    lua_pushinteger(L, len);
    if (is_over(&info) || s->total > (uint64_t)offset)
        return push_read(L, ud, &info);
    return start_wait(L, ud, after_read);
}

static int push_sent(lua_State *L, const char *op_name, int status)
{
    if (status < 0)
        return clnrm_fail(L, op_name, status);
    lua_pushboolean(L, 1);
    return 1;
}

static int after_write(lua_State *L, int status, lua_KContext ctx)
{
    struct process_ud *ud = (struct process_ud *)ctx;
    clnrm_waiters_done(L);
    if (status == UV_ECANCELED)
        return clnrm_fail(L, "process.write", status);
    struct clnrm_agent_op_info info = still_open(L, ud);
    if (is_over(&info))
        return clnrm_fail(L, "process.write", UV_EPIPE);
    if (info.input_left > 0)
        return start_wait(L, ud, after_write);
    return push_sent(L, "process.write", 0);
}

/* process:write(text) -> true | nil, err: feeds its stdin.  Parks until it is on its way. */
static int l_write(lua_State *L)
{
    struct process_ud *ud = check_process(L);
    struct clnrm_slice text;
    text.data = luaL_checklstring(L, 2, &text.len);
    int status = clnrm_agent_op_write(ud->core, text);
    if (status < 0)
        return clnrm_fail(L, "process.write", status);
    if (clnrm_agent_op_info(ud->core).input_left > 0)
        return start_wait(L, ud, after_write);
    return push_sent(L, "process.write", 0);
}

static int l_close_stdin(lua_State *L) /* process:close_stdin() */
{
    clnrm_agent_op_end(check_process(L)->core);
    return 0;
}

static int l_pid(lua_State *L) /* process:pid() -> integer: its number in the room */
{
    lua_pushinteger(L, clnrm_agent_op_info(check_process(L)->core).pid);
    return 1;
}

static int l_id(lua_State *L) /* process:id() -> integer: what reports of the room name it by */
{
    lua_pushinteger(L, clnrm_agent_op_info(check_process(L)->core).id);
    return 1;
}

static int l_signal(lua_State *L) /* process:signal(number) -> true | nil, err: to its group */
{
    struct process_ud *ud = check_process(L);
    lua_Integer number = luaL_checkinteger(L, 2);
    luaL_argcheck(L, number > 0 && number <= 64, 2, "not a signal");
    return push_sent(L, "process.signal", clnrm_agent_op_signal(ud->core, (uint32_t)number));
}

static int l_resize(lua_State *L) /* process:resize(rows, columns) -> true | nil, err */
{
    struct process_ud *ud = check_process(L);
    lua_Integer rows = luaL_checkinteger(L, 2), columns = luaL_checkinteger(L, 3);
    luaL_argcheck(L, (rows | columns) >> 16 == 0, 2, "a size is 0 to 65535");
    int status = clnrm_agent_op_resize(ud->core, (uint32_t)rows, (uint32_t)columns);
    return push_sent(L, "process.resize", status);
}

static int l_kill(lua_State *L) /* process:kill(): ends it and its group; wait() tells how */
{
    clnrm_agent_op_cancel(check_process(L)->core);
    return 0;
}

static int push_stream(lua_State *L, const char *op_name, int which)
{
    struct process_ud *ud = check_process(L);
    struct clnrm_agent_op_info info = clnrm_agent_op_info(ud->core);
    const struct clnrm_spool *s = clnrm_agent_op_output(ud->core, which);
    uint64_t total = which == 0 ? info.exit.stdout_bytes : info.exit.stderr_bytes;
    return clnrm_push_output(L, op_name, s, info.has_exit ? total : s->total,
                             luaL_optinteger(L, 2, LUA_MAXINTEGER));
}

static int l_stdout(lua_State *L) /* process:stdout([max]) -> text, cut | nil, err */
{
    return push_stream(L, "process.stdout", 0);
}

static int l_stderr(lua_State *L) /* process:stderr([max]) -> text, cut | nil, err */
{
    return push_stream(L, "process.stderr", 1);
}

static int l_close(lua_State *L) /* process:close(): kills what runs */
{
    release(luaL_checkudata(L, 1, CLNRM_ROOM_PROCESS));
    return 0;
}

void clnrm_room_open_process(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"wait", l_wait},     {"read", l_read},
        {"write", l_write},   {"pid", l_pid},
        {"id", l_id},         {"signal", l_signal},
        {"resize", l_resize}, {"close_stdin", l_close_stdin},
        {"kill", l_kill},     {"stdout", l_stdout},
        {"stderr", l_stderr}, {NULL, NULL},
    };
    clnrm_newtype(L, CLNRM_ROOM_PROCESS, methods, l_close);
}
