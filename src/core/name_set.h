/* name_set.h -- which names were seen: a set of their hashes, for names by the hundred thousand.
 *
 * Two names of one hash are taken for the same one.  Zeroed is empty.  Layer: core. */
#ifndef CLNRM_NAME_SET_H
#define CLNRM_NAME_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clnrm_name_set {
    uint64_t *slots; /* 0: free */
    size_t count, cap;
};

/* Adds a name; returns whether it was there. */
bool clnrm_name_set_add(struct clnrm_name_set *set, const char *name, size_t len);
bool clnrm_name_set_has(const struct clnrm_name_set *set, const char *name, size_t len);
void clnrm_name_set_free(struct clnrm_name_set *set);

#endif
