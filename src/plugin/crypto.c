/* crypto.c -- SHA-256 by libcrypto's EVP; see core/crypto.h. */
#include "core/crypto.h"

#include <openssl/evp.h>

extern const struct clnrm_crypto clnrm_crypto;

static void *sha256_open(void)
{
    EVP_MD_CTX *state = EVP_MD_CTX_new();
    if (state && EVP_DigestInit_ex(state, EVP_sha256(), NULL) == 1)
        return state;
    EVP_MD_CTX_free(state);
    return NULL;
}

static int sha256_add(void *state, const void *data, size_t len)
{
    return EVP_DigestUpdate(state, data, len) == 1 ? 0 : -1;
}

static int sha256_finish(void *state, unsigned char out[CLNRM_SHA256_SIZE])
{
    return EVP_DigestFinal_ex(state, out, NULL) == 1 ? 0 : -1;
}

static void sha256_close(void *state)
{
    EVP_MD_CTX_free(state);
}

const struct clnrm_crypto clnrm_crypto = {
    .sha256_open = sha256_open,
    .sha256_add = sha256_add,
    .sha256_finish = sha256_finish,
    .sha256_close = sha256_close,
};
