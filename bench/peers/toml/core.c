/* core.c -- our reader without Lua: core FILE N reads FILE N times into its tree, prints CPU seconds. */
#include "core/toml.h"

#include <stdio.h>
#include <time.h>

static void read_once(const char *text, size_t len)
{
    struct clnrm_toml_doc doc = {0};
    if (clnrm_toml_parse(&doc, text, len, &(struct clnrm_toml_options){0}) != 0)
        exit(1);
    clnrm_toml_free(&doc);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    FILE *file = fopen(argv[1], "rb");
    char *text = clnrm_xcalloc(CLNRM_TOML_TEXT_MAX + 1);
    if (!file)
        return 2;
    size_t len = fread(text, 1, CLNRM_TOML_TEXT_MAX, file);
    int rounds = atoi(argv[2]);
    fclose(file);
    for (int i = 0; i < rounds / 10 + 1; i++)
        read_once(text, len);
    clock_t start = clock();
    for (int i = 0; i < rounds; i++)
        read_once(text, len);
    printf("%.6f\n", (double)(clock() - start) / CLOCKS_PER_SEC);
    free(text);
    return 0;
}
