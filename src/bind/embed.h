/* embed.h -- the Lua modules inside the binary: precompiled chunks, sorted by module name, each
 * compressed for itself by LZ4.
 *
 * The table is written by tools/pack.c at build time.  Layer: bind. */
#ifndef CLNRM_EMBED_H
#define CLNRM_EMBED_H

#include <stddef.h>

struct clnrm_embedded {
    const char *name;      /* "engine.main" */
    const char *file;      /* "lua/engine/main.lua", as tracebacks show it */
    size_t offset, packed; /* where in the blob, and how long there */
    size_t len;
};

extern const struct clnrm_embedded clnrm_embedded[];
extern const size_t clnrm_embedded_count;
extern const char clnrm_embedded_blob[];
extern const size_t clnrm_embedded_known; /* at its begin: what LZ4 knows before each of them */

#endif
