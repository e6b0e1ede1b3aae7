/* names.c -- see names.h for the contract. */
#include "agent/names.h"
#include "agent/owner.h"
#include "base/base.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ADDRESS = 0x7f000035, /* 127.0.0.53 */
    PORT = 53,
    HEADER = 12,
    QUESTION_MAX = 512,
    ANSWER_MAX = QUESTION_MAX + 16,
    LABEL_MAX = 63,
    TYPE_A = 1,
    CLASS_IN = 1,
    NXDOMAIN = 3,
    FORMAT_ERROR = 1,
    TURNS_MAX = 64, /* questions in one turn */
};

struct names {
    struct clnrm_job job;
    int fd;
};

/* Reads the name of the one question.  Returns the bytes of the question, or 0 for what is none. */
static size_t read_question(const unsigned char *packet, size_t len, char *name, size_t size,
                            unsigned *type)
{
    size_t at = HEADER, out = 0;
    while (at < len && packet[at] > 0) {
        size_t label = packet[at++];
        if (label > LABEL_MAX || at + label >= len || out + label + 2 > size)
            return 0;
        if (out > 0)
            name[out++] = '.';
        for (size_t i = 0; i < label; i++)
            name[out++] = (char)tolower(packet[at++]);
    }
    name[out] = '\0';
    if (out == 0 || at + 5 > len || memchr(name, 0, out))
        return 0;
    *type = (unsigned)packet[at + 1] << 8 | packet[at + 2];
    unsigned class = (unsigned)packet[at + 3] << 8 | packet[at + 4];
    return class == CLASS_IN ? at + 5 - HEADER : 0;
}

static const struct clnrm_guard_host *find(const struct clnrm_guard *g, const char *name)
{
    for (uint32_t i = 0; i < g->spec.host_count; i++)
        if (clnrm_slice_equal(g->spec.hosts[i].name, clnrm_slice_of(name)))
            return &g->spec.hosts[i];
    return NULL;
}

/* Turns the question of `len` bytes in `packet` into its answer.  Returns its length. */
static size_t make_answer(unsigned char *packet, size_t question, unsigned code,
                          const struct clnrm_guard_host *host, unsigned type)
{
    size_t at = HEADER + question;
    bool has_address = host && type == TYPE_A;
    packet[2] = (unsigned char)(0x84 | (packet[2] & 1)); /* an answer, and it is authoritative */
    packet[3] = (unsigned char)(0x80 | code);
    memset(packet + 4, 0, HEADER - 4);
    packet[5] = question > 0;
    packet[7] = has_address;
    if (!has_address)
        return at;
    const uint32_t ip = htonl(host->ip);
    static const unsigned char record[] = {0xc0, HEADER, 0, TYPE_A, 0, CLASS_IN, 0, 0, 0, 60, 0, 4};
    memcpy(packet + at, record, sizeof(record));
    memcpy(packet + at + sizeof(record), &ip, sizeof(ip));
    return at + sizeof(record) + sizeof(ip);
}

static void note(struct clnrm_agent *agent, uint16_t port, const char *name)
{
    struct clnrm_who who;
    pid_t pid = clnrm_owner_of_udp(agent, port);
    if (pid > 0)
        clnrm_guard_look(agent, pid, &who);
    clnrm_guard_note(agent, CLNRM_REPORT_NAME, pid > 0 ? &who : NULL, name);
}

/* Answers one question.  Returns false when there is none. */
static bool answer(struct names *n)
{
    unsigned char packet[ANSWER_MAX];
    char name[CLNRM_GUARD_TEXT_MAX];
    struct sockaddr_in from;
    socklen_t from_len = sizeof(from);
    unsigned type = 0;
    ssize_t len = recvfrom(n->fd, packet, QUESTION_MAX, MSG_DONTWAIT, (void *)&from, &from_len);
    if (len < 0)
        return false;
    bool is_query = len > HEADER && !(packet[2] & 0xf8) && packet[4] == 0 && packet[5] == 1;
    if (len < HEADER || packet[2] & 0x80)
        return true; /* no question at all */
    size_t question = is_query ? read_question(packet, (size_t)len, name, sizeof(name), &type) : 0;
    const struct clnrm_guard_host *host = question ? find(n->job.agent->guard, name) : NULL;
    if (question && !host)
        note(n->job.agent, ntohs(from.sin_port), name);
    size_t out = make_answer(packet, question,
                             host       ? 0
                             : question ? NXDOMAIN
                                        : FORMAT_ERROR,
                             host, type);
    sendto(n->fd, packet, out, MSG_DONTWAIT, (void *)&from, from_len);
    return true;
}

static void names_want(struct clnrm_job *job, struct clnrm_polls *polls)
{
    if (clnrm_channel_has_room(&job->agent->channel))
        clnrm_polls_add(polls, job, ((struct names *)job)->fd, POLLIN);
}

static void names_ready(struct clnrm_job *job, int fd, short events)
{
    (void)fd;
    (void)events;
    for (int i = 0; i < TURNS_MAX && answer((struct names *)job); i++)
        ;
}

static int names_frame(struct clnrm_job *job, const struct clnrm_frame *frame)
{
    (void)job;
    (void)frame;
    return CLNRM_EPROTO;
}

static void names_drop(struct clnrm_job *job)
{
    close(((struct names *)job)->fd);
}

static const struct clnrm_job_kind names_kind = {
    .want = names_want, .ready = names_ready, .frame = names_frame, .drop = names_drop};

int clnrm_names_serve(struct clnrm_agent *agent)
{
    const struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(ADDRESS)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    struct names *n = NULL;
    int status = bind(fd, (const void *)&at, sizeof(at)) < 0 ? -errno : 0;
    if (status == 0 && !(n = clnrm_job_add(agent, 0, &names_kind, sizeof(*n))))
        status = -EAGAIN;
    if (status < 0) {
        close(fd);
        return status;
    }
    n->fd = fd;
    return 0;
}
