/* toml_switch.c -- see toml_switch.h. */
#include "core/toml_switch.h"

#include "core/toml_brackets.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

bool clnrm_toml_is_switch(const struct clnrm_toml_doc *doc, uint32_t at, const char *word)
{
    static const char *const parts[] = {"#", "clnrm:", "fmt"};
    if (doc->tokens[at].kind != CLNRM_TOML_T_COMMENT)
        return false;
    const char *s = clnrm_toml_token_start(doc, at), *end = clnrm_toml_token_start(doc, at + 1);
    for (size_t i = 0; i <= sizeof(parts) / sizeof(*parts); i++) {
        const char *part = i < sizeof(parts) / sizeof(*parts) ? parts[i] : word;
        while (s < end && is_blank(*s))
            s++;
        size_t len = strlen(part);
        if ((size_t)(end - s) < len || memcmp(s, part, len) != 0)
            return false;
        s += len;
    }
    while (s < end && is_blank(*s))
        s++;
    return s == end;
}

bool clnrm_toml_find_off(const struct clnrm_toml_doc *doc, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++)
        if (clnrm_toml_is_switch(doc, i, "off"))
            return true;
    return false;
}
