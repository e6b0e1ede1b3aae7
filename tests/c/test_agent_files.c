/* test_agent_files.c -- files and ports of the real agent's room. */
#include "agent_harness.h"

#include <arpa/inet.h>
#include <netinet/in.h>

/* ---- requests ---- */

static void send_put(struct room *room, uint32_t id, const char *path, uint32_t mode, uint64_t size)
{
    struct clnrm_buf b = {.max = 1 << 20};
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &b, CLNRM_FRAME_PUT, id);
    clnrm_frame_put_u32(&w, 0);
    clnrm_frame_put_text(&w, path, strlen(path));
    clnrm_frame_put_u32(&w, mode);
    clnrm_frame_put_u64(&w, size);
    assert_int_equal(clnrm_frame_end(&w), 0);
    send_buf(room, &b);
}

static void send_get(struct room *room, uint32_t id, const char *path, uint64_t max,
                     uint32_t credit)
{
    struct clnrm_buf b = {.max = 1 << 20};
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &b, CLNRM_FRAME_GET, id);
    clnrm_frame_put_u32(&w, 0);
    clnrm_frame_put_text(&w, path, strlen(path));
    clnrm_frame_put_u64(&w, max);
    clnrm_frame_put_u32(&w, credit);
    assert_int_equal(clnrm_frame_end(&w), 0);
    send_buf(room, &b);
}

static uint32_t next_id(void)
{
    static uint32_t id = 0;
    return ++id;
}

static uint32_t put(struct room *room, const char *path, uint32_t mode, const void *data,
                    size_t len)
{
    struct answer a;
    uint32_t id = next_id();
    send_put(room, id, path, mode, len);
    for (size_t at = 0; at < len; at += CLNRM_FRAME_CHUNK) {
        size_t size = len - at < CLNRM_FRAME_CHUNK ? len - at : CLNRM_FRAME_CHUNK;
        send_text(room, CLNRM_FRAME_DATA, id, (const char *)data + at, size);
    }
    await_answer(room, id, &a);
    return a.error;
}

static uint32_t get(struct room *room, const char *path, uint64_t max, struct answer *a)
{
    uint32_t id = next_id();
    send_get(room, id, path, max, CLNRM_FRAME_WINDOW);
    await_answer(room, id, a);
    return a->error;
}

static char stat_kind(struct room *room, const char *path, struct answer *a)
{
    uint32_t id = next_id();
    send_stat(room, 0, id, path);
    await_answer(room, id, a);
    return a->kind;
}

static void expect_shell(struct room *room, const char *script, const char *want)
{
    char out[8192];
    run_shell(room, script, out, sizeof(out));
    assert_string_equal(out, want);
}

/* ---- files ---- */

static void puts_and_gets_files(void **state)
{
    enum { SIZE = 3 << 20 };
    struct room room;
    struct answer a;
    char *bytes = malloc(SIZE);
    (void)state;
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (char)(i * 31 >> 3);
    open_plain(&room);
    assert_int_equal(put(&room, "/room/a/b/c", 0755, bytes, SIZE), 0);
    expect_shell(&room, "stat -c '%a %s %u' a/b/c; ls -A a/b; stat -c %a a",
                 "755 3145728 1000\nc\n755\n");
    assert_int_equal(get(&room, "/room/a/b/c", SIZE, &a), 0);
    assert_int_equal(a.kind, 'f');
    assert_int_equal(a.mode, 0755);
    assert_int_equal(a.size, SIZE);
    assert_int_equal(a.data.len, SIZE);
    assert_memory_equal(a.data.data, bytes, SIZE);
    clnrm_buf_free(&a.data);
    assert_int_equal(put(&room, "/room/a/b/c", 0600, "new", 3), 0); /* replaces */
    expect_shell(&room, "cat a/b/c; stat -c ' %a' a/b/c", "new 600\n");
    assert_int_equal(put(&room, "/room/empty", 06777, "", 0), 0); /* no set-id bits */
    expect_shell(&room, "stat -c '%a %s' empty", "777 0\n");
    assert_int_equal(get(&room, "/room/empty", 0, &a), 0);
    assert_int_equal(a.data.len, 0);
    close_plain(&room);
    free(bytes);
}

