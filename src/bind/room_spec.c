/* room_spec.c -- Lua tables as specs of rooms and commands; every wrong value is named. */
#include "bind/room.h"

#include <arpa/inet.h>
#include <sys/resource.h>

enum { ENV_MAX = 4096 };

static const struct {
    const char *name;
    char kind;
    bool has_source, has_size;
} kinds[] = {
    {"dir", CLNRM_OP_DIR, false, false},     {"file", CLNRM_OP_FILE, true, false},
    {"link", CLNRM_OP_LINK, true, false},    {"ro", CLNRM_OP_RO, true, false},
    {"rw", CLNRM_OP_RW, true, false},        {"copy", CLNRM_OP_COPY, true, true},
    {"tmpfs", CLNRM_OP_TMPFS, false, true},  {"proc", CLNRM_OP_PROC, false, false},
    {"dev", CLNRM_OP_DEV, false, true},      {"mask", CLNRM_OP_MASK, false, false},
    {"stand", CLNRM_OP_STAND, false, false}, {"fill", CLNRM_OP_FILL, true, true},
    {"place", CLNRM_OP_PLACE, false, false},
};

static const struct {
    const char *name;
    uint32_t resource;
} limits[] = {
    {"core", RLIMIT_CORE},     {"cpu", RLIMIT_CPU},         {"data", RLIMIT_DATA},
    {"fsize", RLIMIT_FSIZE},   {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE},
    {"nofile", RLIMIT_NOFILE}, {"nproc", RLIMIT_NPROC},     {"sigpending", RLIMIT_SIGPENDING},
    {"stack", RLIMIT_STACK},
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Reads a whole number of at least 0 that fits in `max`. */
static uint64_t read_number(lua_State *L, int index, const char *name, uint64_t max)
{
    lua_Integer value = clnrm_opt_integer(L, index, name, 0);
    if (value < 0 || (uint64_t)value > max)
        luaL_error(L, "option '%s' is out of range", name);
    return (uint64_t)value;
}

static struct clnrm_slice read_text(lua_State *L, int index, const char *name)
{
    struct clnrm_slice text;
    text.data = clnrm_opt_text(L, index, name, "", &text.len);
    return text;
}

unsigned clnrm_room_read_texts(lua_State *L, int index, const char *name, struct clnrm_slice *out,
                               unsigned max, bool may_have_nul)
{
    if (lua_getfield(L, index, name) == LUA_TNIL) {
        lua_pop(L, 1);
        return 0;
    }
    if (lua_type(L, -1) != LUA_TTABLE)
        luaL_error(L, "option '%s' must be a list of strings", name);
    lua_Integer count = luaL_len(L, -1);
    if (count > (lua_Integer)max)
        luaL_error(L, "option '%s' has more than %d elements", name, (int)max);
    for (lua_Integer i = 0; i < count; i++) {
        if (lua_rawgeti(L, -1, i + 1) != LUA_TSTRING)
            luaL_error(L, "option '%s' must be a list of strings", name);
        out[i].data = lua_tolstring(L, -1, &out[i].len);
        if (!may_have_nul && memchr(out[i].data, 0, out[i].len))
            luaL_error(L, "option '%s' has a NUL byte in it", name);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return (unsigned)count;
}

/* Reads the operation on top of the stack. */
static void read_op(lua_State *L, struct clnrm_room_op *op)
{
    static const char *const names[] = {"kind",   "target",   "source", "mode",     "size",
                                        "inodes", "optional", "noexec", "readonly", NULL};
    int index = lua_gettop(L);
    clnrm_opt_check(L, index, names);
    struct clnrm_slice kind = read_text(L, index, "kind");
    size_t i = 0;
    while (i < COUNT(kinds) && !clnrm_slice_equal(kind, clnrm_slice_of(kinds[i].name)))
        i++;
    if (i == COUNT(kinds))
        luaL_error(L, "there is no room operation '%s'", kind.data);
    *op = (struct clnrm_room_op){
        .kind = (uint8_t)kinds[i].kind,
        .target = read_text(L, index, "target"),
        .source = read_text(L, index, "source"),
        .mode = (uint32_t)read_number(L, index, "mode", 07777),
        .size = read_number(L, index, "size", INT64_MAX),
        .inodes = read_number(L, index, "inodes", INT64_MAX),
        .flags = (clnrm_opt_boolean(L, index, "optional", false) ? CLNRM_OP_OPTIONAL : 0u) |
                 (clnrm_opt_boolean(L, index, "noexec", false) ? CLNRM_OP_NOEXEC : 0u) |
                 (clnrm_opt_boolean(L, index, "readonly", false) ? CLNRM_OP_READONLY : 0u),
    };
    if (op->target.len == 0 || op->target.data[0] != '/')
        luaL_error(L, "the target of a room operation must be an absolute path");
    if (!kinds[i].has_source && op->source.len > 0)
        luaL_error(L, "room operation '%s' takes no source", kind.data);
    if (kinds[i].has_size && (op->size == 0 || op->inodes == 0))
        luaL_error(L, "room operation '%s' needs size and inodes", kind.data);
}

static struct clnrm_room_op ops_read[CLNRM_ROOM_OPS_MAX], shelf_read[CLNRM_ROOM_OPS_MAX];

static uint32_t read_list(lua_State *L, int index, struct clnrm_room_op *to)
{
    lua_Integer len = luaL_len(L, index);
    if (len > (lua_Integer)CLNRM_ROOM_OPS_MAX)
        luaL_error(L, "option 'ops' has more than %d elements", (int)CLNRM_ROOM_OPS_MAX);
    for (lua_Integer i = 0; i < len; i++) {
        if (lua_rawgeti(L, index, i + 1) != LUA_TTABLE)
            luaL_error(L, "option 'ops' must be a list of tables");
        read_op(L, &to[i]);
        lua_pop(L, 1);
    }
    return (uint32_t)len;
}

uint32_t clnrm_room_read_ops(lua_State *L, int index, const struct clnrm_room_op **out)
{
    *out = ops_read;
    return read_list(L, index, ops_read);
}

/* Reads option `ops` (or another of that kind), a list, to the static array `to`. */
static uint32_t read_ops(lua_State *L, int index, const char *name, struct clnrm_room_op *to)
{
    uint32_t count = 0;
    if (lua_getfield(L, index, name) == LUA_TTABLE)
        count = read_list(L, lua_gettop(L), to);
    else if (!lua_isnil(L, -1))
        luaL_error(L, "option '%s' must be a list", name);
    lua_pop(L, 1);
    return count;
}

static uint32_t read_id(lua_State *L, int index, const char *name)
{
    return (uint32_t)read_number(L, index, name, CLNRM_FRAME_AGENT_ID - 1);
}

uint32_t clnrm_room_read_view(lua_State *L, int index)
{
    static const char *const names[] = {"view", NULL};
    if (lua_isnoneornil(L, index))
        return 0;
    luaL_checktype(L, index, LUA_TTABLE);
    clnrm_opt_check(L, index, names);
    return read_id(L, index, "view");
}

static bool read_place(lua_State *L, int index, const char *const *names, bool any,
                       struct clnrm_address *at)
{
    struct in_addr ip;
    at->net = 0;
    at->ip = INADDR_LOOPBACK;
    if (lua_isnoneornil(L, index))
        return false;
    luaL_checktype(L, index, LUA_TTABLE);
    clnrm_opt_check(L, index, names);
    at->net = read_id(L, index, "net");
    const char *text = clnrm_opt_text(L, index, "ip", "127.0.0.1", NULL);
    if (inet_pton(AF_INET, text, &ip) != 1 || (!any && ntohl(ip.s_addr) >> 24 != 127))
        luaL_error(L, "option 'ip' must be an address%s", any ? "" : " in 127.0.0.0/8");
    at->ip = ntohl(ip.s_addr);
    return true;
}

bool clnrm_room_read_place(lua_State *L, int index, const char *const *names,
                           struct clnrm_address *at)
{
    return read_place(L, index, names, false, at);
}

bool clnrm_room_read_any_place(lua_State *L, int index, const char *const *names,
                               struct clnrm_address *at)
{
    return read_place(L, index, names, true, at);
}

uint16_t clnrm_room_check_port(lua_State *L, int arg, bool may_be_zero)
{
    lua_Integer port = luaL_checkinteger(L, arg);
    luaL_argcheck(L, port >= !may_be_zero && port < 65536, arg, "not a port");
    return (uint16_t)port;
}

void clnrm_room_read_spec(lua_State *L, int index, struct clnrm_room_spec *out)
{
    static const char *const names[] = {"hostname", "uid",     "gid",   "root_size", "root_inodes",
                                        "ops",      "filters", "shelf", "guard",     NULL};
    clnrm_opt_check(L, index, names);
    *out = (struct clnrm_room_spec){
        .hostname = read_text(L, index, "hostname"),
        .uid = (uint32_t)read_number(L, index, "uid", UINT32_MAX - 1),
        .gid = (uint32_t)read_number(L, index, "gid", UINT32_MAX - 1),
        .root_size = read_number(L, index, "root_size", INT64_MAX),
        .root_inodes = read_number(L, index, "root_inodes", INT64_MAX),
    };
    out->ops = ops_read;
    out->op_count = read_ops(L, index, "ops", ops_read);
    out->shelf = shelf_read;
    out->shelf_count = read_ops(L, index, "shelf", shelf_read);
}

static uint32_t read_limits(lua_State *L, int index, struct clnrm_limit *out)
{
    uint32_t count = 0;
    if (lua_getfield(L, index, "limits") == LUA_TTABLE) {
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
            const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
            size_t i = 0;
            while (i < COUNT(limits) && strcmp(limits[i].name, name) != 0)
                i++;
            if (i == COUNT(limits))
                luaL_error(L, "there is no limit '%s'", name);
            if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 0)
                luaL_error(L, "limit '%s' must be a whole number", name);
            out[count++] = (struct clnrm_limit){limits[i].resource, (uint64_t)lua_tointeger(L, -1)};
        }
    } else if (!lua_isnil(L, -1)) {
        luaL_error(L, "option 'limits' must be a table");
    }
    lua_pop(L, 1);
    return count;
}

