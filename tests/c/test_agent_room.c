/* test_agent_room.c -- what the agent's room is: what is in it, and above all what is not. */
#include "agent_harness.h"

#include <dirent.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/un.h>

enum { SHM_KEY = 0x636c6e72 };

/* ---- run in the room by this very program: `--probe NAME` ---- */

static int probe_fds(void)
{
    char path[64], target[256];
    for (int fd = 0; fd < 4096; fd++) {
        if (fcntl(fd, F_GETFD) < 0)
            continue;
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        ssize_t n = readlink(path, target, sizeof(target) - 1);
        target[n > 0 ? n : 0] = '\0';
        *strchrnul(target, ':') = '\0';
        printf("%d %s\n", fd, target);
    }
    return 0;
}

static int try_connect(const char *name, size_t len)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    memcpy(to.sun_path, name, len);
    int result = connect(fd, (struct sockaddr *)&to,
                         (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
    int error = errno;
    close(fd);
    return result == 0 ? 0 : error;
}

static int probe(const char *name, const char *value)
{
    if (strcmp(name, "fds") == 0)
        probe_fds();
    else if (strcmp(name, "shm") == 0)
        printf("%s\n", shmget(SHM_KEY, 0, 0) < 0 ? strerror(errno) : "there");
    else if (strcmp(name, "abstract") == 0)
        printf("%s\n", strerror(try_connect("\0clnrm-test", 11)));
    else if (strcmp(name, "socket") == 0)
        printf("%s\n", strerror(try_connect(value, strlen(value) + 1)));
    else if (strcmp(name, "keyring") == 0)
        printf("%ld\n", syscall(SYS_keyctl, 0, -3, 0)); /* the number of @s */
    else if (strcmp(name, "pty") == 0)
        printf("%d\n", posix_openpt(O_RDWR | O_NOCTTY) >= 0);
    else if (strcmp(name, "unmount") == 0)
        printf("%d %d %d\n", umount2("/usr", MNT_DETACH), unshare(CLONE_NEWNS),
               mount("none", "/tmp", "tmpfs", 0, NULL));
    else
        return 9;
    fflush(stdout);
    return 0;
}

/* ---- rooms ---- */

static char canary_dir[64];

static void path_in(char *out, size_t size, const char *name)
{
    snprintf(out, size, "%s/%s", canary_dir, name);
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* Operations of a plain room, this program at /probe, and `more`. */
struct ops {
    struct clnrm_room_op list[LEN(PLAIN_OPS) + 16];
    uint32_t count;
    char self[4096];
};

static void plain_ops(struct ops *ops)
{
    ssize_t n = readlink("/proc/self/exe", ops->self, sizeof(ops->self));
    assert_true(n > 0);
    memcpy(ops->list, PLAIN_OPS, sizeof(PLAIN_OPS));
    ops->count = LEN(PLAIN_OPS);
    ops->list[ops->count++] = (struct clnrm_room_op){
        .kind = CLNRM_OP_RO, .source = {ops->self, (size_t)n}, .target = clnrm_slice_of("/probe")};
}

static void add_op(struct ops *ops, struct clnrm_room_op op)
{
    ops->list[ops->count++] = op;
}

static bool open_ops(struct room *room, const struct ops *ops, int leaked_fds)
{
    struct clnrm_room_spec spec = plain_spec();
    spec.ops = (struct clnrm_room_op *)(uintptr_t)ops->list;
    spec.op_count = ops->count;
    start_agent_leaking(room, leaked_fds);
    send_spec(room, &spec);
    return read_ready(room);
}

static void open_probing(struct room *room)
{
    struct ops ops;
    plain_ops(&ops);
    if (!open_ops(room, &ops, 0))
        fail_msg("refused: %s: %s: %s", room->refused_step, room->refused_what,
                 strerror((int)room->refused_errno));
}

static void expect_probe(struct room *room, const char *name, const char *value, const char *want)
{
    struct command c;
    struct outcome o;
    shell(&c, "");
    c.argv[0] = clnrm_slice_of("/probe");
    c.argv[1] = clnrm_slice_of("--probe");
    c.argv[2] = clnrm_slice_of(name);
    c.argv[3] = clnrm_slice_of(value);
    c.spec.argc = 4;
    run_command(room, &c, &o);
    assert_false(o.done);
    assert_int_equal(o.exit.value, 0);
    assert_string_equal(text_of(&o.out), want);
    free_outcome(&o);
}

static void expect_shell(struct room *room, const char *script, const char *want)
{
    char out[8192];
    run_shell(room, script, out, sizeof(out));
    assert_string_equal(out, want);
}

/* ---- what is there ---- */

static void has_its_own_ids_and_names(void **state)
{
    struct room room;
    (void)state;
    open_probing(&room);
    expect_shell(&room, "id -un; id -u; id -g; id -G", "room\n1000\n1000\n1000\n");
    expect_shell(&room, "hostname; uname -n", "room\nroom\n");
    expect_shell(&room,
                 "tr '\\0' '\\n' < /proc/1/cmdline; cat /proc/1/comm; ls -d /proc/[0-9]* | head -1",
                 "clnrm-agent\nclnrm-agent\n/proc/1\n");
    expect_shell(&room,
                 "cat /proc/self/setgroups; wc -l < /proc/self/uid_map; set -- $(cat "
                 "/proc/self/gid_map); echo $1 $3",
                 "deny\n1\n1000 1\n");
    expect_shell(&room, "grep -E '^(Cap|NoNew)' /proc/self/status | tr -d '\\t'",
                 "CapInh:0000000000000000\nCapPrm:0000000000000000\nCapEff:0000000000000000\n"
                 "CapBnd:0000000000000000\nCapAmb:0000000000000000\nNoNewPrivs:1\n");
    if (flavour ==
        AS_NOBODY) /* whose files in /proc are the host root's, since it cannot be dumped */
        expect_shell(&room, "stat -c %u /proc/1/fd /proc/1/environ; ls /proc/1/fd 2>/dev/null",
                     "65534\n65534\n");
    expect_probe(&room, "unmount", "", "-1 -1 -1\n");
    assert_true(room.pid > 0 && kill(room.pid, 0) == 0);
    close_plain(&room);
}

static void shows_only_what_was_listed(void **state)
{
    struct room room;
    (void)state;
    open_probing(&room);
    expect_shell(&room, "cd /; echo *",
                 "bin dev etc lib lib64 opt probe proc room run sbin tmp usr\n");
    expect_shell(&room, "echo /dev/* /dev/shm/*",
                 "/dev/fd /dev/full /dev/null /dev/ptmx /dev/pts /dev/random /dev/shm /dev/stderr "
                 "/dev/stdin /dev/stdout /dev/tty /dev/urandom /dev/zero /dev/shm/*\n");
    expect_shell(
        &room, "cat /etc/shadow /root/.profile /sys/kernel/notes 2>&1 | grep -vc 'No such'", "0\n");
    char script[256];
    snprintf(script, sizeof(script), "cat %s/canary 2>&1", canary_dir);
    char out[256];
    assert_int_equal(run_shell(&room, script, out, sizeof(out)), 1);
    assert_non_null(strstr(out, "No such file"));
    expect_shell(&room, "grep -c . /proc/net/dev; grep -o 'lo:' /proc/net/dev", "3\nlo:\n");
    expect_shell(
        &room,
        "echo x > /dev/null && head -c 3 /dev/zero | wc -c; echo y > /dev/shm/a && cat /dev/shm/a",
        "3\ny\n");
    expect_probe(&room, "pty", "", "1\n");
    close_plain(&room);
}

static void has_an_ip_stack_of_its_own(void **state)
{
    struct room room;
    (void)state;
    open_probing(&room);
    expect_shell(&room, "wc -l < /proc/net/tcp; wc -l < /proc/net/unix", "1\n1\n");
    expect_shell(&room, "cat /proc/net/fib_trie | grep -c 'host LOCAL'", "4\n"); /* 127.0.0.1, twice
                                                                                   in two tables */
    close_plain(&room);
}

static void is_read_only_but_for_its_own_places(void **state)
{
    struct room room;
    char out[512];
    (void)state;
    open_probing(&room);
    for (size_t i = 0; i < 6; i++) {
        static const char *const places[] = {"/",    "/usr", "/etc",
                                             "/dev", "/opt", "/proc/sys/kernel"};
        char script[128];
        snprintf(script, sizeof(script), "touch %s/x 2>&1", places[i]);
        assert_int_not_equal(run_shell(&room, script, out, sizeof(out)), 0);
        if (strstr(out, "Read-only") == NULL && i != 5)
            fail_msg("%s: %s", places[i], out);
    }
    expect_shell(&room, "for d in /tmp /room /run /dev/shm; do echo $d > $d/x && cat $d/x; done",
                 "/tmp\n/room\n/run\n/dev/shm\n");
    expect_shell(&room,
                 "head -c 17000000 /dev/zero 2>/dev/null > /tmp/big; stat -c %s /tmp/big; "
                 "i=0; while true > /room/$i; do i=$((i+1)); done 2>/dev/null; test $i -lt 1000 && "
                 "echo full",
                 "16773120\nfull\n");
    close_plain(&room);
}

static void hides_what_proc_tells_about_the_host(void **state)
{
    static const char *const hidden[] = {
        "acpi",        "asound",     "interrupts", "kcore",        "keys",      "latency_stats",
        "sched_debug", "scsi",       "timer_list", "timer_stats",  "allocinfo", "dynamic_debug",
        "kpagecgroup", "kpagecount", "kpageflags", "pagetypeinfo", "slabinfo",  "vmallocinfo",
    };
    struct room room;
    (void)state;
    open_probing(&room);
    for (size_t i = 0; i < LEN(hidden); i++) {
        char script[256];
        snprintf(script, sizeof(script),
                 "cd /proc; n=%s; test -d $n && ls -A $n | wc -l || cat $n 2>/dev/null | wc -c",
                 hidden[i]);
        expect_shell(&room, script, "0\n");
    }
    expect_shell(&room,
                 "for f in sys/kernel/core_pattern sysrq-trigger sys/vm/overcommit_memory "
                 "irq/default_smp_affinity "
                 "mtrr; do (echo 0 > /proc/$f) 2>/dev/null && echo wrote $f; done; echo done",
                 "done\n");
    expect_shell(&room,
                 "for n in bus driver fs irq mtrr sys; do test ! -e /proc/$n || "
                 "grep -q \" /proc/$n proc ro,\" /proc/mounts || echo $n; done",
                 "");
    close_plain(&room);
}

/* ---- what is not ---- */

static void inherits_no_descriptor(void **state)
{
    struct ops ops;
    struct room room;
    (void)state;
    plain_ops(&ops);
    assert_true(open_ops(&room, &ops, 50));
    char path[64], link[64], target[64];
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)room.pid); /* the agent has closed them too */
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        snprintf(link, sizeof(link), "%.40s/%.20s", path, entry->d_name);
        ssize_t n = readlink(link, target, sizeof(target) - 1);
        target[n > 0 ? n : 0] = '\0';
        if (strncmp(target, "/etc", 4) == 0)
            fail_msg("%s is %s", link, target);
    }
    closedir(dir);
    for (int i = 0; i < 5; i++)
        expect_probe(&room, "fds", "", "0 /dev/null\n1 pipe\n2 pipe\n");
    close_plain(&room);
}

