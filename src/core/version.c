/* version.c -- see version.h for the contract. */
#include "core/version.h"
#include "base/base.h"

#define PCRE2_CODE_UNIT_WIDTH 8

#include <jansson.h>
#include <pcre2.h>
#include <stdio.h>
#include <utf8proc.h>
#include <uv.h>
#include <xxhash.h>

static void add(struct clnrm_library *list, size_t *count, const char *name, const char *version)
{
    struct clnrm_library *library = &list[(*count)++];
    library->name = name;
    snprintf(library->version, sizeof(library->version), "%s", version);
}

size_t clnrm_version_libraries(struct clnrm_library list[CLNRM_LIBRARIES_MAX])
{
    char text[CLNRM_LIBRARY_VERSION_MAX];
    size_t count = 0;
    add(list, &count, "jansson", jansson_version_str());
    pcre2_config(PCRE2_CONFIG_VERSION, text);
    add(list, &count, "pcre2", text);
    add(list, &count, "utf8proc", utf8proc_version());
    add(list, &count, "uv", uv_version_string());
    unsigned xxhash = XXH_versionNumber();
    snprintf(text, sizeof(text), "%u.%u.%u", xxhash / 10000, xxhash / 100 % 100, xxhash % 100);
    add(list, &count, "xxhash", text);
    return count;
}

const char *clnrm_version_number(void)
{
    return CLNRM_VERSION;
}

const char *clnrm_version_variant(void)
{
    return CLNRM_VARIANT;
}

const char *clnrm_version_compiler(void)
{
    return "gcc " __VERSION__;
}
