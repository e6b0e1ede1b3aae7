/* test_agent_refuse.c -- no half-made room: every hostile or impossible operation is a refusal. */
#include "agent_harness.h"

static char canary[64], tree[96];

/* A directory of the host that no operation may touch, and a tree full of links to it. */
static int make_traps(void **state)
{
    static const char *const links[] = {"dev", "proc", "sys", "tmp", "etc", "mask"};
    char path[160];
    (void)state;
    snprintf(canary, sizeof(canary), "/tmp/clnrm-canary-XXXXXX");
    if (!mkdtemp(canary) || chmod(canary, 0777) < 0)
        return -1;
    snprintf(tree, sizeof(tree), "%s-tree", canary);
    mkdir(tree, 0755);
    for (size_t i = 0; i < LEN(links); i++) {
        snprintf(path, sizeof(path), "%s/%s", tree, links[i]);
        if (symlink(canary, path) < 0)
            return -1;
    }
    snprintf(path, sizeof(path), "%s/real", tree);
    mkdir(path, 0755);
    snprintf(path, sizeof(path), "%s/up", tree);
    return symlink("../../../../../../../..", path);
}

static int remove_traps(void **state)
{
    static const char *const names[] = {"dev",  "proc", "sys",  "tmp", "etc",
                                        "mask", "up",   "real", ""};
    char path[160];
    (void)state;
    for (size_t i = 0; i < LEN(names); i++)
        snprintf(path, sizeof(path), "%s/%s", tree, names[i]), remove(path);
    return rmdir(canary); /* fails when something was made in it */
}

static void expect_refused(const struct clnrm_room_spec *spec, const char *step, int error)
{
    struct room room;
    start_agent(&room);
    send_spec(&room, spec);
    if (read_ready(&room))
        fail_msg("a room was made in spite of it: %s", step);
    if (strcmp(room.refused_step, step) != 0 || (int)room.refused_errno != error)
        fail_msg("refused by %s (%s, %s), not by %s (%s)", room.refused_step, room.refused_what,
                 strerror((int)room.refused_errno), step, strerror(error));
    struct clnrm_frame f;
    assert_false(next_frame(&room, &f, PATIENCE_MS)); /* and that was all it said */
    int status = end_room(&room);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
}

static void expect_op_refused(struct clnrm_room_op op, const char *step, int error)
{
    struct clnrm_room_op ops[] = {
        {.kind = CLNRM_OP_LINK,
         .source = clnrm_slice_of(canary),
         .target = clnrm_slice_of("/canary")},
        {OP(CLNRM_OP_LINK, "/", "/root")},
        {OP(CLNRM_OP_DIR, "", "/dir"), .mode = 0755},
        {.kind = CLNRM_OP_RO, .source = clnrm_slice_of(tree), .target = clnrm_slice_of("/tree")},
        op,
    };
    struct clnrm_room_spec spec = plain_spec();
    spec.ops = ops;
    spec.op_count = LEN(ops);
    expect_refused(&spec, step, error);
}

/* Each kind of operation with `target`.  A `final` link is found as such; in the middle it is
 * resolved inside the new root, where the canary is not. */
static void expect_target_refused(struct clnrm_slice target, int dir_error, int mount_error)
{
    struct clnrm_room_op op = {.target = target, .mode = 0777, .size = 4096, .inodes = 10};
    struct clnrm_slice usr = clnrm_slice_of("/usr");
    op.kind = CLNRM_OP_DIR, expect_op_refused(op, "dir", dir_error);
    op.source = clnrm_slice_of("text");
    op.kind = CLNRM_OP_FILE, expect_op_refused(op, "file", dir_error == EEXIST ? ELOOP : dir_error);
    op.kind = CLNRM_OP_LINK, expect_op_refused(op, "link", dir_error);
    op.source = usr;
    op.kind = CLNRM_OP_RO, expect_op_refused(op, "bind", mount_error);
    op.kind = CLNRM_OP_RW, expect_op_refused(op, "bind", mount_error);
    op.kind = CLNRM_OP_COPY, expect_op_refused(op, "copy", mount_error);
    op.source.len = 0;
    op.kind = CLNRM_OP_TMPFS, expect_op_refused(op, "tmpfs", mount_error);
}

