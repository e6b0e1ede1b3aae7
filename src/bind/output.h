/* output.h -- captured output as Lua values: what bind_proc.c and bind_room.c share.
 *
 * Layer: bind. */
#ifndef CLNRM_BIND_OUTPUT_H
#define CLNRM_BIND_OUTPUT_H

#include <lua.h>

#include "core/spool.h"

/* The methods stdout([max]), stderr([max]) -> text, cut | nil, err end here.  Pushes what is kept of
 * the stream, at most `max` bytes (head and tail), and how many bytes of the stream are not in that
 * text.  `total` is the true length of the stream. */
int clnrm_push_output(lua_State *L, const char *op, const struct clnrm_spool *s, uint64_t total,
                      lua_Integer max);

/* read(offset, len) -> text | nil, err ends here: a part of the stream, "" at its end.  The caller has
 * checked that offset is not negative and that len lies between 1 and 1 MiB. */
int clnrm_push_output_part(lua_State *L, const char *op, const struct clnrm_spool *s,
                           lua_Integer offset, lua_Integer len);

/* Pushes {bytes =, cut =}: the length of the stream, and how much of it is not kept. */
void clnrm_push_output_info(lua_State *L, const struct clnrm_spool *s, uint64_t total);

#endif
