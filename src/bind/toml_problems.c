/* toml_problems.c -- see toml_problems.h. */
#include "bind/toml_problems.h"

#include "bind/bind.h"

#include <stdio.h>

static void set_integer(lua_State *L, const char *name, lua_Integer value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

static void push_related(lua_State *L, const struct clnrm_toml_error *e)
{
    lua_createtable(L, 0, 3);
    set_integer(L, "line", e->related_line);
    set_integer(L, "column", e->related_column);
    set_integer(L, "offset", e->related);
}

static void push_code(lua_State *L, int code)
{
    char text[16];
    snprintf(text, sizeof(text), "P%03d", code);
    lua_pushstring(L, text);
}

static void push_problem(lua_State *L, const struct clnrm_toml_error *e)
{
    lua_createtable(L, 0, 8); /* problem */
    push_code(L, e->code);
    lua_setfield(L, -2, "code");
    lua_pushstring(L, e->message);
    lua_setfield(L, -2, "message");
    if (e->help) {
        lua_pushstring(L, e->help);
        lua_setfield(L, -2, "help");
    }
    set_integer(L, "line", e->line);
    set_integer(L, "column", e->column);
    set_integer(L, "offset", e->offset);
    set_integer(L, "length", e->length);
    if (e->related != CLNRM_TOML_NOWHERE) {
        push_related(L, e);
        lua_setfield(L, -2, "related");
    }
}

void clnrm_toml_push_problems(lua_State *L, const struct clnrm_toml_doc *doc, const char *op,
                              int status, const char *source)
{
    const struct clnrm_toml_error *first = &doc->errors[0];
    const char *more = "";
    if (doc->error_count > 1)
        more = lua_pushfstring(L, " (and %s%d more)", doc->errors_cut ? "at least " : "",
                               (int)doc->error_count - 1);
    else
        lua_pushnil(L);
    const char *message = lua_pushfstring(L, "%s:%d:%d: %s%s", source, (int)first->line,
                                          (int)first->column, first->message, more);
    clnrm_push_error(L, op, clnrm_code(status), message); /* more message err */
    lua_replace(L, -3);
    lua_pop(L, 1);
    for (uint32_t i = 0; i < doc->error_count; i++) {
        push_problem(L, &doc->errors[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_pushboolean(L, doc->errors_cut);
    lua_setfield(L, -2, "cut");
    lua_createtable(L, 0, 3); /* err pos */
    lua_pushstring(L, source);
    lua_setfield(L, -2, "file");
    set_integer(L, "line", first->line);
    set_integer(L, "column", first->column);
    lua_setfield(L, -2, "pos");
}
