/* lru.c -- see lru.h for the contract. */
#include "core/lru.h"
#include "base/base.h"

#include <xxhash.h>

enum { FIRST_BUCKETS = 16 };

struct entry {
    struct entry *younger, *older; /* by last use */
    struct entry *chain;           /* next in the bucket */
    uint64_t hash;
    int64_t stored_ns;
    void *value;
    size_t bytes, key_len;
    char key[];
};

struct clnrm_lru {
    struct clnrm_lru_limits limits;
    clnrm_lru_drop_cb *drop;
    void *data;
    struct clnrm_lru_stats stats;
    struct entry *youngest, *oldest;
    struct entry **buckets;
    size_t bucket_count; /* a power of two */
};

static struct entry **find(struct clnrm_lru *c, struct clnrm_slice key, uint64_t hash)
{
    struct entry **at = &c->buckets[hash & (c->bucket_count - 1)];
    while (*at && !((*at)->hash == hash && (*at)->key_len == key.len &&
                    (key.len == 0 || memcmp((*at)->key, key.data, key.len) == 0)))
        at = &(*at)->chain;
    return at;
}

static void unlink_entry(struct clnrm_lru *c, struct entry *e)
{
    *(e->younger ? &e->younger->older : &c->youngest) = e->older;
    *(e->older ? &e->older->younger : &c->oldest) = e->younger;
}

static void link_youngest(struct clnrm_lru *c, struct entry *e)
{
    e->younger = NULL;
    e->older = c->youngest;
    *(e->older ? &e->older->younger : &c->oldest) = e;
    c->youngest = e;
}

/* `at` points to the entry in its chain. */
static void drop_entry(struct clnrm_lru *c, struct entry **at)
{
    struct entry *e = *at;
    *at = e->chain;
    unlink_entry(c, e);
    c->stats.count--;
    c->stats.bytes -= e->bytes;
    c->drop(c->data, e->value);
    free(e);
}

static void drop_oldest(struct clnrm_lru *c)
{
    struct entry **at = &c->buckets[c->oldest->hash & (c->bucket_count - 1)];
    while (*at != c->oldest)
        at = &(*at)->chain;
    drop_entry(c, at);
    c->stats.evictions++;
}

static void grow(struct clnrm_lru *c)
{
    size_t count = c->bucket_count * 2;
    struct entry **buckets = clnrm_xcalloc(count * sizeof(struct entry *));
    for (struct entry *e = c->oldest; e; e = e->younger) {
        struct entry **head = &buckets[e->hash & (count - 1)];
        e->chain = *head;
        *head = e;
    }
    free(c->buckets);
    c->buckets = buckets;
    c->bucket_count = count;
}

struct clnrm_lru *clnrm_lru_open(const struct clnrm_lru_limits *limits, clnrm_lru_drop_cb *drop,
                                 void *data)
{
    struct clnrm_lru *c = clnrm_xcalloc(sizeof(*c));
    c->limits = *limits;
    c->drop = drop;
    c->data = data;
    c->bucket_count = FIRST_BUCKETS;
    c->buckets = clnrm_xcalloc(FIRST_BUCKETS * sizeof(struct entry *));
    return c;
}

void *clnrm_lru_get(struct clnrm_lru *c, struct clnrm_slice key, int64_t now_ns)
{
    struct entry **at = find(c, key, XXH3_64bits(key.data, key.len)), *e = *at;
    if (e && c->limits.ttl_ns > 0 && now_ns - e->stored_ns >= c->limits.ttl_ns) {
        drop_entry(c, at);
        e = NULL;
    }
    if (!e) {
        c->stats.misses++;
        return NULL;
    }
    c->stats.hits++;
    unlink_entry(c, e);
    link_youngest(c, e);
    return e->value;
}

int clnrm_lru_put(struct clnrm_lru *c, struct clnrm_slice key, void *value, size_t bytes,
                  int64_t now_ns)
{
    uint64_t hash = XXH3_64bits(key.data, key.len);
    struct entry **at = find(c, key, hash);
    if (*at)
        drop_entry(c, at);
    if (c->limits.count_max == 0 || bytes > c->limits.bytes_max)
        return CLNRM_ELIMIT;
    while (c->stats.count >= c->limits.count_max || c->stats.bytes > c->limits.bytes_max - bytes)
        drop_oldest(c);
    if (c->stats.count >= c->bucket_count)
        grow(c);
    struct entry *e = clnrm_xmalloc(sizeof(*e) + key.len);
    *e = (struct entry){.hash = hash,
                        .stored_ns = now_ns,
                        .value = value,
                        .bytes = bytes,
                        .key_len = key.len,
                        .chain = c->buckets[hash & (c->bucket_count - 1)]};
    if (key.len)
        memcpy(e->key, key.data, key.len);
    c->buckets[hash & (c->bucket_count - 1)] = e;
    link_youngest(c, e);
    c->stats.count++;
    c->stats.bytes += bytes;
    return 0;
}

bool clnrm_lru_del(struct clnrm_lru *c, struct clnrm_slice key)
{
    struct entry **at = find(c, key, XXH3_64bits(key.data, key.len));
    if (!*at)
        return false;
    drop_entry(c, at);
    return true;
}

void clnrm_lru_clear(struct clnrm_lru *c)
{
    while (c->oldest) {
        struct entry **at = &c->buckets[c->oldest->hash & (c->bucket_count - 1)];
        while (*at != c->oldest)
            at = &(*at)->chain;
        drop_entry(c, at);
    }
}

struct clnrm_lru_stats clnrm_lru_stats(const struct clnrm_lru *c)
{
    return c->stats;
}

void clnrm_lru_close(struct clnrm_lru *c)
{
    if (!c)
        return;
    clnrm_lru_clear(c);
    free(c->buckets);
    free(c);
}
