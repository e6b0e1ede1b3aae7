# clnrm -- `make help` lists the targets.  Variants never share objects: build/release, build/address.
VARIANT ?= release
B       := build/$(VARIANT)
CC      ?= gcc
LUA     ?= lua5.4
MUSL_CC ?= musl-gcc
PREFIX  ?= /usr/local
CORPORA := $(abspath $(or $(CORPORA),$(CLNRM_CORPORA),../shared/corpora))
VERSION := 0.1.0
# V=1 shows every command
Q       := $(if $(V),,@)

CORE_SRC   := $(wildcard src/base/*.c src/core/*.c)
BIND_SRC   := $(wildcard src/bind/*.c)
AGENT_SRC  := $(wildcard src/agent/*.c) $(wildcard $(addprefix src/base/,alloc.c buf.c status.c frame.c guard.c room.c))
PLUGIN_SRC := $(wildcard src/plugin/*.c)
LUA_SRC    := $(shell find lua stdlib -name '*.lua' -not -path 'stdlib/_meta/*' | LC_ALL=C sort)
C_TESTS    := $(wildcard tests/c/test_*.c)

CORE_OBJ   := $(CORE_SRC:%.c=$(B)/%.o) $(B)/agent_image.o
BIND_OBJ   := $(BIND_SRC:%.c=$(B)/%.o) $(B)/modules.o
PLUGINS    := $(PLUGIN_SRC:src/plugin/%.c=$(B)/libclnrm_%.so)
RUNTIME    := $(if $(filter thread,$(VARIANT)),$(B)/tools/tsan.o) $(if $(filter address,$(VARIANT)),$(B)/tools/asan.o)
C_TEST_BIN := $(C_TESTS:tests/c/%.c=$(B)/tests/%)

PKGS    := libuv libpcre2-8 libxxhash libutf8proc jansson
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wvla -Werror
SAN     := -Og -fno-omit-frame-pointer -fno-sanitize-recover=all -fsanitize=
CFLAGS.release := -O2 -DNDEBUG -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
                  -fno-asynchronous-unwind-tables
CFLAGS.debug   := -Og
CFLAGS.address := $(SAN)address,undefined
CFLAGS.thread  := $(SAN)thread
ifeq ($(CFLAGS.$(VARIANT)),)
$(error VARIANT is release, debug, address or thread, not '$(VARIANT)')
endif
# Asked once, and only when something is compiled: `make deps` runs before pkg-config is there.
PKG_CFLAGS  = $(eval PKG_CFLAGS := $(shell pkg-config --cflags lua5.4 $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS    = $(eval PKG_LIBS := $(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)
LUA_ARCHIVE = $(eval LUA_ARCHIVE := $(shell pkg-config --variable=libdir lua5.4)/liblua5.4.a)$(LUA_ARCHIVE)
ALL_CFLAGS  = -std=c11 -D_GNU_SOURCE -Isrc -g -fPIC $(WARN) $(CFLAGS.$(VARIANT)) \
              -DCLNRM_VERSION='"$(VERSION)"' -DCLNRM_VARIANT='"$(VARIANT)"' $(PKG_CFLAGS) $(CFLAGS)
# The whole static Lua is linked in and exported, so that C modules of `clnrm lua` find it here.
LUA_LIB     = -Wl,--whole-archive $(LUA_ARCHIVE) -Wl,--no-whole-archive
LIBS        = $(PKG_LIBS) -l:liblz4.a -lm -ldl -lpthread
# The agent is the same plain static program in every variant.
AGENT_CFLAGS = -std=c11 -D_GNU_SOURCE -Isrc -Os -static $(WARN) -fno-asynchronous-unwind-tables \
               -ffunction-sections -fdata-sections -Wl,--gc-sections -s \
               -idirafter /usr/include -idirafter /usr/include/$(shell $(CC) -dumpmachine)

all: $(B)/clnrm $(PLUGINS) ## build the program (VARIANT=release|debug|address|thread)

$(B)/clnrm: $(CORE_OBJ) $(BIND_OBJ) $(B)/embed.o $(B)/src/main.o $(RUNTIME)
	$(Q)$(CC) $(ALL_CFLAGS) -rdynamic -o $@ $(filter %.o,$^) $(LUA_LIB) $(LIBS)
$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/%.o: $(B)/%.c $(B)/flags
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/libclnrm_%.so: src/plugin/%.c $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -MF $(B)/plugin_$*.d -shared -o $@ $< $(LIBS.$*)
LIBS.crypto := -lcrypto
LIBS.archive := -larchive
LIBS.curl := -lcurl
LIBS.editor := -ledit
LIBS.httpd := -lmicrohttpd
LIBS.screen := -lncursesw -ltinfo

# What is made at build time
$(B)/modules.c: tools/modules.lua $(BIND_SRC) $(B)/bind_files
	$(Q)$(LUA) tools/modules.lua $@ $(filter src/bind/bind_%.c,$(BIND_SRC))
$(B)/chunks $(B)/chunks.list &: tools/embed.lua tools/strip.lua $(LUA_SRC) $(B)/lua_files
	$(Q)$(LUA) tools/embed.lua $(B)/chunks $(B)/chunks.list $(LUA_SRC)
$(B)/pack: tools/pack.c $(B)/flags
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $< -l:liblz4.a
$(B)/embed.c $(B)/embed.bin &: $(B)/pack $(B)/chunks $(B)/chunks.list
	$(Q)$(B)/pack $(B)/chunks $(B)/chunks.list $(B)/embed.bin $(B)/embed.c
$(B)/embed.o: $(B)/embed.bin
$(B)/agent: $(AGENT_SRC) $(wildcard src/agent/*.h src/base/*.h) $(B)/flags
	$(Q)$(if $(wildcard src/agent/*.c),$(MUSL_CC) $(AGENT_CFLAGS) -o $@ $(AGENT_SRC),touch $@)
$(B)/agent_image.c: $(B)/agent
	@printf '%s\n' '#include "core/agent_image.h"' \
	  '__asm__(".section .rodata\n.global clnrm_agent_image\nclnrm_agent_image:\n"' \
	  '        ".incbin \"$<\"\n.previous\n");' \
	  "const size_t clnrm_agent_image_size = $$(stat -c %s $<);" > $@

# Files whose text is a part of the command line: they change when it does, and only then.
$(B)/lua_files: TEXT = $(LUA_SRC)
$(B)/bind_files: TEXT = $(BIND_SRC)
$(B)/core_files: TEXT = $(CORE_SRC)
$(B)/flags: TEXT = $(CC) $(ALL_CFLAGS) $(MUSL_CC) $(AGENT_CFLAGS) $(LIBS)
$(B)/lua_files $(B)/bind_files $(B)/core_files $(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(TEXT))' | cmp -s - $@ || echo '$(subst ','\'',$(TEXT))' > $@
$(B)/clnrm: $(B)/bind_files $(B)/core_files
FORCE:
-include $(shell find $(B) -name '*.d' 2>/dev/null)

include tools/check.mk tools/install.mk tools/bench.mk

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all FORCE
