/* room.h -- what bind_room.c (rooms), room_process.c (commands in them), room_port.c (connections) and
 * room_spec.c (tables to specs) share.
 *
 * Layer: bind. */
#ifndef CLNRM_BIND_ROOM_H
#define CLNRM_BIND_ROOM_H

#include "bind/bind.h"
#include "core/agent.h"

#define CLNRM_ROOM_IMAGE "core.room.image"
#define CLNRM_ROOM_PROCESS "core.room.process"

/* bind_room.c: the agent of the room at 1; raises when it is closed. */
struct clnrm_agent *clnrm_room_check(lua_State *L);

/* room_spec.c.  Each reads the table at `index` and raises, naming the option, on what is wrong.  The
 * specs point into static arrays and into strings that the table holds: valid until the next call. */
void clnrm_room_read_spec(lua_State *L, int index, struct clnrm_room_spec *out);
void clnrm_room_read_spawn(lua_State *L, int index, struct clnrm_spawn_spec *out);

/* Reads list option `name` of strings; returns how many there are (0 when absent). */
unsigned clnrm_room_read_texts(lua_State *L, int index, const char *name, struct clnrm_slice *out,
                               unsigned max, bool may_have_nul);

/* room_process.c */

/* room:spawn: starts the command of the table at 2, parks until it has started. */
int clnrm_room_spawn(lua_State *L);

/* Makes the type of processes. */
void clnrm_room_open_process(lua_State *L);

/* room_port.c: room:dial, room:relay, room:publish; the room is at 1. */
int clnrm_room_dial(lua_State *L);
int clnrm_room_relay(lua_State *L);
int clnrm_room_publish(lua_State *L);

/* Makes the types of streams and relays. */
void clnrm_room_open_port(lua_State *L);

/* Pushes nil and the error of an operation that is over, `what` being what it was about. */
int clnrm_room_fail_op(lua_State *L, const char *op_name, const struct clnrm_agent_op_info *info,
                       const char *what);

/* Pushes nil and the error of an operation that could not begin in `agent`. */
int clnrm_room_fail(lua_State *L, const char *op_name, struct clnrm_agent *agent, int status);

#endif
