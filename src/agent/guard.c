/* guard.c -- see guard.h for the contract. */
#include "agent/guard.h"
#include "agent/child.h"
#include "agent/names.h"
#include "agent/space.h"
#include "agent/step_impl.h"
#include "agent/told.h"
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int clnrm_guard_take(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    if (frame->id != 0 || agent->guard || agent->jobs)
        return CLNRM_EPROTO;
    struct clnrm_guard *g = clnrm_xcalloc(sizeof(*g));
    g->text.data = clnrm_xmemdup(frame->payload.data, frame->payload.len);
    g->text.len = frame->payload.len;
    int ends[2];
    if (clnrm_guard_spec_read(g->text, &g->spec) < 0 ||
        socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
        return CLNRM_EPROTO; /* it ends the agent, and all that it holds */
    g->pass_in = ends[0];
    g->pass_out = ends[1];
    agent->guard = g;
    if (agent->guest && g->spec.command_count > 0 && clnrm_told_serve(agent) < 0)
        return CLNRM_EPROTO;
    return g->spec.flags & CLNRM_GUARD_NAMES ? clnrm_names_serve(agent) : 0;
}

static ssize_t read_proc(const struct clnrm_agent *agent, pid_t pid, const char *name, char *to,
                         size_t size)
{
    char path[64];
    snprintf(path, sizeof(path), "%d/%s", (int)pid, name);
    int fd = agent->proc < 0 ? -1 : openat(agent->proc, path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, to, size - 1);
    if (fd >= 0)
        close(fd);
    to[n > 0 ? n : 0] = '\0';
    return n;
}

void clnrm_guard_look(struct clnrm_agent *agent, pid_t pid, struct clnrm_who *out)
{
    char number[16];
    *out = (struct clnrm_who){.pid = pid};
    read_proc(agent, pid, "comm", out->name, sizeof(out->name));
    out->name[strcspn(out->name, "\n")] = '\0';
    ssize_t n = read_proc(agent, pid, "cmdline", out->argv, sizeof(out->argv));
    while (n > 0 && out->argv[n - 1] == '\0')
        n--;
    for (ssize_t i = 0; i < n; i++)
        if (out->argv[i] == '\0')
            out->argv[i] = ' ';
    snprintf(number, sizeof(number), "%d", (int)pid);
    uint64_t mark = clnrm_child_mark(agent->proc, number);
    CLNRM_EACH_STEP(agent, s)
    if (mark && s->mark == mark)
        out->step = s->job.id;
}

static void tell(struct clnrm_agent *agent, uint32_t number)
{
    struct clnrm_attempt *a = &agent->guard->attempts[number];
    const struct clnrm_report report = {
        .number = number,
        .kind = a->kind,
        .count = a->count,
        .step = a->who.step,
        .pid = (uint32_t)a->who.pid,
        .name = clnrm_slice_of(a->who.name),
        .argv = clnrm_slice_of(a->who.argv),
        .what = clnrm_slice_of(a->what),
    };
    a->told = a->count;
    if (agent->keep_until_us)
        return; /* the test is over: a later host does not know what was told before */
    if (clnrm_report_write(&report, &agent->channel.out) < 0)
        agent->channel.broken = true;
    agent->channel.urgent = true;
}

static struct clnrm_attempt *find(struct clnrm_guard *g, uint8_t kind, const struct clnrm_who *who,
                                  const char *what)
{
    for (uint32_t i = 0; i < g->attempt_count; i++) {
        struct clnrm_attempt *a = &g->attempts[i];
        if (a->kind == kind && a->who.step == who->step && strcmp(a->what, what) == 0 &&
            strcmp(a->who.name, who->name) == 0)
            return a;
    }
    return NULL;
}

static void note_many(struct clnrm_agent *agent, enum clnrm_report_kind kind,
                      const struct clnrm_who *who, const char *what, uint64_t times)
{
    static const struct clnrm_who nobody;
    struct clnrm_guard *g = agent->guard;
    who = who ? who : &nobody;
    struct clnrm_attempt *a = find(g, (uint8_t)kind, who, what);
    if (!a && g->attempt_count < CLNRM_GUARD_REPORTS_MAX) {
        a = &g->attempts[g->attempt_count++];
        a->kind = (uint8_t)kind;
        a->who = *who;
        snprintf(a->what, sizeof(a->what), "%s", what);
    } else if (!a) {
        a = &g->attempts[CLNRM_GUARD_REPORTS_MAX];
        a->kind = CLNRM_REPORT_MORE;
    }
    a->count += times;
    if (a->count >= 2 * a->told)
        tell(agent, (uint32_t)(a - g->attempts));
}

void clnrm_guard_note(struct clnrm_agent *agent, enum clnrm_report_kind kind,
                      const struct clnrm_who *who, const char *what)
{
    note_many(agent, kind, who, what, 1);
}

/* ---- the end ---- */

/* The number of a field of /proc/net/snmp: "Ip: A B C\nIp: 1 2 3\n". */
static uint64_t snmp_value(char *text, const char *name)
{
    char *names = strstr(text, "Ip: "), *values = names ? strstr(names + 4, "\nIp: ") : NULL;
    if (!values)
        return 0;
    *values = '\0';
    char *save = NULL, *word = strtok_r(names + 4, " ", &save);
    char *at = values + 5;
    for (; word && strcmp(word, name) != 0; word = strtok_r(NULL, " ", &save)) {
        at += strcspn(at, " \n");
        at += *at == ' ';
    }
    return word ? strtoull(at, NULL, 10) : 0;
}

static uint64_t snmp6_value(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

static void read_counters(const struct clnrm_agent *agent, uint32_t net, const char *name, char *to,
                          size_t size)
{
    int fd = clnrm_space_proc(agent, net, name);
    ssize_t n = fd < 0 ? -1 : read(fd, to, size - 1);
    if (fd >= 0)
        close(fd);
    to[n > 0 ? n : 0] = '\0';
}

/* What found no way out of the network, by the kernel's own count: nothing in the room can undo it. */
static uint64_t lost_in(const struct clnrm_agent *agent, uint32_t net)
{
    static char text[8192];
    read_counters(agent, net, "net/snmp", text, sizeof(text));
    uint64_t count = snmp_value(text, "OutNoRoutes");
    read_counters(agent, net, "net/snmp6", text, sizeof(text));
    return count + snmp6_value(text, "Ip6OutNoRoutes");
}

void clnrm_guard_count(struct clnrm_agent *agent)
{
    static uint64_t counted;
    const struct clnrm_guard *g = agent->guard;
    if (!g || !(g->spec.flags & CLNRM_GUARD_ROUTES))
        return;
    uint64_t lost = lost_in(agent, 0);
    for (int i = 0; i < agent->space_count; i++)
        if (agent->spaces[i].type == CLNRM_FRAME_NET)
            lost += lost_in(agent, agent->spaces[i].id);
    if (lost > counted)
        note_many(agent, CLNRM_REPORT_ROUTE, NULL, "addresses outside of the room", lost - counted);
    counted = lost;
}

void clnrm_guard_finish(struct clnrm_agent *agent)
{
    struct clnrm_guard *g = agent->guard;
    if (!g)
        return;
    clnrm_told_finish(agent);
    clnrm_guard_count(agent);
    for (uint32_t i = 0; i <= CLNRM_GUARD_REPORTS_MAX; i++)
        if (g->attempts[i].count > g->attempts[i].told)
            tell(agent, i);
}

bool clnrm_guard_forbids(const struct clnrm_agent *agent, struct clnrm_slice program)
{
    const struct clnrm_guard *g = agent->guard;
    size_t base = program.len;
    while (base > 0 && program.data[base - 1] != '/')
        base--;
    const struct clnrm_slice name = {program.data + base, program.len - base};
    for (uint32_t i = 0; g && i < g->spec.command_count; i++) {
        struct clnrm_slice command = g->spec.commands[i];
        bool is_path = command.len > 0 && command.data[0] == '/';
        if (clnrm_slice_equal(command, is_path ? program : name))
            return true;
    }
    return false;
}
