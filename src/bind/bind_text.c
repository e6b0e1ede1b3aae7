/* bind_text.c -- Lua module core.text over core/text.h, escape.h, glob.h, letters.h, utf8.h.
 * Types: stdlib/_meta/text.lua. */
#include "bind/bind.h"
#include "bind/scratch.h"
#include "core/escape.h"
#include "core/glob.h"
#include "core/letters.h"
#include "core/text.h"
#include "core/utf8.h"

#define TEXT_MAX ((size_t)1 << 30) /* most bytes of a result */

enum { WIDTH_MAX = 1000000 };

struct glob_ud {
    struct clnrm_glob *core; /* never NULL after open; freed in __gc */
};

static struct clnrm_slice check_slice(lua_State *L, int arg)
{
    struct clnrm_slice s;
    s.data = luaL_checklstring(L, arg, &s.len);
    return s;
}

static struct clnrm_buf *scratch(lua_State *L)
{
    static const char key;
    return clnrm_scratch(L, &key, TEXT_MAX);
}

static int finish(lua_State *L, const char *op, struct clnrm_buf *out, int status)
{
    if (status < 0)
        return clnrm_fail(L, op, status);
    clnrm_scratch_push(L, out);
    return 1;
}

static size_t check_width(lua_State *L, int arg)
{
    lua_Integer width = luaL_checkinteger(L, arg);
    luaL_argcheck(L, width >= 0 && width <= WIDTH_MAX, arg, "width out of range");
    return (size_t)width;
}

static int l_width(lua_State *L) /* width(text) -> columns */
{
    lua_pushinteger(L, (lua_Integer)clnrm_text_width(check_slice(L, 1)));
    return 1;
}

static int l_cut(lua_State *L) /* cut(text, width [, {mark=, middle=}]) -> text */
{
    static const char *const names[] = {"mark", "middle", NULL};
    struct clnrm_slice text = check_slice(L, 1), mark;
    size_t width = check_width(L, 2);
    clnrm_opt_check(L, 3, names);
    mark.data = clnrm_opt_text(L, 3, "mark", "\xE2\x80\xA6", &mark.len);
    bool middle = clnrm_opt_boolean(L, 3, "middle", false);
    struct clnrm_buf *out = scratch(L);
    return finish(L, "text.cut", out, clnrm_text_cut(text, width, mark, middle, out));
}

static int l_clusters(lua_State *L) /* clusters(text, count) -> bytes of the first so many */
{
    struct clnrm_slice text = check_slice(L, 1);
    lua_Integer count = luaL_checkinteger(L, 2);
    luaL_argcheck(L, count >= 0, 2, "must not be negative");
    lua_pushinteger(L, (lua_Integer)clnrm_text_clusters(text, (size_t)count));
    return 1;
}

static int l_upper(lua_State *L) /* upper(text) -> text | nil, err */
{
    struct clnrm_buf *out = scratch(L);
    return finish(L, "text.upper", out, clnrm_letters_upper(check_slice(L, 1), out));
}

static int l_lower(lua_State *L) /* lower(text) -> text | nil, err */
{
    struct clnrm_buf *out = scratch(L);
    return finish(L, "text.lower", out, clnrm_letters_lower(check_slice(L, 1), out));
}

static int l_bare(lua_State *L) /* bare(text) -> text | nil, err */
{
    struct clnrm_buf *out = scratch(L);
    return finish(L, "text.bare", out, clnrm_letters_bare(check_slice(L, 1), out));
}

static int l_join(lua_State *L) /* join(list, count) -> text | nil, err */
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer count = luaL_checkinteger(L, 2);
    struct clnrm_buf *out = scratch(L);
    int status = 0;
    for (lua_Integer i = 1; i <= count && status >= 0; i++) {
        luaL_argcheck(L, lua_rawgeti(L, 1, i) == LUA_TSTRING, 1, "not a list of texts");
        size_t len;
        const char *piece = lua_tolstring(L, -1, &len);
        lua_pop(L, 1); /* the list holds it */
        status = clnrm_buf_add(out, piece, len);
    }
    return finish(L, "text.join", out, status);
}

