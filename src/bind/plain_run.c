/* plain_run.c -- see plain_run.h for the contract.
 *
 * What is counted, raised and done with values whose meaning is not plain is done by the functions
 * that compiled templates call (engine.template.runtime), with what these would be given.  A filter
 * may wait, so that nothing of a run is on the stack of C while one is called. */
#include "bind/plain_run.h"

#include <lauxlib.h>

#include "base/base.h"
#include "bind/plain_program.h"

enum {
    PROGRAM = 1,
    FUNCTIONS,
    TEMPLATE,
    CONTEXT,
    OUT,
    PIECES,
    FROM,
    SLOTS,
    KEPT,
    STATE,
    TEXT,
    LISTS
};

enum {
    SHORT = 40,   /* bytes of a text that is not counted: of engine.template.output, too */
    FLUSH = 8192, /* pieces behind which a turn of a loop asks for room: there, too */
    TEXT_MIN = 256,
    TEXT_MAX = 64 << 10, /* bytes that are joined to one piece */
};

struct loop { /* its list and, of an object, that object are on the stack from LISTS on */
    uint32_t body, slot;
    lua_Integer turn, count;
    bool is_object;
};

struct state {
    const struct clnrm_plain_program *program;
    const struct clnrm_plain_word *words;
    const char *source;
    size_t source_len;
    lua_Integer pieces;
    char *text;          /* where pieces are not told apart: what they are joined to, at TEXT */
    size_t len, cap;     /* of it */
    lua_Integer longest; /* bytes of one piece that was joined */
    uint32_t pc;         /* the word that comes next, from 0 */
    uint32_t op;         /* of OUT, SET or FOR whose value is on the top, its word */
    uint32_t filters;    /* how many of them are left, from `pc` on */
    bool has_value;
    uint32_t depth;
    struct loop loops[]; /* as many as the program has in each other */
};

static uint32_t int_at(const struct state *s, uint32_t word)
{
    return (uint32_t)s->words[word].value;
}

static void push_word(lua_State *L, const struct state *s, uint32_t word)
{
    clnrm_plain_push_word(L, s->source, &s->words[word]);
}

/* Pushes a function under the `args` values on the top, which it will be called with. */
static void push_function(lua_State *L, const char *name, int args)
{
    lua_getfield(L, FUNCTIONS, name);
    lua_insert(L, -1 - args);
}

/* Raises that there is no such value. */
static void raise_undefined(lua_State *L, const struct state *s, uint32_t at)
{
    lua_getfield(L, FUNCTIONS, "U");
    lua_pushvalue(L, TEMPLATE);
    lua_pushinteger(L, int_at(s, at));
    lua_call(L, 2, 0);
    luaL_error(L, "a value is missing");
}

/* Makes what was joined a piece. */
static void flush(lua_State *L, struct state *s)
{
    if (s->len == 0)
        return;
    lua_pushlstring(L, s->text, s->len);
    lua_rawseti(L, OUT, ++s->pieces);
    if ((lua_Integer)s->len > s->longest)
        s->longest = (lua_Integer)s->len;
    s->len = 0;
}

/* Gives the pieces away. */
static void give_away(lua_State *L, struct state *s)
{
    lua_getfield(L, FUNCTIONS, "GA");
    lua_pushvalue(L, OUT);
    lua_pushinteger(L, s->pieces);
    lua_pushinteger(L, s->longest);
    lua_call(L, 3, 1);
    s->pieces = luaL_checkinteger(L, -1);
    lua_pop(L, 1);
    if (s->pieces < 0 || s->pieces > INT32_MAX)
        luaL_error(L, "not a number of pieces");
}

/* Makes room for so many bytes; false: they are a piece of their own. */
static bool make_room(lua_State *L, struct state *s, size_t len)
{
    if (len <= s->cap - s->len)
        return true;
    if (len > TEXT_MAX - s->len) {
        if (s->len > 0) {
            flush(L, s);
            give_away(L, s);
        }
        if (len <= s->cap)
            return true;
        if (len > TEXT_MAX)
            return false;
    }
    size_t cap = s->cap;
    while (cap < s->len + len)
        cap *= 2;
    char *text = lua_newuserdatauv(L, cap, 0);
    memcpy(text, s->text, s->len);
    lua_replace(L, TEXT);
    s->text = text;
    s->cap = cap;
    return true;
}

