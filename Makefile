# make demo and make test work on a fresh Debian machine with Rust, gcc, and Python 3 with pip.

CARGO ?= cargo
DATA ?= ../shared/data
RELEASE := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)/release/overheard

.PHONY: help setup setup-light build light demo real-day test test-long test-light lint check eval bench bench-classify bench-poll bench-accounts bench-digest bench-meaning bench-search bench-teach bench-store fuzz train-sentiment clean

# The classifier without libtorch: one binary.
LIGHT := --no-default-features --features light

# What needs no classifier is built without one, in a folder of its own: not over the binary.
BARE := --no-default-features --target-dir $(dir $(RELEASE))../bare

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## Fetch libtorch and the encoder's weights into the cache folder, once
	@python3 models/setup.py

setup-light: ## Fetch the weights alone: what a build without libtorch needs
	@python3 models/setup.py --light

build: setup ## Build the binary
	$(CARGO) build --release --locked --bin overheard

light: setup-light ## Build the binary for a small server, without libtorch
	$(CARGO) build --release --locked $(LIGHT) --bin overheard

demo: build ## Run the main job on the sample market and say where the digest is
	@$(RELEASE) demo

real-day: build ## Run the main job on recorded real feeds: make real-day DATA=../shared/data
	@$(RELEASE) real-day --recorded $(DATA)

test: setup ## Run every test, real servers included
	@tests/prepare
	$(CARGO) nextest run --locked

test-long: setup ## The tests that kill what they try, 50 times each
	OVERHEARD_TEST_LIVES=50 $(CARGO) nextest run --locked --no-capture -E 'test(/being_killed|killed_at_any_moment/)'

test-light: setup-light ## Run the classifier's tests in a build without libtorch
	$(CARGO) nextest run --locked $(LIGHT) --lib --test it -E 'test(/classify|encoders/)'

lint: setup ## What a reviewer would say: formatting, clippy, and whether the fuzz targets build
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- --deny warnings
	$(CARGO) clippy --locked $(LIGHT) --lib --bins -- --deny warnings
	$(CARGO) clippy --locked --no-default-features --lib --bins --benches -- --deny warnings
	$(CARGO) check --locked --manifest-path fuzz/Cargo.toml

eval: build ## Measure reading and judging on real material, beside what the papers say
	@$(RELEASE) eval all --data $(DATA)

bench: build ## Measure speed and memory beside named baselines, in one run
	@python3 tests/bench/run.py --binary $(RELEASE) --data $(DATA)

fuzz: ## Fuzz every reader of strangers' bytes, or one: make fuzz MINUTES=20 TARGET=feed
	@DATA=$(wildcard $(abspath $(DATA))) fuzz/run $(or $(MINUTES),20) $(TARGET)

bench-classify: setup ## Encoders beside each other: ours, sentence-transformers, ONNX Runtime (20 minutes)
	$(CARGO) build --release --locked $(LIGHT) --bin overheard --example encode
	cp $(RELEASE) $(RELEASE)-light
	cp $(dir $(RELEASE))examples/encode $(dir $(RELEASE))examples/encode-light
	$(CARGO) build --release --locked --bin overheard --example encode
	@python3 tests/bench/encoders.py --release $(dir $(RELEASE)) --data $(DATA)

bench-poll: ## One poll of 10,000 feeds beside a bare loop, feedparser and newsboat
	@command -v newsboat >/dev/null || apt-get install -y newsboat
	$(CARGO) bench --locked $(BARE) --bench poll

bench-accounts: ## What a list of 50,000 accounts costs beside one of 50, in one run
	$(CARGO) bench --locked $(BARE) --bench accounts

bench-digest: ## What a morning's digests cost: make bench-digest POSTS=100000 READERS=500
	$(CARGO) bench --locked $(BARE) --bench digest -- $(POSTS) $(READERS)

bench-meaning: ## The index by meaning beside an exact scan: make bench-meaning POSTS=1000000 EXPORT=real.jsonl
	$(CARGO) bench --locked $(BARE) --bench meaning -- posts=$(POSTS) export=$(abspath $(EXPORT))

bench-search: ## What indexing and finding cost at 10,000, 300,000 and 1,000,000 posts: make bench-search POSTS=300000
	$(CARGO) bench --locked $(BARE) --bench search -- $(POSTS)

bench-store: ## What was promised of a million posts, then 300,000 beside redb and SQLite: make bench-store POSTS=100000
	$(CARGO) bench --locked $(BARE) --bench search -- targets $(POSTS)
	$(CARGO) run --release --manifest-path tests/bench/store/Cargo.toml --target-dir $(dir $(RELEASE)).. -- $(POSTS)

bench-teach: ## How long a marketer waits after a label, with 10,000 posts kept
	$(CARGO) bench --locked $(BARE) --bench teach

TRAINING := $(dir $(RELEASE))training
train-sentiment: build ## Train the sentiment branch anew, an hour or so: make train-sentiment DATA=../shared/data
	@test -x $(TRAINING)/venv/bin/python || python3 -m venv $(TRAINING)/venv
	@$(TRAINING)/venv/bin/pip install --quiet --requirement models/training/requirements.txt
	@$(RELEASE) train sentiment --data $(DATA) --out $(TRAINING)/rows.jsonl
	@$(TRAINING)/venv/bin/python models/training/sentiment.py --rows $(TRAINING)/rows.jsonl \
		--encoder models/cache/all-MiniLM-L6-v2 --work $(TRAINING)

clean: ## Delete what the build made (not the cache folder)
	$(CARGO) clean