static int l_find(lua_State *L) /* find(text, what [, init]) -> position | nil */
{
    struct clnrm_slice text = check_slice(L, 1), what = check_slice(L, 2);
    lua_Integer init = luaL_optinteger(L, 3, 1);
    luaL_argcheck(L, init >= 1, 3, "must be 1 or more");
    const char *found = NULL;
    if ((size_t)init <= text.len + 1)
        found = memmem(text.data + init - 1, text.len + 1 - (size_t)init, what.data, what.len);
    if (found)
        lua_pushinteger(L, found - text.data + 1);
    else
        lua_pushnil(L);
    return 1;
}

static int l_replace(lua_State *L) /* replace(text, from, to) -> text | nil, err */
{
    struct clnrm_slice text = check_slice(L, 1), from = check_slice(L, 2), to = check_slice(L, 3);
    luaL_argcheck(L, from.len > 0, 2, "must not be empty");
    struct clnrm_buf *out = scratch(L);
    const char *at = text.data, *end = text.data + text.len, *found;
    int status = 0;
    while (status >= 0 && (found = memmem(at, (size_t)(end - at), from.data, from.len)) != NULL) {
        status = clnrm_buf_add(out, at, (size_t)(found - at));
        if (status >= 0)
            status = clnrm_buf_add(out, to.data, to.len);
        at = found + from.len;
    }
    if (at == text.data && status >= 0) {
        lua_settop(L, 1);
        return 1;
    }
    if (status >= 0)
        status = clnrm_buf_add(out, at, (size_t)(end - at));
    return finish(L, "text.replace", out, status);
}

static int l_pad(lua_State *L) /* pad(text, width [, "left"|"right"|"center"]) -> text */
{
    static const char *const names[] = {"left", "right", "center", NULL};
    struct clnrm_slice text = check_slice(L, 1);
    size_t width = check_width(L, 2);
    enum clnrm_align align = (enum clnrm_align)luaL_checkoption(L, 3, "left", names);
    struct clnrm_buf *out = scratch(L);
    return finish(L, "text.pad", out, clnrm_text_pad(text, width, align, out));
}

static int l_escape(lua_State *L) /* escape(text [, {ascii=, line=, sgr=}]) -> text | nil, err */
{
    static const char *const names[] = {"ascii", "line", "sgr", NULL};
    struct clnrm_slice text = check_slice(L, 1);
    clnrm_opt_check(L, 2, names);
    int flags = clnrm_opt_boolean(L, 2, "ascii", false) ? CLNRM_ESCAPE_ASCII : 0;
    flags |= clnrm_opt_boolean(L, 2, "line", false) ? CLNRM_ESCAPE_LINE : 0;
    flags |= clnrm_opt_boolean(L, 2, "sgr", false) ? CLNRM_ESCAPE_SGR : 0;
    struct clnrm_buf *out = scratch(L);
    return finish(L, "text.escape", out, clnrm_escape_terminal(text, flags, out));
}

static int l_xml(lua_State *L) /* xml(text [, "text"|"attribute"]) -> text | nil, err */
{
    static const char *const names[] = {"text", "attribute", NULL};
    struct clnrm_slice text = check_slice(L, 1);
    enum clnrm_xml_kind kind = (enum clnrm_xml_kind)luaL_checkoption(L, 2, "text", names);
    struct clnrm_buf *out = scratch(L);
    return finish(L, "text.xml", out, clnrm_escape_xml(text, kind, out));
}

static int l_workflow(lua_State *L) /* workflow(text [, "data"|"property"]) -> text | nil, err */
{
    static const char *const names[] = {"data", "property", NULL};
    struct clnrm_slice text = check_slice(L, 1);
    enum clnrm_workflow_kind kind = (enum clnrm_workflow_kind)luaL_checkoption(L, 2, "data", names);
    struct clnrm_buf *out = scratch(L);
    return finish(L, "text.workflow", out, clnrm_escape_workflow(text, kind, out));
}

static int l_bad_utf8(lua_State *L) /* bad_utf8(text) -> position of the first bad byte | nil */
{
    struct clnrm_slice text = check_slice(L, 1);
    size_t at = clnrm_utf8_check(text);
    if (at == text.len)
        lua_pushnil(L);
    else
        lua_pushinteger(L, (lua_Integer)at + 1);
    return 1;
}

