/* plain_run.c -- see plain_run.h for the contract.
 *
 * What is counted, raised and done with values whose meaning is not plain is done by the functions
 * that compiled templates call (engine.template.runtime), with what these would be given.  A filter
 * may wait, so that nothing of a run is on the stack of C while one is called. */
#include "bind/plain_run.h"

#include <lauxlib.h>

#include "bind/plain_state.h"

static int resumed(lua_State *L, int status, lua_KContext state);

/* Pushes the arguments of a filter or function, which stand at a word. */
static void push_arguments(lua_State *L, const struct clnrm_plain_state *s, uint32_t word)
{
    if (s->words[word].kind == CLNRM_PLAIN_TABLE)
        lua_rawgeti(L, KEPT, (lua_Integer)word + 1);
    else
        lua_getfield(L, FUNCTIONS, "E0");
}

/* Pushes what the function at `pc` gives. */
static void call_function(lua_State *L, struct clnrm_plain_state *s)
{
    uint32_t name = s->pc + 1;
    s->pc += 5; /* nothing stands before its filters */
    s->filters = int_at(s, s->pc++);
    lua_getfield(L, FUNCTIONS, "L");
    lua_pushvalue(L, TEMPLATE);
    push_word(L, s, name + 1);
    push_word(L, s, name);
    push_arguments(L, s, name + 2);
    lua_callk(L, 4, 1, (lua_KContext)s, resumed);
}

/* Pushes the value of the path at `pc`, what stands for it or is reckoned of it, and notes the
 * filters behind it. */
static void begin_value(lua_State *L, struct clnrm_plain_state *s, uint32_t op)
{
    uint32_t at = s->pc + 2;
    s->op = op;
    s->has_value = true;
    if (int_at(s, s->pc) == CLNRM_PLAIN_CALL) {
        call_function(L, s);
        return;
    }
    clnrm_plain_push_path(L, s);
    switch (int_at(s, s->pc++)) {
    case CLNRM_PLAIN_DEFAULT:
        clnrm_plain_use_default(L, s, s->pc++);
        break;
    case CLNRM_PLAIN_RECKONED:
        clnrm_plain_reckon(L, s, s->pc, at);
        s->pc += 3;
        break;
    default:
        if (lua_isnil(L, -1))
            clnrm_plain_undefined(L, s, at);
    }
    s->filters = int_at(s, s->pc++);
}

/* Calls the filters that are left. */
static void apply_filters(lua_State *L, struct clnrm_plain_state *s)
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
        push_arguments(L, s, name + 2);
        lua_callk(L, 5, 1, (lua_KContext)s, resumed);
    }
}

/* Puts what the loop that was begun last has next into its slots, or ends it. */
static void next_turn(lua_State *L, struct clnrm_plain_state *s)
{
    struct clnrm_plain_loop *loop = &s->loops[s->depth - 1];
    int list = LISTS + 2 * (int)(s->depth - 1);
    if (loop->turn >= loop->count) {
        s->depth--;
        lua_settop(L, list - 1);
        return; /* `pc` is behind END */
    }
    if (s->pieces > FLUSH)
        clnrm_plain_give_away(L, s);
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
static void begin_loop(lua_State *L, struct clnrm_plain_state *s)
{
    uint32_t op = s->op;
    struct clnrm_plain_loop *loop = &s->loops[s->depth++];
    bool has_key = int_at(s, op + 4) == 1;
    lua_pushvalue(L, TEMPLATE);
    push_word(L, s, op + 7);
    push_word(L, s, op + 2);
    push_function(L, has_key ? "PK" : "P", 4);
    lua_call(L, 4, 3); /* list count object */
    *loop =
        (struct clnrm_plain_loop){.body = s->pc, .slot = int_at(s, op + 3), .is_object = has_key};
    loop->count = luaL_checkinteger(L, -2);
    lua_remove(L, -2);
    s->pc = int_at(s, op + 1) - 1;
    next_turn(L, s);
}

/* Does what the value on the top is for. */
static void end_value(lua_State *L, struct clnrm_plain_state *s)
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
    clnrm_plain_write(L, s);
}

