/* letters.c -- see letters.h for the contract. */
#include "core/letters.h"
#include "base/base.h"
#include "core/utf8.h"

#include <utf8proc.h>

enum { SIGMA = 0x3A3, FINAL_SIGMA = 0x3C2, DOTTED_I = 0x130, DOT_ABOVE = 0x307, PARTS_MAX = 24 };

/* What has more than one letter in upper case (Unicode's SpecialCasing, without conditions): sorted. */
static const struct special {
    uint16_t from, to[3];
} specials[] = {
    {0x00DF, {0x0053, 0x0053, 0}},      {0x0149, {0x02BC, 0x004E, 0}},
    {0x01F0, {0x004A, 0x030C, 0}},      {0x0390, {0x0399, 0x0308, 0x0301}},
    {0x03B0, {0x03A5, 0x0308, 0x0301}}, {0x0587, {0x0535, 0x0552, 0}},
    {0x1E96, {0x0048, 0x0331, 0}},      {0x1E97, {0x0054, 0x0308, 0}},
    {0x1E98, {0x0057, 0x030A, 0}},      {0x1E99, {0x0059, 0x030A, 0}},
    {0x1E9A, {0x0041, 0x02BE, 0}},      {0x1F50, {0x03A5, 0x0313, 0}},
    {0x1F52, {0x03A5, 0x0313, 0x0300}}, {0x1F54, {0x03A5, 0x0313, 0x0301}},
    {0x1F56, {0x03A5, 0x0313, 0x0342}}, {0x1F80, {0x1F08, 0x0399, 0}},
    {0x1F81, {0x1F09, 0x0399, 0}},      {0x1F82, {0x1F0A, 0x0399, 0}},
    {0x1F83, {0x1F0B, 0x0399, 0}},      {0x1F84, {0x1F0C, 0x0399, 0}},
    {0x1F85, {0x1F0D, 0x0399, 0}},      {0x1F86, {0x1F0E, 0x0399, 0}},
    {0x1F87, {0x1F0F, 0x0399, 0}},      {0x1F88, {0x1F08, 0x0399, 0}},
    {0x1F89, {0x1F09, 0x0399, 0}},      {0x1F8A, {0x1F0A, 0x0399, 0}},
    {0x1F8B, {0x1F0B, 0x0399, 0}},      {0x1F8C, {0x1F0C, 0x0399, 0}},
    {0x1F8D, {0x1F0D, 0x0399, 0}},      {0x1F8E, {0x1F0E, 0x0399, 0}},
    {0x1F8F, {0x1F0F, 0x0399, 0}},      {0x1F90, {0x1F28, 0x0399, 0}},
    {0x1F91, {0x1F29, 0x0399, 0}},      {0x1F92, {0x1F2A, 0x0399, 0}},
    {0x1F93, {0x1F2B, 0x0399, 0}},      {0x1F94, {0x1F2C, 0x0399, 0}},
    {0x1F95, {0x1F2D, 0x0399, 0}},      {0x1F96, {0x1F2E, 0x0399, 0}},
    {0x1F97, {0x1F2F, 0x0399, 0}},      {0x1F98, {0x1F28, 0x0399, 0}},
    {0x1F99, {0x1F29, 0x0399, 0}},      {0x1F9A, {0x1F2A, 0x0399, 0}},
    {0x1F9B, {0x1F2B, 0x0399, 0}},      {0x1F9C, {0x1F2C, 0x0399, 0}},
    {0x1F9D, {0x1F2D, 0x0399, 0}},      {0x1F9E, {0x1F2E, 0x0399, 0}},
    {0x1F9F, {0x1F2F, 0x0399, 0}},      {0x1FA0, {0x1F68, 0x0399, 0}},
    {0x1FA1, {0x1F69, 0x0399, 0}},      {0x1FA2, {0x1F6A, 0x0399, 0}},
    {0x1FA3, {0x1F6B, 0x0399, 0}},      {0x1FA4, {0x1F6C, 0x0399, 0}},
    {0x1FA5, {0x1F6D, 0x0399, 0}},      {0x1FA6, {0x1F6E, 0x0399, 0}},
    {0x1FA7, {0x1F6F, 0x0399, 0}},      {0x1FA8, {0x1F68, 0x0399, 0}},
    {0x1FA9, {0x1F69, 0x0399, 0}},      {0x1FAA, {0x1F6A, 0x0399, 0}},
    {0x1FAB, {0x1F6B, 0x0399, 0}},      {0x1FAC, {0x1F6C, 0x0399, 0}},
    {0x1FAD, {0x1F6D, 0x0399, 0}},      {0x1FAE, {0x1F6E, 0x0399, 0}},
    {0x1FAF, {0x1F6F, 0x0399, 0}},      {0x1FB2, {0x1FBA, 0x0399, 0}},
    {0x1FB3, {0x0391, 0x0399, 0}},      {0x1FB4, {0x0386, 0x0399, 0}},
    {0x1FB6, {0x0391, 0x0342, 0}},      {0x1FB7, {0x0391, 0x0342, 0x0399}},
    {0x1FBC, {0x0391, 0x0399, 0}},      {0x1FC2, {0x1FCA, 0x0399, 0}},
    {0x1FC3, {0x0397, 0x0399, 0}},      {0x1FC4, {0x0389, 0x0399, 0}},
    {0x1FC6, {0x0397, 0x0342, 0}},      {0x1FC7, {0x0397, 0x0342, 0x0399}},
    {0x1FCC, {0x0397, 0x0399, 0}},      {0x1FD2, {0x0399, 0x0308, 0x0300}},
    {0x1FD3, {0x0399, 0x0308, 0x0301}}, {0x1FD6, {0x0399, 0x0342, 0}},
    {0x1FD7, {0x0399, 0x0308, 0x0342}}, {0x1FE2, {0x03A5, 0x0308, 0x0300}},
    {0x1FE3, {0x03A5, 0x0308, 0x0301}}, {0x1FE4, {0x03A1, 0x0313, 0}},
    {0x1FE6, {0x03A5, 0x0342, 0}},      {0x1FE7, {0x03A5, 0x0308, 0x0342}},
    {0x1FF2, {0x1FFA, 0x0399, 0}},      {0x1FF3, {0x03A9, 0x0399, 0}},
    {0x1FF4, {0x038F, 0x0399, 0}},      {0x1FF6, {0x03A9, 0x0342, 0}},
    {0x1FF7, {0x03A9, 0x0342, 0x0399}}, {0x1FFC, {0x03A9, 0x0399, 0}},
    {0xFB00, {0x0046, 0x0046, 0}},      {0xFB01, {0x0046, 0x0049, 0}},
    {0xFB02, {0x0046, 0x004C, 0}},      {0xFB03, {0x0046, 0x0046, 0x0049}},
    {0xFB04, {0x0046, 0x0046, 0x004C}}, {0xFB05, {0x0053, 0x0054, 0}},
    {0xFB06, {0x0053, 0x0054, 0}},      {0xFB13, {0x0544, 0x0546, 0}},
    {0xFB14, {0x0544, 0x0535, 0}},      {0xFB15, {0x0544, 0x053B, 0}},
    {0xFB16, {0x054E, 0x0546, 0}},      {0xFB17, {0x0544, 0x053D, 0}},
};