static void join(struct state *s, const char *data, size_t len)
{
    memcpy(s->text + s->len, data, len);
    s->len += len;
}

/* Tells where the piece that comes next comes from: also when that cannot be written. */
static void begin_piece(lua_State *L, struct state *s, uint32_t from)
{
    if (s->text)
        return;
    lua_pushinteger(L, int_at(s, from));
    lua_rawseti(L, FROM, ++s->pieces);
}

/* Adds the text on the top. */
static void put(lua_State *L, struct state *s)
{
    size_t len;
    const char *data = lua_tolstring(L, -1, &len);
    if (!data)
        luaL_error(L, "a value has no text");
    if (!s->text) {
        lua_rawseti(L, OUT, s->pieces);
    } else if (make_room(L, s, len)) {
        join(s, data, len);
        lua_pop(L, 1);
    } else {
        lua_rawseti(L, OUT, ++s->pieces);
    }
}

/* Adds a text between tags; one that is a piece of its own is made once, and kept. */
static void put_text(lua_State *L, struct state *s, uint32_t word)
{
    const struct clnrm_plain_word *text = &s->words[word];
    if (s->text && make_room(L, s, text->size)) {
        join(s, s->source + text->value, text->size);
        return;
    }
    if (text->size <= SHORT) {
        push_word(L, s, word);
    } else if (lua_rawgeti(L, KEPT, (lua_Integer)word + 1) == LUA_TNIL) {
        lua_pop(L, 1);
        push_word(L, s, word);
        lua_pushvalue(L, -1);
        lua_rawseti(L, KEPT, (lua_Integer)word + 1);
    }
    if (s->text)
        s->pieces++;
    lua_rawseti(L, OUT, s->pieces);
}

/* Adds the value on the top, as its text. */
static void write_value(lua_State *L, struct state *s)
{
    if (lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) > SHORT) {
        lua_getfield(L, FUNCTIONS, "K");
        lua_insert(L, -2);
        lua_gettable(L, -2);
        lua_remove(L, -2);
    }
    put(L, s);
}

/* Whether the value on the top is an object: a table that is no list and has no metatable. */
static bool is_object(lua_State *L)
{
    if (lua_type(L, -1) != LUA_TTABLE)
        return false;
    if (lua_getmetatable(L, -1)) {
        lua_pop(L, 1);
        return false;
    }
    bool is_empty = lua_rawgeti(L, -1, 1) == LUA_TNIL;
    lua_pop(L, 1);
    return is_empty;
}

/* Pushes the number of a loop's turn, or whether it is the first or last; `word` has the slot of
 * the number. */
static void push_turn(lua_State *L, const struct state *s, uint32_t mode, uint32_t word)
{
    uint32_t slot = int_at(s, word) - 2;
    const struct loop *loop = &s->loops[s->depth - 1];
    while (loop->slot != slot)
        loop--;
    if (mode == CLNRM_PLAIN_LOOP_FIRST)
        lua_pushboolean(L, loop->turn == 1);
    else if (mode == CLNRM_PLAIN_LOOP_LAST)
        lua_pushboolean(L, loop->turn == loop->count);
    else
        lua_pushinteger(L, loop->turn - (mode == CLNRM_PLAIN_LOOP_INDEX0));
}

/* Pushes the value of the path at `pc`, which may be nil, and goes on behind it. */
static void push_path(lua_State *L, struct state *s)
{
    uint32_t word = s->pc, mode = int_at(s, word), count = int_at(s, word + 3);
    s->pc += 4 + count;
    if (mode == CLNRM_PLAIN_IN_CONTEXT) {
        push_word(L, s, word + 1);
        lua_gettable(L, CONTEXT);
    } else if (mode <= CLNRM_PLAIN_IS_BOUND) {
        lua_rawgeti(L, SLOTS, int_at(s, word + 1));
    } else if (mode == CLNRM_PLAIN_LITERAL) {
        push_word(L, s, word + 1);
    } else {
        push_turn(L, s, mode, word + 1);
    }
    for (uint32_t i = word + 4; i < s->pc; i++) {
        push_word(L, s, i);
        lua_insert(L, -2);
        if (is_object(L)) {
            lua_insert(L, -2);
            lua_rawget(L, -2);
            lua_remove(L, -2);
        } else {
            lua_insert(L, -2);
            push_function(L, "I", 2);
            lua_call(L, 2, 1);
        }
    }
}

