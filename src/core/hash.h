/* hash.h -- digests: XXH3 for caches and keys, SHA-256 where somebody might cheat.
 *
 * Ownership: clnrm_hash_open() hands out an object for clnrm_hash_close().  Threads: one at a time per
 * object; the first SHA-256 loads a plugin, from the loop thread.  Layer: core. */
#ifndef CLNRM_HASH_H
#define CLNRM_HASH_H

#include <stdint.h>

#include "base/slice.h"
#include "core/fs.h"

#define CLNRM_HASH_SIZE_MAX 32

enum clnrm_hash_kind { CLNRM_HASH_XXH3, CLNRM_HASH_XXH128, CLNRM_HASH_SHA256 };

struct clnrm_digest {
    unsigned char bytes[CLNRM_HASH_SIZE_MAX]; /* XXH: big-endian, as xxhsum prints it */
    size_t len;
};

struct clnrm_hash; /* opaque */

/* Returns 0, or CLNRM_EPLUGIN: SHA-256 cannot be had; then clnrm_plugin_error() may say more. */
int clnrm_hash_open(enum clnrm_hash_kind kind, struct clnrm_hash **out);
int clnrm_hash_add(struct clnrm_hash *h, struct clnrm_slice data);

/* Tells the digest; nothing may be added afterwards. */
int clnrm_hash_finish(struct clnrm_hash *h, struct clnrm_digest *out);

/* Consumes `h` (may be NULL). */
void clnrm_hash_close(struct clnrm_hash *h);

/* The digest of bytes at once. */
int clnrm_hash_bytes(enum clnrm_hash_kind kind, struct clnrm_slice data, struct clnrm_digest *out);

/* The digest of a regular file, as clnrm_fs_open_file() opens it; CLNRM_ELIMIT beyond `max` bytes. */
int clnrm_hash_file(enum clnrm_hash_kind kind, const struct clnrm_fs_place *at, int64_t max,
                    struct clnrm_digest *out);

/* XXH3 of bytes as a number, for choices that must be the same everywhere. */
uint64_t clnrm_hash_integer(struct clnrm_slice data);

#endif