/* Reads an id in field `name` of the table on top of the stack. */
static uint32_t read_user_id(lua_State *L, const char *name)
{
    if (lua_getfield(L, -1, name) == LUA_TNIL)
        luaL_error(L, "option 'user' needs '%s'", name);
    lua_pop(L, 1);
    return (uint32_t)read_number(L, lua_gettop(L), name, UINT32_MAX - 1);
}

static void read_user(lua_State *L, int index, struct clnrm_user *out)
{
    static const char *const names[] = {"uid", "gid", "groups", NULL};
    static uint32_t groups[CLNRM_USER_GROUPS_MAX];
    int type = lua_getfield(L, index, "user");
    *out = (struct clnrm_user){.kind = CLNRM_USER_SAME, .groups = groups};
    if (type == LUA_TSTRING) {
        out->kind = CLNRM_USER_NAME;
        out->name.data = lua_tolstring(L, -1, &out->name.len);
        if (out->name.len == 0 || out->name.len > CLNRM_USER_NAME_MAX)
            luaL_error(L, "option 'user' must be 1 to %d bytes", (int)CLNRM_USER_NAME_MAX);
    } else if (type == LUA_TTABLE) {
        clnrm_opt_check(L, lua_gettop(L), names);
        out->kind = CLNRM_USER_IDS;
        out->uid = read_user_id(L, "uid");
        out->gid = read_user_id(L, "gid");
        if (lua_getfield(L, -1, "groups") == LUA_TTABLE) {
            lua_Integer count = luaL_len(L, -1);
            if (count > (lua_Integer)CLNRM_USER_GROUPS_MAX)
                luaL_error(L, "option 'groups' has more than %d elements",
                           (int)CLNRM_USER_GROUPS_MAX);
            for (lua_Integer i = 0; i < count; i++) {
                lua_rawgeti(L, -1, i + 1);
                lua_Integer id = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;
                if (id < 0 || id >= UINT32_MAX)
                    luaL_error(L, "option 'groups' must be a list of numbers of groups");
                groups[out->group_count++] = (uint32_t)id;
                lua_pop(L, 1);
            }
        } else if (!lua_isnil(L, -1)) {
            luaL_error(L, "option 'groups' must be a list");
        }
        lua_pop(L, 1);
    } else if (type != LUA_TNIL) {
        luaL_error(L, "option 'user' must be a text or a table");
    }
    lua_pop(L, 1);
}