/* Puts the literal at `word` in the place of the value on the top, where that is missing. */
static void use_default(lua_State *L, const struct state *s, uint32_t word)
{
    int type = lua_type(L, -1);
    if (type != LUA_TNIL && type != LUA_TUSERDATA)
        return;
    push_word(L, s, word);
    if (type == LUA_TUSERDATA) { /* null, perhaps */
        push_function(L, "DL", 2);
        lua_call(L, 2, 1);
    } else {
        lua_remove(L, -2);
    }
}

/* Pushes the value of the path at `pc`, a default in its place, and notes the filters behind it. */
static void begin_value(lua_State *L, struct state *s, uint32_t op)
{
    uint32_t at = s->pc + 2;
    push_path(L, s);
    if (int_at(s, s->pc++) == 1)
        use_default(L, s, s->pc++);
    else if (lua_isnil(L, -1))
        raise_undefined(L, s, at);
    s->filters = int_at(s, s->pc++);
    s->op = op;
    s->has_value = true;
}

static int resumed(lua_State *L, int status, lua_KContext state);

/* Calls the filters that are left. */
static void apply_filters(lua_State *L, struct state *s)
{
    while (s->filters > 0) {
        uint32_t name = s->pc;
        s->filters--;
        s->pc += 3;
        lua_getfield(L, FUNCTIONS, "F"); /* v F */
        lua_pushvalue(L, TEMPLATE);
        push_word(L, s, name + 1);
        push_word(L, s, name);
        lua_rotate(L, -5, -1); /* F file at name v */
        if (s->words[name + 2].kind == CLNRM_PLAIN_TABLE)
            lua_rawgeti(L, KEPT, (lua_Integer)name + 3);
        else
            lua_getfield(L, FUNCTIONS, "E0");
        lua_callk(L, 5, 1, (lua_KContext)s, resumed);
    }
}

/* Puts what the loop that was begun last has next into its slots, or ends it. */
static void next_turn(lua_State *L, struct state *s)
{
    struct loop *loop = &s->loops[s->depth - 1];
    int list = LISTS + 2 * (int)(s->depth - 1);
    if (loop->turn >= loop->count) {
        s->depth--;
        lua_settop(L, list - 1);
        return; /* `pc` is behind END */
    }
    if (s->pieces > FLUSH)
        give_away(L, s);
    lua_geti(L, list, ++loop->turn);
    if (loop->is_object) {
        lua_pushvalue(L, -1);
        lua_rawseti(L, SLOTS, loop->slot + 1);
        lua_gettable(L, list + 1);
    }
    lua_rawseti(L, SLOTS, loop->slot);
    s->pc = loop->body;
}

/* FOR: walks the value on the top. */
static void begin_loop(lua_State *L, struct state *s)
{
    uint32_t op = s->op;
    struct loop *loop = &s->loops[s->depth++];
    bool has_key = int_at(s, op + 4) == 1;
    lua_pushvalue(L, TEMPLATE);
    push_word(L, s, op + 7);
    push_word(L, s, op + 2);
    push_function(L, has_key ? "PK" : "P", 4);
    lua_call(L, 4, 3); /* list count object */
    *loop = (struct loop){.body = s->pc, .slot = int_at(s, op + 3), .is_object = has_key};
    loop->count = luaL_checkinteger(L, -2);
    lua_remove(L, -2);
    s->pc = int_at(s, op + 1) - 1;
    next_turn(L, s);
}

/* Does what the value on the top is for. */
static void end_value(lua_State *L, struct state *s)
{
    s->has_value = false;
    switch (s->words[s->op].value) {
    case CLNRM_PLAIN_SET:
        lua_rawseti(L, SLOTS, int_at(s, s->op + 1));
        return;
    case CLNRM_PLAIN_FOR:
        begin_loop(L, s);
        return;
    default:
        break;
    }
    uint32_t mode = int_at(s, s->op + 2);
    if (mode == CLNRM_PLAIN_LOOP_INDEX || mode == CLNRM_PLAIN_LOOP_INDEX0)
        lua_tostring(L, -1);
    write_value(L, s);
}

