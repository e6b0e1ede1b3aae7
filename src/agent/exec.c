/* exec.c -- programs that are run; see exec.h for the contract.  What is mapped: exec_map.c. */
#include "agent/exec.h"
#include "agent/file_of.h"
#include "agent/stand.h"
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/elf.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SCRIPT_HEAD = 255, /* what the kernel looks at of a script */
    CHAIN_MAX = 7,     /* scripts that are run by one another, what runs the last, its loader */
    HEADERS_MAX = 64,  /* program headers that are looked at for a loader */
    WORDS_MAX = 16,    /* arguments that are told */
};

/* One program and where its paths are meant. */
struct look {
    const struct clnrm_agent *agent;
    const struct clnrm_call *call; /* NULL: of this process */
    int dir;
    const char *first, *second; /* words of its command line */
    bool executes;              /* one of them is -exec or -ok, as find has them */
};

static int open_program(const struct look *l, int dir, const char *path)
{
    if (l->call)
        return clnrm_call_open(l->agent, l->call, dir, path);
    return open(path, O_PATH | O_CLOEXEC);
}

static struct clnrm_slice base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return clnrm_slice_of(slash ? slash + 1 : path);
}

/* ---- names ---- */

static bool is_among(struct clnrm_slice name, const char *const *names)
{
    for (; *names; names++)
        if (clnrm_slice_equal(name, clnrm_slice_of(*names)))
            return true;
    return false;
}

/* One file that is many programs, by the name that it is called. */
static bool is_many_programs(struct clnrm_slice name)
{
    static const char *const names[] = {"busybox", "toybox", "coreutils", NULL};
    return is_among(name, names);
}

static bool is_disallowed(const struct look *l, int fd, const char *given)
{
    char real[PATH_MAX];
    const struct clnrm_guard *g = l->agent->guard;
    if (!g || g->spec.command_count == 0)
        return false;
    if (clnrm_guard_forbids(l->agent, clnrm_slice_of(given)))
        return true;
    ssize_t n = clnrm_file_of_name(l->call ? l->agent->proc : -1, fd, real, sizeof(real));
    if (n < 0)
        return false;
    if (clnrm_guard_forbids(l->agent, clnrm_slice_of(real)))
        return true;
    struct clnrm_slice name = base_of(real);
    if (!l->first || !is_many_programs(name))
        return false;
    bool is_by_itself = clnrm_slice_equal(base_of(l->first), name);
    const char *called = is_by_itself ? l->second : l->first;
    return called && clnrm_guard_forbids(l->agent, clnrm_slice_of(called));
}

/* Whether a file of many programs is called as one that runs the others in itself: no call tells of
 * them (busybox with FEATURE_SH_STANDALONE).  `is_runner`: it runs the script that was called. */
static bool is_blind(const struct look *l, int fd, const char *given, bool is_runner)
{
    static const char *const blind[] = {"sh",  "ash",   "hush",      "bash",
                                        "msh", "xargs", "run-parts", NULL};
    char real[PATH_MAX];
    const struct clnrm_guard *g = l->agent->guard;
    if (!g || !(g->spec.flags & CLNRM_GUARD_SHELLS) ||
        clnrm_file_of_name(l->call ? l->agent->proc : -1, fd, real, sizeof(real)) < 0)
        return false;
    struct clnrm_slice name = base_of(real);
    const char *called = is_runner ? given : l->first;
    if (!called || !is_many_programs(name))
        return false;
    if (clnrm_slice_equal(base_of(called), name)) {
        if (is_runner) /* `#!/bin/busybox sh`: the argument is not read */
            return true;
        called = l->second;
    }
    if (!called)
        return false;
    struct clnrm_slice as = base_of(called[0] == '-' ? called + 1 : called);
    return is_among(as, blind) || (l->executes && clnrm_slice_equal(as, clnrm_slice_of("find")));
}

/* ---- what runs it ---- */

static bool read_at(int fd, void *to, size_t size, uint64_t at)
{
    return pread(fd, to, size, (off_t)at) == (ssize_t)size;
}

/* Finds the loader that an ELF file names. */
static bool read_loader(int fd, char path[PATH_MAX])
{
    Elf64_Ehdr head;
    if (!read_at(fd, &head, sizeof(head), 0) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
        head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_phentsize != sizeof(Elf64_Phdr))
        return false;
    for (unsigned i = 0; i < head.e_phnum && i < HEADERS_MAX; i++) {
        Elf64_Phdr part;
        if (!read_at(fd, &part, sizeof(part), head.e_phoff + i * sizeof(part)))
            return false;
        if (part.p_type != PT_INTERP)
            continue;
        if (part.p_filesz < 2 || part.p_filesz > PATH_MAX ||
            !read_at(fd, path, part.p_filesz, part.p_offset))
            return false;
        path[part.p_filesz - 1] = '\0';
        return true;
    }
    return false;
}

/* Finds what the kernel loads with a file to run it: the interpreter of a script (`#!`), a loader. */
static bool read_next(const struct look *l, int fd, char path[PATH_MAX])
{
    char head[SCRIPT_HEAD + 1];
    int in = clnrm_file_of_open(l->call ? l->agent->proc : -1, fd);
    ssize_t n = in < 0 ? -1 : read(in, head, SCRIPT_HEAD);
    head[n > 0 ? n : 0] = '\0';
    bool found;
    if (strncmp(head, "#!", 2) == 0) {
        const char *at = head + 2 + strspn(head + 2, " \t");
        size_t len = strcspn(at, " \t\n");
        memcpy(path, at, len);
        path[len] = '\0';
        found = len > 0;
    } else {
        found = n > 0 && read_loader(in, path);
    }
    if (in >= 0)
        close(in);
    return found;
}

