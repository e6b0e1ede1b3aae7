/* ready.c -- see ready.h for the contract. */
#include "agent/ready.h"
#include "agent/serve.h"
#include "base/base.h"

static void put(struct clnrm_frame_writer *w, const char *text)
{
    clnrm_frame_put_text(w, text, strlen(text));
}

void clnrm_ready_send(struct clnrm_channel *channel, unsigned pid, struct clnrm_slice answer,
                      const struct clnrm_fact *facts, size_t count)
{
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &channel->out, CLNRM_FRAME_READY, 0);
    clnrm_frame_put_u32(&w, CLNRM_FRAME_VERSION);
    clnrm_frame_put_u32(&w, pid);
    clnrm_frame_put_text(&w, answer.data, answer.len);
    clnrm_frame_put_u32(&w, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        put(&w, facts[i].name);
        put(&w, facts[i].what);
    }
    clnrm_channel_end(channel, &w);
}

int clnrm_ready_refuse(struct clnrm_channel *channel, const struct clnrm_refusal *why)
{
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &channel->out, CLNRM_FRAME_REFUSED, 0);
    put(&w, why->step ? why->step : "unknown");
    clnrm_frame_put_u32(&w, (uint32_t)why->error);
    put(&w, why->what);
    clnrm_channel_end(channel, &w);
    clnrm_serve_flush(channel, 1000);
    return CLNRM_SERVE_REFUSED;
}
