/* bind_toml.c -- Lua module core.toml over core/toml.h.  Types: stdlib/_meta/toml.lua. */
#include "bind/bind.h"
#include "bind/toml_build.h"
#include "bind/toml_print.h"
#include "bind/toml_problems.h"
#include "bind/toml_shape.h"
#include "core/toml.h"

#include <stdio.h>

#define POSITIONS "core.toml.positions"

/* What the workspace may keep for the next text. */
enum { KEEP_NODES = 8192, KEEP_BYTES = 64 * 1024 };

/* A document that lives as long as Lua wants it: the module's workspace, or positions. */
struct doc_ud {
    bool open;
    uint32_t cursor_array, cursor_index, cursor_node; /* the array element asked for last */
    struct clnrm_toml_doc doc;
};

static void push_code(lua_State *L, int code)
{
    char text[16];
    snprintf(text, sizeof(text), "P%03d", code);
    lua_pushstring(L, text);
}

/* Returns the document to read into: the module's own unless it is in use, which it is when a
 * finalizer decodes while a value is built, or a new one that Lua owns.  Pushes one value. */
static struct doc_ud *open_doc(lua_State *L, bool own)
{
    struct doc_ud *ud = lua_touserdata(L, lua_upvalueindex(1));
    if (!own && !ud->open) {
        lua_pushnil(L);
    } else {
        ud = clnrm_newobject(L, POSITIONS, sizeof(*ud));
    }
    ud->open = true;
    return ud;
}

/* Ends the use of a document that is not handed out. */
static void close_doc(struct doc_ud *ud)
{
    const struct clnrm_toml_doc *doc = &ud->doc;
    if (doc->node_cap > KEEP_NODES || doc->decoded_cap > KEEP_BYTES || doc->error_count)
        clnrm_toml_free(&ud->doc);
    ud->open = false;
}

static uint32_t count_containers(const struct clnrm_toml_doc *doc)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < doc->node_count; i++)
        count += doc->nodes[i].type >= CLNRM_TOML_ARRAY;
    return count;
}

/* Pushes the value of what was read into `ud`, and its positions, which are at 3. */
static void push_with_positions(lua_State *L, struct doc_ud *ud, enum clnrm_toml_version version)
{
    lua_settop(L, 3);
    lua_createtable(L, 0, (int)count_containers(&ud->doc) + 1); /* text opts doc ids */
    lua_pushvalue(L, 1);
    lua_setfield(L, 4, "text"); /* the document points into it */
    lua_pushvalue(L, 4);
    lua_setiuservalue(L, 3, 1);
    clnrm_toml_build(L, &ud->doc, version, 4);
    lua_pushvalue(L, 3);
}

/* Pushes what is returned for a text that is not TOML: nil and the problems, or, when `partial`, what
 * could be read as well. */
static int push_failure(lua_State *L, struct doc_ud *ud, int status, const char *source,
                        const enum clnrm_toml_version *partial)
{
    if (!partial || status == CLNRM_ELIMIT || ud->doc.errors_cut) {
        lua_pushnil(L);
        clnrm_toml_push_problems(L, &ud->doc, "toml.decode", status, source);
        close_doc(ud);
        return 2;
    }
    push_with_positions(L, ud, *partial);
    clnrm_toml_push_problems(L, &ud->doc, "toml.decode", status, source);
    return 3;
}

static int l_decode(lua_State *L) /* decode(text, opts) -> value, positions | nil, problems */
{
    static const char *const names[] = {"version",    "positions", "source",
                                        "max_values", "partial",   NULL};
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    lua_settop(L, 2);
    clnrm_opt_check(L, 2, names);
    const char *version = clnrm_opt_text(L, 2, "version", "1.1", NULL);
    const char *source = clnrm_opt_text(L, 2, "source", "toml", NULL);
    bool positions = clnrm_opt_boolean(L, 2, "positions", false);
    bool partial = clnrm_opt_boolean(L, 2, "partial", false);
    luaL_argcheck(L, positions || !partial, 2, "option 'partial' needs 'positions'");
    lua_Integer max = clnrm_opt_integer(L, 2, "max_values", CLNRM_TOML_NODES_MAX - 1);
    luaL_argcheck(L, max >= 1 && max < CLNRM_TOML_NODES_MAX, 2,
                  "option 'max_values' must be 1 to 999999");
    struct clnrm_toml_options options = {.version = CLNRM_TOML_1_1, .nodes_max = (uint32_t)max + 1};
    if (strcmp(version, "1.0") == 0)
        options.version = CLNRM_TOML_1_0;
    else if (strcmp(version, "1.1") != 0)
        return luaL_argerror(L, 2, "option 'version' must be \"1.0\" or \"1.1\"");

    struct doc_ud *ud = open_doc(L, positions); /* text opts doc */
    int status = clnrm_toml_parse(&ud->doc, text, len, &options);
    if (status < 0)
        return push_failure(L, ud, status, source, partial ? &options.version : NULL);
    if (!positions) {
        clnrm_toml_build(L, &ud->doc, options.version, 0);
        close_doc(ud);
        return 1;
    }
    push_with_positions(L, ud, options.version);
    return 2;
}

/* Returns the node of the table at argument 2, which must be one of this document. */
static uint32_t check_table(lua_State *L, struct doc_ud **out)
{
    struct doc_ud *ud = luaL_checkudata(L, 1, POSITIONS);
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_argcheck(L, lua_getiuservalue(L, 1, 1) == LUA_TTABLE, 1, "positions are closed");
    lua_pushvalue(L, 2);
    luaL_argcheck(L, lua_rawget(L, -2) == LUA_TNUMBER, 2, "table is not of this document");
    uint32_t id = (uint32_t)lua_tointeger(L, -1);
    lua_pop(L, 2);
    *out = ud;
    return id;
}

