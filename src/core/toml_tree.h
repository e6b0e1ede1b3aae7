/* toml_tree.h -- nodes of a TOML document: adds them, finds them by key.
 *
 * Private to the reader (core/toml*.c).  Layer: core. */
#ifndef CLNRM_TOML_TREE_H
#define CLNRM_TOML_TREE_H

#include "core/toml_lex.h"

enum { CLNRM_TOML_SCAN_MAX = 16 }; /* tables with more keys than this get a hash index */

/* Gives the array of nodes more room. */
void clnrm_toml_grow(struct clnrm_toml_doc *doc);

/* Puts child `id`, the last of a table that has more keys than CLNRM_TOML_SCAN_MAX, into its index. */
void clnrm_toml_index_add(struct clnrm_toml_doc *doc, uint32_t table, uint32_t id);

uint32_t clnrm_toml_index_find(const struct clnrm_toml_doc *doc, uint32_t table, const char *key,
                               size_t len);

void clnrm_toml_index_reset(struct clnrm_toml_doc *doc);

/* Stops the reading because there are too many nodes.  Returns 0. */
uint32_t clnrm_toml_full(struct clnrm_toml_reader *r, const char *s);

/* Adds a node that belongs to nothing yet.  Returns 0 when there are too many. */
static inline uint32_t clnrm_toml_node(struct clnrm_toml_reader *r, enum clnrm_toml_type type,
                                       unsigned flags, const char *s)
{
    struct clnrm_toml_doc *doc = r->doc;
    if (doc->node_count == doc->node_cap) {
        if (doc->node_count >= doc->node_max)
            return clnrm_toml_full(r, s);
        clnrm_toml_grow(doc);
    }
    doc->nodes[doc->node_count] = (struct clnrm_toml_node){
        .type = (uint8_t)type, .flags = (uint8_t)flags, .offset = clnrm_toml_offset(r, s)};
    return doc->node_count++;
}

/* Makes `id` the last child of an array or a table. */
static inline void clnrm_toml_append(struct clnrm_toml_doc *doc, uint32_t parent, uint32_t id)
{
    struct clnrm_toml_node *nodes = doc->nodes, *p = &nodes[parent];
    uint32_t last = p->value.children.last;
    nodes[id].next = last ? nodes[last].next : id;
    if (last)
        nodes[last].next = id;
    p->value.children.last = id;
    p->value.children.count++;
}

/* Returns the child of `table` with this key, or 0. */
static inline uint32_t clnrm_toml_lookup(const struct clnrm_toml_reader *r, uint32_t table,
                                         const struct clnrm_toml_key *key)
{
    const struct clnrm_toml_node *nodes = r->doc->nodes;
    if (__builtin_expect(nodes[table].index, 0))
        return clnrm_toml_index_find(r->doc, table, clnrm_toml_bytes(r->doc, key->at), key->len);
    uint32_t last = nodes[table].value.children.last, id = last;
    if (last)
        do {
            id = nodes[id].next;
            if (nodes[id].key_len == key->len && nodes[id].key_tag == key->tag &&
                memcmp(clnrm_toml_bytes(r->doc, nodes[id].key), clnrm_toml_bytes(r->doc, key->at),
                       key->len) == 0)
                return id;
        } while (id != last);
    return 0;
}

/* Adds a node with a key to a table.  Returns 0 when there are too many nodes. */
static inline uint32_t clnrm_toml_add(struct clnrm_toml_reader *r, uint32_t table,
                                      const struct clnrm_toml_key *key, enum clnrm_toml_type type,
                                      unsigned flags)
{
    struct clnrm_toml_doc *doc = r->doc;
    uint32_t id = clnrm_toml_node(r, type, flags | key->flags, r->text + key->offset);
    if (!id)
        return 0;
    doc->nodes[id].key = key->at;
    doc->nodes[id].key_len = key->len;
    doc->nodes[id].key_tag = key->tag;
    doc->nodes[id].end = key->end;
    clnrm_toml_append(doc, table, id);
    if (__builtin_expect(doc->nodes[table].value.children.count > CLNRM_TOML_SCAN_MAX, 0))
        clnrm_toml_index_add(doc, table, id);
    return id;
}

#endif
