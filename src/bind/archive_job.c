/* archive_job.c -- see archive_job.h for the contract. */
#include "bind/archive_job.h"
#include "core/plugin.h"

#include <unistd.h>

struct job_ud {
    struct clnrm_archive_job *job; /* NULL once it is over */
};

static void free_job(struct clnrm_archive_job *j)
{
    clnrm_hash_close(j->layer.raw);
    clnrm_hash_close(j->layer.plain);
    clnrm_archive_list_free(&j->list);
    if (j->fd >= 0)
        close(j->fd);
    if (j->dir >= 0)
        close(j->dir);
    clnrm_signal_unref(j->signal);
    free(j);
}

static void on_work(uv_work_t *request)
{
    struct clnrm_archive_job *j = request->data;
    j->status = j->run(j);
}

static void on_done(uv_work_t *request, int status)
{
    struct clnrm_archive_job *j = request->data;
    if (status < 0)
        j->status = status;
    j->is_over = true;
    if (j->is_orphan)
        free_job(j);
    else
        clnrm_signal_set(j->signal, 0);
}

int clnrm_archive_job_close(lua_State *L) /* __gc: the thread is told to stop */
{
    struct job_ud *ud = luaL_checkudata(L, 1, CLNRM_ARCHIVE_JOB);
    struct clnrm_archive_job *j = ud->job;
    ud->job = NULL;
    if (j && j->is_over) {
        free_job(j);
    } else if (j) {
        atomic_store(&j->cancel, true);
        j->is_orphan = true;
    }
    return 0;
}

struct clnrm_archive_job *clnrm_archive_job_new(lua_State *L, const char *op)
{
    struct job_ud *ud = clnrm_newobject(L, CLNRM_ARCHIVE_JOB, sizeof(*ud));
    struct clnrm_archive_job *j = clnrm_xcalloc(sizeof(*j));
    j->fd = j->dir = -1;
    j->op = op;
    j->signal = clnrm_signal_new();
    j->is_over = true; /* nothing runs yet */
    ud->job = j;
    return j;
}

int clnrm_archive_job_fail(lua_State *L, struct clnrm_archive_job *j, int status)
{
    const char *why = j->unpacked.why[0] ? j->unpacked.why : j->layer.why;
    if (status == CLNRM_EPLUGIN)
        return clnrm_failf(L, j->op, "EPLUGIN", "%s", clnrm_plugin_error());
    if (!*why)
        return clnrm_fail(L, j->op, status);
    int results = clnrm_failf(L, j->op, clnrm_code(status), "%s", why);
    lua_newtable(L); /* err detail */
    lua_pushstring(L, j->unpacked.name);
    lua_setfield(L, -2, "name");
    lua_setfield(L, -2, "detail");
    return results;
}

static int after(lua_State *L, int status, lua_KContext ctx)
{
    struct job_ud *ud = (struct job_ud *)ctx; /* on the stack */
    struct clnrm_archive_job *j = ud->job;
    int results;
    if (status < 0)
        results = clnrm_fail(L, j->op, status);
    else if (j->status < 0)
        results = clnrm_archive_job_fail(L, j, j->status);
    else
        results = j->push(L, j);
    if (j->is_over) {
        ud->job = NULL;
        free_job(j);
    } else { /* cancelled: the thread goes on for a moment */
        atomic_store(&j->cancel, true);
        j->is_orphan = true;
        ud->job = NULL;
    }
    return results;
}

int clnrm_archive_job_start(lua_State *L, struct clnrm_archive_job *j)
{
    struct job_ud *ud = lua_touserdata(L, -1);
    clnrm_check_can_wait(L);
    j->request.data = j;
    j->is_over = false;
    int status = uv_queue_work(clnrm_loop(L), &j->request, on_work, on_done);
    if (status < 0) {
        j->is_over = true;
        return clnrm_fail(L, j->op, status);
    }
    return clnrm_signal_wait(L, j->signal, after, (lua_KContext)ud);
}
