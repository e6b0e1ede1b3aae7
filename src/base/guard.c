/* guard.c -- see guard.h for the contract. */
#include "base/guard.h"
#include "base/base.h"

static void put_slice(struct clnrm_frame_writer *w, struct clnrm_slice text)
{
    clnrm_frame_put_text(w, text.data, text.len);
}

int clnrm_guard_spec_write(const struct clnrm_guard_spec *spec, struct clnrm_buf *out)
{
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, out, CLNRM_FRAME_GUARD, 0);
    clnrm_frame_put_u32(&w, spec->flags);
    clnrm_frame_put_u64(&w, spec->pass);
    clnrm_frame_put_u32(&w, spec->command_count);
    for (uint32_t i = 0; i < spec->command_count; i++)
        put_slice(&w, spec->commands[i]);
    clnrm_frame_put_u32(&w, spec->host_count);
    for (uint32_t i = 0; i < spec->host_count; i++) {
        put_slice(&w, spec->hosts[i].name);
        clnrm_frame_put_u32(&w, spec->hosts[i].ip);
    }
    return clnrm_frame_end(&w);
}

/* A count that says more than the payload can hold is refused before anything is allocated. */
static uint32_t get_count(struct clnrm_frame_reader *r, uint32_t max, size_t least_bytes)
{
    uint32_t count = clnrm_frame_get_count(r);
    if (count > max || count > r->rest.len / least_bytes)
        r->status = CLNRM_EPROTO;
    return r->status < 0 ? 0 : count;
}

int clnrm_guard_spec_read(struct clnrm_slice payload, struct clnrm_guard_spec *out)
{
    struct clnrm_frame_reader r = clnrm_frame_read(payload);
    struct clnrm_guard_spec spec = {.flags = clnrm_frame_get_u32(&r)};
    spec.pass = clnrm_frame_get_u64(&r);
    spec.command_count = get_count(&r, CLNRM_GUARD_COMMANDS_MAX, 4);
    if (spec.command_count > 0)
        spec.commands = clnrm_xcalloc(spec.command_count * sizeof(*spec.commands));
    for (uint32_t i = 0; i < spec.command_count; i++)
        spec.commands[i] = clnrm_frame_get_text(&r);
    spec.host_count = get_count(&r, CLNRM_GUARD_HOSTS_MAX, 8);
    if (spec.host_count > 0)
        spec.hosts = clnrm_xcalloc(spec.host_count * sizeof(*spec.hosts));
    for (uint32_t i = 0; i < spec.host_count; i++) {
        spec.hosts[i].name = clnrm_frame_get_text(&r);
        spec.hosts[i].ip = clnrm_frame_get_u32(&r);
    }
    if (clnrm_frame_done(&r) < 0 || spec.flags & ~(uint32_t)CLNRM_GUARD_FLAGS) {
        clnrm_guard_spec_free(&spec);
        return CLNRM_EPROTO;
    }
    *out = spec;
    return 0;
}

void clnrm_guard_spec_free(struct clnrm_guard_spec *spec)
{
    free(spec->commands);
    free(spec->hosts);
    *spec = (struct clnrm_guard_spec){0};
}

static bool is_kind(uint8_t kind)
{
    switch (kind) {
    case CLNRM_REPORT_COMMAND:
    case CLNRM_REPORT_SHELL:
    case CLNRM_REPORT_EXEC:
    case CLNRM_REPORT_MAP:
    case CLNRM_REPORT_MEMORY:
    case CLNRM_REPORT_SOCKET:
    case CLNRM_REPORT_CONNECT:
    case CLNRM_REPORT_NAME:
    case CLNRM_REPORT_ROUTE:
    case CLNRM_REPORT_INSPECT:
    case CLNRM_REPORT_WRITE:
    case CLNRM_REPORT_FOREIGN:
    case CLNRM_REPORT_SOCKET_GONE:
    case CLNRM_REPORT_MORE:
        return true;
    default:
        return false;
    }
}

int clnrm_report_write(const struct clnrm_report *report, struct clnrm_buf *out)
{
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, out, CLNRM_FRAME_REPORT, 0);
    clnrm_frame_put_u32(&w, report->number);
    clnrm_frame_put_u8(&w, report->kind);
    clnrm_frame_put_u64(&w, report->count);
    clnrm_frame_put_u32(&w, report->step);
    clnrm_frame_put_u32(&w, report->pid);
    put_slice(&w, report->name);
    put_slice(&w, report->argv);
    put_slice(&w, report->what);
    return clnrm_frame_end(&w);
}

int clnrm_report_read(struct clnrm_slice payload, struct clnrm_report *out)
{
    struct clnrm_frame_reader r = clnrm_frame_read(payload);
    struct clnrm_report report = {.number = clnrm_frame_get_u32(&r)};
    report.kind = clnrm_frame_get_u8(&r);
    report.count = clnrm_frame_get_u64(&r);
    report.step = clnrm_frame_get_u32(&r);
    report.pid = clnrm_frame_get_u32(&r);
    report.name = clnrm_frame_get_text(&r);
    report.argv = clnrm_frame_get_text(&r);
    report.what = clnrm_frame_get_text(&r);
    bool fits = report.name.len <= CLNRM_GUARD_TEXT_MAX &&
                report.argv.len <= CLNRM_GUARD_TEXT_MAX && report.what.len <= CLNRM_GUARD_TEXT_MAX;
    if (clnrm_frame_done(&r) < 0 || !fits || !is_kind(report.kind) || report.count == 0 ||
        report.number > CLNRM_GUARD_REPORTS_MAX)
        return CLNRM_EPROTO;
    *out = report;
    return 0;
}
