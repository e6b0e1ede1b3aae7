/* version.c -- see version.h for the contract. */
#include "core/version.h"
#include "base/base.h"

#define PCRE2_CODE_UNIT_WIDTH 8

#include <jansson.h>
#include <link.h>
#include <pcre2.h>
#include <stdio.h>
#include <string.h>
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

/* Finds the note of the build ID among those of a segment. */
static size_t find_build(const unsigned char *notes, size_t len, unsigned char *out)
{
    ElfW(Nhdr) head;
    size_t at = 0;
    while (len - at >= sizeof(head)) {
        memcpy(&head, notes + at, sizeof(head));
        size_t name = at + sizeof(head), desc = name + ((head.n_namesz + 3u) & ~(size_t)3);
        size_t next = desc + ((head.n_descsz + 3u) & ~(size_t)3);
        if (next > len)
            return 0;
        if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 &&
            memcmp(notes + name, "GNU", 4) == 0 && head.n_descsz <= CLNRM_BUILD_MAX) {
            memcpy(out, notes + desc, head.n_descsz);
            return head.n_descsz;
        }
        at = next;
    }
    return 0;
}

struct build {
    unsigned char *out;
    size_t len;
};

static int on_object(struct dl_phdr_info *info, size_t size, void *data)
{
    struct build *build = data;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum && build->len == 0; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_NOTE)
            build->len = find_build((const unsigned char *)(info->dlpi_addr + segment->p_vaddr),
                                    segment->p_memsz, build->out);
    }
    return 1; /* the first one is the program; libraries are not looked at */
}

size_t clnrm_version_build(unsigned char out[CLNRM_BUILD_MAX])
{
    struct build build = {.out = out};
    dl_iterate_phdr(on_object, &build);
    return build.len;
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
