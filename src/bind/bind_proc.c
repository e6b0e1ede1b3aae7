/* bind_proc.c -- Lua module core.proc over core/proc.h.  Types: stdlib/_meta/proc.lua. */
#include "bind/bind.h"
#include "bind/output.h"
#include "core/pid.h"
#include "core/proc.h"

#include <limits.h>

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGS_MAX = 4096 };

struct proc_ud {
    struct clnrm_proc *core; /* NULL once closed */
    struct clnrm_signal *ended;
};

static void on_end(void *data)
{
    struct proc_ud *ud = data;
    clnrm_signal_set(ud->ended, 0);
}

static struct proc_ud *check_proc(lua_State *L)
{
    struct proc_ud *ud = luaL_checkudata(L, 1, "core.proc");
    luaL_argcheck(L, ud->core, 1, "process is closed");
    return ud;
}

/* Pushes a userdata that holds the strings of list `index` as a NULL-terminated array; the strings
 * stay valid while the list holds them. */
static const char **push_list(lua_State *L, int index, const char *what)
{
    lua_Integer count = luaL_len(L, index);
    if (count > ARGS_MAX)
        luaL_error(L, "option '%s' has more than %d elements", what, ARGS_MAX);
    const char **list = lua_newuserdatauv(L, ((size_t)count + 1) * sizeof(*list), 0);
    for (lua_Integer i = 0; i < count; i++) {
        size_t len;
        if (lua_rawgeti(L, index, i + 1) != LUA_TSTRING)
            luaL_error(L, "option '%s' must be a list of strings", what);
        list[i] = lua_tolstring(L, -1, &len);
        if (strlen(list[i]) != len)
            luaL_error(L, "option '%s' has a NUL byte in it", what);
        lua_pop(L, 1);
    }
    list[count] = NULL;
    return list;
}

/* Reads list option `name` of the table at 1; NULL when absent.  Pushes two values either way. */
static const char **opt_list(lua_State *L, const char *name)
{
    if (lua_getfield(L, 1, name) == LUA_TNIL) {
        lua_pushnil(L);
        return NULL;
    }
    if (lua_type(L, -1) != LUA_TTABLE)
        luaL_argerror(L, 1, lua_pushfstring(L, "option '%s' must be a list", name));
    return push_list(L, lua_gettop(L), name);
}

