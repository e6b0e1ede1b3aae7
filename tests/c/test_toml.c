/* test_toml.c -- core/toml.h: the tree, tokens, limits at their edges, large tables, reuse. */
#include "toml_check.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct clnrm_toml_options v11 = {.version = CLNRM_TOML_1_1};

/* A text that is made piece by piece, with the NUL that must stand behind it. */
static struct clnrm_buf text;

static int make_text(void **state)
{
    (void)state;
    text = (struct clnrm_buf){.max = 64u << 20};
    return 0;
}

static int drop_text(void **state)
{
    (void)state;
    clnrm_buf_free(&text);
    return 0;
}

static void add(const char *s)
{
    assert_int_equal(clnrm_buf_add(&text, s, strlen(s)), 0);
}

static void add_times(const char *s, size_t times)
{
    for (size_t i = 0; i < times; i++)
        add(s);
}

static int parse(struct clnrm_toml_doc *doc)
{
    assert_int_equal(clnrm_buf_add(&text, "", 1), 0);
    return clnrm_toml_parse(doc, text.data, --text.len, &v11);
}

/* Asserts what the first error of the text is, or that there is none (0). */
static void assert_code(int code)
{
    struct clnrm_toml_doc doc = {0};
    parse(&doc);
    if (doc.error_count && (int)doc.errors[0].code != code)
        print_error("%u:%u %s\n", doc.errors[0].line, doc.errors[0].column, doc.errors[0].message);
    assert_int_equal(doc.error_count ? (int)doc.errors[0].code : 0, code);
    clnrm_toml_free(&doc);
    text.len = 0;
}

static void test_tree_keeps_order_places_and_flags(void **state)
{
    (void)state;
    struct clnrm_toml_doc doc = {0};
    add("z = 1\n[a.b]\nx.y = 'v'\n[[a.list]]\n[a.\"l\\u0069st\".sub]\nk = { i = [] }\n");
    assert_int_equal(parse(&doc), 0);
    uint32_t z = clnrm_toml_find(&doc, 0, "z", 1), a = clnrm_toml_find(&doc, 0, "a", 1);
    assert_true(z && a && clnrm_toml_first(&doc, 0) == z && doc.nodes[z].next == a);
    assert_int_equal(doc.nodes[a].flags, 0);
    uint32_t b = clnrm_toml_find(&doc, a, "b", 1), x = clnrm_toml_find(&doc, b, "x", 1);
    assert_int_equal(doc.nodes[b].flags, CLNRM_TOML_EXPLICIT);
    assert_int_equal(doc.nodes[x].flags, CLNRM_TOML_DOTTED);
    uint32_t list = clnrm_toml_find(&doc, a, "list", 4), element = clnrm_toml_first(&doc, list);
    assert_int_equal(doc.nodes[list].flags, CLNRM_TOML_TABLES);
    uint32_t sub = clnrm_toml_find(&doc, element, "sub", 3), k = clnrm_toml_find(&doc, sub, "k", 1);
    assert_int_equal(doc.nodes[k].flags, CLNRM_TOML_INLINE);
    assert_int_equal(clnrm_toml_find(&doc, sub, "K", 1), 0);
    assert_memory_equal(text.data + doc.nodes[sub].offset, "[a.\"l\\u0069st\".sub]", 19);
    clnrm_toml_free(&doc);
}

