/* test_agent_space.c -- views, networks, bridges and owners of ports, with the real agent. */
#include "agent_harness.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <pthread.h>

/* ---- what runs in the room: this program again ---- */

static int listen_at(int family, const char *ip, uint16_t port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    bool is_v4 = family == AF_INET;
    int fd = socket(family, SOCK_STREAM, 0), one = 1;
    inet_pton(family, ip, is_v4 ? (void *)&v4.sin_addr : (void *)&v6.sin6_addr);
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
    if (bind(fd, is_v4 ? (void *)&v4 : (void *)&v6, is_v4 ? sizeof(v4) : sizeof(v6)) < 0 ||
        listen(fd, 16) < 0)
        _exit(96);
    return fd;
}

static void *stay(void *data)
{
    (void)data;
    pause();
    return NULL;
}

/* Listens and stays: itself, in a child of a new session, or with a first thread that has ended. */
static int serve(const char *how, const char *ip, const char *port)
{
    pthread_t thread;
    int ends[2];
    char byte;
    if (pipe(ends) < 0)
        return 94;
    if (strcmp(how, "child") == 0 && fork() > 0) {
        close(ends[1]);
        return read(ends[0], &byte, 1) < 0; /* until the child listens */
    }
    setsid();
    listen_at(strchr(ip, ':') ? AF_INET6 : AF_INET, ip, (uint16_t)atoi(port));
    if (write(1, "up\n", 3) != 3)
        return 95;
    close(ends[1]);
    if (strcmp(how, "thread") == 0 && pthread_create(&thread, NULL, stay, NULL) == 0)
        pthread_exit(NULL);
    pause();
    return 0;
}

/* ---- requests ---- */

static void open_with_self(struct room *room)
{
    static char path[4096];
    struct clnrm_room_op ops[LEN(PLAIN_OPS) + 2];
    struct clnrm_room_spec spec = plain_spec();
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    assert_true(n > 0);
    memcpy(ops, PLAIN_OPS, sizeof(PLAIN_OPS));
    ops[LEN(PLAIN_OPS)] = (struct clnrm_room_op){OP(CLNRM_OP_FILE, "", "/self"), .mode = 0755};
    ops[LEN(PLAIN_OPS) + 1] = (struct clnrm_room_op){
        .kind = CLNRM_OP_RO, .source = {path, (size_t)n}, .target = {"/self", 5}};
    spec.ops = ops;
    spec.op_count = LEN(ops);
    start_agent(room);
    send_spec(room, &spec);
    if (!read_ready(room))
        fail_msg("refused: %s: %s (%s)", room->refused_step, room->refused_what,
                 strerror((int)room->refused_errno));
}

static uint32_t next_id(void)
{
    static uint32_t id = 0;
    return ++id;
}

/* Makes a view or a network.  Returns its id, or fails. */
static uint32_t make(struct room *room, uint8_t type, const struct clnrm_room_op *ops,
                     uint32_t count)
{
    struct clnrm_buf b = {.max = 1 << 20};
    struct answer a;
    uint32_t id = next_id();
    if (type == CLNRM_FRAME_NET)
        send_empty(room, type, id);
    else
        assert_int_equal(clnrm_view_spec_write(count, ops, id, &b), 0);
    if (b.len)
        send_buf(room, &b);
    await_answer(room, id, &a);
    if (a.error)
        fail_msg("%s: %s: %s", a.stage, a.what, strerror((int)a.error));
    return id;
}

static uint32_t make_view(struct room *room)
{
    static const struct clnrm_room_op ops[] = {
        {OP(CLNRM_OP_TMPFS, "", "/data"), .mode = 0755, .size = 1 << 20, .inodes = 100},
        {OP(CLNRM_OP_RO, "/etc", "/srv")},
        {OP(CLNRM_OP_RO, "/etc/group", "/etc/passwd")},
    };
    return make(room, CLNRM_FRAME_VIEW, ops, LEN(ops));
}

static void expect(struct room *room, uint32_t view, uint32_t net, const char *script,
                   const char *want)
{
    struct command c;
    struct outcome o;
    shell(&c, script);
    c.spec.view = view;
    c.spec.net = net;
    run_command(room, &c, &o);
    if (o.done)
        fail_msg("not started: %s %s: %s", o.stage, o.what, strerror((int)o.error));
    assert_string_equal(text_of(&o.out), want);
    free_outcome(&o);
}

