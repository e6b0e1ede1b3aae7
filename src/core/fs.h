/* fs.h -- files and folders, synchronous: reads that cannot hang, writes that leave no half file.
 *
 * A place is a path below a directory descriptor.  A place that is `is_beneath` never leads out of
 * its directory, whatever links are on the way (openat2 with RESOLVE_BENEATH and
 * RESOLVE_NO_MAGICLINKS): then CLNRM_EOUTSIDE.  Names are bytes; a path ends at its NUL.
 * All functions return 0 or a negative status.  Threads: any.  Layer: core. */
#ifndef CLNRM_FS_H
#define CLNRM_FS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/slice.h"

#define CLNRM_FS_READ_MAX ((size_t)256 << 20)  /* default of what is read at once */
#define CLNRM_FS_COPY_MAX ((int64_t)16 << 30)  /* default of what is copied */
#define CLNRM_FS_ENTRIES_MAX ((size_t)1000000) /* default of a folder, and of a tree to remove */
#define CLNRM_FS_MODE_KEEP (-1) /* of the file that is replaced, else 0666 less the umask */

#define CLNRM_FS_NAME_MAX 256 /* bytes of a name, with a NUL */

struct clnrm_fs_place {
    int dir; /* AT_FDCWD, or a directory that stays the caller's */
    bool is_beneath;
    const char *path;
    bool no_links; /* a link anywhere on the way is -ELOOP */
    bool nofollow; /* of what is written: a link at the last name is -ELOOP */
    bool owned;    /* of what is read: a file of another user, or that others can write: -EPERM */
};

/* Opens a place; `flags` as for open(2), O_CLOEXEC and O_NOCTTY are added.  Stores the
 * descriptor. */
int clnrm_fs_open(const struct clnrm_fs_place *at, int flags, mode_t mode, int *out);

/* Opens a regular file for reading without ever waiting; CLNRM_ENOTFILE for a FIFO, a device, a
 * socket, -EISDIR for a folder.  `nofollow`: -ELOOP when the last name is a link. */
int clnrm_fs_open_file(const struct clnrm_fs_place *at, bool nofollow, int *out);

/* Appends the whole file to `out`; CLNRM_ELIMIT when it does not fit. */
int clnrm_fs_read(const struct clnrm_fs_place *at, bool nofollow, struct clnrm_buf *out);

/* Appends what a file has from `offset` on, at most `size` bytes, to `out`: fewer only where it ends.
 * CLNRM_ELIMIT when `out` does not take so many. */
int clnrm_fs_pread(int fd, int64_t offset, size_t size, struct clnrm_buf *out);

/* Writes a file as a whole: a new file in the same folder, synced (unless not `sync`), then
 * renamed; what was there stays until then, and stays when anything fails.  A link to a file is
 * followed unless the place is beneath or `nofollow`: -ELOOP then; no regular file:
 * CLNRM_ENOTFILE. */
int clnrm_fs_write_atomic(const struct clnrm_fs_place *at, struct clnrm_slice data, int mode,
                          bool sync);

/* Adds to the end of a regular file, made with `mode` less the umask when it is not there. */
int clnrm_fs_append(const struct clnrm_fs_place *at, struct clnrm_slice data, mode_t mode);

/* Copies a regular file as clnrm_fs_write_atomic() writes; CLNRM_FS_MODE_KEEP takes the mode of the
 * source.  CLNRM_ELIMIT beyond `max` bytes. */
int clnrm_fs_copy(const struct clnrm_fs_place *from, const struct clnrm_fs_place *to, int mode,
                  int64_t max);

struct clnrm_fs_stat {
    char kind;   /* 'f' file, 'd' directory, 'l' link, 'p' FIFO, 's' socket, 'c' 'b' device, '?' */
    mode_t mode; /* permission bits only */
    int64_t size, mtime_ns, ctime_ns;
    uint64_t ino, dev, nlink;
    uid_t uid;
    gid_t gid;
};

int clnrm_fs_stat(const struct clnrm_fs_place *at, bool nofollow, struct clnrm_fs_stat *out);

/* Describes what a descriptor, O_PATH too, stands for. */
int clnrm_fs_stat_fd(int fd, struct clnrm_fs_stat *out);

/* Makes a folder and those above it; fine when it is there. */
int clnrm_fs_mkdir_p(const struct clnrm_fs_place *at, mode_t mode);

struct clnrm_fs_entry {
    const char *name;
    char kind;              /* as in clnrm_fs_stat */
    int64_t size, mtime_ns; /* 0 unless they were asked for */
};

/* The entries of a folder without . and .., sorted by their bytes.  Zeroed is empty. */
struct clnrm_fs_list {
    struct clnrm_fs_entry *entries;
    size_t count, cap;
    struct clnrm_buf names;
};

/* Fills `out` (empty before); CLNRM_ELIMIT beyond `max` entries.  `with_stat`: each is looked at,
 * what is gone by then is left out.  Freed by the caller in any case. */
int clnrm_fs_scandir(const struct clnrm_fs_place *at, size_t max, bool with_stat,
                     struct clnrm_fs_list *out);
void clnrm_fs_list_free(struct clnrm_fs_list *list);

/* Removes a file, a link (not what it points to) or an empty folder. */
int clnrm_fs_remove(const struct clnrm_fs_place *at);

/* Removes whatever is there with all below it, at most `max` entries, as tree_remove.h says; fine
 * when nothing is there. */
int clnrm_fs_remove_tree(const struct clnrm_fs_place *at, size_t max);

int clnrm_fs_rename(const struct clnrm_fs_place *from, const struct clnrm_fs_place *to);
int clnrm_fs_chmod(const struct clnrm_fs_place *at, mode_t mode);

/* Gives a file, or a link itself, to a user and a group. */
int clnrm_fs_chown(const struct clnrm_fs_place *at, uid_t uid, gid_t gid);

struct clnrm_fs_space {
    uint64_t total, free; /* bytes; free: for who is not root */
    uint64_t files_free;  /* how many more there can be; UINT64_MAX where nothing limits them */
    bool is_read_only;
};

/* Looks how much room there is where a path lies. */
int clnrm_fs_space(const struct clnrm_fs_place *at, struct clnrm_fs_space *out);

/* Changes the mode of what a descriptor, O_PATH too, stands for. */
int clnrm_fs_chmod_fd(int fd, mode_t mode);

int clnrm_fs_symlink(const char *target, const struct clnrm_fs_place *at);
int clnrm_fs_readlink(const struct clnrm_fs_place *at, struct clnrm_buf *out);

/* Opens the folder that holds the last name of a place into `*dir`, and copies that name.  -EINVAL
 * when it is empty, . or .. */
int clnrm_fs_parent(const struct clnrm_fs_place *at, int *dir, char name[CLNRM_FS_NAME_MAX]);

#endif
