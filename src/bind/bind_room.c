/* bind_room.c -- Lua module core.room over core/agent.h.  Types: stdlib/_meta/room.lua. */
#include "bind/output.h"
#include "bind/room.h"
#include "core/sandbox.h"
#include "core/seccomp.h"

struct image_ud {
    struct clnrm_buf frames; /* ROOM and FILTERs: what every agent of such a room is told */
};

#define ROOM CLNRM_ROOM

static struct clnrm_room_ud *check_room(lua_State *L)
{
    struct clnrm_room_ud *ud = luaL_checkudata(L, 1, ROOM);
    luaL_argcheck(L, ud->core, 1, "room is closed");
    return ud;
}

struct clnrm_agent *clnrm_room_check(lua_State *L)
{
    return check_room(L)->core;
}

void clnrm_room_leave(lua_State *L)
{
    struct clnrm_room_ud *ud = luaL_checkudata(L, 1, ROOM);
    if (ud->core)
        clnrm_agent_leave(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, CLNRM_ECLOSED);
}

/* Images */

/* filter([{trace, no_setid, watch_...}]) -> program | nil, err */
static int l_filter(lua_State *L)
{
    static const char *const names[] = {"trace",          "no_setid",  "watch_commands",
                                        "watch_programs", "watch_net", "watch_inspect",
                                        "watch_writes",   NULL}; /* the flags in their order */
    struct clnrm_slice program;
    unsigned flags = 0;
    clnrm_opt_check(L, 1, names);
    for (unsigned i = 0; names[i]; i++)
        if (clnrm_opt_boolean(L, 1, names[i], false))
            flags |= 1u << i;
    int status = clnrm_seccomp_program(0, flags, &program);
    if (status < 0)
        return clnrm_fail(L, "room.filter", status);
    lua_pushlstring(L, program.data, program.len);
    return 1;
}

/* Reads the table of option `guard` at the top of the stack. */
static void read_guard(lua_State *L, struct clnrm_guard_spec *out)
{
    static const char *const names[] = {"commands", "hosts", "names",  "routes",
                                        "programs", "root",  "shells", NULL};
    static struct clnrm_slice commands[CLNRM_GUARD_COMMANDS_MAX];
    static struct clnrm_guard_host hosts[CLNRM_GUARD_HOSTS_MAX];
    int index = lua_gettop(L);
    clnrm_opt_check(L, index, names);
    *out = (struct clnrm_guard_spec){
        .flags = (clnrm_opt_boolean(L, index, "names", false) ? CLNRM_GUARD_NAMES : 0u) |
                 (clnrm_opt_boolean(L, index, "routes", false) ? CLNRM_GUARD_ROUTES : 0u) |
                 (clnrm_opt_boolean(L, index, "programs", false) ? CLNRM_GUARD_PROGRAMS : 0u) |
                 (clnrm_opt_boolean(L, index, "root", false) ? CLNRM_GUARD_ROOT : 0u) |
                 (clnrm_opt_boolean(L, index, "shells", false) ? CLNRM_GUARD_SHELLS : 0u),
        .pass = clnrm_seccomp_pass(),
        .commands = commands,
        .hosts = hosts,
    };
    out->command_count =
        clnrm_room_read_texts(L, index, "commands", commands, CLNRM_GUARD_COMMANDS_MAX, false);
    if (lua_getfield(L, index, "hosts") != LUA_TNIL) {
        static const char *const fields[] = {"name", "ip", NULL};
        luaL_argcheck(L, lua_istable(L, -1) && luaL_len(L, -1) <= CLNRM_GUARD_HOSTS_MAX, 1,
                      "option 'hosts' must be a list of hosts, and not too many");
        for (lua_Integer n = luaL_len(L, -1), i = 0; i < n; i++) {
            lua_rawgeti(L, -1, i + 1);
            luaL_argcheck(L, lua_istable(L, -1), 1, "option 'hosts' must be a list of tables");
            int host = lua_gettop(L);
            struct clnrm_address at;
            clnrm_opt_check(L, host, fields);
            hosts[i].name.data = clnrm_opt_text(L, host, "name", "", &hosts[i].name.len);
            lua_createtable(L, 0, 1);
            lua_getfield(L, host, "ip");
            lua_setfield(L, -2, "ip");
            clnrm_room_read_place(L, lua_gettop(L), fields, &at);
            hosts[i].ip = at.ip;
            lua_pop(L, 2);
            out->host_count++;
        }
    }
    lua_pop(L, 1);
}