static const char *path_of(const char *const *env)
{
    for (; *env; env++)
        if (strncmp(*env, "PATH=", 5) == 0)
            return *env + 5;
    return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

static int fail_start(lua_State *L, const char *argv0, const char *cwd, int status,
                      enum clnrm_spawn_stage stage)
{
    if (stage == CLNRM_STAGE_EXEC && status == -ENOENT)
        return clnrm_failf(L, "proc.spawn", "COMMAND_NOT_FOUND", "%s: command not found", argv0);
    if (stage == CLNRM_STAGE_EXEC || stage == CLNRM_STAGE_CHDIR)
        return clnrm_failf(L, "proc.spawn", clnrm_code(status), "%s: %s",
                           stage == CLNRM_STAGE_EXEC ? argv0 : cwd, strerror(-status));
    return clnrm_fail(L, "proc.spawn", status);
}

/* spawn{argv, env, cwd, stdin, merge, inherit, out_max} -> process | nil, err */
static int l_spawn(lua_State *L)
{
    static const char *const names[] = {"argv",  "env",     "cwd",     "stdin",
                                        "merge", "inherit", "out_max", NULL};
    lua_settop(L, 1);
    luaL_checktype(L, 1, LUA_TTABLE);
    clnrm_opt_check(L, 1, names);
    const char **argv = opt_list(L, "argv"), **env = opt_list(L, "env");
    luaL_argcheck(L, argv && argv[0], 1, "option 'argv' must name a command");
    struct clnrm_proc_spec spec = {
        .argv = argv,
        .env = env ? env : (const char *const *)environ,
        .cwd = clnrm_opt_text(L, 1, "cwd", NULL, NULL),
        .merge = clnrm_opt_boolean(L, 1, "merge", false),
        .inherit = clnrm_opt_boolean(L, 1, "inherit", false),
        .output_max =
            (uint64_t)clnrm_opt_integer(L, 1, "out_max", (lua_Integer)CLNRM_SPOOL_CAP_DEFAULT),
    };
    spec.path = path_of(spec.env);
    spec.input.data = clnrm_opt_text(L, 1, "stdin", NULL, &spec.input.len);
    enum clnrm_spawn_stage stage;
    struct proc_ud *ud = clnrm_newobject(L, "core.proc", sizeof(*ud));
    ud->ended = clnrm_signal_new();
    int status = clnrm_proc_open(clnrm_loop(L), &spec, on_end, ud, &ud->core, &stage);
    return status < 0 ? fail_start(L, argv[0], spec.cwd, status, stage) : 1;
}

static void set_number(lua_State *L, const char *name, double value)
{
    lua_pushnumber(L, value);
    lua_setfield(L, -2, name);
}

static void push_usage(lua_State *L, const struct rusage *u)
{
    lua_createtable(L, 0, 3);
    set_number(L, "user_ms", (double)u->ru_utime.tv_sec * 1e3 + (double)u->ru_utime.tv_usec / 1e3);
    set_number(L, "system_ms",
               (double)u->ru_stime.tv_sec * 1e3 + (double)u->ru_stime.tv_usec / 1e3);
    lua_pushinteger(L, u->ru_maxrss);
    lua_setfield(L, -2, "max_rss_kb");
}

static int push_result(lua_State *L, int status, lua_KContext ctx)
{
    struct proc_ud *ud = (struct proc_ud *)ctx;
    if (status < 0)
        return clnrm_fail(L, "proc.wait", status);
    luaL_argcheck(L, ud->core, 1, "process was closed while it was waited for");
    const struct clnrm_proc_result *r = clnrm_proc_result(ud->core);
    bool exited = WIFEXITED(r->wait_status);
    lua_createtable(L, 0, 6);
    lua_pushstring(L, exited ? "exited" : "signalled");
    lua_setfield(L, -2, "kind");
    lua_pushinteger(L, exited ? WEXITSTATUS(r->wait_status) : WTERMSIG(r->wait_status));
    lua_setfield(L, -2, exited ? "code" : "signal");
    set_number(L, "duration_ms", (double)r->duration_ns / 1e6);
    push_usage(L, &r->usage);
    lua_setfield(L, -2, "rusage");
    for (int i = 0; i < 2; i++) {
        const struct clnrm_spool *s = clnrm_proc_output(ud->core, i);
        clnrm_push_output_info(L, s, s->total);
        lua_setfield(L, -2, i == 0 ? "stdout" : "stderr");
    }
    return 1;
}

static int l_wait(lua_State *L) /* process:wait() -> result | nil, err.  Parks the calling task. */
{
    struct proc_ud *ud = check_proc(L);
    return clnrm_signal_wait(L, ud->ended, push_result, (lua_KContext)ud);
}

static int l_pid(lua_State *L) /* process:pid() -> integer */
{
    lua_pushinteger(L, clnrm_proc_pid(check_proc(L)->core));
    return 1;
}

static int l_signal(lua_State *L) /* process:signal(number) -> true | nil, err: to its group */
{
    struct proc_ud *ud = check_proc(L);
    int number = (int)luaL_checkinteger(L, 2);
    luaL_argcheck(L, number > 0 && number <= 64, 2, "not a signal");
    int status = clnrm_proc_signal(ud->core, number);
    if (status < 0)
        return clnrm_fail(L, "proc.signal", status);
    lua_pushboolean(L, 1);
    return 1;
}

static int push_stream(lua_State *L, const char *op, int which)
{
    const struct clnrm_spool *s = clnrm_proc_output(check_proc(L)->core, which);
    return clnrm_push_output(L, op, s, s->total, luaL_optinteger(L, 2, LUA_MAXINTEGER));
}

static int l_stdout(lua_State *L) /* process:stdout([max]) -> text, cut | nil, err */
{
    return push_stream(L, "proc.stdout", 0);
}

static int l_stderr(lua_State *L) /* process:stderr([max]) -> text, cut | nil, err */
{
    return push_stream(L, "proc.stderr", 1);
}

static int l_close(lua_State *L) /* process:close(): kills what runs */
{
    struct proc_ud *ud = luaL_checkudata(L, 1, "core.proc");
    if (ud->core)
        clnrm_proc_close(ud->core);
    ud->core = NULL;
    if (ud->ended)
        clnrm_signal_set(ud->ended, CLNRM_ECLOSED);
    clnrm_signal_unref(ud->ended);
    ud->ended = NULL;
    return 0;
}

static int l_cores(lua_State *L) /* cores() -> integer: processors that clnrm may use */
{
    lua_pushinteger(L, uv_available_parallelism());
    return 1;
}

static pid_t check_pid(lua_State *L, int arg)
{
    lua_Integer pid = luaL_checkinteger(L, arg);
    luaL_argcheck(L, pid > 1 && pid <= INT_MAX, arg, "not the number of a process");
    return (pid_t)pid;
}

static int l_start_time(lua_State *L) /* start_time(pid) -> ticks | nil, err */
{
    uint64_t ticks;
    int status = clnrm_pid_start_time(check_pid(L, 1), &ticks);
    if (status < 0)
        return clnrm_fail(L, "proc.start_time", status);
    lua_pushinteger(L, (lua_Integer)ticks);
    return 1;
}

static int l_signal_pid(lua_State *L) /* signal_pid(pid, start_time, number) -> true | nil, err */
{
    pid_t pid = check_pid(L, 1);
    uint64_t started = (uint64_t)luaL_checkinteger(L, 2);
    lua_Integer number = luaL_checkinteger(L, 3);
    luaL_argcheck(L, number >= 0 && number <= 64, 3, "not a signal");
    int status = clnrm_pid_signal(pid, started, (int)number);
    if (status < 0)
        return clnrm_fail(L, "proc.signal_pid", status);
    lua_pushboolean(L, 1);
    return 1;
}

static int l_trim(lua_State *L) /* trim() -> nothing: garbage and free memory go */
{
    lua_gc(L, LUA_GCCOLLECT);
    clnrm_proc_trim();
    return 0;
}

int luaopen_core_proc(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"cores", l_cores},           {"spawn", l_spawn}, {"start_time", l_start_time},
        {"signal_pid", l_signal_pid}, {"trim", l_trim},   {NULL, NULL}};
    static const luaL_Reg methods[] = {{"wait", l_wait},     {"pid", l_pid},
                                       {"signal", l_signal}, {"stdout", l_stdout},
                                       {"stderr", l_stderr}, {NULL, NULL}};
    return clnrm_newmodule(L, "core.proc", functions, methods, l_close);
}