static int add(struct clnrm_buf *out, uint32_t cp)
{
    char bytes[CLNRM_UTF8_MAX];
    return clnrm_buf_add(out, bytes, (size_t)clnrm_utf8_put(cp, bytes));
}

static const struct special *special_of(uint32_t cp)
{
    size_t low = 0, high = sizeof(specials) / sizeof(specials[0]);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (specials[middle].from == cp)
            return &specials[middle];
        if (specials[middle].from < cp)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

int clnrm_letters_upper(struct clnrm_slice text, struct clnrm_buf *out)
{
    int status = 0;
    for (size_t at = 0; status == 0 && at < text.len;) {
        uint32_t cp;
        int n = clnrm_utf8_next(text.data + at, text.len - at, &cp);
        const struct special *special = n > 1 ? special_of(cp) : NULL;
        if (n == 0)
            status = clnrm_buf_add(out, text.data + at, 1);
        for (int i = 0; special && status == 0 && i < 3 && special->to[i]; i++)
            status = add(out, special->to[i]);
        if (n > 0 && !special)
            status = add(out, (uint32_t)utf8proc_toupper((utf8proc_int32_t)cp));
        at += n ? (size_t)n : 1;
    }
    return status;
}

static bool is_cased(uint32_t cp)
{
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);
    return c == UTF8PROC_CATEGORY_LU || c == UTF8PROC_CATEGORY_LL || c == UTF8PROC_CATEGORY_LT;
}