/* Starts serve() as operation `id` and waits until it listens. */
static void start_server(struct room *room, uint32_t id, uint32_t net, const char *how,
                         const char *ip, const char *port)
{
    struct command c;
    struct clnrm_frame f;
    struct outcome o = {.out.max = 64, .err.max = 64};
    shell(&c, "");
    const char *const words[] = {"/self", "--serve", how, ip, port};
    for (size_t i = 0; i < LEN(words); i++)
        c.argv[i] = clnrm_slice_of(words[i]);
    c.spec.argc = LEN(words);
    c.spec.net = net;
    c.spec.flags = CLNRM_SPAWN_KEEP_GROUP;
    send_spawn(room, &c.spec, id);
    while (o.out.len < 3) {
        assert_true(next_frame(room, &f, PATIENCE_MS));
        if (take_frame(room, &f, &o) && o.done)
            fail_msg("not started: %s %s", o.stage, o.what);
    }
    free_outcome(&o);
}

static uint32_t probe(struct room *room, uint32_t net, uint32_t ip, uint32_t port, uint32_t owner,
                      struct answer *a)
{
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_frame_writer w;
    struct clnrm_frame f;
    uint32_t id = next_id();
    clnrm_frame_begin(&w, &b, CLNRM_FRAME_PROBE, id);
    clnrm_address_put(&w, &(struct clnrm_address){net, ip, port});
    clnrm_frame_put_u32(&w, owner);
    assert_int_equal(clnrm_frame_end(&w), 0);
    send_buf(room, &b);
    do
        assert_true(next_frame(room, &f, PATIENCE_MS));
    while (f.id != id); /* EXIT of a server that left a child */
    struct clnrm_frame_reader r = clnrm_frame_read(f.payload);
    *a = (struct answer){.error = clnrm_frame_get_u32(&r)};
    copy_slice(a->stage, sizeof(a->stage), clnrm_frame_get_text(&r));
    copy_slice(a->what, sizeof(a->what), clnrm_frame_get_text(&r));
    return a->error;
}

/* ---- tests ---- */

static const char MY_FDS[] = "ls /proc/$$/fd; :";

static void views_and_networks_leave_no_descriptor(void **state)
{
    struct room room;
    (void)state;
    open_plain(&room);
    uint32_t view = make_view(&room), net = make(&room, CLNRM_FRAME_NET, NULL, 0);
    expect(&room, 0, 0, MY_FDS, "0\n1\n2\n");
    expect(&room, view, 0, MY_FDS, "0\n1\n2\n");
    expect(&room, 0, net, MY_FDS, "0\n1\n2\n");
    expect(&room, view, net, MY_FDS, "0\n1\n2\n");
    expect(&room, view, net, "ls /proc/1/fd /proc/1/ns/net /proc/1/root >/dev/null 2>&1; echo $?",
           "2\n");
    assert_int_equal(close_plain(&room), 0);
}

static void a_view_is_read_only_where_it_must_be(void **state)
{
    struct room room;
    (void)state;
    open_plain(&room);
    uint32_t view = make_view(&room);
    expect(&room, view, 0,
           "cat /etc/passwd; (echo x >/etc/passwd; echo x >/srv/x; mkdir /new) 2>&1 |"
           " grep -c Read-only",
           "room:x:1000:\n3\n");
    expect(&room, view, 0, "grep -E ' /(data|srv) ' /proc/mounts | grep -c nosuid,nodev", "2\n");
    expect(&room, view, 0, "echo x >/data/x; cat /data/x", "x\n");
    expect(&room, 0, 0,
           "head -c 5 /etc/passwd; echo; ls -A /data /srv; mkdir /new 2>&1 | grep -c Read-only",
           "room:\n/data:\n\n/srv:\n1\n");
    assert_int_equal(close_plain(&room), 0);
}

