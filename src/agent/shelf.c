/* shelf.c -- see shelf.h for the contract. */
#include "agent/shelf.h"
#include "agent/child.h"
#include "agent/isolate.h"
#include "agent/path.h"
#include "agent/sys.h"
#include "agent/view.h"
#include "base/base.h"

#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int shelf = -1; /* its mount namespace */

struct maker {
    const struct clnrm_room_spec *spec;
    int ns;
    bool done;
    struct clnrm_refusal why;
};

static int make(struct maker *m)
{
    struct clnrm_view v;
    if (unshare(CLONE_NEWNS) < 0)
        return clnrm_refuse(&m->why, errno, "shelf", "mount namespace");
    m->ns = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (m->ns < 0)
        return clnrm_refuse(&m->why, errno, "shelf", "/proc/self/ns/mnt");
    int root = clnrm_isolate_mount_root(m->spec, &m->why);
    if (root < 0)
        return root;
    clnrm_view_open(&v, root, clnrm_isolate_from_root(), &m->why);
    v.sealed = true;
    umask(0);
    int status = clnrm_view_apply(&v, m->spec->shelf_count, m->spec->shelf);
    if (status == 0 && v.moved)
        status = clnrm_refuse(&m->why, EINVAL, "shelf", "an operation on /");
    if (status == 0)
        status = clnrm_view_enter(&v);
    clnrm_view_close(&v);
    return status;
}

static int run(void *data)
{
    struct maker *m = data;
    m->done = make(m) == 0;
    _exit(0);
}

int clnrm_shelf_make(const struct clnrm_room_spec *spec, struct clnrm_refusal *why)
{
    struct maker m = {.spec = spec, .ns = -1};
    if (spec->shelf_count == 0)
        return 0;
    int pid = clnrm_child_clone(run, CLONE_FILES, &m);
    if (pid < 0)
        return clnrm_refuse(why, pid, "shelf", "a new process");
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    if (m.done) {
        shelf = m.ns;
        return 0;
    }
    *why = m.why;
    return why->step ? -why->error : clnrm_refuse(why, EINTR, "shelf", "it was killed");
}

static bool is_taken(const struct clnrm_room_op *op)
{
    bool binds = op->kind == CLNRM_OP_RO || op->kind == CLNRM_OP_RW || op->kind == CLNRM_OP_COPY;
    return binds && op->source.len > 0 && op->source.data[0] == '@';
}

/* Clones the tree that `op` names; the shelf is the root.  No link is followed: what runs in a room may
 * have put one into a folder that it can write to. */
static int take(const struct clnrm_room_op *op)
{
    struct clnrm_path p;
    char name[256];
    struct stat st;
    if (op->kind == CLNRM_OP_COPY || op->source.len >= sizeof(name))
        return -EINVAL; /* a copy is made on the shelf */
    snprintf(name, sizeof(name), "/%.*s", (int)op->source.len - 1, op->source.data + 1);
    int status = clnrm_path_parse(clnrm_slice_of(name), &p);
    if (status < 0 || !*p.leaf)
        return status < 0 ? status : -EINVAL;
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return -errno;
    int fd = clnrm_path_open(root, p.text, O_PATH | O_NOFOLLOW, 0, CLNRM_PATH_NO_LINKS);
    bool is_link = fd >= 0 && (fstat(fd, &st) < 0 || S_ISLNK(st.st_mode));
    int tree = fd < 0 ? fd : is_link ? -ELOOP : clnrm_sys_clone_tree(fd, "");
    close(root);
    if (fd >= 0)
        close(fd);
    return tree;
}

int clnrm_shelf_take(int proc, uint32_t count, const struct clnrm_room_op *ops, int *trees,
                     struct clnrm_refusal *why)
{
    int home = -1, status = 0;
    for (uint32_t i = 0; i < count && i < CLNRM_SHELF_TREES_MAX; i++)
        trees[i] = -1;
    for (uint32_t i = 0; i < count && status == 0; i++) {
        if (!is_taken(&ops[i]))
            continue;
        if (shelf < 0 || i >= CLNRM_SHELF_TREES_MAX)
            status = shelf < 0 ? -ENOENT : -E2BIG;
        if (status == 0 && home < 0) {
            home = openat(proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
            status = home < 0 || setns(shelf, CLONE_NEWNS) < 0 ? -errno : 0;
        }
        if (status == 0 && (status = take(&ops[i])) >= 0) {
            trees[i] = status;
            status = 0;
        }
        if (status == -ENOENT && ops[i].flags & CLNRM_OP_OPTIONAL)
            status = 0;
        if (status < 0)
            clnrm_refuse(why, status, "shelf", "%.*s", (int)ops[i].source.len, ops[i].source.data);
    }
    if (home >= 0) {
        if (status == 0 && setns(home, CLONE_NEWNS) < 0)
            status = clnrm_refuse(why, errno, "shelf", "coming back from it");
        close(home);
    }
    return status;
}
