/* hist.c -- see hist.h for the contract. */
#include "core/hist.h"
#include "base/base.h"

#include <math.h>

enum {
    BITS = 7, /* each power of two has 1 << BITS buckets */
    ROW = 1 << BITS,
    ROWS = 63 - BITS + 1, /* row 0 holds 0 to ROW-1, row r the values of BITS+r bits */
};

struct clnrm_hist {
    uint64_t count;
    int64_t min, max;
    double sum;
    uint64_t *rows[ROWS]; /* NULL: nothing there yet */
};

static unsigned row_of(uint64_t value)
{
    unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
    return bits > BITS ? bits - BITS : 0;
}

/* The bucket within the row. */
static unsigned place_of(uint64_t value, unsigned row)
{
    return (unsigned)(value >> (row > 1 ? row - 1 : 0)) & (ROW - 1);
}

/* The middle of a bucket. */
static int64_t middle_of(unsigned row, unsigned place)
{
    if (row == 0)
        return place;
    uint64_t width = UINT64_C(1) << (row - 1);
    return (int64_t)((ROW + (uint64_t)place) * width + width / 2);
}

struct clnrm_hist *clnrm_hist_open(void)
{
    return clnrm_xcalloc(sizeof(struct clnrm_hist));
}

void clnrm_hist_reset(struct clnrm_hist *h)
{
    for (int i = 0; i < ROWS; i++)
        free(h->rows[i]);
    *h = (struct clnrm_hist){0};
}

void clnrm_hist_close(struct clnrm_hist *h)
{
    if (!h)
        return;
    clnrm_hist_reset(h);
    free(h);
}

static uint64_t *bucket(struct clnrm_hist *h, unsigned row, unsigned place)
{
    if (!h->rows[row])
        h->rows[row] = clnrm_xcalloc(ROW * sizeof(uint64_t));
    return &h->rows[row][place];
}

void clnrm_hist_record(struct clnrm_hist *h, int64_t value, uint64_t times)
{
    if (times == 0)
        return;
    value = value < 0 ? 0 : value;
    unsigned row = row_of((uint64_t)value);
    *bucket(h, row, place_of((uint64_t)value, row)) += times;
    h->min = h->count == 0 || value < h->min ? value : h->min;
    h->max = value > h->max ? value : h->max;
    h->count += times;
    h->sum += (double)value * (double)times;
}

void clnrm_hist_merge(struct clnrm_hist *h, const struct clnrm_hist *from)
{
    if (from->count == 0)
        return;
    for (unsigned row = 0; row < ROWS; row++)
        for (unsigned i = 0; from->rows[row] && i < ROW; i++)
            if (from->rows[row][i])
                *bucket(h, row, i) += from->rows[row][i];
    h->min = h->count == 0 || from->min < h->min ? from->min : h->min;
    h->max = from->max > h->max ? from->max : h->max;
    h->sum += from->sum;
    h->count += from->count;
}

uint64_t clnrm_hist_count(const struct clnrm_hist *h)
{
    return h->count;
}

int64_t clnrm_hist_min(const struct clnrm_hist *h)
{
    return h->min;
}

int64_t clnrm_hist_max(const struct clnrm_hist *h)
{
    return h->max;
}

double clnrm_hist_mean(const struct clnrm_hist *h)
{
    return h->count ? h->sum / (double)h->count : 0.0;
}

int64_t clnrm_hist_percentile(const struct clnrm_hist *h, double percent)
{
    double wanted = ceil(percent / 100.0 * (double)h->count);
    if (wanted <= 1.0)
        return h->min;
    if (wanted >= (double)h->count)
        return h->max;
    uint64_t left = (uint64_t)wanted; /* the rank, from 1 */
    for (unsigned row = 0; row < ROWS; row++) {
        for (unsigned i = 0; h->rows[row] && i < ROW; i++) {
            if (h->rows[row][i] >= left) {
                int64_t value = middle_of(row, i);
                value = value < h->min ? h->min : value;
                return value > h->max ? h->max : value;
            }
            left -= h->rows[row][i];
        }
    }
    return h->max;
}
