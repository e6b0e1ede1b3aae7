/* editor.c -- lines that are edited with libedit; see core/editor_lib.h.
 *
 * libedit reads by a function of ours, so what it waits for is decided in core/editor.  A paste comes
 * in brackets (\e[200~ ... \e[201~) and is put into the line whole: its newlines end nothing. */
#include "core/editor_lib.h"

#include <histedit.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if defined(__SANITIZE_ADDRESS__)
#    include <sanitizer/lsan_interface.h>
#endif

extern const struct clnrm_editor_lib clnrm_editor_lib;

enum { HISTORY_MAX = 10000, PASTE_MAX = 4 << 20 };

#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"

struct editor {
    struct clnrm_editor_hooks hooks;
    EditLine *el;
    History *history;
    FILE *in, *out;
    locale_t locale;
    const char *prompt;
    int is_left;
};

static struct editor *of(EditLine *el)
{
    void *data = NULL;
    el_get(el, EL_CLIENTDATA, &data);
    return data;
}

static char *on_prompt(EditLine *el)
{
    return (char *)of(el)->prompt;
}

/* Reads one character; bytes that are none become "?". */
static int on_read(EditLine *el, wchar_t *out)
{
    struct editor *e = of(el);
    mbstate_t state = {0};
    fflush(e->out);
    for (;;) {
        int byte = e->hooks.next(e->hooks.data);
        if (byte < 0) {
            e->is_left = 1;
            return 0;
        }
        char c = (char)byte;
        size_t n = mbrtowc(out, &c, 1, &state);
        if (n == (size_t)-2)
            continue;
        if (n == (size_t)-1)
            *out = L'?';
        return 1;
    }
}

static unsigned char on_tab(EditLine *el, int key)
{
    (void)key;
    struct editor *e = of(el);
    const LineInfo *now = el_line(el);
    char *insert = NULL, *below = NULL;
    e->hooks.complete(e->hooks.data, now->buffer, (size_t)(now->lastchar - now->buffer),
                      (size_t)(now->cursor - now->buffer), &insert, &below);
    unsigned char result = CC_NORM;
    if (insert && *insert)
        result = el_insertstr(el, insert) == 0 ? CC_REFRESH : CC_ERROR;
    if (below && *below) {
        fprintf(e->out, "\n%s", below);
        result = CC_REDISPLAY;
    }
    free(insert);
    free(below);
    return result;
}

/* Whether the pasted text ends with what ends a paste. */
static int is_over(const wchar_t *text, size_t len)
{
    static const wchar_t end[] = L"\033[201~";
    const size_t n = sizeof(end) / sizeof(end[0]) - 1;
    return len >= n && wmemcmp(text + len - n, end, n) == 0;
}

static unsigned char on_paste(EditLine *el, int key)
{
    (void)key;
    size_t len = 0, size = 4096;
    wchar_t *text = malloc(size * sizeof(*text)), c;
    while (text && !is_over(text, len)) {
        if (el_wgetc(el, &c) != 1) {
            free(text);
            return CC_EOF;
        }
        if (c == L'\r') /* what terminals make of a newline */
            c = L'\n';
        if (len == PASTE_MAX) /* the rest is left out, and said by what is compiled */
            memmove(text, text + 1, --len * sizeof(*text));
        text[len++] = c ? c : L'?';
        if (len + 1 >= size)
            text = realloc(text, (size *= 2) * sizeof(*text));
    }
    if (!text)
        abort(); /* no memory: as everywhere */
    text[len - 6] = L'\0';
    int status = len == 6 ? 0 : el_winsertstr(el, text);
    free(text);
    return status == 0 ? CC_REFRESH : CC_ERROR;
}

/* Gives libedit a function for keys.  It copies name and help, and its map_end() forgets both copies:
 * 232 bytes a session, which the leak checker is not to take for ours. */
static void add_function(EditLine *el, const char *name, const char *help,
                         unsigned char (*run)(EditLine *, int))
{
#if defined(__SANITIZE_ADDRESS__)
    __lsan_disable();
#endif
    el_set(el, EL_ADDFN, name, help, run);
#if defined(__SANITIZE_ADDRESS__)
    __lsan_enable();
#endif
}

