/* toml_shape_set.c -- the names that a walk remembers: those that must differ, and who refers to them.
 *
 * All sets share one table.  A set is cleared by a new generation, and so are all of them between
 * two walks: what is of an older one counts as free. */
#include "core/toml_shape_impl.h"

#include <stdlib.h>
#include <xxhash.h>

enum { MEMBERS_MIN = 256 };

void clnrm_shape_clear_sets(struct clnrm_shape_walk *w, uint64_t sets)
{
    for (; sets; sets &= sets - 1)
        w->generation[__builtin_ctzll(sets)] = ++w->kept->generation;
}

/* Finds a member, or the free place for it. */
static struct clnrm_shape_member *find_member(const struct clnrm_shape_walk *w, uint64_t generation,
                                              uint64_t hash, uint32_t at, uint32_t len)
{
    struct clnrm_toml_walk *kept = w->kept;
    for (uint32_t i = (uint32_t)hash;; i++) {
        struct clnrm_shape_member *m = &kept->members[i & (kept->member_cap - 1)];
        if (m->generation < kept->first_generation)
            return m;
        if (m->generation == generation && m->hash == hash && m->len == len &&
            memcmp(clnrm_toml_bytes(w->doc, m->at), clnrm_toml_bytes(w->doc, at), len) == 0)
            return m;
    }
}

static void grow_members(struct clnrm_shape_walk *w)
{
    struct clnrm_toml_walk *kept = w->kept;
    struct clnrm_shape_member *before = kept->members;
    uint32_t cap = kept->member_cap;
    kept->member_cap = cap ? 2 * cap : MEMBERS_MIN;
    kept->members = clnrm_xcalloc(kept->member_cap * sizeof(*kept->members));
    for (uint32_t i = 0; i < cap; i++)
        if (before[i].generation >= kept->first_generation)
            *find_member(w, before[i].generation, before[i].hash, before[i].at, before[i].len) =
                before[i];
    free(before);
}

/* A secret of the process and the generation: equal members of many sets lie apart. */
static uint64_t seed_of(const struct clnrm_shape_walk *w, uint64_t generation)
{
    return generation ^ (uint64_t)(uintptr_t)w->kept;
}

static uint64_t hash_of(const struct clnrm_shape_walk *w, uint64_t generation, uint32_t at,
                        uint32_t len)
{
    return XXH3_64bits_withSeed(clnrm_toml_bytes(w->doc, at), len, seed_of(w, generation));
}

/* Adds what `at` and `len` (or, with `len` 0, `hash` alone) say to a set.  Returns whether it is new
 * there. */
static bool add_member(struct clnrm_shape_walk *w, uint16_t set, uint64_t hash, uint32_t at,
                       uint32_t len)
{
    struct clnrm_toml_walk *kept = w->kept;
    uint64_t generation = w->generation[set];
    if (2 * kept->member_count >= kept->member_cap)
        grow_members(w);
    struct clnrm_shape_member *m = find_member(w, generation, hash, at, len);
    if (m->generation == generation)
        return false;
    *m = (struct clnrm_shape_member){generation, hash, at, len, w->owner, set, false};
    kept->member_count++;
    return true;
}

bool clnrm_shape_add_text(struct clnrm_shape_walk *w, uint16_t set, uint32_t at, uint32_t len)
{
    return len > 0 && add_member(w, set, hash_of(w, w->generation[set], at, len), at, len);
}

bool clnrm_shape_add_number(struct clnrm_shape_walk *w, uint16_t set, int64_t number)
{
    uint64_t seed = seed_of(w, w->generation[set]);
    return add_member(w, set, XXH3_64bits_withSeed(&number, sizeof(number), seed), 0, 0);
}

/* Whether a text is a member of a set that is there already, and not of this item itself. */
bool clnrm_shape_is_earlier(struct clnrm_shape_walk *w, uint16_t set, uint32_t at, uint32_t len)
{
    uint64_t generation = w->generation[set];
    if (!w->kept->member_cap || len == 0)
        return false;
    struct clnrm_shape_member *m =
        find_member(w, generation, hash_of(w, generation, at, len), at, len);
    return m->generation == generation && m->owner != w->owner;
}

/* Notes that a text refers to a member of a set, which may come later. */
void clnrm_shape_add_reference(struct clnrm_shape_walk *w, uint16_t set, uint32_t at, uint32_t len)
{
    struct clnrm_toml_walk *kept = w->kept;
    if (kept->reference_count == kept->reference_cap) {
        kept->reference_cap = kept->reference_cap ? 2 * kept->reference_cap : MEMBERS_MIN;
        kept->references =
            clnrm_xrealloc(kept->references, kept->reference_cap * sizeof(*kept->references));
    }
    kept->references[kept->reference_count++] = (struct clnrm_shape_reference){at, len, set};
}

/* Whether all that was referred to is there. */
static bool settle_references(struct clnrm_shape_walk *w)
{
    struct clnrm_toml_walk *kept = w->kept;
    for (uint32_t i = 0; i < kept->reference_count; i++) {
        const struct clnrm_shape_reference *r = &kept->references[i];
        uint64_t generation = w->generation[r->set];
        if (!kept->member_cap)
            return false;
        struct clnrm_shape_member *m =
            find_member(w, generation, hash_of(w, generation, r->at, r->len), r->at, r->len);
        if (m->generation != generation)
            return false;
        m->is_referred = true;
    }
    return true;
}

static void mark_unreferred(struct clnrm_shape_walk *w)
{
    const struct clnrm_toml_walk *kept = w->kept;
    for (uint32_t i = 0; i < kept->member_cap; i++) {
        const struct clnrm_shape_member *m = &kept->members[i];
        if (m->generation >= kept->first_generation && !m->is_referred)
            clnrm_shape_set_mark(w, w->shape->unreferred[m->set]);
    }
}

bool clnrm_shape_settle(struct clnrm_shape_walk *w)
{
    if (!settle_references(w))
        return false;
    mark_unreferred(w);
    return true;
}

void clnrm_toml_walk_free(struct clnrm_toml_walk *walk)
{
    free(walk->members);
    free(walk->references);
    *walk = (struct clnrm_toml_walk){0};
}