/* OUT_NAME: most outputs. */
static void put_named(lua_State *L, struct clnrm_plain_state *s, uint32_t word)
{
    push_word(L, s, word + 2);
    if (lua_gettable(L, CONTEXT) == LUA_TNIL)
        clnrm_plain_undefined(L, s, word + 3);
    clnrm_plain_write(L, s);
}

/* IF: goes on behind it, or where its part ends. */
static void judge(lua_State *L, struct clnrm_plain_state *s, uint32_t word)
{
    uint32_t how = int_at(s, word + 2), at = word + 5;
    bool is_so;
    s->pc = word + 3;
    clnrm_plain_push_path(L, s);
    if (how == CLNRM_PLAIN_TRUE || how == CLNRM_PLAIN_NOT)
        is_so = clnrm_plain_take_truth(L) == (how == CLNRM_PLAIN_TRUE);
    else if (how <= CLNRM_PLAIN_EQUAL)
        is_so = clnrm_plain_take_equal(L, s, how, s->pc++, at);
    else
        is_so = clnrm_plain_take_order(L, s, how, s->pc++, at);
    if (!is_so)
        s->pc = int_at(s, word + 1) - 1;
}

/* IF of a name of the context and a text. */
static void judge_text(lua_State *L, struct clnrm_plain_state *s, uint32_t word)
{
    push_word(L, s, word + 2);
    lua_gettable(L, CONTEXT);
    bool is_so = clnrm_plain_take_equal(L, s, CLNRM_PLAIN_EQUAL_TEXT, word + 4, word + 3);
    s->pc = is_so ? word + 5 : int_at(s, word + 1) - 1;
}

/* Does what stands at `pc`; false: it is the end of the program. */
static bool step(lua_State *L, struct clnrm_plain_state *s)
{
    uint32_t word = s->pc;
    switch (s->words[word].value) {
    case CLNRM_PLAIN_PUT:
        s->pc += 3;
        clnrm_plain_begin_piece(L, s, word + 2);
        clnrm_plain_put_text(L, s, word + 1);
        return true;
    case CLNRM_PLAIN_OUT_NAME:
        s->pc += 4;
        clnrm_plain_begin_piece(L, s, word + 1);
        put_named(L, s, word);
        return true;
    case CLNRM_PLAIN_OUT:
        s->pc += 2;
        clnrm_plain_begin_piece(L, s, word + 1);
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

static int go_on(lua_State *L, struct clnrm_plain_state *s)
{
    do {
        if (s->has_value) {
            apply_filters(L, s);
            end_value(L, s);
        }
    } while (step(L, s));
    clnrm_plain_flush(L, s);
    lua_pushinteger(L, s->pieces);
    lua_pushinteger(L, s->longest);
    return 2;
}

static int resumed(lua_State *L, int status, lua_KContext state)
{
    (void)status;
    return go_on(L, (struct clnrm_plain_state *)state);
}

/* Fills in how a run begins; the program at PROGRAM holds what it points to. */
static void begin(lua_State *L, struct clnrm_plain_state *s)
{
    *s = (struct clnrm_plain_state){.program = clnrm_plain_check(L, PROGRAM)};
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
    struct clnrm_plain_state *s =
        lua_newuserdatauv(L, sizeof(*s) + program->depth * sizeof(struct clnrm_plain_loop), 0);
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
    struct clnrm_plain_state s;
    begin(L, &s);
    bool is_so = false;
    for (uint32_t i = 0; i < s.program->loop_count && !is_so; i++) {
        s.pc = s.program->loops[i] - 1 + 5;
        if (int_at(&s, s.pc) != CLNRM_PLAIN_IN_CONTEXT)
            continue;
        clnrm_plain_push_path(L, &s);
        is_so = lua_type(L, -1) == LUA_TTABLE && lua_rawlen(L, -1) > count;
        lua_pop(L, 1);
    }
    lua_pushboolean(L, is_so);
    return 1;
}