static void gets_at_most_what_was_asked(void **state)
{
    struct room room;
    struct answer a;
    (void)state;
    open_plain(&room);
    assert_int_equal(put(&room, "/room/f", 0644, "12345678", 8), 0);
    assert_int_equal(get(&room, "/room/f", 8, &a), 0);
    assert_int_equal(a.data.len, 8);
    clnrm_buf_free(&a.data);
    assert_int_equal(get(&room, "/room/f", 5, &a), EFBIG);
    assert_int_equal(a.size, 8);
    assert_int_equal(a.data.len, 5);
    clnrm_buf_free(&a.data);
    send_get(&room, 900, "/room/f", 8, 3); /* within the credit */
    struct clnrm_frame f;
    assert_true(next_frame(&room, &f, PATIENCE_MS) && f.type == CLNRM_FRAME_FILE);
    assert_true(next_frame(&room, &f, PATIENCE_MS) && f.type == CLNRM_FRAME_DATA);
    assert_int_equal(f.payload.len, 4 + 3);
    struct pollfd p = {.fd = room.fd, .events = POLLIN};
    assert_int_equal(poll(&p, 1, 50), 0);
    send_empty(&room, CLNRM_FRAME_CANCEL, 900);
    await_answer(&room, 900, &a);
    assert_int_equal(a.error, ECANCELED);
    close_plain(&room);
}

static void a_file_appears_whole_or_not_at_all(void **state)
{
    struct room room;
    struct answer a;
    (void)state;
    open_plain(&room);
    assert_int_equal(put(&room, "/room/f", 0644, "old", 3), 0);
    for (int cancel = 0; cancel < 2; cancel++) {
        uint32_t id = next_id();
        send_put(&room, id, "/room/f", 0644, 100);
        send_text(&room, CLNRM_FRAME_DATA, id, "new", 3);
        if (cancel)
            send_empty(&room, CLNRM_FRAME_CANCEL, id);
        else
            send_text(&room, CLNRM_FRAME_DATA, id, "", 0);
        await_answer(&room, id, &a);
        assert_int_equal(a.error, ECANCELED);
        expect_shell(&room, "cat f; ls -A", "oldf\n");
    }
    char *big = calloc(1, 20 << 20); /* more than /room holds */
    assert_int_equal(put(&room, "/room/f", 0644, big, 20 << 20), ENOSPC);
    free(big);
    expect_shell(&room, "cat f; ls -A; df --output=used /room | tail -1 | tr -d ' '", "oldf\n4\n");
    close_plain(&room);
}

