/* screen.c -- cells and keys by ncurses; see core/screen_lib.h.
 *
 * ncurses is made to believe that its terminal is a file in memory: it writes there, never waits
 * for a terminal that nobody reads, and finds no modes that it could change.  The character
 * encoding is the thread's for the time of each call, since the program itself has no locale. */
#include "core/screen_lib.h"

#include <curses.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>

extern const struct clnrm_screen_lib clnrm_screen_lib;

enum { ESCAPE_MS = 25, UNDO_MAX = 256, COLORS_USED = 8 };

/* What ncurses takes for itself when nobody else has it. */
static const int taken[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};

enum { TAKEN_COUNT = sizeof(taken) / sizeof(taken[0]) };

struct screen {
    SCREEN *curses;
    WINDOW *keys; /* never shown: reading from a window that is would draw it */
    FILE *in, *out;
    locale_t locale, before;
    bool has_color, is_begun;
    char *frame;
    size_t frame_size;
    char undo[UNDO_MAX];
};

static struct screen *tputs_to; /* its function has no argument for it; putp() writes to stdout */

static void enter(struct screen *s)
{
    s->before = uselocale(s->locale);
    if (s->curses)
        set_term(s->curses);
}

static void leave(struct screen *s)
{
    uselocale(s->before);
}

static int add_undo(int c)
{
    size_t len = strlen(tputs_to->undo);
    if (len + 1 < UNDO_MAX) {
        tputs_to->undo[len] = (char)c;
        tputs_to->undo[len + 1] = '\0';
    }
    return c;
}

static void compose_undo(struct screen *s)
{
    char *const strings[] = {exit_attribute_mode, orig_pair, keypad_local, cursor_normal,
                             exit_ca_mode};
    tputs_to = s;
    s->undo[0] = '\0';
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        if (strings[i])
            tputs(strings[i], 1, add_undo);
    if (!exit_ca_mode && clear_screen) /* a terminal with one screen: it is empty afterwards */
        tputs(clear_screen, 1, add_undo);
}

static void lib_close(void *screen)
{
    struct screen *s = screen;
    enter(s);
    if (s->keys)
        delwin(s->keys);
    if (s->curses)
        delscreen(s->curses);
    leave(s);
    if (s->in)
        fclose(s->in);
    if (s->out)
        fclose(s->out);
    if (s->locale)
        freelocale(s->locale);
    free(s->frame);
    free(s);
}

static FILE *stream_of(int fd, const char *mode)
{
    FILE *f = fd < 0 ? NULL : fdopen(fd, mode);
    if (!f && fd >= 0)
        close(fd);
    return f;
}

/* Whether the terminal is known and its cursor can be moved.  A newterm() that fails would leave
 * memory behind. */
static bool is_usable(const char *term, struct screen *s)
{
    int reason;
    if (setupterm(term, fileno(s->out), &reason) != OK)
        return false;
    bool is_good = cursor_address && clear_screen;
    del_curterm(cur_term);
    return is_good;
}

/* newterm() with the handlers of signals left alone. */
static SCREEN *new_screen(const char *term, struct screen *s)
{
    struct sigaction before[TAKEN_COUNT];
    for (int i = 0; i < TAKEN_COUNT; i++)
        sigaction(taken[i], NULL, &before[i]);
    use_env(FALSE);   /* the size comes from resize() alone */
    use_tioctl(TRUE); /* no terminal is asked, but one whose entry has no size gets one: "linux" */
    SCREEN *curses = newterm(term, s->out, s->in);
    for (int i = 0; i < TAKEN_COUNT; i++)
        sigaction(taken[i], &before[i], NULL);
    return curses;
}

static void set_up(struct screen *s, bool has_color)
{
    typeahead(-1); /* a key that waits is no reason to draw half a frame */
    set_escdelay(ESCAPE_MS);
    cbreak(); /* fails, and notes that there is no terminal whose lines it would have to edit */
    noecho();
    nonl();
    curs_set(0);
    if (has_color && has_colors() && start_color() == OK) {
        use_default_colors();
        for (short i = 1; i <= COLORS_USED && i < COLOR_PAIRS; i++)
            init_pair(i, i == COLORS_USED ? COLOR_WHITE : i, -1);
        s->has_color = true;
    }
    s->keys = newpad(1, 1);
    keypad(s->keys, TRUE);
    nodelay(s->keys, TRUE);
    leaveok(stdscr, TRUE);
    scrollok(stdscr, FALSE);
}

