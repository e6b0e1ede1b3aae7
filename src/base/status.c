/* status.c -- see status.h for the contract. */
#include "base/status.h"

#include <stddef.h>

static const struct {
    int number;
    const char *name, *text;
} table[] = {
#define X(name, number, text) {(number), #name, (text)},
    CLNRM_STATUS_TABLE(X)
#undef X
};

enum { COUNT = sizeof(table) / sizeof(table[0]) };

const char *clnrm_status_name(int status)
{
    for (int i = 0; i < COUNT; i++)
        if (table[i].number == status)
            return table[i].name;
    return NULL;
}

const char *clnrm_status_text(int status)
{
    for (int i = 0; i < COUNT; i++)
        if (table[i].number == status)
            return table[i].text;
    return NULL;
}
