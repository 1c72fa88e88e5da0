# The short commands. CMake does the building (build/), tools/bootstrap brings the dependencies.
BUILD ?= build
TYPE  ?= RelWithDebInfo
JOBS  ?= $(shell nproc)
PREFIX ?= /usr/local

.PHONY: help quickstart deps configure build test chaos bench check fuzz format install clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

quickstart: build ## dependencies, build, then load a nested sample and query it
	@sh examples/quickstart.sh $(abspath $(BUILD))/sluice

deps:
	@tools/bootstrap

configure: deps
	@[ -f $(BUILD)/build.ninja ] || cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=$(TYPE) \
	  -DCMAKE_INSTALL_PREFIX=$(PREFIX)

build: configure ## the command (build/sluice), the libraries, tests and examples
	@ninja -C $(BUILD) -j $(JOBS)

test: build ## unit tests, then the end-to-end and compatibility suites
	@tools/test $(BUILD)

chaos: build ## every fault at every destination: CHAOS_TRIALS of each (default 200), or CHAOS_SECONDS
	@tools/bootstrap test
	@SLUICE_BIN=$(abspath $(BUILD))/sluice .deps/venv/bin/python tests/chaos/run.py \
	  $(if $(CHAOS_SECONDS),--seconds $(CHAOS_SECONDS),--trials $(or $(CHAOS_TRIALS),200))

bench: build ## the paired benchmarks; writes docs/benchmarks.md
	@bench/run $(abspath $(BUILD))/sluice

check: ## format, layers, lints, both compilers, sanitizers
	@tools/check

fuzz: ## every fuzzer for FUZZ_SECONDS (default 60) each
	@tools/fuzz $(FUZZ_SECONDS)

format: ## clang-format on all our C
	@tools/format

install: build ## into PREFIX (default /usr/local); DESTDIR is respected
	@cmake --install $(BUILD) --prefix $(PREFIX)

clean: ## removes the build folder; .deps stays
	@rm -rf $(BUILD)
