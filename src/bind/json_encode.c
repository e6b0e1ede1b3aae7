/* json_encode.c -- Lua values as JSON; see json_values.h for the contract. */
#include "bind/json_values.h"
#include "bind/scratch.h"
#include "core/json.h"

#include <errno.h>
#include <stdio.h>

enum { INDENT_MAX = 16, SHOWN_PATH_MAX = 256 };

#define ENCODER "core.json.encoder"

struct place { /* where in the value we are, for the message of an error */
    struct clnrm_slice key;
    lua_Integer index; /* 0: by key */
};

struct encoder {
    struct clnrm_json_writer w;
    struct clnrm_slice *keys; /* of the objects that are open, innermost last */
    size_t key_count, key_cap;
    struct place path[CLNRM_JSON_DEPTH_MAX];
    int depth, depth_max;
    const char *why; /* NULL: the writer's status says it */
};

enum { MARK = 3, NOTHING }; /* stack of encode: the mark of arrays, the null value */

static bool encode(lua_State *L, struct encoder *e);

static bool refuse(struct encoder *e, const char *why)
{
    e->why = why;
    return false;
}

static void add_key(struct encoder *e, struct clnrm_slice key)
{
    if (e->key_count == e->key_cap) {
        e->key_cap = e->key_cap ? e->key_cap * 2 : 64;
        e->keys = clnrm_xrealloc(e->keys, e->key_cap * sizeof(*e->keys));
    }
    e->keys[e->key_count++] = key;
}

static int compare_keys(const void *a, const void *b)
{
    const struct clnrm_slice *x = a, *y = b;
    size_t len = x->len < y->len ? x->len : y->len;
    int order = memcmp(x->data, y->data, len);
    return order ? order : x->len < y->len ? -1 : x->len > y->len;
}

/* Writes the table on top, whose text keys are e->keys from `first` on, sorted. */
static bool encode_object(lua_State *L, struct encoder *e, size_t first)
{
    size_t last = e->key_count;
    if (last > first) /* else there may be no array yet */
        qsort(e->keys + first, last - first, sizeof(*e->keys), compare_keys);
    clnrm_json_begin(&e->w, '{');
    for (size_t i = first; i < last; i++) {
        struct clnrm_slice key = e->keys[i];
        e->path[e->depth - 1] = (struct place){.key = key};
        clnrm_json_put_key(&e->w, key);
        lua_pushlstring(L, key.data, key.len);
        lua_rawget(L, -2);
        if (!encode(L, e))
            return false;
        lua_pop(L, 1);
    }
    clnrm_json_end(&e->w, '}');
    e->key_count = first;
    return true;
}

static bool encode_array(lua_State *L, struct encoder *e, lua_Integer count)
{
    clnrm_json_begin(&e->w, '[');
    for (lua_Integer i = 1; i <= count; i++) {
        e->path[e->depth - 1] = (struct place){.index = i};
        lua_rawgeti(L, -1, i);
        if (!encode(L, e))
            return false;
        lua_pop(L, 1);
    }
    clnrm_json_end(&e->w, ']');
    return true;
}

/* Looks at every key of the table on top: collects the texts, tells how many integers there are and
 * the greatest.  False: a key that JSON cannot have. */
static bool collect_keys(lua_State *L, struct encoder *e, lua_Integer *integers,
                         lua_Integer *greatest)
{
    struct clnrm_slice key;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (lua_type(L, -2) == LUA_TSTRING) {
            key.data = lua_tolstring(L, -2, &key.len);
            add_key(e, key);
        } else if (lua_isinteger(L, -2) && lua_tointeger(L, -2) > 0) {
            lua_Integer i = lua_tointeger(L, -2);
            ++*integers;
            *greatest = i > *greatest ? i : *greatest;
        } else {
            return refuse(e, "a key is neither a text nor a position");
        }
    }
    return true;
}

static bool encode_table(lua_State *L, struct encoder *e)
{
    lua_Integer integers = 0, greatest = 0;
    size_t first = e->key_count;
    bool is_marked = lua_getmetatable(L, -1);
    if (is_marked) {
        is_marked = lua_rawequal(L, -1, MARK);
        lua_pop(L, 1);
    }
    if (e->depth == e->depth_max)
        return refuse(e, "nested too deep (a table within itself?)");
    if (!collect_keys(L, e, &integers, &greatest))
        return false;
    if (integers != greatest)
        return refuse(e, "a list with holes");
    if (integers > 0 && e->key_count > first)
        return refuse(e, "a table with both texts and positions as keys");
    if (is_marked && e->key_count > first)
        return refuse(e, "an array with a text as key");
    e->depth++;
    bool done =
        integers > 0 || is_marked ? encode_array(L, e, integers) : encode_object(L, e, first);
    if (done)
        e->depth--;
    return done;
}

