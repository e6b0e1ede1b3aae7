/* bind_json.c -- Lua module core.json over core/json.h.  Types: stdlib/_meta/json.lua. */
#include "bind/json_values.h"
#include "core/json.h"
#include "core/utf8.h"

static const char array_key; /* registry: the metatable that marks a table as an array */
static const char null_key;  /* registry: the null value */

void clnrm_json_push_marks(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &array_key);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &null_key);
}

/* Decoding */

struct tree_ud {
    struct clnrm_json *root; /* NULL once it became Lua values */
};

enum { TREE = 3, ARRAY_MARK, NULL_VALUE }; /* stack of decode */

static void push_value(lua_State *L, const struct clnrm_json *node);

static void push_object(lua_State *L, const struct clnrm_json *node)
{
    void *iter = NULL;
    struct clnrm_slice key;
    const struct clnrm_json *value;
    lua_createtable(L, 0, (int)clnrm_json_count(node)); /* object */
    while (clnrm_json_next(node, &iter, &key, &value)) {
        lua_pushlstring(L, key.data, key.len);
        push_value(L, value);
        lua_rawset(L, -3);
    }
}

static void push_array(lua_State *L, const struct clnrm_json *node)
{
    size_t count = clnrm_json_count(node);
    lua_createtable(L, (int)count, 0); /* array */
    for (size_t i = 0; i < count; i++) {
        push_value(L, clnrm_json_item(node, i));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_pushvalue(L, ARRAY_MARK);
    lua_setmetatable(L, -2);
}

static void push_value(lua_State *L, const struct clnrm_json *node)
{
    struct clnrm_slice text;
    switch (clnrm_json_kind(node)) {
    case CLNRM_JSON_NULL:
        lua_pushvalue(L, NULL_VALUE);
        break;
    case CLNRM_JSON_FALSE:
        lua_pushboolean(L, 0);
        break;
    case CLNRM_JSON_TRUE:
        lua_pushboolean(L, 1);
        break;
    case CLNRM_JSON_INTEGER:
        lua_pushinteger(L, clnrm_json_integer(node));
        break;
    case CLNRM_JSON_REAL:
        lua_pushnumber(L, clnrm_json_real(node));
        break;
    case CLNRM_JSON_TEXT:
        text = clnrm_json_text(node);
        lua_pushlstring(L, text.data, text.len);
        break;
    case CLNRM_JSON_ARRAY:
        push_array(L, node);
        break;
    case CLNRM_JSON_OBJECT:
        push_object(L, node);
        break;
    }
}

static int l_tree_close(lua_State *L)
{
    struct tree_ud *ud = luaL_checkudata(L, 1, "core.json.tree");
    clnrm_json_free(ud->root);
    ud->root = NULL;
    return 0;
}

static int fail_at(lua_State *L, struct clnrm_slice text, int status,
                   const struct clnrm_json_error *err)
{
    size_t line, column;
    clnrm_utf8_position(text, err->offset, &line, &column);
    clnrm_failf(L, "json.decode", clnrm_code(status), "line %d, column %d: %s", (int)line,
                (int)column, err->why);
    lua_createtable(L, 0, 3); /* nil err pos */
    lua_pushinteger(L, (lua_Integer)line);
    lua_setfield(L, -2, "line");
    lua_pushinteger(L, (lua_Integer)column);
    lua_setfield(L, -2, "column");
    lua_pushinteger(L, (lua_Integer)err->offset);
    lua_setfield(L, -2, "offset");
    lua_setfield(L, -2, "pos");
    return 2;
}

static int l_decode(lua_State *L) /* decode(text [, {depth, values}]) -> value | nil, err */
{
    static const char *const names[] = {"depth", "values", NULL};
    struct clnrm_slice text;
    struct clnrm_json_error err;
    text.data = luaL_checklstring(L, 1, &text.len);
    clnrm_opt_check(L, 2, names);
    lua_Integer depth = clnrm_opt_integer(L, 2, "depth", CLNRM_JSON_DEPTH);
    luaL_argcheck(L, depth >= 0 && depth <= CLNRM_JSON_DEPTH_MAX, 2, "depth out of range");
    lua_Integer values = clnrm_opt_integer(L, 2, "values", LUA_MAXINTEGER);
    luaL_argcheck(L, values >= 0, 2, "values out of range");
    lua_settop(L, 2);
    luaL_checkstack(L, (int)depth * 2 + 16, "json");
    struct tree_ud *ud = clnrm_newobject(L, "core.json.tree", sizeof(*ud)); /* text opts tree */
    int status = clnrm_json_parse(text, (size_t)depth, (size_t)values, &ud->root, &err);
    if (status < 0)
        return fail_at(L, text, status, &err);
    clnrm_json_push_marks(L); /* text opts tree mark null */
    push_value(L, ud->root);
    clnrm_json_free(ud->root); /* now, not when the collector comes by */
    ud->root = NULL;
    return 1;
}

/* Marks */

static int l_array(lua_State *L) /* array([list]) -> list, marked as an array even when empty */
{
    lua_settop(L, 1);
    if (lua_isnil(L, 1)) {
        lua_newtable(L);
        lua_replace(L, 1);
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &array_key);
    luaL_argcheck(L, !lua_getmetatable(L, 1) || lua_rawequal(L, -1, 2), 1, "has a metatable");
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

static int
l_is_array(lua_State *L) /* is_array(value) -> boolean: was it marked, or decoded as one */
{
    luaL_checkany(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &array_key);
    lua_pushboolean(L, lua_istable(L, 1) && lua_getmetatable(L, 1) && lua_rawequal(L, -1, -2));
    return 1;
}

static int l_null_tostring(lua_State *L)
{
    lua_pushliteral(L, "null");
    return 1;
}

int luaopen_core_json(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"array", l_array},
        {"decode", l_decode},
        {"encode", clnrm_l_json_encode},
        {"is_array", l_is_array},
        {0},
    };
    static const luaL_Reg none[] = {{0}};
    clnrm_newtype(L, "core.json.tree", none, l_tree_close);
    clnrm_json_open_encoder(L);
    clnrm_push_array_mark(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &array_key);
    clnrm_newmodule(L, "core.json", functions, NULL, NULL); /* module */
    lua_newuserdatauv(L, 0, 0);                             /* module null */
    lua_createtable(L, 0, 3);
    lua_pushcfunction(L, l_null_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_pushliteral(L, "json.null");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &null_key);
    lua_setfield(L, -2, "null");
    return 1;
}
