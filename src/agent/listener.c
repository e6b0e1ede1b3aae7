/* listener.c -- see listener.h for the contract. */
#include "agent/listener.h"
#include "agent/space.h"
#include "base/base.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

enum { TCP_LISTEN = 10, ANSWER_MAX = 32 * 1024 };

/* As the kernel looks them up: the exact address before any address, IPv4 before IPv6 that takes
 * both.  `src` is in network order. */
static int rank_of(int family, const uint32_t src[4], uint32_t ip)
{
    uint32_t wanted = htonl(ip);
    if (family == AF_INET)
        return src[0] == wanted ? 4 : src[0] == 0 ? 2 : 0;
    if (src[0] || src[1])
        return 0;
    if (src[2] == htonl(0xffff) && src[3] == wanted)
        return 3;
    return src[2] == 0 && src[3] == 0 ? 1 : 0;
}

/* The IPv4 address of a socket that listens at one which others reach, or 0. */
static uint32_t outer_address(int family, const uint32_t src[4])
{
    uint32_t ip = 0;
    if (family == AF_INET)
        ip = ntohl(src[0]);
    else if (src[0] == 0 && src[1] == 0 && src[2] == htonl(0xffff))
        ip = ntohl(src[3]);
    return ip >> 24 == IN_LOOPBACKNET ? 0 : ip;
}

static int add(struct clnrm_listeners *out, int family, const uint32_t src[4], uint32_t ip,
               uint64_t inode)
{
    int rank = rank_of(family, src, ip);
    if (rank == 0 && out->elsewhere == 0)
        out->elsewhere = outer_address(family, src);
    if (rank == 0 || rank < out->rank)
        return 0;
    if (rank > out->rank)
        out->count = 0;
    out->rank = rank;
    if (out->count == CLNRM_LISTENERS_MAX)
        return -E2BIG;
    out->inodes[out->count++] = inode;
    return 0;
}

/* ---- sock_diag ---- */

static int ask(int fd, int family, uint32_t port)
{
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 body;
    } question = {
        .header = {.nlmsg_len = sizeof(question),
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .body = {.sdiag_family = (uint8_t)family,
                 .sdiag_protocol = IPPROTO_TCP,
                 .idiag_states = 1u << TCP_LISTEN,
                 .id.idiag_sport = htons((uint16_t)port)},
    };
    return send(fd, &question, sizeof(question), 0) < 0 ? -errno : 0;
}

/* Takes one message of an answer.  Returns 1 at its end, 0, or -errno. */
static int take(const struct nlmsghdr *h, const struct clnrm_address *at,
                struct clnrm_listeners *out)
{
    size_t len = h->nlmsg_len - NLMSG_HDRLEN;
    const void *body = NLMSG_DATA(h);
    if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
        int error = 0;
        if (len >= sizeof(error))
            memcpy(&error, body, sizeof(error));
        return error < 0 ? error : 1;
    }
    const struct inet_diag_msg *msg = body;
    if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY || len < sizeof(*msg))
        return -EPROTO;
    if (msg->idiag_state != TCP_LISTEN || ntohs(msg->id.idiag_sport) != at->port)
        return 0;
    return add(out, msg->idiag_family, msg->id.idiag_src, at->ip, msg->idiag_inode);
}

static int read_answer(int fd, const struct clnrm_address *at, struct clnrm_listeners *out)
{
    static _Alignas(struct nlmsghdr) char answer[ANSWER_MAX];
    for (;;) {
        ssize_t n = recv(fd, answer, sizeof(answer), MSG_DONTWAIT); /* a dump is made at once */
        if (n <= 0)
            return n < 0 ? -errno : -EPROTO;
        unsigned left = (unsigned)n;
        for (const struct nlmsghdr *h = (void *)answer; NLMSG_OK(h, left);
             h = NLMSG_NEXT(h, left)) {
            int status = take(h, at, out);
            if (status != 0)
                return status < 0 ? status : 0;
        }
    }
}

static int by_diag(const struct clnrm_agent *agent, const struct clnrm_address *at,
                   struct clnrm_listeners *out)
{
    int fd = clnrm_space_socket(agent, at->net, AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
    if (fd < 0)
        return fd;
    int status = ask(fd, AF_INET, at->port);
    if (status == 0)
        status = read_answer(fd, at, out);
    if (status == 0)
        status = ask(fd, AF_INET6, at->port);
    if (status == 0)
        status = read_answer(fd, at, out);
    close(fd);
    return status;
}

/* ---- /proc/net ---- */

/* "  0: 0100007F:1F90 00000000:0000 0A ... inode ...".  Returns 1 behind the last that listens. */
static int take_line(char *line, int family, const struct clnrm_address *at,
                     struct clnrm_listeners *out)
{
    char *field[10], *save = NULL, hex[9] = "";
    uint32_t src[4] = {0};
    for (int i = 0; i < 10; i++)
        if (!(field[i] = strtok_r(i ? NULL : line, " ", &save)))
            return -EPROTO;
    char *port = strchr(field[1], ':');
    if (strcmp(field[3], "0A") != 0)
        return strcmp(field[3], "st") == 0 ? 0 : 1;
    if (!port || port - field[1] != (family == AF_INET ? 8 : 32))
        return -EPROTO;
    if (strtoul(port + 1, NULL, 16) != at->port)
        return 0;
    for (int i = 0; field[1] + 8 * i < port; i++)
        src[i] = (uint32_t)strtoul(memcpy(hex, field[1] + 8 * i, 8), NULL, 16);
    return add(out, family, src, at->ip, strtoull(field[9], NULL, 10));
}

static int by_table(const struct clnrm_agent *agent, const char *name, int family,
                    const struct clnrm_address *at, struct clnrm_listeners *out)
{
    char line[512];
    int fd = clnrm_space_proc(agent, at->net, name), status = 0;
    if (fd < 0)
        return fd == -ENOENT && family == AF_INET6 ? 0 : fd;
    FILE *file = fdopen(fd, "r");
    if (!file) {
        close(fd);
        return -ENOMEM;
    }
    while (status == 0 && fgets(line, sizeof(line), file))
        status = take_line(line, family, at, out);
    fclose(file);
    return status < 0 ? status : 0;
}

int clnrm_listener_find(const struct clnrm_agent *agent, const struct clnrm_address *at,
                        struct clnrm_listeners *out)
{
    *out = (struct clnrm_listeners){0};
    int status = by_diag(agent, at, out);
    if (status == 0 || status == -E2BIG)
        return status;
    *out = (struct clnrm_listeners){0};
    status = by_table(agent, "net/tcp", AF_INET, at, out);
    return status < 0 ? status : by_table(agent, "net/tcp6", AF_INET6, at, out);
}