/* What makes a view is a process like others: a command may kill it, and then there is no view. */
static void killed_makers_leave_nothing(void **state)
{
    static const struct clnrm_room_op ops[] = {
        {OP(CLNRM_OP_TMPFS, "", "/data"), .mode = 0755, .size = 1 << 20, .inodes = 100},
        {OP(CLNRM_OP_RO, "/usr", "/data/usr")}};
    enum { KILLER = 200001, VIEWS = 100 };
    struct room room;
    struct command c;
    struct clnrm_frame f;
    struct answer a;
    (void)state;
    open_plain(&room);
    send_spawn(&room, &shell(&c, "while :; do kill -9 -1; done 2>/dev/null")->spec, KILLER);
    assert_true(next_frame(&room, &f, PATIENCE_MS));
    assert_int_equal(f.type, CLNRM_FRAME_STARTED);
    for (int i = 0; i < VIEWS; i++) {
        struct clnrm_buf b = {.max = 4096};
        uint32_t id = next_id(), look = next_id();
        assert_int_equal(clnrm_view_spec_write(LEN(ops), ops, id, &b), 0);
        send_buf(&room, &b);
        await_answer(&room, id, &a);
        assert_true(a.error == 0 || a.error == EINTR);
        bool made = a.error == 0;
        send_stat(&room, id, look, "/data/usr/bin");
        await_answer(&room, look, &a);
        assert_int_equal(a.error, made ? 0 : EBADF);
        assert_int_equal(a.kind, made ? 'd' : 0);
    }
    assert_int_equal(close_plain(&room), 1);
}

static void half_made_views_are_none(void **state)
{
    static const struct clnrm_room_op wrong[] = {
        {OP(CLNRM_OP_TMPFS, "", "/data"), .mode = 0755, .size = 1 << 20, .inodes = 100},
        {OP(CLNRM_OP_RO, "/no/such", "/srv")}};
    struct room room;
    struct clnrm_buf b = {.max = 1 << 20};
    struct answer a;
    (void)state;
    open_plain(&room);
    uint32_t id = next_id();
    assert_int_equal(clnrm_view_spec_write(LEN(wrong), wrong, id, &b), 0);
    send_buf(&room, &b);
    await_answer(&room, id, &a);
    assert_int_equal(a.error, ENOENT);
    assert_string_equal(a.stage, "bind");
    assert_string_equal(a.what, "/no/such on /srv");
    send_stat(&room, id, next_id(), "/");
    await_answer(&room, id + 1, &a);
    assert_int_equal(a.error, EBADF);
    expect(&room, 0, 0, "grep -c ' /data ' /proc/mounts", "0\n");
    assert_int_equal(close_plain(&room), 0);
}

/* Older kernels cannot carry mounts from one namespace into another: that is said, and no more. */
static void shows_what_lies_on_the_shelf(void **state)
{
    static const struct clnrm_room_op shelf[] = {
        {OP(CLNRM_OP_RO, "/usr", "/host")}, {OP(CLNRM_OP_FILE, "text\n", "/file"), .mode = 0644}};
    static const struct clnrm_room_op ops[] = {{OP(CLNRM_OP_RW, "@host/bin", "/srv")},
                                               {OP(CLNRM_OP_RO, "@file", "/etc/passwd")}};
    struct room room;
    struct clnrm_buf b = {.max = 1 << 20};
    struct answer a;
    struct clnrm_room_spec spec = plain_spec();
    (void)state;
    spec.shelf = (struct clnrm_room_op *)(void *)(uintptr_t)shelf;
    spec.shelf_count = LEN(shelf);
    start_agent(&room);
    send_spec(&room, &spec);
    if (!read_ready(&room))
        fail_msg("refused: %s: %s", room.refused_step, room.refused_what);
    expect(&room, 0, 0, "grep -c /host /proc/mounts; ls -d /host /file 2>/dev/null", "0\n");
    uint32_t id = next_id();
    assert_int_equal(clnrm_view_spec_write(LEN(ops), ops, id, &b), 0);
    send_buf(&room, &b);
    await_answer(&room, id, &a);
    assert_int_equal(a.error, flavour == OLD_KERNEL ? ENOSYS : 0);
    if (flavour == OLD_KERNEL)
        assert_string_equal(a.stage, "shelf");
    else
        expect(
            &room, id, 0,
            "cat /etc/passwd; test -x /srv/sh; echo $?; (>/srv/new) 2>&1 | "
            "grep -c Read-only; grep -E ' /(srv|etc/passwd) ' /proc/mounts | grep -c nosuid,nodev",
            "text\n0\n1\n2\n");
    expect(&room, 0, 0, MY_FDS, "0\n1\n2\n");
    assert_int_equal(close_plain(&room), 0);
}

