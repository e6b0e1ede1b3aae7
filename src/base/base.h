/* base.h -- what every source file of ours includes after its own header. */
#ifndef CLNRM_BASE_H
#define CLNRM_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#endif
