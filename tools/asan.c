/* asan.c -- what AddressSanitizer is told, whoever starts the program; linked into VARIANT=address only.
 *
 * GCC 12 guesses how large a library's thread-local block is: one that begins 16 bytes behind a page it
 * takes for an old glibc's, and what stands before it for its place and size.  There stands the header of
 * its own malloc.  One exit in 128 then ended in "LeakSanitizer has encountered a fatal error" and 1, for
 * GnuTLS, behind libcurl, touches such a block as the last thing it does.  Leaks are found without that:
 * these blocks are the loader's, and all of its memory is looked through. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "intercept_tls_get_addr=0";
}
