/* name_set.c -- see name_set.h for the contract. */
#include "core/name_set.h"
#include "base/base.h"
#include "core/hash.h"

static uint64_t hash_of(const char *name, size_t len)
{
    uint64_t hash = clnrm_hash_integer((struct clnrm_slice){name, len});
    return hash ? hash : 1;
}

static size_t find(const struct clnrm_name_set *set, uint64_t hash)
{
    size_t at = hash & (set->cap - 1);
    while (set->slots[at] && set->slots[at] != hash)
        at = (at + 1) & (set->cap - 1);
    return at;
}

static void grow(struct clnrm_name_set *set)
{
    struct clnrm_name_set wider = {.cap = set->cap ? set->cap * 2 : 256};
    wider.slots = clnrm_xcalloc(wider.cap * sizeof(*wider.slots));
    for (size_t i = 0; i < set->cap; i++)
        if (set->slots[i])
            wider.slots[find(&wider, set->slots[i])] = set->slots[i];
    wider.count = set->count;
    free(set->slots);
    *set = wider;
}

bool clnrm_name_set_add(struct clnrm_name_set *set, const char *name, size_t len)
{
    if (set->count * 2 >= set->cap)
        grow(set);
    uint64_t hash = hash_of(name, len);
    size_t at = find(set, hash);
    bool was_there = set->slots[at] != 0;
    set->slots[at] = hash;
    set->count += !was_there;
    return was_there;
}

bool clnrm_name_set_has(const struct clnrm_name_set *set, const char *name, size_t len)
{
    return set->cap > 0 && set->slots[find(set, hash_of(name, len))] != 0;
}

void clnrm_name_set_free(struct clnrm_name_set *set)
{
    free(set->slots);
    *set = (struct clnrm_name_set){0};
}
