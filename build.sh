#!/usr/bin/env bash
# The one way to build, run and test Keboola e2b Writer, the same on a laptop and in CI.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

for part in scripts/{say,setup,extension,devstack,counting,suites,lint}.sh; do
  # shellcheck source=/dev/null
  source "$part"
done

usage() {
  cat <<'TEXT'
Usage: ./build.sh COMMAND

  build                 build the unpacked extension into dist/
  demo                  open Chromium on a configuration page of the local dev stack
  demo --headless       play the whole job unattended; report and pictures in target/demo/
  test [SUITE...]       run all suites, or those named:
                        lint unit wasm runner conformance e2e faults
  test e2e [ARGS...]    with Playwright's own arguments after it, for example -g "Stop"
  bench [NAME...]       measure; all, or those named: size start run upload e2b
  devstack [--seed F]   run the local Keboola and e2b in the foreground; prints one line of JSON
  setup                 install all that the commands above need
  help                  this text

Each command installs by itself what it needs and is quick the second time. Tools land in target/
and node_modules/; only chromium, chromium-driver, bubblewrap and shellcheck come from the system.
CHROMIUM and CHROMEDRIVER name other programs than the ones on PATH.
TEXT
}

main() {
  local command=${1:-help}
  [[ $# -gt 0 ]] && shift
  case $command in
    setup) setup_everything ;;
    build) build_extension "$@" ;;
    demo) run_demo "$@" ;;
    test) run_tests "$@" ;;
    bench) run_bench "$@" ;;
    devstack) run_devstack "$@" ;;
    help | --help | -h) usage ;;
    *)
      usage >&2
      die "there is no command named $command"
      ;;
  esac
}

main "$@"
