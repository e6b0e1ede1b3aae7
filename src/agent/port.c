/* port.c -- see port.h for the contract. */
#include "agent/port.h"
#include "agent/listener.h"
#include "agent/owner.h"
#include "agent/space.h"
#include "base/base.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 128 };

struct conn {
    struct clnrm_job job;
    int fd;
    bool probe, connecting;
    struct clnrm_address at;     /* of a probe */
    uint32_t owner;              /* of a probe: the SPAWN whose port it must be, or 0 */
    bool host_ended, room_ended; /* who has sent its end */
    uint64_t credit;             /* bytes that may still be sent to the host */
    struct clnrm_buf pending;    /* from the host, not yet written */
};

struct relay {
    struct clnrm_job job;
    int fd;
};

static const struct clnrm_job_kind conn_kind, relay_kind;

static struct sockaddr_in name_of(const struct clnrm_address *at)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)at->port),
                                .sin_addr.s_addr = htonl(at->ip)};
}

static int new_socket(const struct clnrm_agent *agent, const struct clnrm_address *at)
{
    int fd = clnrm_space_socket(agent, at->net, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int one = 1;
    if (fd >= 0)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fd;
}

/* In a room that others made, 127.0.0.1 is every address of it: a server may listen at the one that a
 * network gave it, and nowhere else. */
static struct sockaddr_in target_of(const struct clnrm_agent *agent, const struct clnrm_address *at)
{
    struct clnrm_listeners found;
    struct clnrm_address to = *at;
    if (agent->guest && at->ip == INADDR_LOOPBACK && clnrm_listener_find(agent, at, &found) == 0 &&
        found.count == 0 && found.elsewhere != 0)
        to.ip = found.elsewhere;
    return name_of(&to);
}

int clnrm_port_connect(const struct clnrm_agent *agent, const struct clnrm_address *at, int *error)
{
    struct sockaddr_in to = target_of(agent, at);
    int fd = new_socket(agent, at);
    *error = 0;
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        *error = errno;
    return fd;
}

int clnrm_port_listen(const struct clnrm_agent *agent, const struct clnrm_address *at)
{
    struct sockaddr_in name = name_of(at);
    int one = 1, fd = new_socket(agent, at);
    if (fd < 0)
        return fd;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    close(fd);
    return -error;
}

int clnrm_port_accept(int fd)
{
    int one = 1, client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client >= 0)
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return client < 0 ? -errno : client;
}

/* ---- connections ---- */

static struct conn *add_conn(struct clnrm_agent *agent, uint32_t id, int fd)
{
    struct conn *conn = clnrm_job_add(agent, id, &conn_kind, sizeof(*conn));
    if (!conn)
        return NULL;
    conn->fd = fd;
    conn->credit = CLNRM_FRAME_WINDOW;
    conn->pending.max = CLNRM_FRAME_WINDOW;
    return conn;
}

static void fail(struct conn *conn, int error, const char *stage)
{
    clnrm_channel_done(&conn->job.agent->channel, conn->job.id, error, stage, "");
    clnrm_job_end(&conn->job);
}

static void end_if_both_ended(struct conn *conn)
{
    if (conn->host_ended && conn->room_ended && conn->pending.len == 0)
        clnrm_job_end(&conn->job);
}

/* Whose is the port of a probe?  Sends the answer when there is no use in asking on.  Asked before
 * connecting, so that a server which is not meant is left alone, its backlog too, and again when it
 * answers: it may have become another's. */
static bool answer_owner(struct clnrm_agent *agent, uint32_t id, const struct clnrm_address *at,
                         uint32_t owner, bool answers)
{
    struct clnrm_holder holder;
    int status = clnrm_owner_check(agent, at, owner, &holder);
    char what[64] = "";
    if (status == 0 && !answers)
        return false;
    if (status == -EADDRINUSE)
        snprintf(what, sizeof(what), "%d %s", (int)holder.pid, holder.name);
    clnrm_channel_done(&agent->channel, id, status, status == -EADDRINUSE ? "owner" : "connect",
                       what);
    return true;
}

