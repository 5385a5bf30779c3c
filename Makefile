# Congdongso: the commands of the house. `make` alone lists them.
# The environment is .venv; deploy/setup/environment.sh makes it from the lock and renews it when the lock changes.

SHELL := /bin/sh
.DEFAULT_GOAL := help
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONDONTWRITEBYTECODE :=
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# Test files run side by side, each with its own servers; one file stays in one process.
WORKERS ?= 2

.PHONY: help run test test-fast test-faults bench fuzz check lint fmt lock env-run env-test broker

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: env-run ## start everything in one process with the sample, nothing else needed; Ctrl-C stops it
	@exec $(BIN)/cds up

test: broker env-test check ## everything: checks, then all tests, on a RabbitMQ and a PostgreSQL of its own
	@$(PYTEST) tests -m "not thorough" -n $(WORKERS) --dist loadfile $(ARGS)

test-faults: broker env-test ## every fault of the matrix, the slow ones too (WORKERS=1 on a busy machine)
	@$(PYTEST) tests/faults -n $(WORKERS) --dist loadfile $(ARGS)

test-fast: env-test ## the tests that start no service and no broker
	@$(PYTEST) $(wildcard tests/unit tests/architecture) $(ARGS)

bench: broker env-test ## measure this machine: intake, relay, consumer, end to end, beside their raw limits
	@$(BIN)/python -m tests.bench $(ARGS)

fuzz: env-test ## 200,000 events, right and wrong, against the intake (CDS_FUZZ_INPUTS, CDS_FUZZ_SEED: others)
	@CDS_FUZZ_INPUTS=$${CDS_FUZZ_INPUTS:-200000} $(PYTEST) tests/fuzz -s $(ARGS)

check: env-test ## lint, types, import boundaries, and that generated files are fresh
	@deploy/setup/check.sh

lint: env-test ## ruff only
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

fmt: env-test ## format and sort imports
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

lock: ## compile requirements/*.txt anew from pyproject.toml (the only use of uv; UPGRADE=1 takes newer versions)
	@deploy/setup/lock.sh $(if $(UPGRADE),--upgrade)

env-run:
	@deploy/setup/environment.sh run

env-test:
	@deploy/setup/environment.sh test

broker:
	@deploy/setup/packages.sh rabbitmq-server prometheus libreoffice-calc-nogui libreoffice-writer-nogui chromium nodejs npm
