/* room.h -- what bind_room.c (rooms), room_call.c (questions to them), room_process.c (commands in
 * them), room_attach.c (guests), room_port.c (connections) and room_spec.c (tables to specs) share.
 *
 * Layer: bind. */
#ifndef CLNRM_BIND_ROOM_H
#define CLNRM_BIND_ROOM_H

#include "bind/bind.h"
#include "core/agent.h"

#define CLNRM_ROOM "core.room"
#define CLNRM_ROOM_IMAGE "core.room.image"
#define CLNRM_ROOM_PROCESS "core.room.process"

struct clnrm_room_ud {
    struct clnrm_agent *core; /* NULL once closed */
    struct clnrm_waiters waiters;
    struct clnrm_agent_search *search; /* while a guest is looked for */
};

/* bind_room.c: what rooms of all kinds share.  after_open waits until the agent is ready; the room is
 * at 2. */
void clnrm_room_on_change(void *data);
void clnrm_room_release(struct clnrm_room_ud *ud);
int clnrm_room_after_open(lua_State *L, int status, lua_KContext ctx);

/* room_attach.c: rooms that others made. */
int clnrm_room_attach(lua_State *L);
int clnrm_room_agent_file(lua_State *L);

/* bind_room.c: the agent of the room at 1; raises when it is closed. */
struct clnrm_agent *clnrm_room_check(lua_State *L);

/* The frames of the image at `index`; raises when it is none. */
struct clnrm_slice clnrm_room_frames(lua_State *L, int index);

/* Gives the room at 1, which is kept, up without ending it. */
void clnrm_room_leave(lua_State *L);

/* Pushes the list of what was tried in it, as room:reports() returns it. */
void clnrm_room_push_reports(lua_State *L, const struct clnrm_agent_info *info);

/* room_call.c; the room is at 1 */
int clnrm_room_put(lua_State *L);
int clnrm_room_get(lua_State *L);
int clnrm_room_stat(lua_State *L);
int clnrm_room_survey(lua_State *L);
int clnrm_room_probe(lua_State *L);
int clnrm_room_keep(lua_State *L);
int clnrm_room_view(lua_State *L);
int clnrm_room_net(lua_State *L);

/* Makes the type of questions. */
void clnrm_room_open_call(lua_State *L);

/* room_spec.c.  Each reads the table at `index` and raises, naming the option, on what is wrong.  The
 * specs point into static arrays and into strings that the table holds: valid until the next call. */
void clnrm_room_read_spec(lua_State *L, int index, struct clnrm_room_spec *out);
void clnrm_room_read_spawn(lua_State *L, int index, struct clnrm_spawn_spec *out);

/* The operations in the list at `index`. */
uint32_t clnrm_room_read_ops(lua_State *L, int index, const struct clnrm_room_op **out);

/* The view that the table at `index`, when there is one, names; else 0. */
uint32_t clnrm_room_read_view(lua_State *L, int index);

/* Reads `net` and `ip` of the table at `index` into `at`, 127.0.0.1 of the room's own network by
 * default; other keys than `names` are refused.  Returns whether there is a table. */
bool clnrm_room_read_place(lua_State *L, int index, const char *const *names,
                           struct clnrm_address *at);

/* The same with any address. */
bool clnrm_room_read_any_place(lua_State *L, int index, const char *const *names,
                               struct clnrm_address *at);

/* The port at `arg`. */
uint16_t clnrm_room_check_port(lua_State *L, int arg, bool may_be_zero);

/* Reads list option `name` of strings; returns how many there are (0 when absent). */
unsigned clnrm_room_read_texts(lua_State *L, int index, const char *name, struct clnrm_slice *out,
                               unsigned max, bool may_have_nul);

/* room_process.c */

/* room:spawn: starts the command of the table at 2, parks until it has started. */
int clnrm_room_spawn(lua_State *L);

/* The command of the process at `index`; raises when it is closed. */
const struct clnrm_agent_op *clnrm_room_command(lua_State *L, int index);

/* Makes the type of processes. */
void clnrm_room_open_process(lua_State *L);

/* room_port.c: room:dial, room:relay, room:publish; the room is at 1. */
int clnrm_room_dial(lua_State *L);
int clnrm_room_relay(lua_State *L);
int clnrm_room_publish(lua_State *L);

/* room_bridge.c: room:bridge, room:fill; the room is at 1. */
int clnrm_room_bridge(lua_State *L);
int clnrm_room_fill(lua_State *L);

/* Makes the types of bridges and fills. */
void clnrm_room_open_bridge(lua_State *L);

/* Makes the types of streams and relays. */
void clnrm_room_open_port(lua_State *L);

/* Pushes nil and the error of an operation that is over, `what` being what it was about. */
int clnrm_room_fail_op(lua_State *L, const char *op_name, const struct clnrm_agent_op_info *info,
                       const char *what);

/* Pushes nil and the error of an operation that could not begin in `agent`. */
int clnrm_room_fail(lua_State *L, const char *op_name, struct clnrm_agent *agent, int status);

#endif
