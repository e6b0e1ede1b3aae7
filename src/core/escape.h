/* escape.h -- makes bytes of unknown origin safe to show: terminal, XML, GitHub workflow commands.
 *
 * Every function appends to `out` and returns 0, or CLNRM_ELIMIT when `out` is full; then part of
 * the text may have been added.  Threads: any.  Layer: core. */
#ifndef CLNRM_ESCAPE_H
#define CLNRM_ESCAPE_H

#include "base/buf.h"
#include "base/slice.h"

enum {
    CLNRM_ESCAPE_ASCII = 1, /* only printable ASCII comes out: ESC as \x1b, e-acute as \u{e9} */
    CLNRM_ESCAPE_LINE = 2,  /* tab and newline are shown too, so the result stays on one line */
    CLNRM_ESCAPE_SGR =
        4, /* colour and weight sequences (CSI ... m) pass, and are reset at the end */
};

/* Appends `text` with everything that a terminal would act on made visible: control characters as
 * their Unicode pictures, C1 controls, bidirectional controls, line separators and invisible tags as
 * \u{...}, bytes that are not UTF-8 as \x.. .  Tab and newline pass. */
int clnrm_escape_terminal(struct clnrm_slice text, int flags, struct clnrm_buf *out);

enum clnrm_xml_kind { CLNRM_XML_TEXT, CLNRM_XML_ATTRIBUTE };

/* Appends `text` as XML 1.0 character data.  What XML cannot hold becomes U+FFFD. */
int clnrm_escape_xml(struct clnrm_slice text, enum clnrm_xml_kind kind, struct clnrm_buf *out);

enum clnrm_workflow_kind { CLNRM_WORKFLOW_DATA, CLNRM_WORKFLOW_PROPERTY };

/* Appends `text` as the data or as a property's value of a GitHub workflow command. */
int clnrm_escape_workflow(struct clnrm_slice text, enum clnrm_workflow_kind kind,
                          struct clnrm_buf *out);

#endif
