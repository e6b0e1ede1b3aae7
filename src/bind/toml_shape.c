/* toml_shape.c -- see toml_shape.h; core/toml_shape.h does the work. */
#include "bind/toml_shape.h"
#include "bind/bind.h"
#include "core/toml_shape.h"

#define SHAPE "core.toml.shape"
#define WALK "core.toml.walk"

/* What is kept for the next text. */
enum { KEEP_NODES = 8192, KEEP_BYTES = 64 * 1024, KEEP_MEMBERS = 1024 };

struct shape_ud {
    struct clnrm_shape *core; /* NULL once closed */
};

struct walk_ud {
    struct clnrm_toml_doc doc;
    struct clnrm_toml_walk walk;
};

static int l_shape_close(lua_State *L) /* shape:close(), __close and __gc */
{
    struct shape_ud *ud = luaL_checkudata(L, 1, SHAPE);
    clnrm_shape_free(ud->core);
    ud->core = NULL;
    return 0;
}

static int l_walk_close(lua_State *L) /* __gc of the workspace */
{
    struct walk_ud *ud = luaL_checkudata(L, 1, WALK);
    clnrm_toml_free(&ud->doc);
    clnrm_toml_walk_free(&ud->walk);
    return 0;
}

static int l_shape(lua_State *L) /* shape(text) -> shape */
{
    struct clnrm_slice text;
    unsigned line;
    text.data = luaL_checklstring(L, 1, &text.len);
    struct shape_ud *ud = clnrm_newobject(L, SHAPE, sizeof(*ud));
    if (clnrm_shape_parse(text, &ud->core, &line) < 0)
        return luaL_error(L, "line %d of the shape is wrong", (int)line);
    unsigned count = clnrm_shape_marks(ud->core);
    lua_createtable(L, (int)count, 0); /* shape marks */
    for (unsigned i = 0; i < count; i++) {
        lua_pushstring(L, clnrm_shape_mark(ud->core, i));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setiuservalue(L, -2, 1);
    return 1;
}

/* Pushes a table of the marks that are set; the shape is at 2. */
static void push_marks(lua_State *L, const struct clnrm_toml_walk *walk)
{
    int count = 0;
    for (unsigned i = 0; i < CLNRM_SHAPE_MARKS_MAX / 64; i++)
        count += __builtin_popcountll(walk->marks[i]);
    lua_getiuservalue(L, 2, 1);
    lua_createtable(L, 0, count); /* names facts */
    for (unsigned i = 0; i < CLNRM_SHAPE_MARKS_MAX / 64; i++)
        for (uint64_t left = walk->marks[i]; left; left &= left - 1) {
            lua_rawgeti(L, -2, (lua_Integer)(i * 64 + (unsigned)__builtin_ctzll(left) + 1));
            lua_pushboolean(L, 1);
            lua_rawset(L, -3);
        }
}

static void release(struct walk_ud *ud)
{
    if (ud->doc.node_cap > KEEP_NODES || ud->doc.decoded_cap > KEEP_BYTES || ud->doc.error_count)
        clnrm_toml_free(&ud->doc);
    if (ud->walk.member_cap > KEEP_MEMBERS || ud->walk.reference_cap > KEEP_MEMBERS)
        clnrm_toml_walk_free(&ud->walk);
}

static int l_fits(lua_State *L) /* fits(text, shape [, is_rendered]) -> facts | nil */
{
    struct walk_ud *ud = lua_touserdata(L, lua_upvalueindex(1));
    struct clnrm_slice text;
    text.data = luaL_checklstring(L, 1, &text.len);
    const struct shape_ud *shape = luaL_checkudata(L, 2, SHAPE);
    bool is_rendered = lua_toboolean(L, 3);
    luaL_argcheck(L, shape->core, 2, "shape is closed");
    if (!is_rendered && clnrm_shape_has_tags(text))
        return 0;
    struct clnrm_toml_options options = {.version = CLNRM_TOML_1_1,
                                         .nodes_max = clnrm_shape_values_max(shape->core)};
    bool fits = clnrm_toml_parse(&ud->doc, text.data, text.len, &options) == 0 &&
                clnrm_shape_fits(shape->core, &ud->doc, is_rendered, &ud->walk);
    struct clnrm_toml_walk marks = ud->walk; /* a finalizer may call this again */
    release(ud);
    if (!fits)
        return 0;
    push_marks(L, &marks);
    if (clnrm_shape_has_hidden(text)) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, "hidden");
    }
    return 1;
}

void clnrm_toml_open_shape(lua_State *L)
{
    static const luaL_Reg methods[] = {{NULL, NULL}};
    static const luaL_Reg functions[] = {{"shape", l_shape}, {"fits", l_fits}, {NULL, NULL}};
    clnrm_newtype(L, SHAPE, methods, l_shape_close);
    clnrm_newtype(L, WALK, methods, l_walk_close);
    clnrm_newobject(L, WALK, sizeof(struct walk_ud)); /* module workspace */
    luaL_setfuncs(L, functions, 1);
}
