/* main.c -- the arguments go in, the exit code comes out; everything between is Lua.
 *
 * Makes the Lua state, puts the C primitives under package.preload, and runs engine.main in the
 * main task.  engine.main returns the exit code.  An error that reaches this place is a bug in
 * clnrm. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "bind/embed.h"
#include "bind/modules.h"
#include "bind/sched.h"
#include "core/guardian.h"
#include "core/signal.h"
#include "core/term.h"
#include "core/watcher.h"

enum { EXIT_BUG = 3 };

static const char boot[] = "local argv = ...\n"
                           "local dir = os.getenv('CLNRM_LUA_DIR')\n"
                           "local chunk\n"
                           "if dir and dir ~= '' then\n"
                           "  chunk = assert(loadfile(dir .. '/lua/engine/loader.lua', 't'))\n"
                           "else\n"
                           "  chunk = assert(require('core.embed').find('engine.loader'))\n"
                           "end\n"
                           "chunk('engine.loader').install(dir ~= '' and dir or nil)\n"
                           "return require('engine.main').main(argv)\n";

static int exit_code = EXIT_BUG;

static int on_main_end(lua_State *L, int status, lua_KContext ctx)
{
    (void)status, (void)ctx;
    exit_code = (int)luaL_checkinteger(L, -1);
    return 0;
}

static int l_main(lua_State *L) /* upvalues: the boot chunk, argv */
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_callk(L, 1, 1, 0, on_main_end);
    return on_main_end(L, LUA_OK, 0);
}

static void preload_primitives(lua_State *L)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    for (const luaL_Reg *module = clnrm_modules; module->name; module++) {
        lua_pushcfunction(L, module->func);
        lua_setfield(L, -2, module->name);
    }
    lua_pop(L, 1);
    lua_getglobal(L, "require"); /* the two whose types every primitive needs */
    lua_pushvalue(L, -1);
    lua_pushliteral(L, "core.error");
    lua_call(L, 1, 0);
    lua_pushliteral(L, "core.task");
    lua_call(L, 1, 0);
}

static int run(lua_State *L, struct clnrm_sched *sched, int argc, char **argv)
{
    luaL_openlibs(L);
    preload_primitives(L);
    if (luaL_loadbufferx(L, boot, sizeof(boot) - 1, "=boot", "t") != LUA_OK)
        return lua_error(L);
    lua_createtable(L, argc, 0);
    for (int i = 0; i < argc; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i);
    }
    lua_pushcclosure(L, l_main, 2);
    return clnrm_sched_run(sched, L);
}

int main(int argc, char **argv)
{
    char *watched[] = {argv[0], CLNRM_WATCHER_COMMAND, NULL, NULL};
    clnrm_term_fill_standard();
    if (argc == 2 && strcmp(argv[1], CLNRM_WATCHER_COMMAND) == 0) {
        watched[2] = clnrm_watcher_await(); /* before there is a Lua state: most never need one */
        if (!watched[2])
            return 0;
        argc = 3, argv = watched;
    }
    if (argc == 2 && strcmp(argv[1], CLNRM_GUARDIAN_COMMAND) == 0)
        return clnrm_guardian_main();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write, seen where it happens */
    lua_State *L;
    struct clnrm_sched *sched = clnrm_sched_open(&L);
    if (!sched) {
        fputs("clnrm: cannot start: out of memory or of file descriptors\n", stderr);
        return EXIT_BUG;
    }
    if (run(L, sched, argc, argv) != 0) {
        fprintf(stderr, "clnrm: internal error: %s\n", luaL_tolstring(L, -1, NULL));
        exit_code = EXIT_BUG;
    }
    clnrm_sched_close(sched, L);
    int late_code = clnrm_signals_late_code();
    return late_code && exit_code != EXIT_BUG ? late_code : exit_code;
}
