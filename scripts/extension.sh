# The unpacked extension in dist/, and what shows it.

# build_extension [--profile dev|release] [--out FOLDER]
build_extension() {
  need_wasm_target
  need_npm
  say "building the extension"
  build_native xtask
  target/debug/xtask build "$@"
}

# For commands that need the extension but were not asked for it: quick when it is up to date.
need_extension() {
  build_extension --profile release >&2
}

run_demo() {
  need_devstack
  need_extension
  need_chromium
  build_devstack
  node tests/demo/demo.mjs "$@"
}

run_bench() {
  need_devstack
  need_extension
  need_chromium
  build_devstack
  node tests/bench/bench.mjs "$@"
}
