/* door.c -- see door.h for the contract. */
#include "agent/door.h"
#include "agent/job.h"
#include "agent/ready.h"
#include "agent/step.h"
#include "base/base.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ASK_US = 5 * 1000 * 1000 };

int clnrm_door_make(struct clnrm_door *door, int fd, struct clnrm_slice key)
{
    if (door->is_there || key.len < CLNRM_KEY_MIN || key.len > CLNRM_KEY_MAX) {
        close(fd);
        return CLNRM_EPROTO;
    }
    *door = (struct clnrm_door){.is_there = true, .fd = fd, .key_len = key.len};
    memcpy(door->key, key.data, key.len);
    return 0;
}

int clnrm_door_fd(const struct clnrm_agent *agent)
{
    const struct clnrm_door *door = &agent->door;
    return door->is_there && agent->channel.fd < 0 ? door->fd : -1;
}

void clnrm_door_take(struct clnrm_agent *agent)
{
    int fd = accept4(agent->door.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return; /* who came is gone again */
    clnrm_channel_reset(&agent->channel, fd);
    agent->door.is_asking = true;
    agent->door.until_us = clnrm_now_us() + ASK_US;
}

int clnrm_door_ask(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    struct clnrm_door *door = &agent->door;
    const struct clnrm_slice key = {door->key, door->key_len};
    struct clnrm_slice half;
    bool is_right = frame->type == CLNRM_FRAME_JOIN && frame->id == 0 &&
                    clnrm_join_read(frame->payload, &half) == 0 &&
                    clnrm_key_equal(half, clnrm_key_ask(key));
    if (!is_right)
        return CLNRM_EPROTO;
    door->is_asking = false;
    door->is_later = true;
    clnrm_ready_send(&agent->channel, 0, clnrm_key_answer(key), NULL, 0);
    return 0;
}

void clnrm_door_leave(struct clnrm_agent *agent)
{
    agent->door.is_asking = false;
    clnrm_step_orphan_all(agent, agent->door.is_later);
}