static void test_tokens_name_each_part(void **state)
{
    (void)state;
    static const struct {
        enum clnrm_toml_token_kind kind;
        const char *text;
    } want[] = {
        {CLNRM_TOML_T_BOM, "\xef\xbb\xbf"},
        {CLNRM_TOML_T_HEADERS, "[["},
        {CLNRM_TOML_T_KEY, "a"},
        {CLNRM_TOML_T_DOT, "."},
        {CLNRM_TOML_T_KEY, "\"b\""},
        {CLNRM_TOML_T_HEADERS, "]]"},
        {CLNRM_TOML_T_SPACE, " "},
        {CLNRM_TOML_T_COMMENT, "# c"},
        {CLNRM_TOML_T_NEWLINE, "\r\n"},
        {CLNRM_TOML_T_HEADER, "["},
        {CLNRM_TOML_T_KEY, "t"},
        {CLNRM_TOML_T_HEADER, "]"},
        {CLNRM_TOML_T_NEWLINE, "\n"},
        {CLNRM_TOML_T_KEY, "1"},
        {CLNRM_TOML_T_EQUALS, "="},
        {CLNRM_TOML_T_ARRAY, "["},
        {CLNRM_TOML_T_ATOM, "1979-05-27 07:32"},
        {CLNRM_TOML_T_COMMA, ","},
        {CLNRM_TOML_T_TABLE, "{"},
        {CLNRM_TOML_T_KEY, "x"},
        {CLNRM_TOML_T_EQUALS, "="},
        {CLNRM_TOML_T_STRING, "'''y'''"},
        {CLNRM_TOML_T_TABLE, "}"},
        {CLNRM_TOML_T_ARRAY, "]"},
        {CLNRM_TOML_T_NEWLINE, "\n"},
        {CLNRM_TOML_T_KEY, "b"},
        {CLNRM_TOML_T_EQUALS, "="},
        {CLNRM_TOML_T_JUNK, "oops ]"},
        {CLNRM_TOML_T_NEWLINE, "\n"},
        {CLNRM_TOML_T_KEY, "c"},
        {CLNRM_TOML_T_EQUALS, "="},
        {CLNRM_TOML_T_ATOM, "1"},
        {CLNRM_TOML_T_END, ""},
    };
    struct clnrm_toml_doc doc = {0};
    for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
        add(want[i].text);
    assert_int_equal(clnrm_buf_add(&text, "", 1), 0);
    clnrm_toml_parse(&doc, text.data, --text.len, &(struct clnrm_toml_options){.tokens = true});
    assert_int_equal(doc.error_count, 1);
    size_t at = 0;
    for (size_t i = 0; i < sizeof(want) / sizeof(*want); at += strlen(want[i++].text)) {
        assert_int_equal(doc.tokens[i].kind, want[i].kind);
        assert_int_equal(doc.tokens[i].offset, at);
    }
    assert_int_equal(doc.token_count, sizeof(want) / sizeof(*want));
    clnrm_toml_free(&doc);
}

static void test_depth_has_an_edge(void **state)
{
    (void)state;
    add("a = "), add_times("[", CLNRM_TOML_DEPTH_MAX), add_times("]", CLNRM_TOML_DEPTH_MAX);
    assert_code(0);
    add("a = "), add_times("[", CLNRM_TOML_DEPTH_MAX + 1);
    assert_code(CLNRM_TOML_E_TOO_DEEP);
    add("a"), add_times(".a", CLNRM_TOML_DEPTH_MAX), add(" = 1");
    assert_code(0);
    add("a"), add_times(".a", CLNRM_TOML_DEPTH_MAX + 1), add(" = 1");
    assert_code(CLNRM_TOML_E_TOO_DEEP);
    add("[a"), add_times(".a", CLNRM_TOML_DEPTH_MAX - 1), add("]\nb = 1");
    assert_code(0);
    add("[a"), add_times(".a", CLNRM_TOML_DEPTH_MAX - 1), add("]\nb = {}");
    assert_code(CLNRM_TOML_E_TOO_DEEP);
    add("[a"), add_times(".a", CLNRM_TOML_DEPTH_MAX), add("]");
    assert_code(CLNRM_TOML_E_TOO_DEEP);
    add("[[a]]\n[[a.a]]\n[a.a"), add_times(".a", CLNRM_TOML_DEPTH_MAX - 4), add("]");
    assert_code(0);
    add("[[a]]\n[[a.a]]\n[a.a"), add_times(".a", CLNRM_TOML_DEPTH_MAX - 3), add("]");
    assert_code(CLNRM_TOML_E_TOO_DEEP);
}

static void test_sizes_have_an_edge(void **state)
{
    (void)state;
    add_times("k", CLNRM_TOML_KEY_MAX), add(" = 1");
    assert_code(0);
    add_times("k", CLNRM_TOML_KEY_MAX + 1), add(" = 1");
    assert_code(CLNRM_TOML_E_KEY_LENGTH);
    add("a = 1."), add_times("0", CLNRM_TOML_NUMBER_MAX - 2);
    assert_code(0);
    add("a = 1."), add_times("0", CLNRM_TOML_NUMBER_MAX - 1);
    assert_code(CLNRM_TOML_E_RANGE);
    add_times("################", CLNRM_TOML_TEXT_MAX / 16);
    assert_code(0);
    add_times("################", CLNRM_TOML_TEXT_MAX / 16), add("#");
    assert_code(CLNRM_TOML_E_TOO_LARGE);
    add("a = ["), add_times("1,", CLNRM_TOML_NODES_MAX - 2), add("]");
    assert_code(0);
    add("a = ["), add_times("1,", CLNRM_TOML_NODES_MAX - 1), add("]");
    assert_code(CLNRM_TOML_E_TOO_MANY);
}

