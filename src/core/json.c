/* json.c -- see json.h for the contract.  The writer is in json_write.c. */
#include "core/json.h"
#include "base/base.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>

/* Finds the bracket that opens level `depth_max` + 1, or the bracket or comma behind which there
 * would be more than `values_max` members.  Returns what is too much; NULL: nothing is. */
static const char *find_too_much(struct clnrm_slice text, size_t depth_max, size_t values_max,
                                 size_t *offset)
{
    size_t depth = 0;
    size_t values = 0;
    bool is_text = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (is_text) {
            if (c == '\\')
                i++;
            else
                is_text = c != '"';
        } else if (c == '"') {
            is_text = true;
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        } else if (c == '[' || c == '{' || c == ',') {
            *offset = i;
            depth += c != ',';
            if (depth > depth_max)
                return "arrays and objects are nested too deep";
            if (++values > values_max)
                return "arrays and objects have too many members";
        }
    }
    return NULL;
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Where the token that ends before `end` starts: a string, or a number or a word. */
static size_t token_start(struct clnrm_slice text, size_t end)
{
    size_t at = end;
    if (end >= 2 && text.data[end - 1] == '"') {
        for (at = end - 2; at > 0; at--) {
            size_t escapes = 0;
            while (escapes < at && text.data[at - 1 - escapes] == '\\')
                escapes++;
            if (text.data[at] == '"' && escapes % 2 == 0)
                break;
        }
        return at;
    }
    while (at > 0 && text.data[at - 1] &&
           (isalnum((unsigned char)text.data[at - 1]) || strchr("+-.", text.data[at - 1])))
        at--;
    return at;
}

/* jansson stands behind the token that it complains about; inside a string it stands at the place. */
static size_t place_of(const json_error_t *e, struct clnrm_slice text)
{
    static const char *const exact[] = {"control character", "invalid escape", "invalid Unicode",
                                        "unable to decode", "unexpected newline"};
    size_t at = e->position < 0 ? 0 : (size_t)e->position;
    const char *near = strstr(e->text, " near '");
    at = at < text.len ? at : text.len;
    if (starts_with(e->text, "premature end"))
        return text.len;
    for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++)
        if (starts_with(e->text, exact[i]))
            return at;
    if (!near)
        return strstr(e->text, "end of file") ? at : token_start(text, at);
    size_t token = strlen(near + 7) - 1; /* between the quotes */
    return token <= at ? at - token : 0;
}

static int fail(struct clnrm_json_error *err, int status, size_t offset, const char *why)
{
    err->offset = offset;
    snprintf(err->why, sizeof(err->why), "%s", why);
    return status;
}

int clnrm_json_parse(struct clnrm_slice text, size_t depth_max, size_t values_max,
                     struct clnrm_json **out, struct clnrm_json_error *err)
{
    size_t offset;
    json_error_t e;
    if (text.len > CLNRM_JSON_TEXT_MAX)
        return fail(err, CLNRM_ELIMIT, CLNRM_JSON_TEXT_MAX, "the text is longer than 256 MiB");
    const char *nul = text.len ? memchr(text.data, '\0', text.len) : NULL;
    if (nul)
        return fail(err, CLNRM_ESYNTAX, (size_t)(nul - text.data), "a NUL byte in the text");
    const char *too_much = find_too_much(text, depth_max, values_max, &offset);
    if (too_much)
        return fail(err, CLNRM_ELIMIT, offset, too_much);
    json_t *root = json_loadb(text.len ? text.data : "", text.len,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &e);
    if (!root)
        return fail(err, CLNRM_ESYNTAX, place_of(&e, text), e.text);
    *out = (struct clnrm_json *)root;
    return 0;
}

void clnrm_json_free(struct clnrm_json *root)
{
    json_decref((json_t *)root);
}

enum clnrm_json_kind clnrm_json_kind(const struct clnrm_json *node)
{
    switch (json_typeof((const json_t *)node)) {
    case JSON_OBJECT:
        return CLNRM_JSON_OBJECT;
    case JSON_ARRAY:
        return CLNRM_JSON_ARRAY;
    case JSON_STRING:
        return CLNRM_JSON_TEXT;
    case JSON_INTEGER:
        return CLNRM_JSON_INTEGER;
    case JSON_REAL:
        return CLNRM_JSON_REAL;
    case JSON_TRUE:
        return CLNRM_JSON_TRUE;
    case JSON_FALSE:
        return CLNRM_JSON_FALSE;
    default:
        return CLNRM_JSON_NULL;
    }
}

int64_t clnrm_json_integer(const struct clnrm_json *node)
{
    return json_integer_value((const json_t *)node);
}

double clnrm_json_real(const struct clnrm_json *node)
{
    return json_real_value((const json_t *)node);
}

struct clnrm_slice clnrm_json_text(const struct clnrm_json *node)
{
    const json_t *text = (const json_t *)node;
    return (struct clnrm_slice){json_string_value(text), json_string_length(text)};
}

size_t clnrm_json_count(const struct clnrm_json *node)
{
    const json_t *container = (const json_t *)node;
    return json_is_array(container) ? json_array_size(container) : json_object_size(container);
}

const struct clnrm_json *clnrm_json_item(const struct clnrm_json *array, size_t index)
{
    return (const struct clnrm_json *)json_array_get((const json_t *)array, index);
}

bool clnrm_json_next(const struct clnrm_json *object, void **iter, struct clnrm_slice *key,
                     const struct clnrm_json **value)
{
    json_t *members = (json_t *)(uintptr_t)object; /* jansson's iterators take it as not const */
    *iter = *iter ? json_object_iter_next(members, *iter) : json_object_iter(members);
    if (!*iter)
        return false;
    *key = clnrm_slice_of(json_object_iter_key(*iter)); /* NUL in keys is refused when reading */
    *value = (const struct clnrm_json *)json_object_iter_value(*iter);
    return true;
}
