/* unpack_path.c -- see unpack_path.h for the contract. */
#include "core/unpack_path.h"

#include <string.h>

enum { PART_MAX = 255 };

static bool is_dot(const char *part, size_t len)
{
    return len == 1 && part[0] == '.';
}

static bool is_dots(const char *part, size_t len)
{
    return len == 2 && part[0] == '.' && part[1] == '.';
}

static const char *part_problem(const char *part, size_t len)
{
    if (len == 0)
        return "has an empty part in its name";
    if (is_dots(part, len))
        return "has a .. in its name";
    if (is_dot(part, len))
        return "has a . in its name";
    return len > PART_MAX ? "has a part in its name that is longer than 255 bytes" : NULL;
}

const char *clnrm_unpack_path_parse(const char *name, struct clnrm_unpack_path *out)
{
    size_t at = 0, len = 0;
    out->text[0] = out->parent[0] = '\0';
    out->leaf = out->text;
    out->depth = 0;
    if (!name[0])
        return "has no name";
    if (name[0] == '/')
        return "has an absolute name";
    if (strlen(name) >= sizeof(out->text))
        return "has a name that is too long";
    if (strcmp(name, ".") == 0)
        return NULL;
    if (name[0] == '.' && name[1] == '/')
        at = 2;
    while (name[at]) {
        size_t size = strcspn(name + at, "/");
        const char *why = part_problem(name + at, size);
        if (why)
            return why;
        if (++out->depth > CLNRM_UNPACK_DEPTH_MAX)
            return "is nested too deep";
        memcpy(out->parent, out->text, len + 1);
        if (len)
            out->text[len++] = '/';
        out->leaf = out->text + len;
        memcpy(out->text + len, name + at, size);
        len += size;
        out->text[len] = '\0';
        at += size + (name[at + size] == '/');
    }
    return NULL;
}

const char *clnrm_unpack_link_problem(const char *parent, const char *target)
{
    long depth = 0;
    if (!target[0])
        return "is a link to nothing";
    if (strlen(target) >= PATH_MAX)
        return "is a link whose target is too long";
    if (target[0] != '/' && parent[0]) {
        depth = 1;
        for (const char *p = parent; *p; p++)
            depth += *p == '/';
    }
    for (const char *at = target; *at;) {
        size_t size = strcspn(at, "/");
        if (is_dots(at, size))
            depth--;
        else if (size > 0 && !is_dot(at, size))
            depth++;
        if (depth < 0)
            return "is a link that leads out of the root";
        at += size + (at[size] == '/');
    }
    return NULL;
}
