/* refusal.c -- see refusal.h for the contract. */
#include "agent/refusal.h"
#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>

int clnrm_refuse(struct clnrm_refusal *why, int error, const char *step, const char *format, ...)
{
    error = error < 0 ? -error : error;
    if (!why->step) {
        why->step = step;
        why->error = error;
        va_list args;
        va_start(args, format);
        vsnprintf(why->what, sizeof(why->what), format, args);
        va_end(args);
    }
    return -error;
}
