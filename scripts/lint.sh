# Every linter, each one test.

# Crates that run in the browser, and so are linted and tested for it too.
readonly BROWSER_CRATES=(checksum content engine panel popup ui webext worker)

suite_lint() {
  need_wasm_target
  need_npm
  need_python
  need_packages shellcheck=shellcheck
  check lint-rustfmt cargo fmt --all --check
  check lint-clippy cargo clippy --workspace --all-targets -- --deny warnings
  check lint-clippy-wasm lint_browser_crates
  check lint-ruff "$PYTHON" -m ruff check .
  check lint-mypy "$PYTHON" -m mypy --config-file runner/pyproject.toml runner/kbc_runner runner/tests
  check lint-ruff-format "$PYTHON" -m ruff format --check .
  check lint-prettier npx --no-install prettier --check .
  check lint-stylelint npx --no-install stylelint "{extension,crates}/**/*.css"
  check lint-eslint npx --no-install eslint --max-warnings 0 .
  check lint-shellcheck shellcheck --shell=bash --external-sources build.sh .ci/run scripts/*.sh
}

# Their names as cargo's arguments, one a line.
browser_crates() {
  printf -- '--package=%s\n' "${BROWSER_CRATES[@]}"
}

lint_browser_crates() {
  local flags
  mapfile -t flags < <(browser_crates)
  CARGO_TARGET_DIR=target/wasm cargo clippy "${flags[@]}" --all-targets \
    --target wasm32-unknown-unknown -- --deny warnings
}