static void answers_for_what_cannot_be(void **state)
{
    struct room room;
    struct answer a;
    (void)state;
    open_plain(&room);
    expect_shell(
        &room,
        "mkdir d shut; echo s > shut/s; chmod 0 shut; mkfifo pipe; echo x > plain; ln -s "
        "/etc/passwd link;"
        "ln -s ../../../../../../etc/passwd up; ln -s /proc/1/environ env; ln -s loop loop",
        "");
    static const struct {
        const char *path;
        uint32_t put, get;
        char kind;
    } cases[] = {
        {"/room/d", EISDIR, EISDIR, 'd'},
        {"/room/none", 0, ENOENT, '-'},
        {"/room/plain/x", ENOTDIR, ENOTDIR, '-'},
        {"/room/shut/s", EACCES, EACCES, 0}, /* the room's user may not, so neither may we */
        {"/usr/bin/sh", EROFS, 0, 'l'},
        {"/room/pipe", 0, EINVAL, 'o'},
        {"/room/loop", 0, ELOOP, 'l'},
        {"/room/env", 0, EINVAL, 'l'},
        {"/proc/1/environ", EACCES, EINVAL, 'f'},
        {"/proc/self/fd/3", EACCES, ELOOP, 'l'},
        {"/proc/self/root/etc/passwd", ELOOP, ELOOP, 0},
        {"/dev/null", EROFS, EINVAL, 'o'},
        {"/dev/zero", EROFS, EINVAL, 'o'},
        {"", EINVAL, EINVAL, 0},
        {"room/plain", EINVAL, EINVAL, 0},
        {"/room/../etc/passwd", EINVAL, EINVAL, 0},
        {"/", EISDIR, EISDIR, 'd'},
    };
    for (size_t i = 0; i < LEN(cases); i++) {
        if (stat_kind(&room, cases[i].path, &a) != cases[i].kind)
            fail_msg("stat %s: %c", cases[i].path, a.kind);
        uint32_t error = get(&room, cases[i].path, 1 << 20, &a);
        clnrm_buf_free(&a.data);
        if (error != cases[i].get && !(cases[i].get == EINVAL && error == EACCES))
            fail_msg("get %s: %s", cases[i].path, strerror((int)error));
    }
    assert_int_equal(get(&room, "/room/link", 100, &a), 0); /* the room's own file */
    assert_memory_equal(a.data.data, "room:x:1000", 11);
    clnrm_buf_free(&a.data);
    assert_int_equal(get(&room, "/room/up", 100, &a), 0);
    assert_memory_equal(a.data.data, "room:x:1000", 11);
    clnrm_buf_free(&a.data);
    for (size_t i = 0; i < LEN(cases); i++) {
        uint32_t error = put(&room, cases[i].path, 0644, "x", 1);
        if (error != cases[i].put && !(error && strncmp(cases[i].path, "/proc", 5) == 0))
            fail_msg("put %s: %s", cases[i].path, strerror((int)error));
    }
    assert_int_equal(put(&room, "/room/link", 0644, "x", 1), 0); /* the link goes, not its target */
    expect_shell(&room, "test -L link || cat link; wc -l < /etc/passwd", "x1\n");
    close_plain(&room);
}

/* ---- ports ---- */

static int serve_echo(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 5) < 0)
        return 1;
    if (write(1, "up\n", 3) != 3)
        return 1;
    for (;;) {
        static char bytes[65536];
        int client = accept(fd, NULL, NULL);
        for (ssize_t n; (n = read(client, bytes, sizeof(bytes))) > 0;)
            for (ssize_t at_byte = 0, k; at_byte < n; at_byte += k)
                if ((k = write(client, bytes + at_byte, (size_t)(n - at_byte))) <= 0)
                    break;
        close(client);
    }
}

/* Sends "ping" to the port, and prints what comes back until the end. */
static int call_port(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char bytes[64];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 || write(fd, "ping", 4) != 4)
        return 1;
    shutdown(fd, SHUT_WR);
    for (ssize_t n; (n = read(fd, bytes, sizeof(bytes))) > 0;)
        if (write(1, bytes, (size_t)n) != n)
            return 1;
    return 0;
}

static void open_probing(struct room *room)
{
    struct clnrm_room_op ops[LEN(PLAIN_OPS) + 1];
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self));
    assert_true(n > 0);
    memcpy(ops, PLAIN_OPS, sizeof(PLAIN_OPS));
    ops[LEN(PLAIN_OPS)] = (struct clnrm_room_op){
        .kind = CLNRM_OP_RO, .source = {self, (size_t)n}, .target = clnrm_slice_of("/probe")};
    struct clnrm_room_spec spec = plain_spec();
    spec.ops = ops;
    spec.op_count = LEN(ops);
    start_agent(room);
    send_spec(room, &spec);
    assert_true(read_ready(room));
}

static struct command *probing(struct command *c, const char *name)
{
    shell(c, "");
    c->argv[0] = clnrm_slice_of("/probe");
    c->argv[1] = clnrm_slice_of("--probe");
    c->argv[2] = clnrm_slice_of(name);
    return c;
}

static void start_echo(struct room *room, uint32_t id)
{
    struct command c;
    struct clnrm_frame f;
    struct outcome o = {.out.max = 64, .err.max = 64};
    send_spawn(room, &probing(&c, "echo")->spec, id);
    while (o.out.len < 3) {
        assert_true(next_frame(room, &f, PATIENCE_MS));
        assert_false(take_frame(room, &f, &o));
    }
    free_outcome(&o);
}