static void shares_no_memory_and_no_keys(void **state)
{
    struct room room;
    char mine[64];
    (void)state;
    int shm = shmget(SHM_KEY, 4096, IPC_CREAT | 0666);
    assert_true(shm >= 0);
    open_probing(&room);
    expect_probe(&room, "shm", "", "No such file or directory\n");
    assert_int_equal(shmctl(shm, IPC_RMID, NULL), 0);
    snprintf(mine, sizeof(mine), "%ld\n", syscall(SYS_keyctl, 0, -3, 0));
    struct command c;
    struct outcome o;
    shell(&c, "/probe --probe keyring x");
    run_command(&room, &c, &o);
    assert_true(strcmp(text_of(&o.out), mine) != 0 && atol(text_of(&o.out)) > 0);
    free_outcome(&o);
    close_plain(&room);
}

static int listen_at(const char *name, size_t len)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    memcpy(at.sun_path, name, len);
    assert_int_equal(
        bind(fd, (struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
        0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static void reaches_no_socket_of_the_host(void **state)
{
    struct room room;
    char path[128];
    (void)state;
    path_in(path, sizeof(path), "socket");
    int file = listen_at(path, strlen(path) + 1), abstract = listen_at("\0clnrm-test", 11);
    assert_int_equal(chmod(path, 0777), 0);
    open_probing(&room);
    expect_probe(&room, "abstract", "", "Connection refused\n");
    expect_probe(&room, "socket", path, "No such file or directory\n");
    expect_probe(&room, "socket", "/var/run/docker.sock", "No such file or directory\n");
    expect_probe(&room, "socket", "/run/docker.sock", "No such file or directory\n");
    close_plain(&room);
    close(file);
    close(abstract);
    unlink(path);
}

/* A directory with a tmpfs mounted in it, in a mount namespace of this process alone. */
static void submounts_are_read_only_too(void **state)
{
    struct ops ops;
    struct room room;
    char tree[128], below[160], text[224];
    (void)state;
    if (geteuid() != 0)
        skip();
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0) {
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        return;
    }
    path_in(tree, sizeof(tree), "tree");
    snprintf(below, sizeof(below), "%s/below", tree);
    snprintf(text, sizeof(text), "%s/text", below);
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        _exit(1);
    mkdir(tree, 0777), mkdir(below, 0777);
    chmod(tree, 0777);
    if (mount("below", below, "tmpfs", 0, "mode=777") < 0)
        _exit(2);
    write_text(text, "text\n");
    plain_ops(&ops);
    add_op(&ops, (struct clnrm_room_op){OP(CLNRM_OP_DIR, "", "/data"), .mode = 0755});
    add_op(&ops, (struct clnrm_room_op){.kind = CLNRM_OP_RO,
                                        .source = clnrm_slice_of(tree),
                                        .target = clnrm_slice_of("/data/tree")});
    if (!open_ops(&room, &ops, 0))
        _exit(3);
    expect_shell(
        &room,
        "cat /data/tree/below/text; for d in /data/tree /data/tree/below; do touch $d/x 2>&1 | "
        "grep -c Read-only; done; grep /data/ /proc/mounts | cut -d' ' -f2,4 | grep -v "
        "'ro,nosuid,nodev'",
        "text\n1\n1\n");
    close_plain(&room);
    _exit(0);
}

static void writable_binds_reach_the_host_and_nothing_else_does(void **state)
{
    struct ops ops;
    struct room room;
    char shared[128], file[160];
    (void)state;
    path_in(shared, sizeof(shared), "shared");
    snprintf(file, sizeof(file), "%s/from-room", shared);
    mkdir(shared, 0777), chmod(shared, 0777);
    plain_ops(&ops);
    add_op(&ops, (struct clnrm_room_op){.kind = CLNRM_OP_RW,
                                        .source = clnrm_slice_of(shared),
                                        .target = clnrm_slice_of("/shared")});
    assert_true(open_ops(&room, &ops, 0));
    expect_shell(&room, "echo here > /shared/from-room; echo $?; ls -ld /shared/.. | wc -l",
                 "0\n1\n");
    close_plain(&room);
    assert_int_equal(access(file, R_OK), 0);
    unlink(file);
    rmdir(shared);
}

/* ---- copies and private views ---- */

static void a_copy_keeps_its_changes_to_itself(void **state)
{
    struct ops ops;
    struct room room;
    char dir[128], file[160];
    (void)state;
    path_in(dir, sizeof(dir), "copied");
    snprintf(file, sizeof(file), "%s/file", dir);
    mkdir(dir, 0755);
    write_text(file, "host\n");
    if (flavour == AS_NOBODY &&
        geteuid() == 0) { /* an unprivileged overlay wants to own the tree */
        assert_int_equal(chown(dir, NOBODY, NOBODY), 0);
        assert_int_equal(chown(file, NOBODY, NOBODY), 0);
    }
    plain_ops(&ops);
    add_op(&ops, (struct clnrm_room_op){.kind = CLNRM_OP_COPY,
                                        .source = clnrm_slice_of(dir),
                                        .target = clnrm_slice_of("/copy"),
                                        .size = 1 << 20,
                                        .inodes = 100});
    if (!open_ops(&room, &ops, 0))
        fail_msg("%s: %s: %s", room.refused_step, room.refused_what,
                 strerror((int)room.refused_errno));
    expect_shell(
        &room,
        "cat /copy/file; echo room > /copy/file; echo new > /copy/new; cat /copy/file /copy/new",
        "host\nroom\nnew\n");
    expect_shell(&room,
                 "head -c 2000000 /dev/zero 2>/dev/null > /copy/big; test $(stat -c %s /copy/big) "
                 "-lt 1048577 && echo full",
                 "full\n");
    close_plain(&room);
    char text[16] = {0};
    int fd = open(file, O_RDONLY);
    assert_int_equal(read(fd, text, sizeof(text)), 5);
    close(fd);
    assert_string_equal(text, "host\n");
    unlink(file);
    rmdir(dir);
}

static void make_image(char *out, size_t size)
{
    static const char *const dirs[] = {"usr", "proc", "dev", "tmp", "etc"};
    char path[160];
    path_in(out, size, "image");
    mkdir(out, 0755);
    for (size_t i = 0; i < LEN(dirs); i++) {
        snprintf(path, sizeof(path), "%s/%s", out, dirs[i]);
        mkdir(path, 0755);
    }
    static const char *const links[][2] = {
        {"usr/bin", "bin"}, {"usr/lib", "lib"}, {"usr/lib64", "lib64"}};
    for (size_t i = 0; i < LEN(links); i++) {
        snprintf(path, sizeof(path), "%s/%s", out, links[i][1]);
        assert_int_equal(symlink(links[i][0], path), 0);
    }
    snprintf(path, sizeof(path), "%s/etc/image", out);
    write_text(path, "from the image\n");
}

static void remove_image(const char *image)
{
    static const char *const names[] = {"etc/image", "bin", "lib", "lib64"};
    static const char *const dirs[] = {"usr", "proc", "dev", "tmp", "etc", ""};
    char path[160];
    for (size_t i = 0; i < LEN(names); i++)
        snprintf(path, sizeof(path), "%s/%s", image, names[i]), unlink(path);
    for (size_t i = 0; i < LEN(dirs); i++)
        snprintf(path, sizeof(path), "%s/%s", image, dirs[i]), rmdir(path);
}

static void a_tree_can_be_the_root(void **state)
{
    char image[128];
    (void)state;
    make_image(image, sizeof(image));
    for (int copy = 0; copy < 2; copy++) {
        struct clnrm_room_op ops[] = {
            {.kind = copy ? CLNRM_OP_COPY : CLNRM_OP_RO,
             .source = clnrm_slice_of(image),
             .target = clnrm_slice_of("/"),
             .size = 1 << 20,
             .inodes = 100},
            {OP(CLNRM_OP_RO, "/usr", "/usr")},
            {OP(CLNRM_OP_PROC, "", "/proc")},
            {OP(CLNRM_OP_DEV, "", "/dev"), .size = 1 << 20, .inodes = 100},
            {OP(CLNRM_OP_TMPFS, "", "/tmp"), .mode = 01777, .size = 1 << 20, .inodes = 100},
        };
        struct clnrm_room_spec spec = plain_spec();
        struct room room;
        struct command c;
        struct outcome o;
        if (copy && flavour != AS_SELF)
            break; /* needs to own the tree, or newer calls */
        spec.ops = ops;
        spec.op_count = LEN(ops);
        start_agent(&room);
        send_spec(&room, &spec);
        if (!read_ready(&room))
            fail_msg("%s: %s: %s", room.refused_step, room.refused_what,
                     strerror((int)room.refused_errno));
        shell(&c, "cat /etc/image; cd /; echo *; touch /new 2>/dev/null && echo writable");
        c.spec.cwd = clnrm_slice_of("/");
        run_command(&room, &c, &o);
        assert_string_equal(text_of(&o.out),
                            copy ? "from the image\nbin dev etc lib lib64 proc tmp usr\nwritable\n"
                                 : "from the image\nbin dev etc lib lib64 proc tmp usr\n");
        free_outcome(&o);
        close_plain(&room);
    }
    remove_image(image);
}

static void a_command_can_have_a_view_of_its_own(void **state)
{
    struct room room;
    struct command c;
    struct outcome o;
    struct clnrm_room_op view[] = {
        {OP(CLNRM_OP_TMPFS, "", "/tmp"), .mode = 01777, .size = 1 << 20, .inodes = 100},
        {OP(CLNRM_OP_MASK, "", "/etc/passwd")},
        {OP(CLNRM_OP_RO, "/room", "/run")},
    };
    (void)state;
    open_probing(&room);
    expect_shell(
        &room,
        "echo shared > /tmp/file; echo r > /room/r; mkdir /room/upper; echo low > /room/upper/f",
        "");
    shell(&c, "ls -A /tmp; echo mine > /tmp/mine; wc -c < /etc/passwd; cat /run/r; touch /run/x "
              "2>/dev/null || echo ro;"
              "grep -E '^(CapEff|NoNew)' /proc/self/status | tr -d '\\t'; mount -t tmpfs x /tmp "
              "2>/dev/null || echo held");
    c.spec.ops = view;
    c.spec.op_count = LEN(view);
    run_command(&room, &c, &o);
    assert_string_equal(text_of(&o.out), "0\nr\nro\nCapEff:0000000000000000\nNoNewPrivs:1\nheld\n");
    free_outcome(&o);
    expect_shell(&room, "ls /tmp; wc -c < /etc/passwd; touch /run/x && echo rw", "file\n32\nrw\n");
    view[0].target = clnrm_slice_of("/nowhere/deep");
    shell(&c, "true");
    c.spec.ops = view;
    c.spec.op_count = LEN(view);
    run_command(&room, &c, &o);
    assert_true(o.done);
    assert_string_equal(o.stage, "tmpfs");
    assert_string_equal(o.what, "/nowhere/deep");
    close_plain(&room);
}

static void a_command_can_have_a_root_of_its_own(void **state)
{
    struct ops ops;
    struct room room;
    struct command c;
    struct outcome o;
    char image[128];
    struct clnrm_room_op view[] = {
        {OP(CLNRM_OP_COPY, "/image", "/"), .size = 1 << 20, .inodes = 100},
        {OP(CLNRM_OP_RO, "/usr", "/usr")},
        {OP(CLNRM_OP_PROC, "", "/proc")},
        {OP(CLNRM_OP_DEV, "", "/dev"), .size = 1 << 20, .inodes = 100},
    };
    (void)state;
    make_image(image, sizeof(image));
    plain_ops(&ops);
    add_op(&ops, (struct clnrm_room_op){.kind = CLNRM_OP_RO,
                                        .source = clnrm_slice_of(image),
                                        .target = clnrm_slice_of("/image")});
    assert_true(open_ops(&room, &ops, 0));
    shell(&c, "cat /etc/image; echo changed > /etc/image; cat /etc/image; cd /; echo *; hostname;"
              "cat /proc/kcore | wc -c; ls -d /proc/1; grep CapEff /proc/self/status | tr -d "
              "'\\t'");
    c.spec.cwd = clnrm_slice_of("/etc");
    c.spec.ops = view;
    c.spec.op_count = LEN(view);
    for (int i = 0; i < 2; i++) { /* each time anew */
        run_command(&room, &c, &o);
        if (o.done)
            fail_msg("%s: %s: %s", o.stage, o.what, strerror((int)o.error));
        assert_string_equal(
            text_of(&o.out),
            "from the image\nchanged\nbin dev etc lib lib64 proc tmp usr\nroom\n0\n/proc/1\n"
            "CapEff:0000000000000000\n");
        free_outcome(&o);
    }
    expect_shell(&room, "cat /image/etc/image", "from the image\n");
    close_plain(&room);
    remove_image(image);
}

static void uid_0_inside_has_no_rights_either(void **state)
{
    struct room room;
    struct clnrm_room_spec spec = plain_spec();
    (void)state;
    spec.uid = spec.gid = 0;
    start_agent(&room);
    send_spec(&room, &spec);
    assert_true(read_ready(&room));
    expect_shell(
        &room,
        "id -u; grep -E '^(Cap|NoNew)' /proc/self/status | tr -d '\\t'; "
        "mount -t tmpfs x /tmp 2>/dev/null || chroot /tmp 2>/dev/null || hostname x 2>/dev/null "
        "|| echo held",
        "0\nCapInh:0000000000000000\nCapPrm:0000000000000000\nCapEff:0000000000000000\n"
        "CapBnd:0000000000000000\nCapAmb:0000000000000000\nNoNewPrivs:1\nheld\n");
    close_plain(&room);
}

static void says_what_was_isolated(void **state)
{
    static const char *const steps[] = {"namespaces: user mount pid net ipc uts cgroup\n",
                                        "ids: uid 1000, gid 1000",
                                        "root: read-only tmpfs",
                                        "mounts: ",
                                        "proc: fresh; hidden: acpi",
                                        "pivot: ",
                                        "loopback: up",
                                        "keyring: ",
                                        "privileges: no_new_privs",
                                        "capabilities: ",
                                        "dumpable: no"};
    struct room room;
    (void)state;
    open_probing(&room);
    for (size_t i = 0; i < LEN(steps); i++)
        if (!strstr(room.report, steps[i]))
            fail_msg("not in the report: %s", steps[i]);
    close_plain(&room);
}

static int make_canary(void **state)
{
    char path[128];
    (void)state;
    snprintf(canary_dir, sizeof(canary_dir), "/tmp/clnrm-room-XXXXXX");
    if (!mkdtemp(canary_dir) || chmod(canary_dir, 0755) < 0)
        return -1;
    path_in(path, sizeof(path), "canary");
    write_text(path, "canary\n");
    return 0;
}

static int remove_canary(void **state)
{
    static const char *const left[] = {"canary", "tree/below", "tree", "copied/file", "copied", ""};
    char path[128];
    (void)state;
    for (size_t i = 0; i < LEN(left); i++)
        path_in(path, sizeof(path), left[i]), remove(path);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc >= 3 && strcmp(argv[1], "--probe") == 0)
        _exit(probe(argv[2], argc > 3 ? argv[3] : ""));
    const struct CMUnitTest tests[] = {
        ALL(has_its_own_ids_and_names),
        ALL(shows_only_what_was_listed),
        BOTH(has_an_ip_stack_of_its_own),
        ALL(is_read_only_but_for_its_own_places),
        ALL(hides_what_proc_tells_about_the_host),
        ALL(inherits_no_descriptor),
        BOTH(shares_no_memory_and_no_keys),
        BOTH(reaches_no_socket_of_the_host),
        ALL(submounts_are_read_only_too),
        HERE(writable_binds_reach_the_host_and_nothing_else_does),
        BOTH(a_copy_keeps_its_changes_to_itself),
        ALL(a_tree_can_be_the_root),
        ALL(a_command_can_have_a_view_of_its_own),
        HERE(a_command_can_have_a_root_of_its_own),
        BOTH(uid_0_inside_has_no_rights_either),
        HERE(says_what_was_isolated),
    };
    return cmocka_run_group_tests_name("agent room", tests, make_canary, remove_canary);
}