static void connected(struct conn *conn, int error)
{
    conn->connecting = false;
    if (!error && conn->owner) {
        answer_owner(conn->job.agent, conn->job.id, &conn->at, conn->owner, true);
        clnrm_job_end(&conn->job);
        return;
    }
    if (error || conn->probe) {
        fail(conn, error, "connect");
        return;
    }
    clnrm_channel_done(&conn->job.agent->channel, conn->job.id, 0, "connect", "");
}

static int dial(struct clnrm_agent *agent, const struct clnrm_frame *frame, bool probe)
{
    struct clnrm_frame_reader r = clnrm_frame_read(frame->payload);
    struct clnrm_address at = clnrm_address_get(&r);
    uint32_t owner = probe ? clnrm_frame_get_u32(&r) : 0;
    int error;
    if (clnrm_frame_done(&r) < 0)
        return CLNRM_EPROTO;
    if (owner && answer_owner(agent, frame->id, &at, owner, false))
        return 0;
    int fd = clnrm_port_connect(agent, &at, &error);
    struct conn *conn = fd < 0 ? NULL : add_conn(agent, frame->id, fd);
    if (!conn) {
        clnrm_channel_done(&agent->channel, frame->id, fd < 0 ? fd : EAGAIN,
                           fd < 0 ? "socket" : "limit", "");
        if (fd >= 0)
            close(fd);
        return 0;
    }
    conn->probe = probe;
    conn->at = at;
    conn->owner = owner;
    conn->connecting = true;
    if (error != EINPROGRESS)
        connected(conn, error);
    return 0;
}

int clnrm_port_probe(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    return dial(agent, frame, true);
}

int clnrm_port_dial(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    return dial(agent, frame, false);
}

static void conn_want(struct clnrm_job *job, struct clnrm_polls *polls)
{
    struct conn *conn = (struct conn *)job;
    bool may_read = !conn->connecting && !conn->room_ended && conn->credit > 0 &&
                    clnrm_channel_has_room(&job->agent->channel);
    bool may_write = conn->connecting || conn->pending.len > 0;
    if (may_read || may_write)
        clnrm_polls_add(polls, job, conn->fd,
                        (short)((may_read ? POLLIN : 0) | (may_write ? POLLOUT : 0)));
}

static void send_end(struct conn *conn)
{
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &conn->job.agent->channel.out, CLNRM_FRAME_DATA, conn->job.id);
    clnrm_frame_put_text(&w, "", 0);
    clnrm_channel_end(&conn->job.agent->channel, &w);
    conn->room_ended = true;
    end_if_both_ended(conn);
}

static void read_some(struct conn *conn)
{
    size_t max = conn->credit < CLNRM_FRAME_CHUNK ? (size_t)conn->credit : CLNRM_FRAME_CHUNK;
    long n = clnrm_channel_copy(&conn->job.agent->channel, CLNRM_FRAME_DATA, conn->job.id, conn->fd,
                                max);
    if (n > 0)
        conn->credit -= (uint64_t)n;
    else if (n == 0)
        send_end(conn);
    else if (n != -EAGAIN && n != -EINTR)
        fail(conn, (int)n, "read");
}

static void write_some(struct conn *conn)
{
    if (conn->pending.len > 0) {
        ssize_t n = send(conn->fd, conn->pending.data, conn->pending.len, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno != EAGAIN && errno != EINTR)
                fail(conn, errno, "write");
            return;
        }
        clnrm_buf_drop(&conn->pending, (size_t)n);
        clnrm_channel_credit(&conn->job.agent->channel, conn->job.id, (size_t)n);
    }
    if (conn->host_ended && conn->pending.len == 0) {
        shutdown(conn->fd, SHUT_WR);
        end_if_both_ended(conn);
    }
}

static void conn_ready(struct clnrm_job *job, int fd, short events)
{
    struct conn *conn = (struct conn *)job;
    if (conn->connecting) {
        int error = 0;
        socklen_t len = sizeof(error);
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
        connected(conn, error);
        return;
    }
    if (events & (POLLOUT | POLLERR) && conn->pending.len > 0)
        write_some(conn);
    if (!job->ended && !conn->room_ended && events & (POLLIN | POLLHUP | POLLERR))
        read_some(conn);
}