static void *lib_open(const char *term, int in, bool has_color)
{
    struct screen *s = calloc(1, sizeof(*s));
    if (!s)
        abort();
    s->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    s->in = stream_of(dup(in), "r");
    s->out = stream_of(memfd_create("clnrm-screen", MFD_CLOEXEC), "w");
    if (!s->locale || !s->in || !s->out) {
        lib_close(s);
        return NULL;
    }
    enter(s);
    s->curses = is_usable(term, s) ? new_screen(term, s) : NULL;
    if (s->curses) {
        set_up(s, has_color);
        compose_undo(s);
    }
    leave(s);
    if (s->curses)
        return s;
    lib_close(s);
    return NULL;
}

static const char *lib_undo(void *screen)
{
    struct screen *s = screen;
    return s->undo;
}

static int add_out(int c)
{
    return putc(c, tputs_to->out);
}

static void lib_restart(void *screen)
{
    struct screen *s = screen;
    enter(s);
    tputs_to = s;
    if (s->is_begun && enter_ca_mode) /* the first time newterm() has done it */
        tputs(enter_ca_mode, 1, add_out);
    if (s->is_begun && cursor_invisible)
        tputs(cursor_invisible, 1, add_out);
    fflush(s->out); /* ncurses writes to its descriptor */
    s->is_begun = true;
    keypad(s->keys, TRUE);
    clearok(curscr, TRUE);
    leave(s);
}

static void lib_resize(void *screen, int height, int width)
{
    struct screen *s = screen;
    enter(s);
    if (height != LINES || width != COLS)
        resizeterm(height, width);
    clearok(curscr, TRUE); /* what a terminal keeps of a screen of another size nobody knows */
    leave(s);
}

static void lib_erase(void *screen)
{
    struct screen *s = screen;
    enter(s);
    werase(stdscr);
    leave(s);
}

static attr_t attributes_of(unsigned style)
{
    attr_t attributes = A_NORMAL;
    if (style & CLNRM_STYLE_BOLD)
        attributes |= A_BOLD;
    if (style & CLNRM_STYLE_DIM)
        attributes |= A_DIM;
    if (style & CLNRM_STYLE_REVERSE)
        attributes |= A_REVERSE;
    if (style & CLNRM_STYLE_UNDERLINE)
        attributes |= A_UNDERLINE;
    return attributes;
}

/* Takes the next character; what is none, or would move the cursor, is '?'. */
static wchar_t next_char(const char **at, const char *end, int *width)
{
    wchar_t c = L'?';
    mbstate_t state = {0};
    size_t n = mbrtowc(&c, *at, (size_t)(end - *at), &state);
    if (n == 0 || n > (size_t)(end - *at)) {
        n = 1;
        c = L'?';
    }
    *at += n;
    *width = wcwidth(c);
    if (*width < 0) {
        c = L'?';
        *width = 1;
    }
    return c;
}

/* Puts one cell: a character with those that combine with it. */
static int put_cell(const char **at, const char *end, int room, attr_t attributes, short pair)
{
    wchar_t text[CCHARW_MAX + 1] = {0};
    int count = 0, width = 0, own;
    const char *next = *at;
    text[count++] = next_char(&next, end, &width);
    if (width > room)
        return 0;
    *at = next;
    if (width == 0) /* nothing that it could combine with */
        return -1;
    while (next < end) {
        wchar_t c = next_char(&next, end, &own);
        if (own != 0)
            break;
        if (count < CCHARW_MAX)
            text[count++] = c;
        *at = next;
    }
    cchar_t cell;
    setcchar(&cell, text, attributes, pair, NULL);
    wadd_wch(stdscr, &cell); /* fails behind the last cell of the screen, which it has set */
    return width;
}