static void refuses_targets_that_lead_out(void **state)
{
    (void)state;
    expect_target_refused(clnrm_slice_of("/dir/../x"), EINVAL, EINVAL);
    expect_target_refused(clnrm_slice_of("/.."), EINVAL, EINVAL);
    expect_target_refused(clnrm_slice_of("/dir/./x"), EINVAL, EINVAL);
    expect_target_refused(clnrm_slice_of("dir/x"), EINVAL, EINVAL);
    expect_target_refused(clnrm_slice_of(""), EINVAL, EINVAL);
    expect_target_refused((struct clnrm_slice){"/dir/a\0b", 8}, EINVAL, EINVAL);
    expect_target_refused(clnrm_slice_of("/canary"), EEXIST, ENOTDIR);
    expect_target_refused(clnrm_slice_of("/canary/x"), ENOENT, ENOENT);
    expect_target_refused(clnrm_slice_of("/tree/up/tmp/x"), ENOENT, ENOENT);
    expect_target_refused(clnrm_slice_of("/root/root/nothing/x"), ENOENT, ENOENT);
}

static void refuses_special_places_behind_links(void **state)
{
    static const char *const targets[] = {"/tree/dev", "/tree/proc", "/tree/sys", "/canary",
                                          "/root/dir"};
    (void)state;
    for (size_t i = 0; i < LEN(targets); i++) {
        struct clnrm_room_op op = {
            .target = clnrm_slice_of(targets[i]), .size = 4096, .inodes = 10};
        /* a link as the last part is no directory; one in the middle is not followed at all */
        int error = i == 4 ? ELOOP : ENOTDIR;
        op.kind = CLNRM_OP_PROC, expect_op_refused(op, "proc", error);
        op.kind = CLNRM_OP_DEV, expect_op_refused(op, "dev", error);
    }
    struct clnrm_room_op mask = {.kind = CLNRM_OP_MASK, .target = clnrm_slice_of("/tree/mask/x")};
    expect_op_refused(mask, "mask", ELOOP);
}

static void refuses_an_image_whose_places_are_links(void **state)
{
    static const struct {
        uint8_t kind;
        const char *target, *step;
    } cases[] = {{CLNRM_OP_DEV, "/dev", "dev"},
                 {CLNRM_OP_PROC, "/proc", "proc"},
                 {CLNRM_OP_TMPFS, "/tmp", "tmpfs"},
                 {CLNRM_OP_RO, "/etc", "bind"}};
    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        struct clnrm_room_op ops[] = {
            {.kind = CLNRM_OP_RO, .source = clnrm_slice_of(tree), .target = clnrm_slice_of("/")},
            {.kind = cases[i].kind,
             .source = clnrm_slice_of("/usr"),
             .target = clnrm_slice_of(cases[i].target),
             .size = 4096,
             .inodes = 10}};
        struct clnrm_room_spec spec = plain_spec();
        spec.ops = ops;
        spec.op_count = LEN(ops);
        expect_refused(&spec, cases[i].step, ENOTDIR);
    }
}

static void refuses_what_is_missing_or_unlimited(void **state)
{
    char name[5000];
    (void)state;
    expect_op_refused((struct clnrm_room_op){OP(CLNRM_OP_RO, "/no/such", "/x")}, "bind", ENOENT);
    expect_op_refused((struct clnrm_room_op){OP(CLNRM_OP_RO, "", "/x")}, "bind", EINVAL);
    expect_op_refused((struct clnrm_room_op){OP(CLNRM_OP_COPY, "/usr", "/x")}, "copy", EINVAL);
    expect_op_refused((struct clnrm_room_op){OP(CLNRM_OP_COPY, "/etc/passwd", "/x"),
                                             .size = 1 << 20, .inodes = 9},
                      "copy", ENOTDIR);
    expect_op_refused((struct clnrm_room_op){OP(CLNRM_OP_TMPFS, "", "/x"), .inodes = 9}, "tmpfs",
                      EINVAL);
    expect_op_refused((struct clnrm_room_op){OP(CLNRM_OP_TMPFS, "", "/x"), .size = 4096}, "tmpfs",
                      EINVAL);
    expect_op_refused(
        (struct clnrm_room_op){OP(CLNRM_OP_TMPFS, "", "/"), .size = 4096, .inodes = 9}, "tmpfs",
        EINVAL);
    expect_op_refused((struct clnrm_room_op){OP(CLNRM_OP_DEV, "", "/x")}, "dev", EINVAL);
    expect_op_refused((struct clnrm_room_op){OP(CLNRM_OP_DIR, "", "/a/b")}, "dir", ENOENT);
    expect_op_refused((struct clnrm_room_op){OP(CLNRM_OP_RO, "/etc/passwd", "/dir")}, "bind",
                      EISDIR);
    expect_op_refused((struct clnrm_room_op){OP(CLNRM_OP_FILE, "x", "/dir")}, "file", EISDIR);
    memset(name, 'n', sizeof(name));
    name[0] = '/';
    expect_op_refused((struct clnrm_room_op){.kind = CLNRM_OP_DIR, .target = {name, sizeof(name)}},
                      "dir", ENAMETOOLONG);
    expect_op_refused((struct clnrm_room_op){.kind = CLNRM_OP_DIR, .target = {name, 300}}, "dir",
                      ENAMETOOLONG);
    struct clnrm_room_spec spec = plain_spec();
    spec.root_size = 0;
    expect_refused(&spec, "root", EINVAL);
    spec = plain_spec();
    spec.root_inodes = 5;
    expect_refused(&spec, "link", ENOSPC);
    spec = plain_spec();
    spec.hostname = (struct clnrm_slice){name, 100};
    expect_refused(&spec, "hostname", EINVAL);
}