static int conn_frame(struct clnrm_job *job, const struct clnrm_frame *frame)
{
    struct conn *conn = (struct conn *)job;
    struct clnrm_frame_reader r = clnrm_frame_read(frame->payload);
    struct clnrm_slice bytes = {0};
    if (frame->type == CLNRM_FRAME_DATA)
        bytes = clnrm_frame_get_text(&r);
    else if (frame->type == CLNRM_FRAME_CREDIT)
        conn->credit += clnrm_frame_get_u32(&r);
    if (clnrm_frame_done(&r) < 0)
        return CLNRM_EPROTO;
    if (frame->type == CLNRM_FRAME_CANCEL) {
        if (conn->probe)
            fail(conn, ECANCELED, "cancel");
        else
            clnrm_job_end(job);
        return 0;
    }
    if (frame->type == CLNRM_FRAME_CREDIT)
        return 0;
    if (frame->type != CLNRM_FRAME_DATA || conn->connecting || conn->host_ended)
        return CLNRM_EPROTO;
    if (bytes.len == 0)
        conn->host_ended = true;
    else if (clnrm_buf_add(&conn->pending, bytes.data, bytes.len) < 0)
        return CLNRM_EPROTO; /* past the credit */
    write_some(conn);
    return 0;
}

static void conn_drop(struct clnrm_job *job)
{
    struct conn *conn = (struct conn *)job;
    close(conn->fd);
    clnrm_buf_free(&conn->pending);
}

static const struct clnrm_job_kind conn_kind = {
    .want = conn_want, .ready = conn_ready, .frame = conn_frame, .drop = conn_drop};

/* ---- listeners ---- */

int clnrm_port_relay(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    struct clnrm_frame_reader r = clnrm_frame_read(frame->payload);
    struct clnrm_address at = clnrm_address_get(&r);
    if (clnrm_frame_done(&r) < 0)
        return CLNRM_EPROTO;
    int fd = clnrm_port_listen(agent, &at);
    struct relay *relay =
        fd < 0 ? NULL : clnrm_job_add(agent, frame->id, &relay_kind, sizeof(*relay));
    clnrm_channel_done(&agent->channel, frame->id,
                       fd < 0  ? fd
                       : relay ? 0
                               : EAGAIN,
                       fd < 0 || relay ? "listen" : "limit", "");
    if (relay)
        relay->fd = fd;
    else if (fd >= 0)
        close(fd);
    return 0;
}

static void relay_want(struct clnrm_job *job, struct clnrm_polls *polls)
{
    if (clnrm_channel_has_room(&job->agent->channel))
        clnrm_polls_add(polls, job, ((struct relay *)job)->fd, POLLIN);
}

static void relay_ready(struct clnrm_job *job, int fd, short events)
{
    struct clnrm_agent *agent = job->agent;
    (void)events;
    int client = clnrm_port_accept(fd);
    if (client < 0)
        return;
    uint32_t id = CLNRM_FRAME_AGENT_ID | agent->next_accept;
    agent->next_accept = (agent->next_accept + 1) & ~CLNRM_FRAME_AGENT_ID;
    if (!add_conn(agent, id, client)) {
        close(client); /* too many: as a full backlog would look */
        return;
    }
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &agent->channel.out, CLNRM_FRAME_ACCEPT, id);
    clnrm_frame_put_u32(&w, job->id);
    clnrm_channel_end(&agent->channel, &w);
}

static int relay_frame(struct clnrm_job *job, const struct clnrm_frame *frame)
{
    if (frame->type != CLNRM_FRAME_CANCEL || frame->payload.len)
        return CLNRM_EPROTO;
    clnrm_job_end(job);
    return 0;
}

static void relay_drop(struct clnrm_job *job)
{
    close(((struct relay *)job)->fd);
}

static const struct clnrm_job_kind relay_kind = {
    .want = relay_want, .ready = relay_ready, .frame = relay_frame, .drop = relay_drop};
