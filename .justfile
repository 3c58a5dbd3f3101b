# Short names for what people do often: `just`, then a name.
default:
    @just --justfile .justfile --list

# everything CI runs
ci:
    .ci/run

# the quickstart, as the README has it
quickstart:
    cargo run --release -- run experiments/quickstart.yaml

# the tests
test:
    cargo test

# format and lint
lint:
    cargo fmt
    cargo clippy --all-targets -- -D warnings