static int l_position(lua_State *L) /* position(text, index[, from]) -> line, column */
{
    struct clnrm_slice text = check_slice(L, 1);
    lua_Integer index = luaL_checkinteger(L, 2), from = luaL_optinteger(L, 3, 1);
    luaL_argcheck(L, index >= 1, 2, "must be positive");
    luaL_argcheck(L, from >= 1 && from <= index, 3, "must be positive, and not behind the index");
    size_t line, column, skip = (size_t)from - 1 < text.len ? (size_t)from - 1 : text.len;
    text.data += skip;
    text.len -= skip;
    clnrm_utf8_position(text, (size_t)index - (size_t)from, &line, &column);
    lua_pushinteger(L, (lua_Integer)line);
    lua_pushinteger(L, (lua_Integer)column);
    return 2;
}

static int l_distance(lua_State *L) /* distance(a, b [, max]) -> distance | nil when above max */
{
    struct clnrm_slice a = check_slice(L, 1), b = check_slice(L, 2);
    lua_Integer max = luaL_optinteger(L, 3, CLNRM_DISTANCE_MAX);
    luaL_argcheck(L, max >= 0 && max <= (lua_Integer)CLNRM_DISTANCE_MAX, 3, "out of range");
    size_t distance = clnrm_text_distance(a, b, (size_t)max);
    if (distance > (size_t)max)
        lua_pushnil(L);
    else
        lua_pushinteger(L, (lua_Integer)distance);
    return 1;
}

static int l_lines(lua_State *L) /* lines(text [, {max=, cr=}]) -> lines, count */
{
    static const char *const names[] = {"max", "cr", NULL};
    struct clnrm_slice rest = check_slice(L, 1), line;
    clnrm_opt_check(L, 2, names);
    lua_Integer max = clnrm_opt_integer(L, 2, "max", LUA_MAXINTEGER), count = 0;
    bool keep_cr = clnrm_opt_boolean(L, 2, "cr", true);
    lua_newtable(L); /* lines */
    while (clnrm_text_line(&rest, &line)) {
        if (count++ >= max)
            continue;
        if (!keep_cr && line.len > 0 && line.data[line.len - 1] == '\r')
            line.len--;
        lua_pushlstring(L, line.data, line.len);
        lua_rawseti(L, -2, count);
    }
    lua_pushinteger(L, count);
    return 2;
}

static int l_glob(lua_State *L) /* glob(pattern [, {path=}]) -> glob | nil, err */
{
    static const char *const names[] = {"path", NULL};
    struct clnrm_slice pattern = check_slice(L, 1);
    clnrm_opt_check(L, 2, names);
    int flags = clnrm_opt_boolean(L, 2, "path", false) ? CLNRM_GLOB_PATH : 0;
    struct glob_ud *ud = clnrm_newobject(L, "core.text.glob", sizeof(*ud));
    const char *why;
    size_t offset;
    int status = clnrm_glob_open(pattern, flags, &ud->core, &why, &offset);
    if (status == CLNRM_ESYNTAX)
        return clnrm_failf(L, "text.glob", "ESYNTAX", "%s at byte %d of the pattern", why,
                           (int)offset + 1);
    return status < 0 ? clnrm_fail(L, "text.glob", status) : 1;
}

static int l_test(lua_State *L) /* glob:test(text) -> boolean */
{
    struct glob_ud *ud = luaL_checkudata(L, 1, "core.text.glob");
    luaL_argcheck(L, ud->core, 1, "glob is closed");
    lua_pushboolean(L, clnrm_glob_test(ud->core, check_slice(L, 2)));
    return 1;
}

static int l_close(lua_State *L) /* glob:close(), __close and __gc */
{
    struct glob_ud *ud = luaL_checkudata(L, 1, "core.text.glob");
    clnrm_glob_close(ud->core);
    ud->core = NULL;
    return 0;
}

int luaopen_core_text(lua_State *L)
{
    static const luaL_Reg methods[] = {{"test", l_test}, {0}};
    static const luaL_Reg functions[] = {
        {"bad_utf8", l_bad_utf8},
        {"bare", l_bare},
        {"clusters", l_clusters},
        {"cut", l_cut},
        {"distance", l_distance},
        {"escape", l_escape},
        {"find", l_find},
        {"glob", l_glob},
        {"join", l_join},
        {"lines", l_lines},
        {"lower", l_lower},
        {"pad", l_pad},
        {"position", l_position},
        {"replace", l_replace},
        {"upper", l_upper},
        {"width", l_width},
        {"workflow", l_workflow},
        {"xml", l_xml},
        {0},
    };
    clnrm_newtype(L, "core.text.glob", methods, l_close);
    return clnrm_newmodule(L, "core.text", functions, NULL, NULL);
}
