/* toml_value.h -- reads what stands behind a key: values, arrays, inline tables.
 *
 * Private to the reader (core/toml*.c).  Layer: core. */
#ifndef CLNRM_TOML_VALUE_H
#define CLNRM_TOML_VALUE_H

#include "core/toml_tree.h"

/* Reads `key = value` at `s` into `table`; containers inside it are at `depth` and more.  Returns the
 * place behind it, or NULL after an error that leaves nothing to go on from: r->at is where it was. */
const char *clnrm_toml_pair(struct clnrm_toml_reader *r, const char *s, uint32_t table, int depth);

/* Records an error because containers are deeper than CLNRM_TOML_DEPTH_MAX, which ends the reading.
 * Returns NULL. */
const char *clnrm_toml_too_deep(struct clnrm_toml_reader *r, const char *s);

/* Returns the word for a node in messages: "a string", "an array of tables". */
const char *clnrm_toml_describe(const struct clnrm_toml_node *node);

#endif
