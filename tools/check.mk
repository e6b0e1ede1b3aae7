# check.mk -- dependencies, checks and tests; included by the Makefile.
#
# A suite is one program that tells its results as TAP: c/test_x, lua/dir/x_spec, e2e/x_spec,
# faults/x_spec, check/NAME.  tools/suite runs one, tools/suites.sh runs many and sums them up.

JOBS ?= $(shell nproc)
# Suites at once: one more than processors, for those of engines wait most of the time.
SUITE_JOBS ?= $(shell expr $(JOBS) + 1)
# make with JOBS jobs, unless it was called with -j already
PARALLEL_MAKE = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

export CLNRM := $(CURDIR)/$(B)/clnrm
export CLNRM_VARIANT := $(VARIANT)
export CLNRM_CORPORA := $(CORPORA)
export CLNRM_AGENT := $(CURDIR)/$(B)/agent
export CLNRM_ROOT := $(CURDIR)
export CLNRM_LUA_DIR :=
export ASAN_OPTIONS := detect_stack_use_after_return=1
export LSAN_OPTIONS := suppressions=$(CURDIR)/tests/tools/lsan.supp:print_suppressions=0
export UBSAN_OPTIONS := print_stacktrace=1

specs = $(patsubst tests/%.lua,%,$(shell find tests/$1 -name '*_spec.lua' 2>/dev/null | LC_ALL=C sort))
SUITES.c      = $(C_TESTS:tests/%.c=%)
SUITES.lua    = $(call specs,lua)
SUITES.e2e    = $(call specs,e2e)
SUITES.faults = $(call specs,faults)
SUITES.differential = $(patsubst tests/%.lua,%,$(wildcard tests/differential/*_spec.lua))
SUITES.check  = $(addprefix check/,format luacheck layers apicov)
# S='lua/loader*' runs the suites whose names match.
run_suites = $(if $(S),S='$(S)') JOBS=$(SUITE_JOBS) tools/suites.sh $(B) $1

# The longest first; the report is in the order of names.  These wait for engines most of the time.
SUITES.first = e2e/docker_left_spec lua/docker/faults_spec e2e/docker_reap_spec
check: testable ## format, luacheck, layers, apicov, C tests, specs, e2e
	@$(call run_suites,$(SUITES.first) $(filter-out $(SUITES.first),$(SUITES.e2e) $(SUITES.lua) $(SUITES.c) \
	  $(SUITES.check)))
test: ## what CI runs: installs what is missing, builds, checks; the last line counts
	@tools/deps.sh build test
	+@$(PARALLEL_MAKE) testable
	@$(MAKE) --no-print-directory check
check-all: ## check in the variants release, address, thread
	+@for v in release address thread; do \
	  echo "== VARIANT=$$v"; $(PARALLEL_MAKE) VARIANT=$$v testable || exit 1; \
	  $(MAKE) --no-print-directory VARIANT=$$v check || exit 1; \
	done
test-c: testable ## C units
	@$(call run_suites,$(SUITES.c))
test-lua: testable ## specs of the shipped Lua
	@$(call run_suites,$(SUITES.lua))
test-e2e: testable ## the built program as a user drives it
	@$(call run_suites,$(SUITES.e2e))
test-faults test-differential: SUITE_JOBS = 1
test-faults: testable ## long matrices: signals, kills, full disks, failing calls
	@SUITE_TIMEOUT=3600 $(call run_suites,$(SUITES.faults))
test-differential: testable ## every test on the sandbox and on each engine: the same events
	@SUITE_TIMEOUT=7200 $(call run_suites,$(SUITES.differential))
# SUITE=services (RUNS=200) or mixed (RUNS=50)
stress: ## a suite beside stress-ng, again and again: the same verdicts (SUITE=services|mixed RUNS=20)
	@tools/deps.sh build stress
	+@$(PARALLEL_MAKE) all
	@tools/stress.sh $(B)/clnrm $(or $(SUITE),services) $(or $(RUNS),$(if $(filter mixed,$(SUITE)),50,200))
lint: testable ## format, luacheck, layers, apicov
	@$(call run_suites,$(SUITES.check))
format: ## rewrite the C files in the style of .clang-format
	clang-format-14 -i $(C_FILES)

C_FILES   = $(shell find src tests bench tools -name "*.[ch]")
LUA_FILES = $(wildcard lua stdlib tests tools bench examples docs)
check-format:
	@clang-format-14 --dry-run -Werror $(C_FILES)
check-luacheck:
	@luacheck -q --no-color $(LUA_FILES)
check-layers:
	@$(LUA) tests/tools/layers.lua
check-apicov:
	@$(LUA) tests/tools/apicov.lua

testable: all $(C_TEST_BIN)
# Every C test runs under tests/c/harness.c: see there.
$(B)/tests/%: tests/c/%.c $(B)/tests/c/harness.o $(CORE_OBJ) $(RUNTIME) $(B)/core_files $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/c -MMD -MP -MF $@.d -o $@ $< $(filter %.o,$^) \
	  -Wl,--wrap=_cmocka_run_group_tests -lcmocka -lseccomp $(LIBS)

deps: ## install the packages that building, demo and tests need (Debian)
	@tools/deps.sh build demo test
deps-bench: ## and those of the benchmarks' peers
	@tools/deps.sh build bench

demo: ## installs what is missing, builds, tests real programs in real rooms
	@tools/deps.sh build demo
	+@$(PARALLEL_MAKE) all
	@tools/demo.sh $(B)/clnrm

docs: all ## rewrite the generated pages and what the console blocks print
	@CLNRM_ROOT=. $(B)/clnrm lua docs/gen.lua
	@$(LUA) tools/docs.lua README.md $(wildcard docs/*.md)

compile_commands.json: FORCE ## for clangd and other tools
	@mkdir -p $(B)
	$(file > $(B)/compile_flags,$(CC) $(ALL_CFLAGS) -Itests/c)
	$(file > $(B)/compile_flags_agent,$(MUSL_CC) $(AGENT_CFLAGS))
	@$(LUA) tools/compile_commands.lua $@ $(CURDIR) $(B)/compile_flags \
	  $(CORE_SRC) $(BIND_SRC) $(PLUGIN_SRC) src/main.c $(wildcard tests/c/*.c) \
	  --agent $(B)/compile_flags_agent $(wildcard src/agent/*.c)

help: ## this list
	@sed -nE 's/^([a-z][a-z0-9_.-]*):.*## /\1\t/p' $(MAKEFILE_LIST) | sort | expand -t 24

clean: ## remove everything built
	rm -rf build compile_commands.json

.PHONY: check test demo docs check-all test-c test-lua test-e2e test-faults test-differential stress lint format testable deps deps-bench \
        help clean check-format check-luacheck check-layers check-apicov
