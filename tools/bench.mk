# bench.mk -- benchmarks side by side with their peers; included by the Makefile.

PEERS    := $(patsubst bench/peers/%.c,build/bench/peers/%,$(wildcard bench/peers/*.c))
BENCHES  ?= startup reload discover step room image_room run services thousand suite lua_steps steps_graph policy toml lint container_step pool fmt diff dry_run budgets

build/bench/peers/%: bench/peers/%.c
	@mkdir -p $(@D)
	$(Q)$(MUSL_CC) -std=c11 -D_GNU_SOURCE -O2 -static -s $(WARN) -o $@ $<

bench: ## measure beside the peers (BENCHES="startup room" for some); a few minutes
	@tools/deps.sh build bench
	@$(MAKE) --no-print-directory run-benches
run-benches: all $(PEERS)
	@for b in $(BENCHES); do LUA_PATH='bench/?.lua;;' $(B)/clnrm lua bench/$$b.lua || exit 1; done

.PHONY: bench run-benches