static uint32_t ask_port(struct room *room, uint8_t type, uint32_t port, uint32_t id)
{
    struct answer a;
    send_address(room, type, id, &(struct clnrm_address){0, INADDR_LOOPBACK, port});
    await_answer(room, id, &a);
    return a.error;
}

static void probes_ports(void **state)
{
    struct room room;
    (void)state;
    open_probing(&room);
    assert_int_equal(ask_port(&room, CLNRM_FRAME_PROBE, 4000, 1), ECONNREFUSED);
    start_echo(&room, 2);
    assert_int_equal(ask_port(&room, CLNRM_FRAME_PROBE, 4000, 3), 0);
    close_plain(&room);
}

static void dials_into_the_room(void **state)
{
    enum { SIZE = 4 << 20, ID = 4 };
    struct room room;
    struct clnrm_frame f;
    static char bytes[32768];
    size_t sent = 0, got = 0, credit = CLNRM_FRAME_WINDOW;
    (void)state;
    open_probing(&room);
    assert_int_equal(ask_port(&room, CLNRM_FRAME_DIAL, 4000, 1), ECONNREFUSED);
    start_echo(&room, 2);
    assert_int_equal(ask_port(&room, CLNRM_FRAME_DIAL, 4000, ID), 0);
    for (bool ended = false; !ended;) {
        while (sent < SIZE && credit >= sizeof(bytes)) {
            memset(bytes, (int)(sent / sizeof(bytes)), sizeof(bytes));
            send_text(&room, CLNRM_FRAME_DATA, ID, bytes, sizeof(bytes));
            sent += sizeof(bytes), credit -= sizeof(bytes);
            if (sent == SIZE)
                send_text(&room, CLNRM_FRAME_DATA, ID, "", 0);
        }
        assert_true(next_frame(&room, &f, PATIENCE_MS));
        assert_int_equal(f.id, ID);
        struct clnrm_frame_reader r = clnrm_frame_read(f.payload);
        if (f.type == CLNRM_FRAME_CREDIT) {
            credit += clnrm_frame_get_u32(&r);
            continue;
        }
        assert_int_equal(f.type, CLNRM_FRAME_DATA);
        struct clnrm_slice data = clnrm_frame_get_text(&r);
        for (size_t i = 0; i < data.len; i++)
            assert_true(data.data[i] == (char)((got + i) / sizeof(bytes)));
        got += data.len;
        ended = data.len == 0;
        if (!ended)
            send_u32(&room, CLNRM_FRAME_CREDIT, ID, (uint32_t)data.len);
    }
    assert_int_equal(got, SIZE);
    assert_int_equal(ask_port(&room, CLNRM_FRAME_DIAL, 4000, 5), 0); /* and drop one */
    send_empty(&room, CLNRM_FRAME_CANCEL, 5);
    assert_int_equal(ask_port(&room, CLNRM_FRAME_PROBE, 4000, 6), 0);
    close_plain(&room);
}

static void dialled_streams_keep_to_their_credit(void **state)
{
    struct room room;
    struct clnrm_frame f;
    static char bytes[65536];
    size_t got = 0, sent = 0, credit = CLNRM_FRAME_WINDOW;
    (void)state;
    open_probing(&room);
    start_echo(&room, 2);
    assert_int_equal(ask_port(&room, CLNRM_FRAME_DIAL, 4000, 4), 0);
    for (struct pollfd p = {.fd = room.fd, .events = POLLIN};;) {
        for (size_t n; sent < 1 << 20 && credit > 0; sent += n, credit -= n) {
            n = credit < sizeof(bytes) ? credit : sizeof(bytes);
            send_text(&room, CLNRM_FRAME_DATA, 4, bytes, n);
        }
        if (room.taken == room.in.len && poll(&p, 1, 300) == 0)
            break;
        assert_true(next_frame(&room, &f, PATIENCE_MS));
        struct clnrm_frame_reader r = clnrm_frame_read(f.payload);
        if (f.type == CLNRM_FRAME_CREDIT)
            credit += clnrm_frame_get_u32(&r);
        else
            got += f.payload.len - 4;
    }
    assert_int_equal(sent, 1 << 20);
    assert_int_equal(got,
                     CLNRM_FRAME_WINDOW); /* the echo of the first window, and not a byte more */
    close_plain(&room);
}

