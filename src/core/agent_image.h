/* agent_image.h -- the in-room agent, a static program, as bytes inside this one.  Layer: core. */
#ifndef CLNRM_AGENT_IMAGE_H
#define CLNRM_AGENT_IMAGE_H

#include <stddef.h>

extern const unsigned char clnrm_agent_image[];
extern const size_t clnrm_agent_image_size;

#endif
