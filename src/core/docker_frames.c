/* docker_frames.c -- see docker_frames.h for the contract. */
#include "core/docker_frames.h"
#include "base/base.h"

static bool is_header(const unsigned char *h)
{
    return h[0] <= CLNRM_DOCKER_ERROR && h[1] == 0 && h[2] == 0 && h[3] == 0;
}

/* Takes bytes of a header.  Returns how many. */
static size_t add_header(struct clnrm_docker_frames *f, const char *bytes, size_t len)
{
    size_t missing = CLNRM_DOCKER_HEADER - f->have, n = len < missing ? len : missing;
    memcpy(f->header + f->have, bytes, n);
    f->have += (uint32_t)n;
    if (f->have < CLNRM_DOCKER_HEADER)
        return n;
    const unsigned char *h = f->header;
    f->left = (uint32_t)h[4] << 24 | (uint32_t)h[5] << 16 | (uint32_t)h[6] << 8 | h[7];
    f->is_broken = !is_header(h);
    f->have = f->left == 0 && !f->is_broken ? 0 : f->have;
    return n;
}

int clnrm_docker_frames_add(struct clnrm_docker_frames *f, const char *bytes, size_t len,
                            clnrm_docker_piece_cb *on_piece, void *data)
{
    while (len > 0 && !f->is_broken) {
        size_t n;
        if (f->have < CLNRM_DOCKER_HEADER) {
            n = add_header(f, bytes, len);
        } else {
            n = len < f->left ? len : f->left;
            on_piece(data, (enum clnrm_docker_stream)f->header[0], bytes, n);
            f->left -= (uint32_t)n;
            f->have = f->left == 0 ? 0 : f->have;
        }
        bytes += n;
        len -= n;
    }
    return f->is_broken ? CLNRM_EPROTO : 0;
}

bool clnrm_docker_frames_may_end(const struct clnrm_docker_frames *f)
{
    return f->have == 0 && !f->is_broken;
}
