# check.mk -- tests, checks, installation; included by the Makefile.

export CLNRM := $(CURDIR)/$(B)/clnrm
export CLNRM_VARIANT := $(VARIANT)
export CLNRM_CORPORA := $(CORPORA)

$(B)/tests/%: tests/c/%.c $(CORE_OBJ)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/c -o $@ $< $(CORE_OBJ) -lcmocka $(LIBS)

test-c: $(C_TEST_BIN) $(B)/agent ## C units
	@set -e; for t in $(C_TEST_BIN); do CLNRM_AGENT=$(CURDIR)/$(B)/agent $$t; done
test-lua: all ## specs of the shipped Lua
	@$(B)/clnrm lua /usr/bin/busted --output=TAP tests/lua
test-e2e: all ## the built program as a user drives it
	@$(B)/clnrm lua /usr/bin/busted --output=TAP tests/e2e

lint: ## format and luacheck
	@clang-format-14 --dry-run -Werror $(C_FILES)
	@luacheck -q $(LUA_FILES)

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 16

clean: ## remove everything built
	rm -rf build compile_commands.json

.PHONY: test-c test-lua test-e2e lint help clean
