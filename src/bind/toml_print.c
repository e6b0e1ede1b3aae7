/* toml_print.c -- see toml_print.h; types: stdlib/_meta/toml.lua. */
#include "bind/toml_print.h"

#include "bind/bind.h"
#include "bind/toml_problems.h"
#include "core/toml_format.h"

#define WORKSPACE "core.toml.workspace"

enum { KEEP_BYTES = 256 * 1024, WIDTH = 100, INDENT = 2 }; /* what is kept for the next text */

/* Two texts and what is printed: Lua owns it, whatever raises meanwhile. */
struct workspace {
    bool open;
    struct clnrm_toml_doc docs[2];
    struct clnrm_buf out;
};

static int l_close(lua_State *L) /* __gc, __close */
{
    struct workspace *w = luaL_checkudata(L, 1, WORKSPACE);
    clnrm_toml_free(&w->docs[0]);
    clnrm_toml_free(&w->docs[1]);
    clnrm_buf_free(&w->out);
    return 0;
}

/* Returns the module's workspace, or a new one when a finalizer uses it while another function
 * does.  Pushes one value. */
static struct workspace *open_workspace(lua_State *L)
{
    struct workspace *w = lua_touserdata(L, lua_upvalueindex(1));
    if (w->open)
        w = clnrm_newobject(L, WORKSPACE, sizeof(*w));
    else
        lua_pushnil(L);
    w->open = true;
    w->out.max = CLNRM_TOML_TEXT_MAX;
    w->out.len = 0;
    return w;
}

static void close_workspace(struct workspace *w)
{
    for (int i = 0; i < 2; i++)
        if (w->docs[i].len > KEEP_BYTES || w->docs[i].error_count)
            clnrm_toml_free(&w->docs[i]);
    if (w->out.cap > KEEP_BYTES)
        clnrm_buf_free(&w->out);
    w->open = false;
}

/* Reads a text with tokens.  Errors of meaning are none when `loose`. */
static int read_text(struct clnrm_toml_doc *doc, const char *text, size_t len, bool loose)
{
    const struct clnrm_toml_options options = {
        .version = CLNRM_TOML_1_1, .tokens = true, .loose = loose};
    return clnrm_toml_parse(doc, text, len, &options);
}

static uint32_t opt_size(lua_State *L, const char *name, lua_Integer fallback, lua_Integer min,
                         lua_Integer max)
{
    lua_Integer value = clnrm_opt_integer(L, 2, name, fallback);
    if (value < min || value > max)
        luaL_error(L, "option '%s' must be %d to %d", name, (int)min, (int)max);
    return (uint32_t)value;
}

static struct clnrm_slice opt_mark(lua_State *L)
{
    struct clnrm_slice mark = {"", 0};
    mark.data = clnrm_opt_text(L, 2, "mark", "", &mark.len);
    return mark;
}

static int l_format(lua_State *L) /* format(text, opts) -> text | nil, problems */
{
    static const char *const names[] = {"width", "indent", "align", "keep_lines", "mark",
                                        "from",  "to",     "loose", "source",     NULL};
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    lua_settop(L, 2);
    clnrm_opt_check(L, 2, names);
    const struct clnrm_toml_layout layout = {
        .width = opt_size(L, "width", WIDTH, 1, CLNRM_TOML_WIDTH_MAX),
        .indent = opt_size(L, "indent", INDENT, 0, CLNRM_TOML_INDENT_MAX),
        .align = clnrm_opt_boolean(L, 2, "align", false),
        .keep_lines = clnrm_opt_boolean(L, 2, "keep_lines", false),
        .mark = opt_mark(L),
        .from = opt_size(L, "from", 0, 0, INT32_MAX),
        .to = opt_size(L, "to", 0, 0, INT32_MAX),
    };
    const bool loose = clnrm_opt_boolean(L, 2, "loose", false);
    const char *source = clnrm_opt_text(L, 2, "source", "toml", NULL);
    struct workspace *w = open_workspace(L);
    int status = read_text(&w->docs[0], text, len, loose);
    if (status < 0) {
        lua_pushnil(L);
        clnrm_toml_push_problems(L, &w->docs[0], "toml.format", status, source);
        close_workspace(w);
        return 2;
    }
    status = clnrm_toml_format(&w->docs[0], &layout, &w->out);
    if (status < 0) {
        close_workspace(w);
        return clnrm_failf(L, "toml.format", clnrm_code(status),
                           "%s: printed, the text would be larger than what is read", source);
    }
    if (w->out.len == len && (len == 0 || memcmp(w->out.data, text, len) == 0))
        lua_pushvalue(L, 1);
    else
        lua_pushlstring(L, w->out.data ? w->out.data : "", w->out.len);
    close_workspace(w);
    return 1;
}

