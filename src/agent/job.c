/* job.c -- see job.h for the contract. */
#include "agent/job.h"
#include "base/base.h"

#include <assert.h>
#include <time.h>

uint64_t clnrm_now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void *clnrm_job_add(struct clnrm_agent *agent, uint32_t id, const struct clnrm_job_kind *kind,
                    size_t size)
{
    if (agent->job_count == CLNRM_JOBS_MAX)
        return NULL;
    struct clnrm_job *job = clnrm_xcalloc(size);
    job->agent = agent;
    job->kind = kind;
    job->id = id;
    job->next = agent->jobs;
    agent->jobs = job;
    agent->job_count++;
    return job;
}

struct clnrm_job *clnrm_job_find(struct clnrm_agent *agent, uint32_t id)
{
    for (struct clnrm_job *job = agent->jobs; job; job = job->next)
        if (job->id == id && !job->ended)
            return job;
    return NULL;
}

void clnrm_job_end(struct clnrm_job *job)
{
    job->ended = true;
    job->due_us = 0;
}

void clnrm_job_sweep(struct clnrm_agent *agent)
{
    for (struct clnrm_job **at = &agent->jobs; *at;) {
        struct clnrm_job *job = *at;
        if (!job->ended) {
            at = &job->next;
            continue;
        }
        *at = job->next;
        agent->job_count--;
        job->kind->drop(job);
        free(job);
    }
}

void clnrm_polls_add(struct clnrm_polls *polls, struct clnrm_job *owner, int fd, short events)
{
    assert(polls->count < (int)(sizeof(polls->fds) / sizeof(polls->fds[0])));
    polls->owners[polls->count] = owner;
    polls->fds[polls->count++] = (struct pollfd){.fd = fd, .events = events};
}
