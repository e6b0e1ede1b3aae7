/* fs_file.h -- the files that core.fs opens: what is looked at and read is one file, whatever is put
 * in its place meanwhile.
 *
 * Ownership: the descriptor is the object's until it is closed.  Layer: bind. */
#ifndef CLNRM_FS_FILE_H
#define CLNRM_FS_FILE_H

#include <lua.h>

/* Makes the type of the objects; to be called once, before the first is opened. */
void clnrm_fs_file_newtype(lua_State *L);

/* The function open(path [, {nofollow=, nolinks=, owned=}]) -> file | nil, err */
int clnrm_fs_file_open(lua_State *L);

#endif
