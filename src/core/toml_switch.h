/* toml_switch.h -- comments that switch the printing off and on: `# clnrm: fmt off`.
 *
 * Private to the printer (core/toml_format.c).  Layer: core. */
#ifndef CLNRM_TOML_SWITCH_H
#define CLNRM_TOML_SWITCH_H

#include "core/toml.h"

/* Tells whether a token is the comment `# clnrm: fmt WORD`. */
bool clnrm_toml_is_switch(const struct clnrm_toml_doc *doc, uint32_t at, const char *word);

/* Tells whether one of the tokens [from, to) is `# clnrm: fmt off`. */
bool clnrm_toml_find_off(const struct clnrm_toml_doc *doc, uint32_t from, uint32_t to);

#endif
