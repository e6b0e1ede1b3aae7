/* plugin.c -- see plugin.h for the contract. */
#include "core/plugin.h"
#include "base/base.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

enum { PLUGINS_MAX = 8 };

static struct {
    const char *name;
    void *handle;
} loaded[PLUGINS_MAX];

static char error[PATH_MAX + 256];

static void *open_in(const char *dir, const char *below, const char *name)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof(path), "%s%s/libclnrm_%s.so", dir, below, name);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        snprintf(error, sizeof(error), "%s", dlerror());
    return handle;
}

static void *open_plugin(const char *name)
{
    char dir[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
    if (n <= 0) {
        snprintf(error, sizeof(error), "the program's own path is not known (no /proc)");
        return NULL;
    }
    dir[n] = '\0';
    *strrchr(dir, '/') = '\0';
    void *handle = open_in(dir, "", name);
    return handle ? handle : open_in(dir, "/../lib/clnrm", name);
}

int clnrm_plugin_symbol(const char *name, const char *symbol, void **out)
{
    int i = 0;
    while (i < PLUGINS_MAX && loaded[i].name && strcmp(loaded[i].name, name) != 0)
        i++;
    if (i == PLUGINS_MAX) {
        snprintf(error, sizeof(error), "more than %d plugins", PLUGINS_MAX);
        return CLNRM_EPLUGIN;
    }
    if (!loaded[i].name) {
        void *handle = open_plugin(name);
        if (!handle)
            return CLNRM_EPLUGIN;
        loaded[i].handle = handle;
        loaded[i].name = clnrm_xstrdup(name);
    }
    void *address = dlsym(loaded[i].handle, symbol);
    if (!address) {
        snprintf(error, sizeof(error), "libclnrm_%s.so has no %s", name, symbol);
        return CLNRM_EPLUGIN;
    }
    *out = address;
    return 0;
}

const char *clnrm_plugin_error(void)
{
    return error;
}
