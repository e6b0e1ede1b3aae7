/* refusal.h -- why a room, or a private view of it, could not be made.
 *
 * Layer: agent. */
#ifndef CLNRM_AGENT_REFUSAL_H
#define CLNRM_AGENT_REFUSAL_H

struct clnrm_refusal {
    const char *step; /* "namespaces", "bind", ...; NULL while nothing failed; static text */
    int error;        /* errno */
    char what[256];
};

/* Notes the first failure; `error` is an errno or its negative.  Returns the negative errno. */
__attribute__((format(printf, 4, 5))) int clnrm_refuse(struct clnrm_refusal *why, int error,
                                                       const char *step, const char *format, ...);

#endif
