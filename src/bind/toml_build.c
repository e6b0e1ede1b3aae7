/* toml_build.c -- see toml_build.h; each table is made with its final size. */
#include "bind/toml_build.h"
#include "bind/bind.h"
#include "core/toml_time.h"

#include <assert.h>

enum {
    KEY_SLOTS = 64,        /* keys that are kept on the stack */
    FIELD_MAX = 999999999, /* of a date or time */
    STACK_MAX = 4 * CLNRM_TOML_DEPTH_MAX + KEY_SLOTS + 16,
};

/* The building of one value: where on the stack what is needed often lies. */
struct build {
    const struct clnrm_toml_doc *doc;
    enum clnrm_toml_version version;
    int ids;  /* table -> node id, for positions; 0: not wanted */
    int keys; /* the first of KEY_SLOTS keys that were pushed lately */
    uint32_t key_at[KEY_SLOTS];
    uint16_t key_len[KEY_SLOTS];
};

static const char *const kind_names[] = {
    "?",          "string",     "integer", "float", "boolean", "datetime", "datetime-local",
    "date-local", "time-local", "array",   "table",
};

void clnrm_toml_push_bad(lua_State *L)
{
    static char bad;
    lua_pushlightuserdata(L, &bad);
}

static void set_integer(lua_State *L, const char *name, lua_Integer value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

/* Names of the metatables of the four kinds, by type of node; `kind` is a field of each. */
static const char *const time_names[] = {
    [CLNRM_TOML_DATETIME] = "core.toml.datetime",
    [CLNRM_TOML_DATETIME_LOCAL] = "core.toml.datetime-local",
    [CLNRM_TOML_DATE_LOCAL] = "core.toml.date-local",
    [CLNRM_TOML_TIME_LOCAL] = "core.toml.time-local",
};

static void push_time(lua_State *L, const struct build *b, const struct clnrm_toml_node *node)
{
    struct clnrm_toml_time t;
    const char *why = clnrm_toml_time_parse(clnrm_toml_bytes(b->doc, node->offset),
                                            node->end - node->offset, b->version, &t);
    assert(!why); /* it was read before */
    (void)why;
    lua_createtable(L, 0, t.type == CLNRM_TOML_DATETIME ? 8 : 4); /* time */
    if (t.type != CLNRM_TOML_TIME_LOCAL) {
        set_integer(L, "year", t.year);
        set_integer(L, "month", t.month);
        set_integer(L, "day", t.day);
    }
    if (t.type != CLNRM_TOML_DATE_LOCAL) {
        set_integer(L, "hour", t.hour);
        set_integer(L, "minute", t.minute);
        set_integer(L, "second", t.second);
        set_integer(L, "nanosecond", t.nanosecond);
    }
    if (t.type == CLNRM_TOML_DATETIME)
        set_integer(L, "offset_minutes", t.offset_minutes);
    luaL_setmetatable(L, time_names[node->type]);
}

static void push_value(lua_State *L, struct build *b, uint32_t id);

static void remember(lua_State *L, struct build *b, uint32_t id)
{
    lua_pushvalue(L, -1);
    lua_pushinteger(L, id);
    lua_rawset(L, b->ids);
}

static void push_array(lua_State *L, struct build *b, uint32_t id)
{
    const struct clnrm_toml_node *nodes = b->doc->nodes;
    uint32_t count = nodes[id].value.children.count, child = nodes[id].value.children.last;
    lua_createtable(L, (int)count, 0); /* array */
    for (uint32_t i = 1; i <= count; i++) {
        child = nodes[child].next;
        push_value(L, b, child);
        lua_rawseti(L, -2, i);
    }
    if (count == 0) { /* nothing else would tell it from an empty table */
        clnrm_push_array_mark(L);
        lua_setmetatable(L, -2);
    }
    if (b->ids)
        remember(L, b, id);
}

/* Pushes the key of a node.  A file has few different keys, and to copy one on the stack is much
 * cheaper than to intern it again. */
static inline void push_key(lua_State *L, struct build *b, const struct clnrm_toml_node *node)
{
    const char *key = clnrm_toml_bytes(b->doc, node->key);
    unsigned slot = (node->key_tag * 7u + (node->key_tag >> 8) + node->key_len * 5u) % KEY_SLOTS;
    if (b->key_len[slot] == node->key_len && node->key_len &&
        memcmp(clnrm_toml_bytes(b->doc, b->key_at[slot]), key, node->key_len) == 0) {
        lua_pushvalue(L, b->keys + (int)slot);
        return;
    }
    lua_pushlstring(L, key, node->key_len);
    lua_copy(L, -1, b->keys + (int)slot);
    b->key_at[slot] = node->key;
    b->key_len[slot] = node->key_len;
}

static void push_table(lua_State *L, struct build *b, uint32_t id)
{
    const struct clnrm_toml_node *nodes = b->doc->nodes;
    uint32_t count = nodes[id].value.children.count, child = nodes[id].value.children.last;
    lua_createtable(L, 0, (int)count); /* table */
    for (uint32_t i = 0; i < count; i++) {
        child = nodes[child].next;
        push_key(L, b, &nodes[child]);
        push_value(L, b, child); /* table key value */
        lua_rawset(L, -3);
    }
    if (b->ids)
        remember(L, b, id);
}

static void push_value(lua_State *L, struct build *b, uint32_t id)
{
    const struct clnrm_toml_node *node = &b->doc->nodes[id];
    switch (node->type) {
    case CLNRM_TOML_BAD:
        clnrm_toml_push_bad(L);
        break;
    case CLNRM_TOML_STRING:
        lua_pushlstring(L, clnrm_toml_bytes(b->doc, node->value.string.at), node->value.string.len);
        break;
    case CLNRM_TOML_INTEGER:
        lua_pushinteger(L, node->value.integer);
        break;
    case CLNRM_TOML_FLOAT:
        lua_pushnumber(L, node->value.number);
        break;
    case CLNRM_TOML_BOOLEAN:
        lua_pushboolean(L, node->value.boolean);
        break;
    case CLNRM_TOML_ARRAY:
        push_array(L, b, id);
        break;
    case CLNRM_TOML_TABLE:
        push_table(L, b, id);
        break;
    default:
        push_time(L, b, node);
    }
}

void clnrm_toml_build(lua_State *L, const struct clnrm_toml_doc *doc,
                      enum clnrm_toml_version version, int ids)
{
    struct build b = {.doc = doc, .version = version, .ids = ids};
    luaL_checkstack(L, STACK_MAX, "TOML is nested too deep");
    b.keys = lua_gettop(L) + 1;
    lua_settop(L, b.keys + KEY_SLOTS - 1);
    push_value(L, &b, 0);
}

/* Returns the kind of the table at 1: a date or time, or an array when it holds a list or is marked
 * as one, or else a table. */
static const char *table_kind(lua_State *L)
{
    if (lua_rawlen(L, 1) > 0)
        return kind_names[CLNRM_TOML_ARRAY];
    if (!lua_getmetatable(L, 1))
        return kind_names[CLNRM_TOML_TABLE];
    clnrm_push_array_mark(L);
    if (lua_rawequal(L, -1, -2))
        return kind_names[CLNRM_TOML_ARRAY];
    for (int type = CLNRM_TOML_DATETIME; type <= CLNRM_TOML_TIME_LOCAL; type++) {
        luaL_getmetatable(L, time_names[type]);
        if (lua_rawequal(L, -1, 2))
            return kind_names[type];
    }
    return kind_names[CLNRM_TOML_TABLE];
}

int clnrm_toml_l_type(lua_State *L) /* type(value) -> TOML's name of its type | nil */
{
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    switch (lua_type(L, 1)) {
    case LUA_TSTRING:
        lua_pushstring(L, "string");
        return 1;
    case LUA_TBOOLEAN:
        lua_pushstring(L, "boolean");
        return 1;
    case LUA_TNUMBER:
        lua_pushstring(L, lua_isinteger(L, 1) ? "integer" : "float");
        return 1;
    case LUA_TTABLE:
        lua_pushstring(L, table_kind(L));
        return 1;
    default:
        return 0;
    }
}

static int get_integer(lua_State *L, const char *name)
{
    lua_getfield(L, 1, name);
    lua_Integer value = lua_tointeger(L, -1);
    lua_pop(L, 1);
    return value < -FIELD_MAX || value > FIELD_MAX ? 0 : (int)value;
}

static int l_time_tostring(lua_State *L) /* __tostring of dates and times: RFC 3339 */
{
    char text[CLNRM_TOML_TIME_TEXT];
    luaL_checktype(L, 1, LUA_TTABLE);
    struct clnrm_toml_time t = {.type =
                                    (enum clnrm_toml_type)lua_tointeger(L, lua_upvalueindex(1))};
    t.year = get_integer(L, "year"), t.month = get_integer(L, "month");
    t.day = get_integer(L, "day"), t.hour = get_integer(L, "hour");
    t.minute = get_integer(L, "minute"), t.second = get_integer(L, "second");
    t.nanosecond = get_integer(L, "nanosecond");
    t.offset_minutes = get_integer(L, "offset_minutes");
    lua_pushlstring(L, text, (size_t)clnrm_toml_time_print(&t, text));
    return 1;
}

static int l_time_eq(lua_State *L) /* __eq of dates and times: same kind, same fields */
{
    luaL_tolstring(L, 1, NULL);
    luaL_tolstring(L, 2, NULL);
    lua_pushboolean(L, lua_rawequal(L, -1, -2));
    return 1;
}

void clnrm_toml_open_kinds(lua_State *L)
{
    for (int type = CLNRM_TOML_DATETIME; type <= CLNRM_TOML_TIME_LOCAL; type++) {
        luaL_newmetatable(L, time_names[type]); /* meta */
        lua_createtable(L, 0, 1);               /* meta index */
        lua_pushstring(L, kind_names[type]);
        lua_setfield(L, -2, "kind");
        lua_setfield(L, -2, "__index");
        lua_pushinteger(L, type);
        lua_pushcclosure(L, l_time_tostring, 1);
        lua_setfield(L, -2, "__tostring");
        lua_pushcfunction(L, l_time_eq);
        lua_setfield(L, -2, "__eq");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
        lua_pop(L, 1);
    }
}