/* Sends a SPAWN of `c` with descriptors that come with its first byte. */
static void send_with_fds(struct room *room, const struct command *c, uint32_t id, const int *fds,
                          size_t count)
{
    struct clnrm_buf b = {.max = 1 << 20};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))] = {0};
    assert_int_equal(clnrm_spawn_spec_write(&c->spec, id, &b), 0);
    struct iovec first = {.iov_base = b.data, .iov_len = 1};
    struct msghdr message = {.msg_iov = &first,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(count * sizeof(int)),
                               .cmsg_level = SOL_SOCKET,
                               .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(header), fds, count * sizeof(int));
    assert_int_equal(sendmsg(room->fd, &message, MSG_NOSIGNAL), 1);
    send_bytes(room, b.data + 1, b.len - 1);
    clnrm_buf_free(&b);
}

/* A pipe stands for cgroup.procs: what matters is who writes to it, and when. */
static void a_command_enters_its_groups_first(void **state)
{
    struct room room;
    struct command c;
    struct outcome o = {0};
    char text[8] = "";
    int ends[2];
    (void)state;
    open_plain(&room);
    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    for (uint32_t id = 1; id <= 2; id++) { /* and again: each descriptor is used once */
        shell(&c, MY_FDS);
        c.spec.groups = 2;
        send_with_fds(&room, &c, id, (const int[]){ends[1], ends[1]}, 2);
        o = (struct outcome){0};
        await(&room, id, &o);
        assert_string_equal(text_of(&o.out), "0\n1\n2\n");
        free_outcome(&o);
        assert_int_equal(read(ends[0], text, sizeof(text)), 2);
        assert_memory_equal(text, "00", 2);
    }
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC); /* cannot be entered */
    c.spec.groups = 1;
    send_with_fds(&room, &c, 3, &null, 1);
    o = (struct outcome){0};
    await(&room, 3, &o);
    assert_true(o.done && !o.started);
    assert_int_equal(o.error, EBADF);
    assert_string_equal(o.stage, "cgroup");
    free_outcome(&o);
    close(null);
    close(ends[1]);
    assert_int_equal(read(ends[0], text, sizeof(text)), 0); /* the agent holds none of them */
    close(ends[0]);
    expect(&room, 0, 0, MY_FDS, "0\n1\n2\n");
    assert_int_equal(close_plain(&room), 0);
}

static void expect_end(struct room *room)
{
    struct clnrm_frame f;
    while (next_frame(room, &f, PATIENCE_MS))
        assert_int_equal(f.type, CLNRM_FRAME_NOTE);
    end_room(room);
}

static void ends_when_descriptors_do_not_add_up(void **state)
{
    struct room room;
    struct command c;
    int null[8];
    (void)state;
    for (size_t i = 0; i < LEN(null); i++)
        null[i] = open("/dev/null", O_WRONLY | O_CLOEXEC);
    open_plain(&room);
    shell(&c, "true");
    c.spec.groups = 2;
    send_with_fds(&room, &c, 1, null, 1);
    expect_end(&room);
    open_plain(&room);
    c.spec.filter = 7; /* not started, so that nothing else is sent */
    c.spec.groups = 0;
    for (uint32_t id = 1; id <= 8;
         id++) /* descriptors that no frame wants pile up, but not for ever */
        send_with_fds(&room, &c, id, null, LEN(null));
    struct clnrm_frame f;
    for (int i = 0; i < 8; i++)
        assert_true(next_frame(&room, &f, PATIENCE_MS));
    room.may_end = true;
    send_with_fds(&room, &c, 9, null, 1);
    expect_end(&room);
    for (size_t i = 0; i < LEN(null); i++)
        close(null[i]);
}

static unsigned count_fds(const struct room *room)
{
    char path[64];
    unsigned count = 0;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)room->pid);
    DIR *dir = opendir(path);
    if (!dir)
        skip(); /* not root: nobody may look at the agent */
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static uint32_t make_bridge(struct room *room, uint32_t to_net)
{
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_frame_writer w;
    struct answer a;
    uint32_t id = next_id();
    clnrm_frame_begin(&w, &b, CLNRM_FRAME_BRIDGE, id);
    clnrm_address_put(&w, &(struct clnrm_address){0, 0x7f000101, 4001});
    clnrm_address_put(&w, &(struct clnrm_address){to_net, 0x7f000001, 4001});
    assert_int_equal(clnrm_frame_end(&w), 0);
    send_buf(room, &b);
    await_answer(room, id, &a);
    assert_int_equal(a.error, 0);
    return id;
}

