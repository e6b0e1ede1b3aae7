/* words.c -- see words.h.
 *
 * The automaton of Aho and Corasick, with each next state written out: one look a byte.  Bytes that
 * no word holds are of one class, so a row is short. */
#include "core/words.h"
#include "base/base.h"

#include <errno.h>

enum { BYTES = 256 };

/* A state: the beginning of a word, as a node of the tree of all of them. */
struct node {
    uint16_t child, sibling; /* states; 0: none */
    uint16_t fail;           /* the state of the longest end of it that begins a word, too */
    uint8_t class;           /* of the byte that leads here */
};

struct clnrm_words {
    uint8_t class_of[BYTES]; /* 0: of bytes that no word holds */
    unsigned shift;          /* of a state to its row */
    uint16_t *next;          /* state, class -> state */
    uint16_t *ends;          /* state -> state of the longest word that ends here; 0: none */
    uint16_t *others;        /* of such a state -> the same for the words within that one */
    uint16_t *word;          /* of such a state -> index */
};

static unsigned char folded(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
}

/* Gives each byte of a word a class, and says how many bits these take. */
static void make_classes(struct clnrm_words *w, const struct clnrm_slice *words, size_t count)
{
    unsigned classes = 1;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < words[i].len; k++) {
            uint8_t *class = &w->class_of[folded(words[i].data[k])];
            if (*class == 0)
                *class = (uint8_t)classes++;
        }
    for (int c = 'A'; c <= 'Z'; c++)
        w->class_of[c] = w->class_of[folded((char)c)];
    while (1u << w->shift < classes)
        w->shift++;
}

/* Finds or adds what a class leads to. */
static uint16_t child_of(struct node *nodes, uint32_t *count, uint16_t state, uint8_t class)
{
    uint16_t child = nodes[state].child;
    while (child != 0 && nodes[child].class != class)
        child = nodes[child].sibling;
    if (child != 0)
        return child;
    child = (uint16_t)(*count)++;
    nodes[child] = (struct node){.sibling = nodes[state].child, .class = class};
    nodes[state].child = child;
    return child;
}

/* Adds the words to the tree.  Returns how many states there are, or -EINVAL. */
static int make_tree(struct clnrm_words *w, const struct clnrm_slice *words, size_t count,
                     struct node *nodes)
{
    uint32_t states = 1;
    for (size_t i = 0; i < count; i++) {
        uint16_t state = 0;
        for (size_t k = 0; k < words[i].len; k++)
            state = child_of(nodes, &states, state, w->class_of[(unsigned char)words[i].data[k]]);
        if (state == 0 || w->ends[state] != 0)
            return -EINVAL;
        w->ends[state] = state;
        w->word[state] = (uint16_t)i;
    }
    return (int)states;
}

/* Writes the rows, those of shorter beginnings first: a row is that of its longest end, but for what
 * goes on. */
static void make_rows(struct clnrm_words *w, struct node *nodes, uint16_t *queue)
{
    size_t row = sizeof(*w->next) << w->shift, first = 0, last = 1;
    for (queue[0] = 0; first < last; first++) {
        uint16_t state = queue[first], fail = nodes[state].fail;
        uint16_t *own = w->next + ((size_t)state << w->shift);
        if (state != 0)
            memcpy(own, w->next + ((size_t)fail << w->shift), row);
        for (uint16_t child = nodes[state].child; child != 0; child = nodes[child].sibling) {
            uint16_t end = own[nodes[child].class];
            nodes[child].fail = end;
            w->others[child] = w->ends[end];
            if (w->ends[child] == 0)
                w->ends[child] = w->ends[end];
            own[nodes[child].class] = child;
            queue[last++] = child;
        }
    }
}

int clnrm_words_open(const struct clnrm_slice *words, size_t count, struct clnrm_words **out)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count && bytes <= CLNRM_WORDS_BYTES_MAX; i++)
        bytes += words[i].len < CLNRM_WORDS_BYTES_MAX ? words[i].len : CLNRM_WORDS_BYTES_MAX + 1;
    if (count > CLNRM_WORDS_MAX || bytes > CLNRM_WORDS_BYTES_MAX)
        return CLNRM_ELIMIT;
    struct clnrm_words *w = clnrm_xcalloc(sizeof(*w));
    struct node *nodes = clnrm_xcalloc((bytes + 1) * sizeof(*nodes));
    w->ends = clnrm_xcalloc((bytes + 1) * sizeof(*w->ends));
    w->others = clnrm_xcalloc((bytes + 1) * sizeof(*w->others));
    w->word = clnrm_xcalloc((bytes + 1) * sizeof(*w->word));
    make_classes(w, words, count);
    int states = make_tree(w, words, count, nodes);
    if (states > 0) {
        uint16_t *queue = clnrm_xcalloc((size_t)states * sizeof(*queue));
        w->next = clnrm_xcalloc(((size_t)states << w->shift) * sizeof(*w->next));
        make_rows(w, nodes, queue);
        free(queue);
        *out = w;
    } else
        clnrm_words_close(w);
    free(nodes);
    return states > 0 ? 0 : states;
}

size_t clnrm_words_find(const struct clnrm_words *w, struct clnrm_slice text, uint16_t *found)
{
    bool noted[CLNRM_WORDS_MAX] = {false};
    size_t count = 0;
    uint16_t state = 0;
    for (size_t i = 0; i < text.len; i++) {
        state = w->next[((size_t)state << w->shift) | w->class_of[(unsigned char)text.data[i]]];
        /* with a word, all within it are noted: each is come to once */
        for (uint16_t end = w->ends[state]; end != 0 && !noted[w->word[end]];
             end = w->others[end]) {
            noted[w->word[end]] = true;
            found[count++] = w->word[end];
        }
    }
    return count;
}

void clnrm_words_close(struct clnrm_words *w)
{
    if (!w)
        return;
    free(w->next);
    free(w->ends);
    free(w->others);
    free(w->word);
    free(w);
}