/* Looks at the program `path`, and all that is run with it; `path` is then the one that decided. */
static enum clnrm_exec_kind look_at(const struct look *l, char path[PATH_MAX])
{
    enum clnrm_exec_kind kind = CLNRM_EXEC_FREE;
    const struct clnrm_guard *g = l->agent->guard;
    bool is_closing = g && g->spec.flags & CLNRM_GUARD_PROGRAMS, more = true;
    for (int i = 0; i < CHAIN_MAX && more && kind == CLNRM_EXEC_FREE; i++) {
        struct stat st;
        int fd = open_program(l, i == 0 ? l->dir : AT_FDCWD, path);
        if (fd < 0)
            break;
        bool is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
        if (is_closing && clnrm_file_of_is_noexec(fd))
            kind = CLNRM_EXEC_CLOSED;
        else if (is_file && clnrm_stand_is(&st))
            kind = CLNRM_EXEC_STAND;
        else if (is_file && is_disallowed(l, fd, path))
            kind = CLNRM_EXEC_DISALLOWED;
        else if (is_file && is_blind(l, fd, path, i > 0))
            kind = CLNRM_EXEC_BLIND;
        more = is_file && kind == CLNRM_EXEC_FREE && read_next(l, fd, path);
        close(fd);
    }
    return kind;
}

static bool is_executing(const char *word)
{
    return strncmp(word, "-exec", 5) == 0 || strncmp(word, "-ok", 3) == 0;
}

enum clnrm_exec_kind clnrm_exec_look(const struct clnrm_agent *agent, const char *path,
                                     char *const *argv)
{
    char last[PATH_MAX];
    struct look l = {
        .agent = agent, .dir = AT_FDCWD, .first = argv[0], .second = argv[0] ? argv[1] : NULL};
    for (; *argv && !l.executes; argv++)
        l.executes = is_executing(*argv);
    snprintf(last, sizeof(last), "%s", path);
    return look_at(&l, last);
}

/* ---- the call ---- */

/* The words of a command line that is still in the memory of who starts it. */
struct words {
    char text[CLNRM_GUARD_TEXT_MAX + 1]; /* separated by blanks */
    char first[NAME_MAX + 1], second[NAME_MAX + 1];
    bool executes; /* one is -exec, or there are more than were read */
};

static void read_words(const struct clnrm_call *c, uint64_t argv, struct words *out)
{
    size_t len = 0;
    *out = (struct words){.text = ""};
    for (int i = 0; i < WORDS_MAX && len < sizeof(out->text) - 1; i++) {
        uint64_t at;
        char word[CLNRM_GUARD_TEXT_MAX + 1];
        if (clnrm_call_read(c, argv + (uint64_t)i * sizeof(at), &at, sizeof(at)) <
                (int)sizeof(at) ||
            at == 0)
            break;
        ssize_t n = clnrm_call_read(c, at, word, sizeof(word) - 1);
        word[n > 0 ? n : 0] = '\0';
        out->executes |= i == WORDS_MAX - 1 || is_executing(word);
        len +=
            (size_t)snprintf(out->text + len, sizeof(out->text) - len, "%s%s", i ? " " : "", word);
        if (i < 2)
            snprintf(i ? out->second : out->first, sizeof(out->first), "%.*s", NAME_MAX, word);
    }
}

int clnrm_exec_decide(struct clnrm_agent *agent, const struct clnrm_call *c, int dir, uint64_t at,
                      uint64_t argv)
{
    char path[PATH_MAX] = "";
    struct words words;
    /* In a container a program may have changed its user: the kernel shows its memory to nobody then.
     * What stands in for a disallowed program tells of itself, whoever runs it. */
    bool is_closing = agent->guard->spec.flags & CLNRM_GUARD_PROGRAMS;
    if (!clnrm_call_path(c, at, path)) {
        if (agent->guest && !is_closing)
            return 0;
        if (clnrm_call_is_there(c))
            clnrm_call_note(agent, c, CLNRM_REPORT_EXEC, "a program whose name cannot be read");
        return EACCES;
    }
    read_words(c, argv, &words);
    const struct look l = {
        .agent = agent,
        .call = c,
        .dir = dir,
        .first = *words.first ? words.first : NULL,
        .second = *words.second ? words.second : NULL,
        .executes = words.executes || strlen(words.text) == sizeof(words.text) - 1,
    };
    switch (look_at(&l, path)) {
    case CLNRM_EXEC_CLOSED:
        clnrm_call_note(agent, c, CLNRM_REPORT_EXEC, *path ? path : "an open file");
        return EACCES;
    case CLNRM_EXEC_DISALLOWED:
        clnrm_call_note(agent, c, CLNRM_REPORT_COMMAND, *words.text ? words.text : path);
        return EACCES;
    case CLNRM_EXEC_BLIND:
        clnrm_call_note(agent, c, CLNRM_REPORT_SHELL, *words.text ? words.text : path);
        return EACCES;
    case CLNRM_EXEC_STAND:
        clnrm_call_note(agent, c, CLNRM_REPORT_COMMAND, *words.text ? words.text : path);
        clnrm_stand_expect(c->pid);
        return 0;
    default:
        return 0;
    }
}
