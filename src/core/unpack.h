/* unpack.h -- puts a layer of an image, a tar, into a folder, and trusts nothing that it says.
 *
 * Each entry is checked before the disk is touched (unpack_path.h and the rules below), then made
 * below the folder's descriptor: no link is ever followed, neither one of the archive nor one that
 * somebody put there meanwhile.  Regular files, folders, symbolic and hard links are made; they
 * belong to the caller, set-user-ID bits and extended attributes are dropped; devices and FIFOs are
 * left out and counted.  A name that begins with ".wh." takes away what an earlier layer made.
 *
 * Refused are: what unpack_path.h refuses; a way through a link or a file; a hard link to what is not
 * there; one name given as two kinds of thing; sparse files; more than the limits; an archive that is
 * damaged, cut off, or has something behind its end.
 *
 * What was made before a refusal stays: the caller removes the folder.  Threads: any.  Layer: core. */
#ifndef CLNRM_UNPACK_H
#define CLNRM_UNPACK_H

#include "core/layer.h"

#define CLNRM_UNPACK_FILES_MAX 100000
#define CLNRM_UNPACK_BYTES_MAX ((int64_t)4 << 30)
#define CLNRM_UNPACK_NAME_MAX 512

struct clnrm_unpack_result {
    int64_t files, bytes;             /* that were made */
    int64_t devices, fifos;           /* that were left out */
    char name[CLNRM_UNPACK_NAME_MAX]; /* of the entry that was refused, cut; "" is the archive */
    char why[CLNRM_LAYER_WHY_MAX];
};

/* Unpacks the stream `l` (open) into the folder `dir`: at most `files` entries and `bytes` of content.
 * Returns 0; CLNRM_ESYNTAX or CLNRM_ELIMIT with `name` and `why` of the result filled; or -errno,
 * likewise: of the disk, or -ECANCELED. */
int clnrm_unpack(struct clnrm_layer *l, int dir, int64_t files, int64_t bytes,
                 struct clnrm_unpack_result *out);

#endif