/* Reads options `filters` and `guard`, and pushes an image: with the ROOM frame of `spec`, or, NULL, for a
 * room that others made. */
static int make_image(lua_State *L, const struct clnrm_room_spec *spec)
{
    struct clnrm_guard_spec guard;
    struct clnrm_slice filters[CLNRM_SANDBOX_FILTERS_MAX];
    unsigned count =
        clnrm_room_read_texts(L, 1, "filters", filters, CLNRM_SANDBOX_FILTERS_MAX, true);
    struct image_ud *ud = clnrm_newobject(L, CLNRM_ROOM_IMAGE, sizeof(*ud));
    ud->frames.max = CLNRM_SANDBOX_FRAMES_MAX;
    bool is_guarded = lua_getfield(L, 1, "guard") != LUA_TNIL;
    if (is_guarded) {
        luaL_argcheck(L, lua_istable(L, -1), 1, "option 'guard' must be a table");
        read_guard(L, &guard);
    }
    int status =
        clnrm_sandbox_encode(spec, filters, count, is_guarded ? &guard : NULL, &ud->frames);
    lua_settop(L, 2); /* image */
    return status < 0 ? clnrm_fail(L, "room.image", status) : 1;
}

/* image{hostname, uid, gid, root_size, root_inodes, ops, filters, guard} -> image | nil, err */
static int l_image(lua_State *L)
{
    struct clnrm_room_spec spec;
    lua_settop(L, 1);
    luaL_checktype(L, 1, LUA_TTABLE);
    clnrm_room_read_spec(L, 1, &spec);
    return make_image(L, &spec);
}

/* guest{filters, guard} -> image | nil, err */
static int l_guest(lua_State *L)
{
    static const char *const names[] = {"filters", "guard", NULL};
    lua_settop(L, 1);
    luaL_checktype(L, 1, LUA_TTABLE);
    clnrm_opt_check(L, 1, names);
    return make_image(L, NULL);
}

struct clnrm_slice clnrm_room_frames(lua_State *L, int index)
{
    const struct image_ud *ud = luaL_checkudata(L, index, CLNRM_ROOM_IMAGE);
    return (struct clnrm_slice){ud->frames.data, ud->frames.len};
}

static int l_image_close(lua_State *L)
{
    struct image_ud *ud = luaL_checkudata(L, 1, CLNRM_ROOM_IMAGE);
    clnrm_buf_free(&ud->frames);
    return 0;
}

/* Life of a room */

void clnrm_room_on_change(void *data)
{
    struct clnrm_room_ud *ud = data;
    clnrm_waiters_wake(&ud->waiters, 0);
}

void clnrm_room_release(struct clnrm_room_ud *ud)
{
    clnrm_agent_search_release(ud->search);
    ud->search = NULL;
    if (ud->core)
        clnrm_agent_release(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, CLNRM_ECLOSED);
}

int clnrm_room_after_open(lua_State *L, int status, lua_KContext ctx) /* stack: image room */
{
    struct clnrm_room_ud *ud = (struct clnrm_room_ud *)ctx;
    clnrm_waiters_done(L);
    if (status < 0) {
        clnrm_room_release(ud);
        return clnrm_fail(L, "room.open", status);
    }
    struct clnrm_agent_info info = clnrm_agent_info(ud->core);
    if (info.status < 0) {
        int results = clnrm_failf(L, "room.open", clnrm_code(info.status), "%s", info.reason);
        clnrm_room_release(ud);
        return results;
    }
    if (info.state == CLNRM_AGENT_STARTING)
        return clnrm_waiters_wait(L, &ud->waiters, clnrm_room_after_open, ctx);
    lua_settop(L, 2);
    return 1;
}

