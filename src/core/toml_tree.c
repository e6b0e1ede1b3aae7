/* toml_tree.c -- see toml_tree.h; large tables find their keys by hash.
 *
 * An index is a power of two of slots with linear probing, at most half full.  A slot is 0 or holds
 * a node's id in its low bits and bits of the key's hash in the others, so that nearly every probe of
 * another key ends without a look at its bytes.  The hash has a secret seed: nobody can write a file
 * whose keys all collide. */
#include "core/toml_tree.h"

#include <sys/auxv.h>
#include <xxhash.h>

enum { ID_BITS = 20, SLOTS_MIN = 64, NODES_MIN = 32, BYTES_PER_NODE = 16 };

_Static_assert(CLNRM_TOML_NODES_MAX < 1u << ID_BITS, "an id must fit a slot");
_Static_assert(CLNRM_TOML_NODES_MAX / CLNRM_TOML_SCAN_MAX < UINT16_MAX,
               "node.index holds them all");
_Static_assert(sizeof(struct clnrm_toml_node) == 32, "two nodes to a cache line");

struct clnrm_toml_index {
    uint32_t *slots;
    uint32_t mask, used;
};

static uint64_t hash(const char *key, size_t len)
{
    uint64_t seed;
    memcpy(&seed, (const void *)getauxval(AT_RANDOM), sizeof(seed)); /* the kernel's, per process */
    return XXH3_64bits_withSeed(key, len, seed);
}

static uint32_t tag_of(uint64_t h)
{
    return (uint32_t)(h >> 32) & ~((1u << ID_BITS) - 1);
}

static void insert(const struct clnrm_toml_doc *doc, struct clnrm_toml_index *index, uint32_t id)
{
    uint64_t h = hash(clnrm_toml_bytes(doc, doc->nodes[id].key), doc->nodes[id].key_len);
    uint32_t at = (uint32_t)h & index->mask;
    while (index->slots[at])
        at = (at + 1) & index->mask;
    index->slots[at] = tag_of(h) | id;
    index->used++;
}

/* Makes the slots anew for all children of `table`. */
static void rebuild(const struct clnrm_toml_doc *doc, struct clnrm_toml_index *index,
                    uint32_t table)
{
    uint32_t count = doc->nodes[table].value.children.count, slots = SLOTS_MIN;
    while (slots < 4 * count)
        slots *= 2;
    free(index->slots);
    *index = (struct clnrm_toml_index){clnrm_xcalloc(slots * sizeof(*index->slots)), slots - 1, 0};
    uint32_t id = doc->nodes[table].value.children.last;
    for (uint32_t i = 0; i < count; i++) {
        id = doc->nodes[id].next;
        insert(doc, index, id);
    }
}

void clnrm_toml_index_add(struct clnrm_toml_doc *doc, uint32_t table, uint32_t id)
{
    struct clnrm_toml_node *node = &doc->nodes[table];
    if (!node->index) {
        if (doc->index_count == doc->index_cap) {
            doc->index_cap = doc->index_cap ? doc->index_cap * 2 : 8;
            doc->indexes = clnrm_xrealloc(doc->indexes, doc->index_cap * sizeof(*doc->indexes));
        }
        if (doc->index_count == 0)
            doc->indexes[doc->index_count++] = (struct clnrm_toml_index){0}; /* 0 means none */
        doc->indexes[doc->index_count] = (struct clnrm_toml_index){0};
        node->index = (uint16_t)doc->index_count++;
    }
    struct clnrm_toml_index *index = &doc->indexes[node->index];
    if (!index->slots || 2 * index->used > index->mask)
        rebuild(doc, index, table);
    else
        insert(doc, index, id);
}

uint32_t clnrm_toml_index_find(const struct clnrm_toml_doc *doc, uint32_t table, const char *key,
                               size_t len)
{
    const struct clnrm_toml_index *index = &doc->indexes[doc->nodes[table].index];
    uint64_t h = hash(key, len);
    uint32_t tag = tag_of(h), slot;
    for (uint32_t at = (uint32_t)h & index->mask; (slot = index->slots[at]) != 0;
         at = (at + 1) & index->mask) {
        uint32_t id = slot ^ tag;
        if (id >> ID_BITS == 0 && doc->nodes[id].key_len == len &&
            memcmp(clnrm_toml_bytes(doc, doc->nodes[id].key), key, len) == 0)
            return id;
    }
    return 0;
}

void clnrm_toml_index_reset(struct clnrm_toml_doc *doc)
{
    for (uint32_t i = 0; i < doc->index_count; i++)
        free(doc->indexes[i].slots);
    doc->index_count = 0;
}

uint32_t clnrm_toml_find(const struct clnrm_toml_doc *doc, uint32_t table, const char *key,
                         size_t len)
{
    if (doc->nodes[table].index)
        return clnrm_toml_index_find(doc, table, key, len);
    uint32_t id = doc->nodes[table].value.children.last;
    for (uint32_t i = 0; i < doc->nodes[table].value.children.count; i++) {
        id = doc->nodes[id].next;
        if (doc->nodes[id].key_len == len &&
            memcmp(clnrm_toml_bytes(doc, doc->nodes[id].key), key, len) == 0)
            return id;
    }
    return 0;
}

void clnrm_toml_grow(struct clnrm_toml_doc *doc)
{
    uint32_t cap = doc->node_cap ? 2 * doc->node_cap : (uint32_t)(doc->len / BYTES_PER_NODE);
    if (cap < NODES_MIN)
        cap = NODES_MIN;
    if (cap > doc->node_max)
        cap = doc->node_max;
    doc->nodes = clnrm_xrealloc(doc->nodes, cap * sizeof(*doc->nodes));
    doc->node_cap = cap;
}

uint32_t clnrm_toml_full(struct clnrm_toml_reader *r, const char *s)
{
    r->at = s;
    clnrm_toml_fail(r, CLNRM_TOML_E_TOO_MANY, s, s, NULL,
                    "the text holds more than %u values, what follows is not read",
                    r->doc->node_max - 1);
    r->fatal = true;
    return 0;
}