void clnrm_room_read_spawn(lua_State *L, int index, struct clnrm_spawn_spec *out)
{
    static const char *const names[] = {"argv",   "env",     "cwd",  "stdin",      "deadline_ms",
                                        "limits", "filter",  "ops",  "keep_group", "tty",
                                        "merge",  "out_max", "view", "net",        "hostname",
                                        "group",  "user",    NULL};
    static struct clnrm_slice argv[CLNRM_SPAWN_ARGS_MAX], env[ENV_MAX];
    static struct clnrm_limit values[COUNT(limits)];
    clnrm_opt_check(L, index, names);
    *out = (struct clnrm_spawn_spec){.argv = argv, .env = env, .limits = values, .ops = ops_read};
    out->argc = clnrm_room_read_texts(L, index, "argv", argv, CLNRM_SPAWN_ARGS_MAX, false);
    luaL_argcheck(L, out->argc > 0, index, "option 'argv' must name a command");
    out->envc = clnrm_room_read_texts(L, index, "env", env, ENV_MAX, false);
    out->cwd = read_text(L, index, "cwd");
    if (out->cwd.len == 0)
        out->cwd = clnrm_slice_of("/");
    lua_Number ms = clnrm_opt_number(L, index, "deadline_ms", 0);
    luaL_argcheck(L, ms >= 0 && ms < 1e12, index, "option 'deadline_ms' is out of range");
    out->deadline_us = ms > 0 && ms < 1 ? 1000 : (uint64_t)(ms * 1000);
    out->limit_count = read_limits(L, index, values);
    lua_Integer filter = clnrm_opt_integer(L, index, "filter", -1);
    luaL_argcheck(L, filter >= -1 && filter < 8, index, "option 'filter' is out of range");
    out->filter = filter < 0 ? CLNRM_NO_FILTER : (uint32_t)filter;
    out->op_count = read_ops(L, index, "ops", ops_read);
    out->view = read_id(L, index, "view");
    out->net = read_id(L, index, "net");
    out->hostname = read_text(L, index, "hostname");
    luaL_argcheck(L, out->hostname.len <= CLNRM_ROOM_HOSTNAME_MAX, index,
                  "option 'hostname' is too long");
    read_user(L, index, &out->user);
    if (clnrm_opt_boolean(L, index, "keep_group", false))
        out->flags |= CLNRM_SPAWN_KEEP_GROUP;
    if (clnrm_opt_boolean(L, index, "merge", false))
        out->flags |= CLNRM_SPAWN_MERGE;
    if (clnrm_opt_boolean(L, index, "tty", false))
        out->flags |= CLNRM_SPAWN_TTY;
}