static void refuses_when_a_call_is_denied(void **state)
{
    static const struct {
        int call;
        const char *step, *what;
    } cases[] = {
        {SYS_unshare, "namespaces", "user namespace"},
        {SYS_mount, "mounts", "making every mount private"},
        {SYS_pivot_root, "pivot", "pivot_root"},
        {SYS_umount2, "pivot", "detaching the old root"},
        {SYS_sethostname, "hostname", "sethostname"},
        {SYS_capset, "capabilities", "emptying the bounding and ambient sets"},
        {SYS_keyctl, "keyring", "a new session keyring"},
        {SYS_mount_setattr, "bind", "/usr on /usr"},
    };
    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        pid_t pid = fork(); /* what is denied is so for the whole process */
        assert_true(pid >= 0);
        if (pid == 0) {
            struct room room;
            struct clnrm_room_spec spec = plain_spec();
            deny_calls(&cases[i].call, 1, EPERM);
            start_agent(&room);
            send_spec(&room, &spec);
            bool made = read_ready(&room);
            bool right = !made && strcmp(room.refused_step, cases[i].step) == 0 &&
                         strcmp(room.refused_what, cases[i].what) == 0 &&
                         room.refused_errno == EPERM;
            if (!right)
                print_error("%s: %s: %s\n", cases[i].step, made ? "made" : room.refused_step,
                            room.refused_what);
            end_room(&room);
            _exit(right ? 0 : 1);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
    }
}

static void optional_sources_may_be_missing(void **state)
{
    struct clnrm_room_op ops[] = {
        {OP(CLNRM_OP_RO, "/no/such", "/x"), .flags = CLNRM_OP_OPTIONAL},
        {OP(CLNRM_OP_COPY, "/etc/passwd/x", "/y"), .flags = CLNRM_OP_OPTIONAL, .size = 1,
         .inodes = 1},
        {OP(CLNRM_OP_MASK, "", "/nothing/there")},
    };
    struct clnrm_room_spec spec = plain_spec();
    struct room room;
    (void)state;
    spec.ops = ops;
    spec.op_count = LEN(ops);
    start_agent(&room);
    send_spec(&room, &spec);
    assert_true(read_ready(&room));
    close_plain(&room);
}

static void refuses_what_is_no_room(void **state)
{
    struct room room;
    (void)state;
    for (int i = 0; i < 3; i++) {
        start_agent(&room);
        if (i == 0)
            send_empty(&room, CLNRM_FRAME_CLOSE, 0);
        else if (i == 1)
            send_empty(&room, CLNRM_FRAME_ROOM, 0);
        else
            send_bytes(&room, "\xff\xff\xff\xff\0\0\0\0\1\0\0\0", 12);
        assert_false(read_ready(&room));
        assert_string_equal(room.refused_step, "spec");
        assert_int_equal(WEXITSTATUS(end_room(&room)), 1);
    }
    start_agent(&room); /* nothing at all */
    assert_int_equal(end_room(&room), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(refuses_targets_that_lead_out),
        BOTH(refuses_special_places_behind_links),
        BOTH(refuses_an_image_whose_places_are_links),
        BOTH(refuses_what_is_missing_or_unlimited),
        HERE(refuses_when_a_call_is_denied),
        ALL(optional_sources_may_be_missing),
        HERE(refuses_what_is_no_room),
    };
    return cmocka_run_group_tests_name("agent refusals", tests, make_traps, remove_traps);
}
