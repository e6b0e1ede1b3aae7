/* hash.c -- see hash.h for the contract. */
#include "core/hash.h"
#include "base/base.h"
#include "core/crypto.h"
#include "core/plugin.h"

#include <errno.h>
#include <unistd.h>
#if defined(__x86_64__)
#    include <xxh_x86dispatch.h> /* AVX2 where the processor has it */
#else
#    include <xxhash.h>
#endif

enum { CHUNK = 256 * 1024 };

struct clnrm_hash {
    enum clnrm_hash_kind kind;
    XXH3_state_t *xxh;
    const struct clnrm_crypto *crypto;
    void *sha256;
};

int clnrm_hash_open(enum clnrm_hash_kind kind, struct clnrm_hash **out)
{
    void *symbol = NULL;
    struct clnrm_hash h = {.kind = kind};
    if (kind == CLNRM_HASH_SHA256) {
        int status = clnrm_plugin_symbol("crypto", "clnrm_crypto", &symbol);
        if (status < 0)
            return status;
        h.crypto = symbol;
        h.sha256 = h.crypto->sha256_open();
        if (!h.sha256)
            return CLNRM_EPLUGIN;
    } else {
        h.xxh = XXH3_createState();
        if (!h.xxh)
            abort(); /* as every other failed allocation */
        if (kind == CLNRM_HASH_XXH3)
            XXH3_64bits_reset(h.xxh);
        else
            XXH3_128bits_reset(h.xxh);
    }
    *out = clnrm_xmalloc(sizeof(h));
    **out = h;
    return 0;
}

int clnrm_hash_add(struct clnrm_hash *h, struct clnrm_slice data)
{
    switch (h->kind) {
    case CLNRM_HASH_XXH3:
        return XXH3_64bits_update(h->xxh, data.data, data.len) == XXH_OK ? 0 : -EINVAL;
    case CLNRM_HASH_XXH128:
        return XXH3_128bits_update(h->xxh, data.data, data.len) == XXH_OK ? 0 : -EINVAL;
    default:
        return h->crypto->sha256_add(h->sha256, data.data, data.len) == 0 ? 0 : CLNRM_EPLUGIN;
    }
}

static void set_xxh64(XXH64_hash_t hash, struct clnrm_digest *out)
{
    XXH64_canonical_t canonical;
    XXH64_canonicalFromHash(&canonical, hash);
    memcpy(out->bytes, canonical.digest, sizeof(canonical.digest));
    out->len = sizeof(canonical.digest);
}

static void set_xxh128(XXH128_hash_t hash, struct clnrm_digest *out)
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, hash);
    memcpy(out->bytes, canonical.digest, sizeof(canonical.digest));
    out->len = sizeof(canonical.digest);
}

int clnrm_hash_finish(struct clnrm_hash *h, struct clnrm_digest *out)
{
    switch (h->kind) {
    case CLNRM_HASH_XXH3:
        set_xxh64(XXH3_64bits_digest(h->xxh), out);
        return 0;
    case CLNRM_HASH_XXH128:
        set_xxh128(XXH3_128bits_digest(h->xxh), out);
        return 0;
    default:
        out->len = CLNRM_SHA256_SIZE;
        return h->crypto->sha256_finish(h->sha256, out->bytes) == 0 ? 0 : CLNRM_EPLUGIN;
    }
}

void clnrm_hash_close(struct clnrm_hash *h)
{
    if (!h)
        return;
    if (h->sha256)
        h->crypto->sha256_close(h->sha256);
    if (h->xxh)
        XXH3_freeState(h->xxh);
    free(h);
}

int clnrm_hash_bytes(enum clnrm_hash_kind kind, struct clnrm_slice data, struct clnrm_digest *out)
{
    struct clnrm_hash *h;
    if (kind == CLNRM_HASH_XXH3) {
        set_xxh64(XXH3_64bits(data.data, data.len), out);
        return 0;
    }
    if (kind == CLNRM_HASH_XXH128) {
        set_xxh128(XXH3_128bits(data.data, data.len), out);
        return 0;
    }
    int status = clnrm_hash_open(kind, &h);
    if (status < 0)
        return status;
    status = clnrm_hash_add(h, data);
    status = status ? status : clnrm_hash_finish(h, out);
    clnrm_hash_close(h);
    return status;
}

static int add_file(struct clnrm_hash *h, int fd, int64_t max)
{
    char *chunk = clnrm_xmalloc(CHUNK);
    int status = 0;
    for (int64_t done = 0; status == 0;) {
        ssize_t n = read(fd, chunk, CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            status = n < 0 ? -errno : 0;
            break;
        }
        done += n;
        status =
            done > max ? CLNRM_ELIMIT : clnrm_hash_add(h, (struct clnrm_slice){chunk, (size_t)n});
    }
    free(chunk);
    return status;
}

int clnrm_hash_file(enum clnrm_hash_kind kind, const struct clnrm_fs_place *at, int64_t max,
                    struct clnrm_digest *out)
{
    int fd;
    struct clnrm_hash *h;
    int status = clnrm_hash_open(kind, &h);
    if (status < 0)
        return status;
    status = clnrm_fs_open_file(at, false, &fd);
    if (status == 0) {
        status = add_file(h, fd, max);
        close(fd);
    }
    status = status ? status : clnrm_hash_finish(h, out);
    clnrm_hash_close(h);
    return status;
}

uint64_t clnrm_hash_integer(struct clnrm_slice data)
{
    return XXH3_64bits(data.data, data.len);
}