/* Returns element `index` of an array, or 0.  Goes on from the element asked for before. */
static uint32_t find_element(struct doc_ud *ud, uint32_t id, lua_Integer index)
{
    const struct clnrm_toml_node *nodes = ud->doc.nodes;
    if (index < 1 || index > (lua_Integer)nodes[id].value.children.count)
        return 0;
    if (ud->cursor_array != id || ud->cursor_index > (uint32_t)index) {
        ud->cursor_array = id;
        ud->cursor_index = 1;
        ud->cursor_node = clnrm_toml_first(&ud->doc, id);
    }
    for (; ud->cursor_index < (uint32_t)index; ud->cursor_index++)
        ud->cursor_node = nodes[ud->cursor_node].next;
    return ud->cursor_node;
}

/* Returns the node that argument 3 names in the table at argument 2, or 0. */
static uint32_t check_child(lua_State *L, struct doc_ud **out)
{
    uint32_t id = check_table(L, out);
    if ((*out)->doc.nodes[id].type == CLNRM_TOML_ARRAY)
        return find_element(*out, id, luaL_checkinteger(L, 3));
    size_t len;
    const char *key = luaL_checklstring(L, 3, &len);
    return clnrm_toml_find(&(*out)->doc, id, key, len);
}

static int push_span(lua_State *L, uint32_t offset, uint32_t end)
{
    lua_pushinteger(L, offset);
    lua_pushinteger(L, end);
    return 2;
}

static int l_key(lua_State *L) /* positions:key(table, key) -> offset, end | nil */
{
    struct doc_ud *ud;
    uint32_t offset, end, id = check_child(L, &ud);
    if (!id || lua_type(L, 3) != LUA_TSTRING)
        return 0;
    clnrm_toml_key_span(&ud->doc, id, &offset, &end);
    return push_span(L, offset, end);
}

static int l_value(lua_State *L) /* positions:value(table, key) -> offset, end | nil */
{
    struct doc_ud *ud;
    uint32_t id = check_child(L, &ud);
    return id ? push_span(L, ud->doc.nodes[id].offset, ud->doc.nodes[id].end) : 0;
}

static int l_table(lua_State *L) /* positions:table(table) -> offset, end */
{
    struct doc_ud *ud;
    uint32_t id = check_table(L, &ud);
    return push_span(L, ud->doc.nodes[id].offset, ud->doc.nodes[id].end);
}

static int l_keys(lua_State *L) /* positions:keys(table) -> keys in the order of the text */
{
    struct doc_ud *ud;
    uint32_t id = check_table(L, &ud);
    const struct clnrm_toml_node *nodes = ud->doc.nodes;
    uint32_t count = nodes[id].type == CLNRM_TOML_TABLE ? nodes[id].value.children.count : 0;
    uint32_t child = nodes[id].value.children.last;
    lua_createtable(L, (int)count, 0);
    for (uint32_t i = 1; i <= count; i++) {
        child = nodes[child].next;
        lua_pushlstring(L, clnrm_toml_bytes(&ud->doc, nodes[child].key), nodes[child].key_len);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

static int l_count(lua_State *L) /* positions:count() -> integer */
{
    struct doc_ud *ud = luaL_checkudata(L, 1, POSITIONS);
    luaL_argcheck(L, ud->open, 1, "positions are closed");
    lua_pushinteger(L, (lua_Integer)ud->doc.node_count - 1); /* the root is none */
    return 1;
}

static int l_close(lua_State *L) /* positions:close(), __close and __gc */
{
    struct doc_ud *ud = luaL_checkudata(L, 1, POSITIONS);
    clnrm_toml_free(&ud->doc);
    ud->open = false;
    lua_pushnil(L);
    lua_setiuservalue(L, 1, 1);
    return 0;
}

static int l_line_column(lua_State *L) /* line_column(text, offset) -> line, column */
{
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    lua_Integer offset = luaL_checkinteger(L, 2);
    luaL_argcheck(L, offset >= 0, 2, "offset must not be negative");
    uint32_t line, column;
    clnrm_toml_line_column(text, len, (size_t)offset, &line, &column);
    return push_span(L, line, column);
}

static void push_codes(lua_State *L)
{
    lua_newtable(L);
#define X(name, number, text)                                                                      \
    push_code(L, number);                                                                          \
    lua_pushstring(L, text);                                                                       \
    lua_rawset(L, -3);
    CLNRM_TOML_ERROR_TABLE(X)
#undef X
}

int luaopen_core_toml(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"key", l_key},   {"value", l_value}, {"table", l_table},
        {"keys", l_keys}, {"count", l_count}, {NULL, NULL},
    };
    static const luaL_Reg functions[] = {
        {"decode", NULL}, /* below: it has the workspace */
        {"line_column", l_line_column},
        {"type", clnrm_toml_l_type},
        {NULL, NULL},
    };
    clnrm_newtype(L, POSITIONS, methods, l_close);
    clnrm_toml_open_kinds(L);
    clnrm_newmodule(L, "core.toml", functions, NULL, NULL); /* module */
    clnrm_newobject(L, POSITIONS, sizeof(struct doc_ud));
    lua_pushcclosure(L, l_decode, 1);
    lua_setfield(L, -2, "decode");
    clnrm_toml_open_print(L);
    clnrm_toml_open_shape(L);
    push_codes(L);
    lua_setfield(L, -2, "codes");
    clnrm_toml_push_bad(L);
    lua_setfield(L, -2, "bad");
    return 1;
}
