/* embed.h -- the Lua modules inside the binary: precompiled chunks, sorted by module name.
 *
 * The table is written by tools/embed.lua at build time.  Layer: bind. */
#ifndef CLNRM_EMBED_H
#define CLNRM_EMBED_H

#include <stddef.h>

struct clnrm_embedded {
    const char *name; /* "engine.main" */
    const char *file; /* "lua/engine/main.lua", as tracebacks show it */
    size_t offset, len;
};

extern const struct clnrm_embedded clnrm_embedded[];
extern const size_t clnrm_embedded_count;
extern const char clnrm_embedded_blob[];

#endif