/* Whatever is refused, broken off or over leaves the agent with what it had. */
static void the_agent_loses_no_descriptor(void **state)
{
    static const struct clnrm_room_op wrong[][2] = {
        {{OP(CLNRM_OP_TMPFS, "", "/data"), .mode = 0755, .size = 1 << 20, .inodes = 9},
         {OP(CLNRM_OP_RO, "/no/such", "/srv")}},
        {{OP(CLNRM_OP_TMPFS, "", "/data"), .mode = 0755, .size = 1 << 20, .inodes = 9, .flags = 4},
         {OP(CLNRM_OP_TMPFS, "", "/etc/passwd"), .mode = 0755, .size = 1 << 20, .inodes = 9}},
        {{OP(CLNRM_OP_RO, "/etc", "/srv")}, {OP(CLNRM_OP_RO, "@none", "/data")}},
        {{OP(CLNRM_OP_COPY, "/etc", "/srv"), .size = 1 << 20, .inodes = 9},
         {OP(CLNRM_OP_COPY, "/etc/passwd", "/srv"), .size = 1 << 20, .inodes = 9}},
        {{OP(CLNRM_OP_MASK, "", "/etc/passwd")}, {OP(CLNRM_OP_DIR, "", "/new")}},
    };
    enum { SERVER = 100001, ROUNDS = 5 };
    struct room room;
    struct answer a;
    (void)state;
    open_with_self(&room);
    uint32_t net = make(&room, CLNRM_FRAME_NET, NULL, 0);
    make_view(&room);
    start_server(&room, SERVER, net, "self", "127.0.0.1", "4001");
    unsigned before = count_fds(&room);
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < LEN(wrong); i++) {
            struct clnrm_buf b = {.max = 1 << 20};
            uint32_t id = next_id();
            assert_int_equal(clnrm_view_spec_write(2, wrong[i], id, &b), 0);
            send_buf(&room, &b);
            await_answer(&room, id, &a);
            assert_int_not_equal(a.error, 0);
        }
        uint32_t bridge = make_bridge(&room, net);
        assert_int_equal(probe(&room, net, 0x7f000001, 4001, SERVER, &a), 0);
        assert_int_equal(probe(&room, 0, 0x7f000101, 4001, SERVER, &a), EADDRINUSE);
        assert_int_equal(probe(&room, 0, 0x7f000101, 4001, 0, &a), 0);
        send_empty(&room, CLNRM_FRAME_CANCEL, bridge);
        assert_int_equal(probe(&room, 0, 0x7f000101, 4001, 0, &a), ECONNREFUSED);
    }
    assert_int_equal(count_fds(&room), before);
    close_plain(&room);
}

/* An agent that may not enter its own views and networks refuses, and does not use others instead. */
static void does_nothing_in_the_wrong_space(void **state)
{
    static const int calls[] = {SYS_setns};
    struct clnrm_room_spec spec = plain_spec();
    struct room room;
    struct command c;
    struct outcome o;
    struct answer a;
    (void)state;
    denied = calls;
    start_agent(&room);
    denied = NULL;
    send_spec(&room, &spec);
    assert_true(read_ready(&room));
    uint32_t net = make(&room, CLNRM_FRAME_NET, NULL, 0), view = make_view(&room);
    struct clnrm_address at = {net, 0x7f000001, 4001};
    for (int i = 0; i < 3; i++) {
        static const uint8_t types[] = {CLNRM_FRAME_RELAY, CLNRM_FRAME_DIAL, CLNRM_FRAME_PROBE};
        uint32_t id = next_id();
        send_address(&room, types[i], id, &at);
        await_answer(&room, id, &a);
        assert_int_equal(a.error, EPERM);
    }
    for (int i = 0; i < 2; i++) {
        shell(&c, "true");
        *(i ? &c.spec.view : &c.spec.net) = i ? view : net;
        run_command(&room, &c, &o);
        assert_true(o.done && !o.started);
        assert_int_equal(o.error, EPERM);
        assert_string_equal(o.stage, i ? "view" : "net");
        free_outcome(&o);
    }
    expect(&room, 0, 0, "echo here", "here\n");
    assert_int_equal(close_plain(&room), 0);
}

