/* plugin.h -- opens libclnrm_<name>.so, a part of clnrm with a heavy library behind it, on first use.
 *
 * Looked for beside the program, then in ../lib/clnrm from there; never in the working directory or
 * by the linker's search path.  Loaded once and kept.  Layer: core. */
#ifndef CLNRM_PLUGIN_H
#define CLNRM_PLUGIN_H

/* Stores the address of `symbol` of plugin `name` in `*out`.  Returns 0, or CLNRM_EPLUGIN; then the
 * reason is in clnrm_plugin_error(). */
int clnrm_plugin_symbol(const char *name, const char *symbol, void **out);

/* Says why the last clnrm_plugin_symbol() failed; valid until the next one. */
const char *clnrm_plugin_error(void);

#endif