static int lib_put(void *screen, int y, int x, int width, unsigned style, const char *text,
                   size_t len)
{
    struct screen *s = screen;
    const char *at = text, *end = text + len;
    int taken_columns = 0;
    enter(s);
    short pair = s->has_color ? (short)(style & CLNRM_STYLE_COLOR) : 0;
    if (x >= 0 && x < COLS && y >= 0 && y < LINES) {
        width = width < COLS - x ? width : COLS - x;
        wmove(stdscr, y, x);
        while (at < end && taken_columns < width) {
            int n = put_cell(&at, end, width - taken_columns, attributes_of(style), pair);
            if (n == 0)
                break;
            taken_columns += n > 0 ? n : 0;
        }
    }
    leave(s);
    return taken_columns;
}

/* Reads what was written into the memory file, and empties it. */
static size_t take_written(struct screen *s)
{
    int fd = fileno(s->out);
    fflush(s->out);
    off_t size = lseek(fd, 0, SEEK_END);
    if (size <= 0)
        return 0;
    if ((size_t)size > s->frame_size) {
        s->frame_size = (size_t)size * 2;
        s->frame = realloc(s->frame, s->frame_size);
        if (!s->frame)
            abort();
    }
    ssize_t n = pread(fd, s->frame, (size_t)size, 0);
    if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0 || n != size)
        return 0;
    return (size_t)n;
}

static const char *lib_frame(void *screen, size_t *len)
{
    struct screen *s = screen;
    sigset_t stop, before;
    sigemptyset(&stop);
    sigaddset(&stop,
              SIGTSTP); /* doupdate() ignores it meanwhile; one that is blocked comes later */
    pthread_sigmask(SIG_BLOCK, &stop, &before);
    enter(s);
    wnoutrefresh(stdscr);
    doupdate();
    *len = take_written(s);
    leave(s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return s->frame;
}

/* The keys that have names here; of ncurses's own, those that nobody asks for are left out. */
static const struct {
    int code;
    const char *name;
} names[] = {{KEY_UP, "up"},       {KEY_DOWN, "down"},      {KEY_LEFT, "left"},
             {KEY_RIGHT, "right"}, {KEY_HOME, "home"},      {KEY_END, "end"},
             {KEY_PPAGE, "pgup"},  {KEY_NPAGE, "pgdn"},     {KEY_BTAB, "backtab"},
             {KEY_DC, "delete"},   {KEY_BACKSPACE, "back"}, {KEY_ENTER, "enter"},
             {KEY_IC, "insert"},   {KEY_F(1), "f1"}};

static int name_of(int code, char *out)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].code == code)
            return snprintf(out, CLNRM_SCREEN_KEY_MAX, "%s", names[i].name);
    return snprintf(out, CLNRM_SCREEN_KEY_MAX, "other");
}

static int name_of_control(wint_t c, char *out)
{
    const char *name = c == 27              ? "escape"
                       : c == 13 || c == 10 ? "enter"
                       : c == 9             ? "tab"
                       : c == 12            ? "ctrl-l"
                       : c == 127 || c == 8 ? "back"
                                            : "other";
    return snprintf(out, CLNRM_SCREEN_KEY_MAX, "%s", name);
}

static int lib_key(void *screen, char out[CLNRM_SCREEN_KEY_MAX], bool *is_special)
{
    struct screen *s = screen;
    wint_t c = 0;
    int len = 0;
    enter(s);
    int status = wget_wch(s->keys, &c);
    *is_special = status == KEY_CODE_YES || c < 32 || c == 127;
    if (status == KEY_CODE_YES)
        len = name_of((int)c, out);
    else if (status == OK && *is_special)
        len = name_of_control(c, out);
    else if (status == OK) {
        mbstate_t state = {0};
        size_t n = wcrtomb(out, (wchar_t)c, &state);
        len = n == (size_t)-1 ? 0 : (int)n;
        out[len] = '\0';
    }
    leave(s);
    return len;
}

const struct clnrm_screen_lib clnrm_screen_lib = {
    .open = lib_open,
    .close = lib_close,
    .undo = lib_undo,
    .restart = lib_restart,
    .resize = lib_resize,
    .erase = lib_erase,
    .put = lib_put,
    .frame = lib_frame,
    .key = lib_key,
};