/* OUT_NAME: most outputs. */
static void put_named(lua_State *L, struct state *s, uint32_t word)
{
    push_word(L, s, word + 2);
    if (lua_gettable(L, CONTEXT) == LUA_TNIL)
        raise_undefined(L, s, word + 3);
    write_value(L, s);
}

/* Calls a function with the value on the top and takes whether what it gives is true. */
static bool ask(lua_State *L, const char *name, int args)
{
    push_function(L, name, args);
    lua_call(L, args, 1);
    bool is_so = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return is_so;
}

/* Takes the value on the top: whether it counts as true. */
static bool truth(lua_State *L)
{
    bool is_so;
    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        is_so = lua_toboolean(L, -1);
        break;
    case LUA_TSTRING:
        is_so = lua_rawlen(L, -1) > 0;
        break;
    default:
        return ask(L, "B", 1);
    }
    lua_pop(L, 1);
    return is_so;
}

/* Takes the value on the top, and compares it with the number at `other`. */
static bool is_in_order(lua_State *L, const struct state *s, uint32_t how, uint32_t other,
                        uint32_t at)
{
    if (lua_type(L, -1) != LUA_TNUMBER) {
        lua_pushvalue(L, TEMPLATE);
        push_word(L, s, at);
        push_function(L, "NI", 3);
        lua_call(L, 3, 1);
    }
    lua_Number v = lua_tonumber(L, -1), with = (lua_Number)s->words[other].value;
    lua_pop(L, 1);
    return how == CLNRM_PLAIN_LESS         ? v < with
           : how == CLNRM_PLAIN_LESS_EQUAL ? v <= with
           : how == CLNRM_PLAIN_MORE       ? v > with
                                           : v >= with;
}

/* Takes the value on the top: whether it is word `other`, or is not. */
static bool is_equal(lua_State *L, const struct state *s, uint32_t how, uint32_t other, uint32_t at)
{
    if (lua_isnil(L, -1))
        raise_undefined(L, s, at);
    push_word(L, s, other);
    if (how == CLNRM_PLAIN_EQUAL_TEXT) {
        bool is_so = lua_rawequal(L, -1, -2);
        lua_pop(L, 2);
        return is_so;
    }
    if (lua_type(L, -1) == LUA_TNUMBER && lua_type(L, -2) == LUA_TNUMBER) {
        bool is_so = lua_tonumber(L, -1) == lua_tonumber(L, -2);
        lua_pop(L, 2);
        return is_so == (how == CLNRM_PLAIN_EQUAL);
    }
    if (how == CLNRM_PLAIN_EQUAL)
        return ask(L, "Q", 2);
    lua_pushboolean(L, 1);
    lua_pushboolean(L, 0);
    return ask(L, "QN", 4);
}

/* IF: goes on behind it, or where its part ends. */
static void judge(lua_State *L, struct state *s, uint32_t word)
{
    uint32_t how = int_at(s, word + 2), at = word + 5;
    bool is_so;
    s->pc = word + 3;
    push_path(L, s);
    if (how == CLNRM_PLAIN_TRUE || how == CLNRM_PLAIN_NOT)
        is_so = truth(L) == (how == CLNRM_PLAIN_TRUE);
    else if (how <= CLNRM_PLAIN_EQUAL)
        is_so = is_equal(L, s, how, s->pc++, at);
    else
        is_so = is_in_order(L, s, how, s->pc++, at);
    if (!is_so)
        s->pc = int_at(s, word + 1) - 1;
}

/* IF of a name of the context and a text. */
static void judge_text(lua_State *L, struct state *s, uint32_t word)
{
    push_word(L, s, word + 2);
    lua_gettable(L, CONTEXT);
    bool is_so = is_equal(L, s, CLNRM_PLAIN_EQUAL_TEXT, word + 4, word + 3);
    s->pc = is_so ? word + 5 : int_at(s, word + 1) - 1;
}

