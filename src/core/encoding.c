/* encoding.c -- see encoding.h for the contract. */
#include "core/encoding.h"
#include "base/base.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int clnrm_hex_print(struct clnrm_slice bytes, struct clnrm_buf *out)
{
    static const char digits[] = "0123456789abcdef";
    if (bytes.len > out->max / 2 || clnrm_buf_reserve(out, bytes.len * 2) < 0)
        return CLNRM_ELIMIT;
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.data[i];
        out->data[out->len++] = digits[c >> 4];
        out->data[out->len++] = digits[c & 15];
    }
    return 0;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int clnrm_hex_parse(struct clnrm_slice text, struct clnrm_buf *out)
{
    if (text.len % 2)
        return CLNRM_ESYNTAX;
    if (clnrm_buf_reserve(out, text.len / 2) < 0)
        return CLNRM_ELIMIT;
    for (size_t i = 0; i < text.len; i += 2) {
        int high = hex_value(text.data[i]), low = hex_value(text.data[i + 1]);
        if (high < 0 || low < 0)
            return CLNRM_ESYNTAX;
        out->data[out->len++] = (char)(high << 4 | low);
    }
    return 0;
}

int clnrm_base64_print(struct clnrm_slice bytes, struct clnrm_buf *out)
{
    const unsigned char *in = (const unsigned char *)bytes.data;
    if (bytes.len > out->max / 2 || clnrm_buf_reserve(out, (bytes.len + 2) / 3 * 4) < 0)
        return CLNRM_ELIMIT;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t group = (uint32_t)in[i] << 16;
        group |= left > 1 ? (uint32_t)in[i + 1] << 8 : 0;
        group |= left > 2 ? in[i + 2] : 0;
        out->data[out->len++] = alphabet[group >> 18];
        out->data[out->len++] = alphabet[group >> 12 & 63];
        out->data[out->len++] = left > 1 ? alphabet[group >> 6 & 63] : '=';
        out->data[out->len++] = left > 2 ? alphabet[group & 63] : '=';
    }
    return 0;
}

static int base64_value(char c)
{
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

int clnrm_base64_parse(struct clnrm_slice text, struct clnrm_buf *out)
{
    if (text.len % 4)
        return CLNRM_ESYNTAX;
    if (clnrm_buf_reserve(out, text.len / 4 * 3) < 0)
        return CLNRM_ELIMIT;
    for (size_t i = 0; i < text.len; i += 4) {
        const char *in = text.data + i;
        bool is_last = i + 4 == text.len;
        int padding = is_last && in[3] == '=' ? (in[2] == '=' ? 2 : 1) : 0;
        uint32_t group = 0;
        for (int j = 0; j < 4; j++) {
            int value = j >= 4 - padding ? 0 : base64_value(in[j]);
            if (value < 0)
                return CLNRM_ESYNTAX;
            group = group << 6 | (uint32_t)value;
        }
        if (padding && (group & (padding == 2 ? 0xFFFFu : 0xFFu)))
            return CLNRM_ESYNTAX; /* two texts for the same bytes */
        for (int j = 0; j < 3 - padding; j++)
            out->data[out->len++] = (char)(group >> (16 - 8 * j) & 0xFF);
    }
    return 0;
}
