/* pack.c -- compresses the Lua modules of the program, each for itself, and writes their index.
 *
 * usage: pack RAW LIST BLOB INDEX.c
 * LIST has a line for each module, sorted by name: NAME FILE LENGTH; RAW has their chunks in that
 * order.  BLOB begins with what LZ4 takes as known before each of them: pieces of all chunks, evenly
 * spaced.  That makes 1.6 MB of 3.2; without it they are 2.3. */
#include <lz4hc.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* LZ4 looks back at most so far. */
enum { KNOWN = 64 * 1024, PIECE = 1024, NAME_MAX_LEN = 255 };

static void die(const char *what)
{
    fprintf(stderr, "pack: %s: %s\n", what, strerror(errno));
    exit(1);
}

static FILE *open_file(const char *path, const char *mode)
{
    FILE *f = fopen(path, mode);
    if (!f)
        die(path);
    return f;
}

static char *read_all(const char *path, size_t *len)
{
    FILE *f = open_file(path, "rb");
    if (fseek(f, 0, SEEK_END) != 0)
        die(path);
    long size = ftell(f);
    char *all = size < 0 ? NULL : malloc((size_t)size + 1);
    rewind(f);
    if (!all || fread(all, 1, (size_t)size, f) != (size_t)size)
        die(path);
    fclose(f);
    *len = (size_t)size;
    return all;
}

/* Takes pieces of `raw`, evenly spaced, or all of it when it is short. */
static size_t choose_known(const char *raw, size_t len, char known[KNOWN])
{
    if (len <= KNOWN) {
        memcpy(known, raw, len);
        return len;
    }
    for (size_t i = 0; i < KNOWN / PIECE; i++)
        memcpy(known + i * PIECE, raw + len / (KNOWN / PIECE) * i, PIECE);
    return KNOWN;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fputs("usage: pack RAW LIST BLOB INDEX.c\n", stderr);
        return 2;
    }
    static char known[KNOWN];
    char name[NAME_MAX_LEN + 1], file[NAME_MAX_LEN + 1];
    size_t raw_len, at = 0, offset, len, count = 0;
    char *raw = read_all(argv[1], &raw_len);
    FILE *list = open_file(argv[2], "r"), *blob = open_file(argv[3], "wb");
    FILE *out = open_file(argv[4], "w");
    size_t known_len = offset = choose_known(raw, raw_len, known);
    LZ4_streamHC_t *stream = LZ4_createStreamHC();
    if (!stream)
        die("LZ4");
    fwrite(known, 1, known_len, blob);
    fprintf(out, "/* made by tools/pack.c */\n#include \"bind/embed.h\"\n\n"
                 "const struct clnrm_embedded clnrm_embedded[] = {\n");
    while (fscanf(list, "%255s %255s %zu", name, file, &len) == 3) {
        int most = LZ4_compressBound((int)len);
        char *packed = malloc((size_t)most);
        if (!packed || at + len > raw_len)
            die(name);
        LZ4_resetStreamHC_fast(stream, LZ4HC_CLEVEL_MAX);
        LZ4_loadDictHC(stream, known, (int)known_len);
        int packed_len = LZ4_compress_HC_continue(stream, raw + at, packed, (int)len, most);
        if (packed_len <= 0)
            die(name);
        fwrite(packed, 1, (size_t)packed_len, blob);
        fprintf(out, "    {\"%s\", \"%s\", %zu, %d, %zu},\n", name, file, offset, packed_len, len);
        free(packed);
        at += len, offset += (size_t)packed_len, count++;
    }
    fprintf(out,
            "};\nconst size_t clnrm_embedded_count = %zu;\n"
            "const size_t clnrm_embedded_known = %zu;\n"
            "__asm__(\".section .rodata\\n\"\n        \".global clnrm_embedded_blob\\n\"\n"
            "        \"clnrm_embedded_blob:\\n\"\n        \".incbin \\\"%s\\\"\\n\"\n"
            "        \".byte 0\\n\"\n        \".previous\\n\");\n",
            count, known_len, argv[3]);
    if (at != raw_len || ferror(blob) || fclose(blob) != 0 || ferror(out) || fclose(out) != 0)
        die(argv[3]);
    fclose(list);
    LZ4_freeStreamHC(stream);
    free(raw);
    return 0;
}