/* Does what stands at `pc`; false: it is the end of the program. */
static bool step(lua_State *L, struct state *s)
{
    uint32_t word = s->pc;
    switch (s->words[word].value) {
    case CLNRM_PLAIN_PUT:
        s->pc += 3;
        begin_piece(L, s, word + 2);
        put_text(L, s, word + 1);
        return true;
    case CLNRM_PLAIN_OUT_NAME:
        s->pc += 4;
        begin_piece(L, s, word + 1);
        put_named(L, s, word);
        return true;
    case CLNRM_PLAIN_OUT:
        s->pc += 2;
        begin_piece(L, s, word + 1);
        begin_value(L, s, word);
        return true;
    case CLNRM_PLAIN_SET:
        s->pc += 2;
        begin_value(L, s, word);
        return true;
    case CLNRM_PLAIN_FOR:
        s->pc += 5;
        begin_value(L, s, word);
        return true;
    case CLNRM_PLAIN_IF:
        judge(L, s, word);
        return true;
    case CLNRM_PLAIN_IF_TEXT:
        judge_text(L, s, word);
        return true;
    case CLNRM_PLAIN_JUMP:
        s->pc = int_at(s, word + 1) - 1;
        return true;
    default: /* END */
        s->pc++;
        if (s->depth == 0)
            return false;
        next_turn(L, s);
        return true;
    }
}

static int go_on(lua_State *L, struct state *s)
{
    do {
        if (s->has_value) {
            apply_filters(L, s);
            end_value(L, s);
        }
    } while (step(L, s));
    flush(L, s);
    lua_pushinteger(L, s->pieces);
    lua_pushinteger(L, s->longest);
    return 2;
}

static int resumed(lua_State *L, int status, lua_KContext state)
{
    (void)status;
    return go_on(L, (struct state *)state);
}

/* Fills in how a run begins; the program at PROGRAM holds what it points to. */
static void begin(lua_State *L, struct state *s)
{
    *s = (struct state){.program = clnrm_plain_check(L, PROGRAM)};
    s->words = s->program->words;
    lua_getiuservalue(L, PROGRAM, CLNRM_PLAIN_SOURCE);
    s->source = lua_tolstring(L, -1, &s->source_len);
    lua_pop(L, 1);
}

int clnrm_plain_run(lua_State *L)
{
    const struct clnrm_plain_program *program = clnrm_plain_check(L, PROGRAM);
    luaL_checktype(L, FUNCTIONS, LUA_TTABLE);
    luaL_checktype(L, TEMPLATE, LUA_TTABLE);
    luaL_checktype(L, CONTEXT, LUA_TTABLE);
    luaL_checktype(L, OUT, LUA_TTABLE);
    lua_Integer pieces = luaL_checkinteger(L, PIECES);
    luaL_argcheck(L, pieces >= 0 && pieces <= INT32_MAX, PIECES, "not a number of pieces");
    lua_settop(L, FROM);
    luaL_argcheck(L, lua_isnil(L, FROM) || lua_istable(L, FROM), FROM, "not a table");
    luaL_checkstack(L, 2 * CLNRM_PLAIN_DEPTH_MAX + 2 * LUA_MINSTACK, NULL);
    lua_createtable(L, (int)program->slots, 0);
    lua_getiuservalue(L, PROGRAM, CLNRM_PLAIN_KEPT);
    struct state *s = lua_newuserdatauv(L, sizeof(*s) + program->depth * sizeof(struct loop), 0);
    begin(L, s);
    s->pieces = pieces;
    if (lua_isnil(L, FROM)) {
        size_t guess = 2 * s->source_len;
        s->cap = guess < TEXT_MIN ? TEXT_MIN : guess > TEXT_MAX ? TEXT_MAX : guess;
        s->text = lua_newuserdatauv(L, s->cap, 0);
    } else {
        lua_pushnil(L);
    }
    return go_on(L, s);
}

int clnrm_plain_walks_more(lua_State *L)
{
    enum { COUNT = CONTEXT + 1 };
    clnrm_plain_check(L, PROGRAM);
    luaL_checktype(L, FUNCTIONS, LUA_TTABLE);
    luaL_checktype(L, CONTEXT, LUA_TTABLE);
    lua_Unsigned count = (lua_Unsigned)luaL_checkinteger(L, COUNT);
    lua_settop(L, COUNT);
    struct state s;
    begin(L, &s);
    bool is_so = false;
    for (uint32_t i = 0; i < s.program->loop_count && !is_so; i++) {
        s.pc = s.program->loops[i] - 1 + 5;
        if (int_at(&s, s.pc) != CLNRM_PLAIN_IN_CONTEXT)
            continue;
        push_path(L, &s);
        is_so = lua_type(L, -1) == LUA_TTABLE && lua_rawlen(L, -1) > count;
        lua_pop(L, 1);
    }
    lua_pushboolean(L, is_so);
    return 1;
}
