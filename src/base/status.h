/* status.h -- the one domain of error codes.
 *
 * A C function returns 0 or a negative code: -errno (the same numbers as libuv's UV_E* on Linux), or
 * one of ours below -5000.  Text is made at the edge, from the table in status.c.
 * Layer: base. */
#ifndef CLNRM_STATUS_H
#define CLNRM_STATUS_H

#define CLNRM_STATUS_TABLE(X)                                                                      \
    X(ELIMIT, -5001, "a limit was reached")                                                        \
    X(EPROTO, -5002, "the other side did not keep to the protocol")                                \
    X(ESYNTAX, -5003, "the text is not well formed")                                               \
    X(EREGEX, -5004, "the regular expression cannot be used")                                      \
    X(EBUDGET, -5005, "the step budget of the matcher is spent")                                   \
    X(EAGENT, -5006, "the agent of the room cannot be reached")                                    \
    X(EROOM, -5007, "the room could not be made")                                                  \
    X(EPLUGIN, -5008, "a part of clnrm could not be loaded")                                       \
    X(ECLOSED, -5009, "the object is closed")                                                      \
    X(EUTF8, -5010, "the text is not valid UTF-8")                                                 \
    X(EDEADLOCK, -5011, "every task waits and nothing is left that could wake one")                \
    X(ENOTFILE, -5012, "not a regular file")                                                       \
    X(EOUTSIDE, -5013, "the path leads out of its folder")                                         \
    X(ETLS, -5014, "the server could not be trusted")

enum {
#define X(name, number, text) CLNRM_##name = (number),
    CLNRM_STATUS_TABLE(X)
#undef X
};

/* Returns the stable name of one of our codes ("ELIMIT"), or NULL for a code that is not ours. */
const char *clnrm_status_name(int status);

/* Returns a short sentence for one of our codes, or NULL for a code that is not ours. */
const char *clnrm_status_text(int status);

#endif