/* What the rule of the final sigma looks through. */
static bool is_ignorable(uint32_t cp)
{
    static const uint16_t marks[] = {'\'',   '.',    ':',    0xB7,   0x387,  0x55F,
                                     0x5F4,  0x2018, 0x2019, 0x2024, 0x2027, 0xFE13,
                                     0xFE52, 0xFE55, 0xFF07, 0xFF0E, 0xFF1A};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (marks[i] == cp)
            return true;
    switch (utf8proc_category((utf8proc_int32_t)cp)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
        return true;
    default:
        return false;
    }
}

/* A letter follows the sigma that ends at `at`. */
static bool letter_follows(struct clnrm_slice text, size_t at)
{
    uint32_t cp;
    for (int n; (n = clnrm_utf8_next(text.data + at, text.len - at, &cp)) > 0; at += (size_t)n)
        if (!is_ignorable(cp))
            return is_cased(cp);
    return false;
}

int clnrm_letters_lower(struct clnrm_slice text, struct clnrm_buf *out)
{
    bool after_letter = false;
    int status = 0;
    for (size_t at = 0; status == 0 && at < text.len;) {
        uint32_t cp;
        int n = clnrm_utf8_next(text.data + at, text.len - at, &cp);
        if (n == 0) {
            status = clnrm_buf_add(out, text.data + at++, 1);
            after_letter = false;
            continue;
        }
        at += (size_t)n;
        if (cp == SIGMA && after_letter && !letter_follows(text, at))
            status = add(out, FINAL_SIGMA);
        else
            status =
                add(out, cp == DOTTED_I ? 'i' : (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp));
        if (cp == DOTTED_I && status == 0)
            status = add(out, DOT_ABOVE);
        if (!is_ignorable(cp))
            after_letter = is_cased(cp);
    }
    return status;
}

static bool is_mark(uint32_t cp)
{
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);
    return c == UTF8PROC_CATEGORY_MN || c == UTF8PROC_CATEGORY_MC || c == UTF8PROC_CATEGORY_ME;
}

int clnrm_letters_bare(struct clnrm_slice text, struct clnrm_buf *out)
{
    int status = 0;
    for (size_t at = 0; status == 0 && at < text.len;) {
        uint32_t cp;
        utf8proc_int32_t parts[PARTS_MAX];
        int n = clnrm_utf8_next(text.data + at, text.len - at, &cp), boundary = 0;
        if (n == 0)
            status = clnrm_buf_add(out, text.data + at, 1);
        utf8proc_ssize_t count =
            n == 0 ? 0
                   : utf8proc_decompose_char((utf8proc_int32_t)cp, parts, PARTS_MAX,
                                             UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, &boundary);
        for (utf8proc_ssize_t i = 0; status == 0 && i < count && i < PARTS_MAX; i++)
            if (!is_mark((uint32_t)parts[i]))
                status = add(out, (uint32_t)parts[i]);
        at += n ? (size_t)n : 1;
    }
    return status;
}