static void test_large_tables_find_every_key(void **state)
{
    (void)state;
    enum { KEYS = 100000 };
    struct clnrm_toml_doc doc = {0};
    char line[64];
    for (int i = 0; i < KEYS; i++) {
        snprintf(line, sizeof(line), "key%d = %d\n", i, i);
        add(line);
    }
    assert_int_equal(parse(&doc), 0);
    for (int i = 0; i < KEYS; i++) {
        int len = snprintf(line, sizeof(line), "key%d", i);
        uint32_t id = clnrm_toml_find(&doc, 0, line, (size_t)len);
        assert_true(id && doc.nodes[id].value.integer == i);
        line[0] = 'K';
        assert_int_equal(clnrm_toml_find(&doc, 0, line, (size_t)len), 0);
    }
    add("key77 = 1\n"); /* and a key given twice is seen among them */
    assert_int_equal(parse(&doc), CLNRM_ESYNTAX);
    assert_int_equal(doc.errors[0].code, CLNRM_TOML_E_DUPLICATE);
    assert_int_equal(doc.errors[0].line, KEYS + 1);
    assert_int_equal(doc.errors[0].related_line, 78);
    clnrm_toml_free(&doc);
}

static void test_a_document_is_used_again(void **state)
{
    (void)state;
    struct clnrm_toml_doc doc = {0};
    add("a = '\x01'\nb = [1, ]]\n");
    assert_int_equal(parse(&doc), CLNRM_ESYNTAX);
    assert_int_equal(doc.error_count, 2);
    text.len = 0;
    add("b = \"\\t\"");
    assert_int_equal(parse(&doc), 0);
    assert_int_equal(doc.node_count, 2);
    uint32_t b = clnrm_toml_find(&doc, 0, "b", 1);
    assert_memory_equal(clnrm_toml_bytes(&doc, doc.nodes[b].value.string.at), "\t", 1);
    clnrm_toml_free(&doc);
}

static void test_the_worst_bytes_are_named_once(void **state)
{
    (void)state;
    struct clnrm_toml_doc doc = {0};
    add("a = \"");
    add_times("\xff", 1000);
    add("\"\nb = ?\n");
    assert_int_equal(parse(&doc), CLNRM_EUTF8);
    assert_int_equal(doc.error_count, 2);
    assert_int_equal(doc.errors[0].length, 1000);
    assert_int_equal(doc.errors[1].code, CLNRM_TOML_E_WORD);
    clnrm_toml_free(&doc);
}

static void test_messages_cut_keys_between_characters(void **state)
{
    (void)state;
    for (int lead = 0; lead < 4; lead++) {
        text.len = 0;
        add("\""), add_times("x", (size_t)lead), add_times("\xe2\x82\xac", 30), add("\" = 1\n");
        size_t once = text.len;
        char *copy = clnrm_xmemdup(text.data, once);
        assert_int_equal(clnrm_buf_add(&text, copy, once), 0); /* the key is given twice */
        free(copy);
        assert_false(toml_check(text.data, text.len));
    }
}

static void test_reading_ends_at_the_hundredth_error_wherever_it_is(void **state)
{
    (void)state;
    static const char *const last[] = {"[a]\n[a.b]\n[a]", "[[a]]\n[a.b]\n[a]", "a=[1 2",
                                       "a={b 1}",         "x=1\n[x.y]",        "a=1\na.b=2",
                                       "a=[1,\n[t]\n"};
    for (size_t i = 0; i < sizeof(last) / sizeof(*last); i++)
        for (size_t before = CLNRM_TOML_ERRORS_MAX - 3; before <= CLNRM_TOML_ERRORS_MAX; before++) {
            text.len = 0;
            add_times("#\x01\n", before), add(last[i]);
            toml_check(text.data, text.len);
            text.len = 0;
            add_times("?\n", before), add(last[i]);
            toml_check(text.data, text.len);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tree_keeps_order_places_and_flags, make_text,
                                        drop_text),
        cmocka_unit_test_setup_teardown(test_tokens_name_each_part, make_text, drop_text),
        cmocka_unit_test_setup_teardown(test_depth_has_an_edge, make_text, drop_text),
        cmocka_unit_test_setup_teardown(test_sizes_have_an_edge, make_text, drop_text),
        cmocka_unit_test_setup_teardown(test_large_tables_find_every_key, make_text, drop_text),
        cmocka_unit_test_setup_teardown(test_a_document_is_used_again, make_text, drop_text),
        cmocka_unit_test_setup_teardown(test_the_worst_bytes_are_named_once, make_text, drop_text),
        cmocka_unit_test_setup_teardown(test_messages_cut_keys_between_characters, make_text,
                                        drop_text),
        cmocka_unit_test_setup_teardown(test_reading_ends_at_the_hundredth_error_wherever_it_is,
                                        make_text, drop_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
