/* user.c -- see user.h for the contract. */
#include "agent/user.h"
#include "agent/isolate.h"
#include "agent/path.h"
#include "agent/sys.h"
#include "base/base.h"

#include <grp.h>
#include <stdio.h>
#include <sys/stat.h>

enum {
    FILE_MAX = 4 * 1024 * 1024,
    FIELDS_MAX = 7,
    CAP_KILL = 5,
    CAP_SETGID = 6,
    CAP_SETUID = 7,
};

/* ---- the files ---- */

/* Reads a file of the room, "" when there is none, to a text that is free()d.  Returns NULL for one that
 * is no plain file or too long. */
static char *read_text(const char *path)
{
    struct stat st;
    int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int file = fd < 0 ? -errno : clnrm_path_open(fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, 0);
    if (fd >= 0)
        close(fd);
    if (file < 0)
        return file == -ENOENT || file == -ENOTDIR ? clnrm_xstrdup("") : NULL;
    bool is_plain = fstat(file, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_MAX;
    char *text = is_plain ? clnrm_xcalloc((size_t)st.st_size + 1) : NULL;
    for (size_t at = 0; text && at < (size_t)st.st_size;) {
        ssize_t n = read(file, text + at, (size_t)st.st_size - at);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    close(file);
    return text;
}

/* Takes the next line apart at its colons; returns how many fields it has, 0 at the end. */
static int next_line(char **rest, char *field[FIELDS_MAX])
{
    char *line;
    while ((line = strsep(rest, "\n")))
        if (*line && *line != '#') {
            int count = 0;
            while (count < FIELDS_MAX && (field[count] = strsep(&line, ":")))
                count++;
            return count;
        }
    return 0;
}

/* Whether `text` is an id: digits only, and no more than there are. */
static bool read_id(const char *text, uint32_t *out)
{
    uint64_t value = 0;
    size_t len = strlen(text);
    if (len == 0 || len > 10 || strspn(text, "0123456789") != len)
        return false;
    for (const char *c = text; *c; c++)
        value = 10 * value + (uint64_t)(*c - '0');
    *out = (uint32_t)value;
    return value < UINT32_MAX;
}

static bool lists(char *members, const char *name)
{
    for (char *one; (one = strsep(&members, ","));)
        if (strcmp(one, name) == 0)
            return true;
    return false;
}

struct request {
    char user[CLNRM_USER_NAME_MAX + 1], *group; /* NULL: none was given */
    char name[CLNRM_USER_NAME_MAX + 1];         /* of the line that was found; "": none was */
};

/* The line that is meant; a name goes before a number. */
static int find_user(struct request *q, struct clnrm_ids *out, struct clnrm_refusal *why)
{
    char *text = read_text("etc/passwd"), *rest = text, *field[FIELDS_MAX];
    uint32_t wanted = 0, uid, gid;
    bool is_number = read_id(q->user, &wanted), found = false;
    if (!text)
        return clnrm_refuse(why, EINVAL, "user", "/etc/passwd");
    for (int n; !found && (n = next_line(&rest, field)) > 0;) {
        bool is_line = n >= 4 && read_id(field[2], &uid) && read_id(field[3], &gid);
        found = is_line && (is_number ? uid == wanted : strcmp(field[0], q->user) == 0);
    }
    if (found) {
        out->uid = uid;
        out->gid = gid;
        snprintf(q->name, sizeof(q->name), "%s", field[0]);
    } else {
        out->uid = wanted;
        out->gid = 0;
    }
    free(text);
    return found || is_number ? 0 : clnrm_refuse(why, ENOENT, "user", "%s", q->user);
}

static int find_groups(const struct request *q, struct clnrm_ids *out, struct clnrm_refusal *why)
{
    char *text = read_text("etc/group"), *rest = text, *field[FIELDS_MAX];
    uint32_t wanted = 0, gid;
    bool is_number = q->group && read_id(q->group, &wanted), found = false, too_many = false;
    if (!text)
        return clnrm_refuse(why, EINVAL, "user", "/etc/group");
    for (int n; !found && (n = next_line(&rest, field)) > 0;) {
        if (n < 3 || !read_id(field[2], &gid))
            continue;
        if (q->group)
            found = is_number ? gid == wanted : strcmp(field[0], q->group) == 0;
        else if (n > 3 && *q->name && lists(field[3], q->name)) {
            too_many |= out->count == CLNRM_USER_GROUPS_MAX;
            if (!too_many)
                out->groups[out->count++] = gid;
        }
    }
    free(text);
    if (too_many)
        return clnrm_refuse(why, E2BIG, "user", "the groups of %s", q->user);
    if (q->group && !found && !is_number)
        return clnrm_refuse(why, ENOENT, "user", "group %s", q->group);
    if (q->group)
        out->gid = found ? gid : wanted;
    return 0;
}

static int look_up(struct clnrm_slice name, struct clnrm_ids *out, struct clnrm_refusal *why)
{
    struct request q = {.group = NULL};
    if (name.len > CLNRM_USER_NAME_MAX || memchr(name.data, '\0', name.len) ||
        memchr(name.data, '\n', name.len))
        return clnrm_refuse(why, EINVAL, "user", "its name");
    memcpy(q.user, name.data, name.len);
    q.group = strchr(q.user, ':');
    if (q.group)
        *q.group++ = '\0';
    if (!*q.user || (q.group && (!*q.group || strchr(q.group, ':'))))
        return clnrm_refuse(why, EINVAL, "user", "%.*s", (int)name.len, name.data);
    int status = find_user(&q, out, why);
    return status == 0 && (q.group || *q.name) ? find_groups(&q, out, why) : status;
}

/* ---- becoming it ---- */

static bool has_group(const gid_t *groups, int count, gid_t gid)
{
    for (int i = 0; i < count; i++)
        if (groups[i] == gid)
            return true;
    return false;
}

/* Whether the agent's supplementary groups are these; its own group may be among them or not. */
static bool has_just_groups(const struct clnrm_ids *ids)
{
    gid_t now[CLNRM_USER_GROUPS_MAX + 1];
    int count = getgroups((int)(sizeof(now) / sizeof(now[0])), now);
    if (count < 0)
        return false;
    for (int i = 0; i < count; i++)
        if (now[i] != ids->gid && !has_group(ids->groups, (int)ids->count, now[i]))
            return false;
    for (uint32_t i = 0; i < ids->count; i++)
        if (ids->groups[i] != ids->gid && !has_group(now, count, ids->groups[i]))
            return false;
    return true;
}

static int check_rights(const struct clnrm_ids *ids, struct clnrm_refusal *why)
{
    uint64_t held = clnrm_isolate_held();
    const struct {
        bool needed;
        int number;
        const char *what;
    } rights[] = {
        {true, CAP_SETGID, "the agent may not change groups (no CAP_SETGID)"},
        {ids->uid != geteuid(), CAP_SETUID, "the agent may not change users (no CAP_SETUID)"},
        {ids->uid != geteuid(), CAP_KILL, "the agent could not end the command (no CAP_KILL)"},
    };
    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
        if (rights[i].needed && !(held & UINT64_C(1) << rights[i].number))
            return clnrm_refuse(why, EPERM, "user", "%s", rights[i].what);
    return 0;
}

int clnrm_user_find(const struct clnrm_user *user, bool guest, struct clnrm_ids *out,
                    struct clnrm_refusal *why)
{
    int status = 0;
    *out = (struct clnrm_ids){.uid = user->uid, .gid = user->gid, .count = user->group_count};
    if (user->kind == CLNRM_USER_NAME)
        status = look_up(user->name, out, why);
    else if (user->group_count)
        memcpy(out->groups, user->groups, user->group_count * sizeof(*user->groups));
    if (status < 0)
        return status;
    out->is_same = out->uid == geteuid() && out->gid == getegid() && has_just_groups(out);
    if (!guest) /* one id is mapped there, and groups cannot be set */
        return out->is_same ? 0 : clnrm_refuse(why, EPERM, "user", "the room has one user only");
    return out->is_same ? 0 : check_rights(out, why);
}

/* By the kernel's own calls: those of the library tell every thread, and there is none to tell. */
int clnrm_user_become(const struct clnrm_ids *ids, struct clnrm_refusal *why)
{
    if (ids->is_same)
        return 0;
    if (syscall(SYS_setgroups, (long)ids->count, ids->groups) < 0)
        return clnrm_refuse(why, errno, "user", "setgroups");
    if (syscall(SYS_setgid, (long)ids->gid) < 0)
        return clnrm_refuse(why, errno, "user", "setgid %u", ids->gid);
    if (syscall(SYS_setuid, (long)ids->uid) < 0)
        return clnrm_refuse(why, errno, "user", "setuid %u", ids->uid);
    return 0;
}

/* ---- looking as it ---- */

/* Memory asks for the real user, the links of /proc for that of the file system. */
void clnrm_user_look_as(uint32_t uid, uint32_t gid)
{
    syscall(SYS_setresgid, (long)gid, -1L, -1L);
    syscall(SYS_setfsgid, (long)gid);
    syscall(SYS_setresuid, (long)uid, -1L, -1L);
    syscall(SYS_setfsuid, (long)uid);
}

/* The user of the file system goes back by its own call first: only that gives its rights back. */
void clnrm_user_look_back(void)
{
    syscall(SYS_setfsuid, (long)geteuid());
    syscall(SYS_setresuid, (long)geteuid(), -1L, -1L);
    syscall(SYS_setfsgid, (long)getegid());
    syscall(SYS_setresgid, (long)getegid(), -1L, -1L);
}
