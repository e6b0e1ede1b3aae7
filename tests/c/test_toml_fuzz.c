/* test_toml_fuzz.c -- core/toml.h on texts that nobody wrote: the same ones in every run.
 *
 * What must hold for each is in toml_check.h; tests/fuzz/fuzz_toml.c asks the same of far more. */
#include "toml_check.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { TEXT_SIZE = 600, SPLICES = 30000, MUTANTS = 30000, TOKENS_MAX = 40 };

static uint64_t random_state = 88172645463325252u;

static uint32_t below(uint32_t n) /* xorshift64 */
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % n;
}

static const char *const pieces[] = {
    "a",
    "b",
    "key-1",
    "\"q\"",
    "'l'",
    "\"\\u0061\"",
    "\"\"",
    "1",
    "0",
    "-7",
    "1_0",
    "0xfF",
    "01",
    "1.5",
    "1e3",
    "-0.0",
    "inf",
    "nan",
    "true",
    "false",
    "1979-05-27",
    "07:32",
    "07:32:00",
    "Z",
    "\"s\"",
    "'raw'",
    "\"\\n\"",
    "\"\\e\"",
    "\"\"\"m\"\"\"",
    "'''m'''",
    "\"\"\"",
    "'''",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    ",",
    ".",
    "=",
    " = ",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "\r",
    " ",
    "\t",
    "# c",
    "\\",
    "\"",
    "'",
    "\xc3\xa9",
    "\xc3",
    "\xff",
    "\x01",
    "\x7f",
    "[t]\n",
    "[[l]]\n",
    "[t.u]\n",
    "a.b = 1\n",
    "a = 1\n",
    "x = [\n",
    "i = {\n",
    " k = 2\n",
    "1979-05-27T07:32:00.5+01:00",
    "\\\n",
    "\"\"\"\n\\\r\n  x\"\"\"",
    ",\n",
};

static const char *const seeds[] = {
    "title = \"x\"\n[owner]\ndob = 1979-05-27T07:32:00-08:00 # c\n[db]\nports = [ 8000, [1, 2] ]\n"
    "t = { cpu = 79.5, case = 72.0 }\n[[servers]]\nip = '10.0.0.1'\n[servers.a.b]\nx.y = 1\n",
    "a = \"\"\"\nmulti \\\n   line \\\" \"\" \"\"\"\nb = '''raw\n'''\r\nc = [\n  1, # one\n  "
    "2,\n]\n"
    "d = { e = 1,\n f = { g = [ {}, [] ] }, }\n",
    "\xef\xbb\xbf\"\\u00e9\" = 0x1f\n'' = 0b1\n1.2.3 = +1e-7\n[ a . \"b\" . 'c' ]\n[a]\n[a.b.d]\n"
    "x = 1979-05-27 07:32\ny = 07:32:00.999999999999\nz = -nan\n",
};

static void check_counted(const char *text, size_t len, unsigned *valid)
{
    *valid += toml_check(text, len);
}

static void test_spliced_pieces(void **state)
{
    (void)state;
    char text[TEXT_SIZE * 2];
    unsigned valid = 0;
    for (int i = 0; i < SPLICES; i++) {
        size_t len = 0;
        for (uint32_t n = 1 + below(TOKENS_MAX); n > 0 && len < TEXT_SIZE; n--) {
            const char *piece = pieces[below(sizeof(pieces) / sizeof(*pieces))];
            memcpy(text + len, piece, strlen(piece));
            len += strlen(piece);
        }
        check_counted(text, len, &valid);
    }
    assert_true(valid > SPLICES / 200); /* else only errors are tried */
}

static void test_mutated_texts(void **state)
{
    (void)state;
    char text[TEXT_SIZE * 2];
    unsigned valid = 0;
    for (int i = 0; i < MUTANTS; i++) {
        const char *seed = seeds[below(sizeof(seeds) / sizeof(*seeds))];
        size_t len = strlen(seed);
        memcpy(text, seed, len);
        for (uint32_t n = 1 + below(3); n > 0; n--) {
            size_t at = below((uint32_t)len + 1);
            const char *piece = pieces[below(sizeof(pieces) / sizeof(*pieces))];
            size_t cut = below(8), put = below(3) ? strlen(piece) : 0;
            cut = cut > len - at ? len - at : cut;
            if (below(4) == 0 && at < len) {
                text[at] = (char)below(256);
                continue;
            }
            memmove(text + at + put, text + at + cut, len - at - cut);
            memcpy(text + at, piece, put);
            len = len - cut + put;
        }
        check_counted(text, len, &valid);
    }
    assert_true(valid > MUTANTS / 50);
}

static void test_every_prefix(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(seeds) / sizeof(*seeds); i++) {
        assert_true(toml_check(seeds[i], strlen(seeds[i])));
        for (size_t len = 0; len < strlen(seeds[i]); len++)
            toml_check(seeds[i], len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spliced_pieces),
        cmocka_unit_test(test_mutated_texts),
        cmocka_unit_test(test_every_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