static int l_open(lua_State *L) /* open(image) -> room | nil, err.  Parks the calling task. */
{
    struct image_ud *image = luaL_checkudata(L, 1, CLNRM_ROOM_IMAGE);
    luaL_argcheck(L, image->frames.data, 1, "image is closed");
    lua_settop(L, 1);
    struct clnrm_room_ud *ud = clnrm_newobject(L, ROOM, sizeof(*ud));
    const struct clnrm_slice frames = {image->frames.data, image->frames.len};
    int status = clnrm_agent_open(clnrm_loop(L), frames, clnrm_room_on_change, ud, &ud->core);
    if (status < 0)
        return clnrm_fail(L, "room.open", status);
    return clnrm_waiters_wait(L, &ud->waiters, clnrm_room_after_open, (lua_KContext)ud);
}

void clnrm_room_push_reports(lua_State *L, const struct clnrm_agent_info *info)
{
    lua_createtable(L, (int)info->report_count, 0);
    for (uint32_t i = 0; i < info->report_count; i++) {
        const struct clnrm_agent_report *r = &info->reports[i];
        const char kind[2] = {(char)r->kind, 0};
        const struct {
            const char *name, *value;
        } texts[] = {{"kind", kind}, {"name", r->name}, {"argv", r->argv}, {"what", r->what}};
        lua_createtable(L, 0, 7);
        for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
            lua_pushstring(L, texts[k].value);
            lua_setfield(L, -2, texts[k].name);
        }
        lua_pushinteger(L, (lua_Integer)r->count);
        lua_setfield(L, -2, "count");
        lua_pushinteger(L, r->pid);
        lua_setfield(L, -2, "pid");
        lua_pushinteger(L, r->step);
        lua_setfield(L, -2, "step");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static int l_reports(lua_State *L) /* room:reports() -> {{kind, count, pid, ...}...} */
{
    struct clnrm_agent_info info = clnrm_agent_info(check_room(L)->core);
    clnrm_room_push_reports(L, &info);
    return 1;
}

static int push_closed(lua_State *L, struct clnrm_room_ud *ud)
{
    struct clnrm_agent_info info = clnrm_agent_info(ud->core);
    if (info.stuck)
        clnrm_failf(L, "room.close", "EAGENT", "processes of the room could not be ended");
    else if (info.status < 0)
        clnrm_failf(L, "room.close", clnrm_code(info.status), "%s", info.reason);
    else
        lua_pushinteger(L, info.killed);
    bool failed = info.stuck || info.status < 0;
    if (info.report_count > 0)
        clnrm_room_push_reports(L, &info);
    clnrm_room_release(ud);
    return (failed ? 2 : 1) + (info.report_count > 0);
}

static int after_close(lua_State *L, int status, lua_KContext ctx)
{
    struct clnrm_room_ud *ud = (struct clnrm_room_ud *)ctx;
    clnrm_waiters_done(L);
    if (!ud->core) { /* another task has closed it meanwhile */
        lua_pushinteger(L, 0);
        return 1;
    }
    if (status == UV_ECANCELED) {
        clnrm_room_release(ud);
        return clnrm_fail(L, "room.close", status);
    }
    if (clnrm_agent_info(ud->core).state != CLNRM_AGENT_ENDED)
        return clnrm_waiters_wait(L, &ud->waiters, after_close, ctx);
    return push_closed(L, ud);
}

/* room:close() -> killed, reports | nil, err, reports: ends the room; the number of processes that were
 * still alive; the reports, when there are any.
 * Parks until nothing of it is left, where that is possible; in a finalizer the room is killed. */
static int l_close(lua_State *L)
{
    struct clnrm_room_ud *ud = luaL_checkudata(L, 1, ROOM);
    lua_settop(L, 1);
    if (!ud->core)
        return 0;
    if (!clnrm_can_wait(L)) {
        clnrm_room_release(ud);
        return 0;
    }
    clnrm_agent_close(ud->core);
    if (clnrm_agent_info(ud->core).state == CLNRM_AGENT_ENDED)
        return push_closed(L, ud);
    return clnrm_waiters_wait(L, &ud->waiters, after_close, (lua_KContext)ud);
}

/* What is known of it */

static void push_facts(lua_State *L, const struct clnrm_agent_fact *facts, uint32_t count)
{
    lua_createtable(L, (int)count, 0);
    for (uint32_t i = 0; i < count; i++) {
        lua_createtable(L, 0, 2);
        lua_pushstring(L, facts[i].name);
        lua_setfield(L, -2, "name");
        lua_pushstring(L, facts[i].what);
        lua_setfield(L, -2, "what");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static int l_isolation(lua_State *L) /* room:isolation() -> {{name, what}...} */
{
    struct clnrm_agent_info info = clnrm_agent_info(check_room(L)->core);
    push_facts(L, info.isolation, info.isolation_count);
    return 1;
}

static int l_notes(lua_State *L) /* room:notes() -> {{name, what}...} */
{
    struct clnrm_agent_info info = clnrm_agent_info(check_room(L)->core);
    push_facts(L, info.notes, info.note_count);
    return 1;
}

static int l_pid(lua_State *L) /* room:pid() -> integer: of its agent, on the host */
{
    lua_pushinteger(L, clnrm_agent_info(check_room(L)->core).pid);
    return 1;
}

/* room:leave(): gives a room that others made up; what was started in it goes, the room stays. */
static int l_leave(lua_State *L)
{
    luaL_argcheck(L, clnrm_agent_info(check_room(L)->core).guest, 1, "the room is our own");
    clnrm_room_leave(L);
    return 0;
}

static int l_status(lua_State *L) /* room:status() -> true | nil, err: whether it can be used */
{
    struct clnrm_agent_info info = clnrm_agent_info(check_room(L)->core);
    if (info.status < 0)
        return clnrm_failf(L, "room.status", clnrm_code(info.status), "%s", info.reason);
    if (info.state != CLNRM_AGENT_READY)
        return clnrm_fail(L, "room.status", CLNRM_ECLOSED);
    lua_pushboolean(L, 1);
    return 1;
}

int luaopen_core_room(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"open", l_open},
        {"image", l_image},
        {"guest", l_guest},
        {"filter", l_filter},
        {"attach", clnrm_room_attach},
        {"agent_file", clnrm_room_agent_file},
        {NULL, NULL},
    };
    static const luaL_Reg methods[] = {
        {"spawn", clnrm_room_spawn},
        {"put", clnrm_room_put},
        {"get", clnrm_room_get},
        {"stat", clnrm_room_stat},
        {"survey", clnrm_room_survey},
        {"probe", clnrm_room_probe},
        {"view", clnrm_room_view},
        {"net", clnrm_room_net},
        {"status", l_status},
        {"notes", l_notes},
        {"reports", l_reports},
        {"pid", l_pid},
        {"isolation", l_isolation},
        {"dial", clnrm_room_dial},
        {"relay", clnrm_room_relay},
        {"publish", clnrm_room_publish},
        {"bridge", clnrm_room_bridge},
        {"fill", clnrm_room_fill},
        {"keep", clnrm_room_keep},
        {"leave", l_leave},
        {NULL, NULL},
    };
    clnrm_newtype(L, CLNRM_ROOM_IMAGE, none, l_image_close);
    clnrm_room_open_call(L);
    clnrm_room_open_process(L);
    clnrm_room_open_port(L);
    clnrm_room_open_bridge(L);
    return clnrm_newmodule(L, ROOM, functions, methods, l_close);
}
