/* crypto.h -- what libclnrm_crypto.so (src/plugin/crypto.c, libcrypto behind it) gives to core/hash.
 *
 * The library costs half a millisecond to load, so it is opened on first use.  The plugin exports one
 * symbol, `clnrm_crypto`, of this type.  Layer: core. */
#ifndef CLNRM_CRYPTO_H
#define CLNRM_CRYPTO_H

#include <stddef.h>

#define CLNRM_SHA256_SIZE 32

struct clnrm_crypto {
    void *(*sha256_open)(void); /* NULL: libcrypto refuses it, as some strict set-ups do */
    int (*sha256_add)(void *state, const void *data, size_t len);            /* 0 or -1 */
    int (*sha256_finish)(void *state, unsigned char out[CLNRM_SHA256_SIZE]); /* 0 or -1 */
    void (*sha256_close)(void *state);
};

#endif
