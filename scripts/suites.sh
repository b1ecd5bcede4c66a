# The test suites. Each can be named alone; each ends with a line "NAME: N passed, N failed".

readonly SUITES=(lint unit wasm runner conformance e2e faults)

run_tests() {
  local suites=() suite passed=0 failed=0
  while [[ $# -gt 0 ]] && declare -F "suite_$1" >/dev/null; do
    suites+=("$1")
    shift
  done
  [[ $# -eq 0 || ${suites[*]: -1} == e2e ]] || die "there is no suite named $1; there are: ${SUITES[*]}"
  [[ ${#suites[@]} -gt 0 ]] || suites=("${SUITES[@]}")
  for suite in "${suites[@]}"; do
    run_suite "$suite" "$@"
    passed=$((passed + SUITE_PASSED)) failed=$((failed + SUITE_FAILED))
  done
  echo "total: $passed passed, $failed failed"
  [[ $failed -eq 0 ]]
}

# Runs one suite in a shell of its own, so that a step that dies fails this suite and no other.
run_suite() {
  local suite=$1 status=0 began=$SECONDS
  shift
  mkdir -p target/logs
  export TALLY=$PWD/target/logs/$suite.tally
  : >"$TALLY"
  say "suite $suite"
  set +e
  (set -e && "suite_$suite" "$@")
  status=$?
  set -e
  SUITE_PASSED=$(awk '{ n += $1 } END { print n + 0 }' "$TALLY")
  SUITE_FAILED=$(awk '{ n += $2 } END { print n + 0 }' "$TALLY")
  [[ $status -ne 0 && $SUITE_FAILED -eq 0 ]] && SUITE_FAILED=1
  [[ $((SUITE_PASSED + SUITE_FAILED)) -eq 0 ]] && SUITE_FAILED=1
  say "suite $suite took $((SECONDS - began)) s"
  echo "$suite: $SUITE_PASSED passed, $SUITE_FAILED failed"
}

suite_unit() {
  need_nextest
  need_devstack
  counted unit count_nextest cargo nextest run --workspace --no-fail-fast
}

suite_wasm() {
  need_wasm_target
  need_chromium
  need_chromedriver
  write_webdriver_json
  build_native wasm-test-runner
  counted wasm count_wasm test_in_browser
}

# How ChromeDriver starts Chromium; without a sandbox of its own, for root and containers.
write_webdriver_json() {
  export WASM_BINDGEN_TEST_WEBDRIVER_JSON=$PWD/target/setup/webdriver.json
  mkdir -p target/setup
  cat >"$WASM_BINDGEN_TEST_WEBDRIVER_JSON" <<JSON
{
  "goog:chromeOptions": {
    "binary": "$CHROMIUM",
    "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
  }
}
JSON
}

# All crates in one go: one after the other, each would be built with other features of the others.
test_in_browser() {
  local flags
  mapfile -t flags < <(browser_crates)
  CARGO_TARGET_DIR=$PWD/target/wasm WASM_BINDGEN_TEST_ONLY_WEB=1 \
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=$PWD/target/debug/wasm-test-runner \
    cargo test "${flags[@]}" --tests --no-fail-fast --target wasm32-unknown-unknown
}

suite_runner() {
  need_python
  # The tests run packages by uv, which need not be installed for everybody.
  counted runner count_pytest env PATH="$TOOLS/uv/bin:$PATH" "$PYTHON" -m pytest runner
}

suite_conformance() {
  need_nextest
  need_devstack
  need_npm
  need_python
  build_devstack
  export PYTHON
  # One for all clients: they are pointed at the file that holds its line.
  local line=target/setup/conformance.json stack
  rm -f "$line"
  "$DEVSTACK" >"$line" &
  stack=$!
  # The suite has a shell of its own.
  # shellcheck disable=SC2064
  trap "kill $stack && wait $stack" EXIT
  until [[ -s $line ]]; do
    kill -0 "$stack" || die "the dev stack ended before its line"
    sleep 0.2
  done
  export DEVSTACK=$PWD/$line
  counted conformance-node count_node node --test --test-reporter=tap tests/conformance/
  counted conformance-python count_pytest "$PYTHON" -m pytest tests/conformance
  counted conformance-ours count_nextest cargo nextest run --no-fail-fast \
    --workspace --test our_client
}

suite_e2e() {
  need_devstack
  need_chromium
  need_npm
  need_extension
  build_devstack
  counted e2e count_playwright npx --no-install playwright test --config tests/e2e/playwright.config.js "$@"
}

# Three files at a time, in the order of their names: the first only waits, and beside it go two clouds.
# A cloud alone would wait for its stalls; all three at once are too much for two cores.
suite_faults() {
  need_nextest
  need_devstack
  need_chromium
  need_npm
  need_extension
  build_devstack
  counted faults-streams count_nextest cargo nextest run --workspace --test follow
  counted faults count_node node --test --test-reporter=tap --test-concurrency=3 tests/faults/
  say "faults: $(cells_told target/logs/faults.log)"
}