/* Writes the value on top. */
static bool encode(lua_State *L, struct encoder *e)
{
    struct clnrm_slice text;
    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        clnrm_json_put_word(&e->w, lua_toboolean(L, -1) ? "true" : "false");
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, -1))
            clnrm_json_put_integer(&e->w, lua_tointeger(L, -1));
        else
            clnrm_json_put_real(&e->w, lua_tonumber(L, -1));
        break;
    case LUA_TSTRING:
        text.data = lua_tolstring(L, -1, &text.len);
        clnrm_json_put_text(&e->w, text);
        break;
    case LUA_TTABLE:
        if (!encode_table(L, e))
            return false;
        break;
    case LUA_TUSERDATA:
        if (!lua_rawequal(L, -1, NOTHING))
            return refuse(e, "a userdata has no form in JSON");
        clnrm_json_put_word(&e->w, "null");
        break;
    case LUA_TNIL:
        return refuse(e, "nil has no form in JSON (json.null is null)");
    default:
        return refuse(e, lua_type(L, -1) == LUA_TFUNCTION ? "a function has no form in JSON"
                                                          : "the value has no form in JSON");
    }
    return e->w.status == 0;
}

static int fail_encode(lua_State *L, const struct encoder *e)
{
    static const char path_key;
    struct clnrm_buf *path = clnrm_scratch(L, &path_key, SHOWN_PATH_MAX);
    char index[32];
    bool is_cut = false;
    clnrm_buf_add(path, "$", 1);
    for (int i = 0; i < e->depth && !is_cut; i++) {
        const struct place *p = &e->path[i];
        int n = snprintf(index, sizeof(index), "[%lld]", (long long)p->index - 1);
        int status =
            p->index > 0 ? clnrm_buf_add(path, index, (size_t)n) : clnrm_buf_add(path, ".", 1);
        if (status < 0 || (p->index == 0 && clnrm_buf_add(path, p->key.data, p->key.len) < 0))
            is_cut = true;
    }
    const char *why = e->why, *code = "EINVAL";
    if (!why && e->w.status == -EDOM)
        why = "NaN and infinity have no form in JSON";
    else if (!why) {
        why = clnrm_status_text(e->w.status);
        code = clnrm_code(e->w.status);
    }
    return clnrm_failf(L, "json.encode", code, "%.*s%s: %s", (int)path->len, path->data,
                       is_cut ? "..." : "", why);
}

static int l_encoder_gc(lua_State *L)
{
    struct encoder *e = luaL_checkudata(L, 1, ENCODER);
    free(e->keys);
    e->keys = NULL;
    return 0;
}

/* The one encoder of this state: encoding runs no Lua, so no two calls overlap. */
static struct encoder *get_encoder(lua_State *L)
{
    static const char key;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &key) != LUA_TUSERDATA) {
        lua_pop(L, 1);
        clnrm_newobject(L, ENCODER, sizeof(struct encoder));
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &key);
    }
    struct encoder *e = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return e;
}

int clnrm_l_json_encode(
    lua_State *L) /* encode(value [, {indent=, invalid=, depth=}]) -> text | nil, err */
{
    static const char *const names[] = {"indent", "invalid", "depth", NULL};
    static const char out_key;
    luaL_checkany(L, 1);
    clnrm_opt_check(L, 2, names);
    lua_Integer indent = clnrm_opt_integer(L, 2, "indent", 0);
    lua_Integer depth = clnrm_opt_integer(L, 2, "depth", CLNRM_JSON_DEPTH);
    const char *invalid = clnrm_opt_text(L, 2, "invalid", "error", NULL);
    bool is_replacing = strcmp(invalid, "replace") == 0;
    luaL_argcheck(L, indent >= 0 && indent <= INDENT_MAX, 2, "indent out of range");
    luaL_argcheck(L, depth >= 0 && depth <= CLNRM_JSON_DEPTH_MAX, 2, "depth out of range");
    luaL_argcheck(L, is_replacing || strcmp(invalid, "error") == 0, 2,
                  "option 'invalid' must be \"error\" or \"replace\"");
    lua_settop(L, 2);
    luaL_checkstack(L, (int)depth * 3 + 16, "json");
    clnrm_json_push_marks(L); /* value opts mark null */
    struct encoder *e = get_encoder(L);
    struct clnrm_buf *out = clnrm_scratch(L, &out_key, CLNRM_JSON_TEXT_MAX);
    e->w =
        (struct clnrm_json_writer){.out = out, .indent = (int)indent, .is_replacing = is_replacing};
    e->key_count = 0;
    e->depth = 0;
    e->depth_max = (int)depth;
    e->why = NULL;
    lua_pushvalue(L, 1); /* value opts mark null value */
    if (!encode(L, e))
        return fail_encode(L, e);
    clnrm_scratch_push(L, out);
    return 1;
}

void clnrm_json_open_encoder(lua_State *L)
{
    static const luaL_Reg none[] = {{0}};
    clnrm_newtype(L, ENCODER, none, l_encoder_gc);
}