static void relays_connections_to_the_host(void **state)
{
    struct room room;
    struct command c;
    struct clnrm_frame f;
    struct outcome o = {.out.max = 4096, .err.max = 4096};
    uint32_t accepted = 0;
    (void)state;
    open_probing(&room);
    assert_int_equal(ask_port(&room, CLNRM_FRAME_RELAY, 4000, 1), 0);
    assert_int_equal(ask_port(&room, CLNRM_FRAME_RELAY, 4000, 2), EADDRINUSE);
    send_spawn(&room, &probing(&c, "call")->spec, 3);
    for (bool last = false, ended = false; !last;) {
        assert_true(next_frame(&room, &f, PATIENCE_MS));
        struct clnrm_frame_reader r = clnrm_frame_read(f.payload);
        if (f.type == CLNRM_FRAME_ACCEPT) {
            accepted = f.id;
            assert_int_equal(clnrm_frame_get_u32(&r), 1);
            assert_true(f.id & CLNRM_FRAME_AGENT_ID);
        } else if (f.type == CLNRM_FRAME_DATA) {
            assert_int_equal(f.id, accepted);
            struct clnrm_slice data = clnrm_frame_get_text(&r);
            if (data.len)
                assert_memory_equal(data.data, "ping", 4);
            ended = data.len == 0;
            if (ended) {
                send_text(&room, CLNRM_FRAME_DATA, accepted, "pong\n", 5);
                send_text(&room, CLNRM_FRAME_DATA, accepted, "", 0);
            }
        } else if (f.id == 3) {
            last = take_frame(&room, &f, &o);
        }
        assert_true(!last || ended);
    }
    assert_int_equal(o.exit.value, 0);
    assert_string_equal(text_of(&o.out), "pong\n");
    free_outcome(&o);
    send_empty(&room, CLNRM_FRAME_CANCEL, 1); /* nobody listens any more */
    assert_int_equal(ask_port(&room, CLNRM_FRAME_PROBE, 4000, 5), ECONNREFUSED);
    close_plain(&room);
}

static void a_dropped_connection_is_told_to_the_room(void **state)
{
    struct room room;
    struct command c;
    struct clnrm_frame f;
    struct outcome o = {.out.max = 4096, .err.max = 4096};
    (void)state;
    open_probing(&room);
    assert_int_equal(ask_port(&room, CLNRM_FRAME_RELAY, 4000, 1), 0);
    send_spawn(&room, &probing(&c, "call")->spec, 3);
    do {
        assert_true(next_frame(&room, &f, PATIENCE_MS));
        if (f.type == CLNRM_FRAME_ACCEPT)
            send_empty(&room, CLNRM_FRAME_CANCEL, f.id);
    } while (f.id != 3 || !take_frame(&room, &f, &o));
    assert_int_equal(o.out.len, 0);
    free_outcome(&o);
    close_plain(&room);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--probe") == 0)
        _exit(strcmp(argv[2], "echo") == 0 ? serve_echo(4000) : call_port(4000));
    const struct CMUnitTest tests[] = {
        BOTH(puts_and_gets_files),
        HERE(gets_at_most_what_was_asked),
        ALL(a_file_appears_whole_or_not_at_all),
        BOTH(answers_for_what_cannot_be),
        BOTH(probes_ports),
        HERE(dials_into_the_room),
        HERE(dialled_streams_keep_to_their_credit),
        BOTH(relays_connections_to_the_host),
        HERE(a_dropped_connection_is_told_to_the_room),
    };
    return cmocka_run_group_tests_name("agent files and ports", tests, NULL, NULL);
}
