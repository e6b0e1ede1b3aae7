/* bind_cgroup.c -- Lua module core.cgroup over core/cgroup.h.  Types: stdlib/_meta/cgroup.lua. */
#include "bind/cgroup.h"

#define TYPE "core.cgroup"

struct group_ud {
    struct clnrm_cgroup *core; /* NULL once closed */
};

static const char *const PARTS[] = {"memory", "pids", "cpu"};

const struct clnrm_cgroup *clnrm_check_cgroup(lua_State *L, int index)
{
    struct group_ud *ud = luaL_checkudata(L, index, TYPE);
    luaL_argcheck(L, ud->core, index, "group is closed");
    return ud->core;
}

static int l_detect(lua_State *L) /* detect() -> {memory = {version, why}, pids = ..., cpu = ...} */
{
    const struct clnrm_cgroup_place *places = clnrm_cgroup_places();
    lua_createtable(L, 0, CLNRM_CGROUP_PARTS);
    for (int i = 0; i < CLNRM_CGROUP_PARTS; i++) {
        lua_createtable(L, 0, 2);
        if (places[i].version) {
            lua_pushinteger(L, places[i].version);
            lua_setfield(L, -2, "version");
        } else {
            lua_pushstring(L, places[i].why);
            lua_setfield(L, -2, "why");
        }
        lua_setfield(L, -2, PARTS[i]);
    }
    return 1;
}

/* Reads a limit, which is at least 1 when it is there. */
static uint64_t read_limit(lua_State *L, const char *name, uint64_t max)
{
    if (lua_getfield(L, 1, name) == LUA_TNIL) {
        lua_pop(L, 1);
        return 0;
    }
    lua_pop(L, 1);
    lua_Integer value = clnrm_opt_integer(L, 1, name, 0);
    if (value < 1 || (uint64_t)value > max)
        luaL_error(L, "option '%s' is out of range", name);
    return (uint64_t)value;
}

/* The group that a new one is made in, or NULL. */
static const struct clnrm_cgroup *read_within(lua_State *L)
{
    const struct clnrm_cgroup *within = NULL;
    if (lua_getfield(L, 1, "within") != LUA_TNIL) {
        struct group_ud *ud = luaL_testudata(L, -1, TYPE);
        if (!ud || !ud->core)
            luaL_error(L, "option 'within' must be a group that is open");
        within = ud->core;
    }
    lua_pop(L, 1);
    return within;
}

/* new{memory, pids, cpu, holds_groups, within} -> group | nil, err */
static int l_new(lua_State *L)
{
    static const char *const names[] = {"memory", "pids", "cpu", "holds_groups", "within", NULL};
    char why[512] = "";
    luaL_checktype(L, 1, LUA_TTABLE);
    clnrm_opt_check(L, 1, names);
    struct clnrm_cgroup_limits limits = {
        .memory = read_limit(L, "memory", INT64_MAX),
        .pids = read_limit(L, "pids", INT32_MAX),
        .cpu_millicores = (uint32_t)read_limit(L, "cpu", 1000000),
        .holds_groups = clnrm_opt_boolean(L, 1, "holds_groups", false),
        .within = read_within(L),
    };
    luaL_argcheck(L, limits.memory || limits.pids || limits.cpu_millicores, 1, "no limit at all");
    struct group_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    int status = clnrm_cgroup_make(&limits, why, sizeof(why), &ud->core);
    return status < 0 ? clnrm_failf(L, "cgroup.new", clnrm_code(status), "%s", why) : 1;
}

static void set_integer(lua_State *L, const char *name, uint64_t value)
{
    lua_pushinteger(L, value > INT64_MAX ? LUA_MAXINTEGER : (lua_Integer)value);
    lua_setfield(L, -2, name);
}

static int
l_events(lua_State *L) /* group:events() -> {oom_kills, pids_refused, memory_peak} | nil, err */
{
    struct clnrm_cgroup_events events;
    int status = clnrm_cgroup_events(clnrm_check_cgroup(L, 1), &events);
    if (status < 0)
        return clnrm_fail(L, "cgroup.events", status);
    lua_createtable(L, 0, 3);
    set_integer(L, "oom_kills", events.oom_kills);
    set_integer(L, "pids_refused", events.pids_refused);
    set_integer(L, "memory_peak", events.memory_peak);
    return 1;
}

/* group:change{memory, cpu} -> true | nil, err */
static int l_change(lua_State *L)
{
    static const char *const names[] = {"memory", "cpu", NULL};
    const struct clnrm_cgroup *group = clnrm_check_cgroup(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    clnrm_opt_check(L, 2, names);
    lua_replace(L, 1); /* where options are read */
    uint64_t memory = read_limit(L, "memory", INT64_MAX);
    int status = clnrm_cgroup_change(group, memory, (uint32_t)read_limit(L, "cpu", 1000000));
    if (status < 0)
        return clnrm_fail(L, "cgroup.change", status);
    lua_pushboolean(L, 1);
    return 1;
}

static int l_paths(lua_State *L) /* group:paths() -> string[]: its directories on the host */
{
    const struct clnrm_cgroup *group = clnrm_check_cgroup(L, 1);
    lua_newtable(L);
    for (int i = 0; clnrm_cgroup_dir(group, i); i++) {
        lua_pushstring(L, clnrm_cgroup_dir(group, i));
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static int l_close(lua_State *L) /* group:close() -> true | nil, err: EBUSY, it is removed later */
{
    struct group_ud *ud = luaL_checkudata(L, 1, TYPE);
    int status = ud->core ? clnrm_cgroup_close(ud->core) : 0;
    ud->core = NULL;
    if (status < 0)
        return clnrm_fail(L, "cgroup.close", status);
    lua_pushboolean(L, 1);
    return 1;
}

static int l_sweep(lua_State *L) /* sweep() -> count: removes what killed programs left */
{
    lua_pushinteger(L, clnrm_cgroup_sweep());
    return 1;
}

int luaopen_core_cgroup(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"detect", l_detect}, {"new", l_new}, {"sweep", l_sweep}, {NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"events", l_events}, {"change", l_change}, {"paths", l_paths}, {NULL, NULL}};
    return clnrm_newmodule(L, TYPE, functions, methods, l_close);
}
