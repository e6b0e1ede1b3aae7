/* version.h -- what the program is made of: its own version and those of the linked libraries.
 * Threads: any.  Layer: core. */
#ifndef CLNRM_VERSION_H
#define CLNRM_VERSION_H

#include <stddef.h>

#define CLNRM_LIBRARIES_MAX 8
#define CLNRM_LIBRARY_VERSION_MAX 64

struct clnrm_library {
    const char *name;
    char version[CLNRM_LIBRARY_VERSION_MAX]; /* as the library itself says at run time */
};

/* Stores the linked libraries in `list`; returns their number. */
size_t clnrm_version_libraries(struct clnrm_library list[CLNRM_LIBRARIES_MAX]);

#define CLNRM_BUILD_MAX 64

/* Stores what the linker made of all that is in the program, its build ID, in `out`; returns how
 * many bytes that is: 0 where there is none. */
size_t clnrm_version_build(unsigned char out[CLNRM_BUILD_MAX]);

/* Returns "1.2.3". */
const char *clnrm_version_number(void);

/* Returns the build variant: "release", "debug", "address" or "thread". */
const char *clnrm_version_variant(void);

/* Returns the compiler's name and version. */
const char *clnrm_version_compiler(void);

#endif