static int l_same(lua_State *L) /* same(a, b, opts) -> boolean, what differs | nil */
{
    static const char *const names[] = {"commas", "loose", NULL};
    size_t len[2];
    const char *text[2] = {luaL_checklstring(L, 1, &len[0]), luaL_checklstring(L, 2, &len[1])};
    lua_settop(L, 3);
    clnrm_opt_check(L, 3, names);
    const bool commas = clnrm_opt_boolean(L, 3, "commas", false);
    const bool loose = clnrm_opt_boolean(L, 3, "loose", false);
    struct workspace *w = open_workspace(L);
    const char *what = NULL;
    for (int i = 0; i < 2; i++)
        if (read_text(&w->docs[i], text[i], len[i], loose) < 0)
            what = "syntax";
    if (!what && !clnrm_toml_same_values(&w->docs[0], &w->docs[1]))
        what = "values";
    if (!what && !clnrm_toml_same_tokens(&w->docs[0], &w->docs[1], commas))
        what = "tokens";
    close_workspace(w);
    lua_pushboolean(L, !what);
    lua_pushstring(L, what);
    return 2;
}

static const char *const kind_names[] = {
    "end",    "bom",     "space", "newline", "comment", "key",    "dot",  "equals",
    "header", "headers", "array", "table",   "comma",   "string", "atom", "junk",
};
_Static_assert(sizeof(kind_names) / sizeof(*kind_names) == CLNRM_TOML_T_JUNK + 1, "a name each");

static int l_tokens(lua_State *L) /* tokens(text) -> kinds, offsets, problems | nil */
{
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    lua_settop(L, 1);
    struct workspace *w = open_workspace(L);
    const struct clnrm_toml_doc *doc = &w->docs[0];
    int status = read_text(&w->docs[0], text, len, false);
    lua_createtable(L, (int)doc->token_count, 0); /* text workspace kinds offsets */
    lua_createtable(L, (int)doc->token_count, 0);
    for (size_t i = 0; i < sizeof(kind_names) / sizeof(*kind_names); i++)
        lua_pushstring(L, kind_names[i]);
    const int first = lua_gettop(L) - (int)(sizeof(kind_names) / sizeof(*kind_names)) + 1;
    for (uint32_t i = 0; i < doc->token_count; i++) {
        lua_pushvalue(L, first + (int)doc->tokens[i].kind);
        lua_rawseti(L, 3, i + 1);
        lua_pushinteger(L, doc->tokens[i].offset);
        lua_rawseti(L, 4, i + 1);
    }
    lua_settop(L, 4);
    if (status < 0)
        clnrm_toml_push_problems(L, doc, "toml.tokens", status, "toml");
    else
        lua_pushnil(L);
    close_workspace(w);
    return 3;
}

void clnrm_toml_open_print(lua_State *L)
{
    static const luaL_Reg methods[] = {{NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"format", l_format},
        {"same", l_same},
        {"tokens", l_tokens},
        {NULL, NULL},
    };
    clnrm_newtype(L, WORKSPACE, methods, l_close);
    clnrm_newobject(L, WORKSPACE, sizeof(struct workspace)); /* module workspace */
    luaL_setfuncs(L, functions, 1);
}