static void set_up(struct editor *e)
{
    EditLine *el = e->el;
    HistEvent event;
    el_set(el, EL_CLIENTDATA, e);
    el_set(el, EL_GETCFN, on_read);
    el_set(el, EL_PROMPT_ESC, on_prompt, '\1');
    el_set(el, EL_EDITOR, "emacs");
    e->history = history_init();
    history(e->history, &event, H_SETSIZE, HISTORY_MAX);
    history(e->history, &event, H_SETUNIQUE, 1);
    el_set(el, EL_HIST, history, e->history);
    add_function(el, "clnrm-complete", "Completes a name", on_tab);
    add_function(el, "clnrm-paste", "Takes a paste", on_paste);
    el_set(el, EL_BIND, "^I", "clnrm-complete", NULL);
    el_set(el, EL_BIND, "\\e[200~", "clnrm-paste", NULL);
    el_set(el, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_set(el, EL_BIND, "^W", "ed-delete-prev-word", NULL);
    el_set(el, EL_BIND, "\\e[1;5D", "ed-prev-word", NULL);
    el_set(el, EL_BIND, "\\e[1;5C", "em-next-word", NULL);
}

static void lib_close(void *editor)
{
    struct editor *e = editor;
    if (e->el)
        el_end(e->el);
    if (e->history)
        history_end(e->history);
    if (e->in)
        fclose(e->in);
    if (e->out)
        fclose(e->out);
    if (e->locale) {
        uselocale(LC_GLOBAL_LOCALE);
        freelocale(e->locale);
    }
    free(e);
}

static FILE *stream_of(int fd, const char *mode)
{
    int own = dup(fd);
    FILE *f = own < 0 ? NULL : fdopen(own, mode);
    if (!f && own >= 0)
        close(own);
    return f;
}

static void *lib_open(int in, int out, const struct clnrm_editor_hooks *hooks)
{
    struct editor *e = calloc(1, sizeof(*e));
    if (!e)
        abort();
    e->hooks = *hooks;
    e->prompt = "";
    e->in = stream_of(in, "r");
    e->out = stream_of(out, "w");
    e->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (e->locale)
        uselocale(e->locale); /* of this thread: the program has none */
    if (e->in && e->out)
        e->el = el_init("clnrm", e->in, e->out, e->out);
    if (!e->el) {
        lib_close(e);
        return NULL;
    }
    set_up(e);
    return e;
}

static int lib_line(void *editor, const char *prompt, char **out)
{
    struct editor *e = editor;
    int count = 0;
    e->prompt = prompt;
    e->is_left = 0;
    fputs(PASTE_ON, e->out);
    const char *line = el_gets(e->el, &count);
    fputs(PASTE_OFF, e->out);
    fflush(e->out);
    e->prompt = "";
    if (!line || count <= 0)
        return e->is_left ? CLNRM_LINE_LEFT : CLNRM_LINE_END;
    size_t len = strlen(line);
    *out = strndup(line, len > 0 && line[len - 1] == '\n' ? len - 1 : len);
    if (!*out)
        abort();
    return CLNRM_LINE_READ;
}

static void lib_remember(void *editor, const char *line)
{
    struct editor *e = editor;
    HistEvent event;
    history(e->history, &event, H_ENTER, line);
}

static void lib_show(void *editor, const char *bytes, size_t len)
{
    struct editor *e = editor;
    fputs("\r\033[J", e->out);
    fwrite(bytes, 1, len, e->out);
    el_set(e->el, EL_REFRESH);
    fflush(e->out);
}

static void lib_resize(void *editor)
{
    struct editor *e = editor;
    fputs("\r\033[J", e->out);
    el_resize(e->el);
    el_set(e->el, EL_REFRESH);
    fflush(e->out);
}

static void lib_suspend(void *editor)
{
    struct editor *e = editor;
    fputs(PASTE_OFF "\n", e->out);
    el_set(e->el, EL_PREP_TERM, 0);
    fflush(e->out);
}

static void lib_resume(void *editor)
{
    struct editor *e = editor;
    el_set(e->el, EL_PREP_TERM, 1);
    fputs(PASTE_ON, e->out);
    el_set(e->el, EL_REFRESH);
    fflush(e->out);
}

const struct clnrm_editor_lib clnrm_editor_lib = {
    .open = lib_open,
    .close = lib_close,
    .line = lib_line,
    .remember = lib_remember,
    .show = lib_show,
    .resize = lib_resize,
    .suspend = lib_suspend,
    .resume = lib_resume,
};
