/* tsan.c -- lets ThreadSanitizer see what Lua and the spawner do; linked into VARIANT=thread only.
 *
 * libtsan of GCC 12 intercepts longjmp, but not the two names that Lua calls it by: its shadow stack
 * would grow with every error and every yield.  And it takes clone() for a fork(): a child in the same
 * memory would end the parent's books, and no signal would be delivered any more. */
#include <sched.h>
#include <setjmp.h>

int __clone(int (*fn)(void *), void *stack, int flags, void *arg, ...);
void __longjmp_chk(jmp_buf env, int value);

int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...)
{
    return __clone(fn, stack, flags, arg);
}

void __longjmp_chk(jmp_buf env, int value) /* what -D_FORTIFY_SOURCE makes of _longjmp */
{
    longjmp(env, value); /* restores no signal mask: _setjmp saved none */
}

void _longjmp(jmp_buf env, int value)
{
    longjmp(env, value);
}