static void an_id_of_a_view_is_not_used_again(void **state)
{
    struct room room;
    struct clnrm_frame f;
    (void)state;
    open_plain(&room);
    uint32_t view = make_view(&room);
    send_stat(&room, 0, view, "/");
    do
        assert_true(next_frame(&room, &f, PATIENCE_MS));
    while (f.type != CLNRM_FRAME_NOTE);
    assert_false(next_frame(&room, &f, PATIENCE_MS));
    assert_int_equal(end_room(&room), 2 << 8);
}

static void tells_whose_port_it_is(void **state)
{
    enum { ONE = 100001, TWO, THREE, FOUR, NOBODYS };
    const uint32_t here = 0x7f000001;
    struct room room;
    struct answer a;
    (void)state;
    open_with_self(&room);
    uint32_t net = make(&room, CLNRM_FRAME_NET, NULL, 0);
    start_server(&room, ONE, 0, "self", "127.0.0.1", "4001");
    start_server(&room, TWO, 0, "child", "0.0.0.0", "4002");
    start_server(&room, THREE, 0, "thread", "::", "4003");
    start_server(&room, FOUR, net, "self", "::ffff:127.0.0.1", "4001");
    assert_int_equal(probe(&room, 0, here, 4001, ONE, &a), 0);
    assert_int_equal(probe(&room, 0, here, 4002, TWO, &a), 0);
    assert_int_equal(probe(&room, 0, here + 7, 4002, TWO, &a), 0);
    assert_int_equal(probe(&room, 0, here, 4003, THREE, &a), 0);
    assert_int_equal(probe(&room, net, here, 4001, FOUR, &a), 0);
    assert_int_equal(probe(&room, 0, here, 4001, FOUR, &a), EADDRINUSE);
    assert_string_equal(a.stage, "owner");
    assert_non_null(strstr(a.what, " self"));
    assert_int_equal(probe(&room, net, here, 4001, ONE, &a), EADDRINUSE);
    assert_int_equal(probe(&room, 0, here, 4003, ONE, &a), EADDRINUSE);
    assert_int_equal(probe(&room, 0, here, 4009, ONE, &a), ECONNREFUSED);
    assert_int_equal(probe(&room, 0, here, 4001, NOBODYS, &a), ESRCH);
    start_server(&room, NOBODYS, 0, "self", "127.0.0.1", "4002"); /* gets them instead of 0.0.0.0 */
    assert_int_equal(probe(&room, 0, here, 4002, TWO, &a), EADDRINUSE);
    assert_int_equal(probe(&room, 0, here, 4002, NOBODYS, &a), 0);
    assert_int_equal(probe(&room, 0, here + 1, 4002, TWO, &a), 0);
    close_plain(&room);
}

static void a_relay_is_the_agents_own(void **state)
{
    struct room room;
    struct answer a;
    struct clnrm_address at = {0, 0x7f000001, 4001};
    (void)state;
    open_plain(&room);
    send_address(&room, CLNRM_FRAME_RELAY, 900000, &at); /* the agent's own */
    await_answer(&room, 900000, &a);
    assert_int_equal(a.error, 0);
    struct command c;
    struct clnrm_frame f;
    send_spawn(&room, &shell(&c, "exec sleep 1000")->spec, 900001);
    assert_true(next_frame(&room, &f, PATIENCE_MS));
    assert_int_equal(probe(&room, 0, at.ip, at.port, 900001, &a), EADDRINUSE);
    assert_string_equal(a.what, "1 clnrm-agent");
    assert_int_equal(close_plain(&room), 1);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "--serve") == 0)
        _exit(serve(argv[2], argv[3], argv[4]));
    const struct CMUnitTest tests[] = {
        ALL(views_and_networks_leave_no_descriptor),
        ALL(a_view_is_read_only_where_it_must_be),
        ALL(half_made_views_are_none),
        BOTH(killed_makers_leave_nothing),
        ALL(shows_what_lies_on_the_shelf),
        ALL(a_command_enters_its_groups_first),
        HERE(ends_when_descriptors_do_not_add_up),
        HERE(the_agent_loses_no_descriptor),
        BOTH(does_nothing_in_the_wrong_space),
        HERE(an_id_of_a_view_is_not_used_again),
        ALL(tells_whose_port_it_is),
        {"tells_whose_port_it_is without sock_diag", tells_whose_port_it_is, without_diag, NULL,
         NULL},
        HERE(a_relay_is_the_agents_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
