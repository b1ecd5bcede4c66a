# The local stand-ins for Keboola and e2b.

# Builds them and writes a launcher that knows this machine's paths. Demo, tests and benchmarks
# start the program that the variable DEVSTACK names.
build_devstack() {
  say "building the dev stack"
  build_native devstack
  export DEVSTACK=$PWD/target/setup/devstack
  local python
  python=$(sandbox_python)
  {
    printf '#!/usr/bin/env bash\nexec'
    printf ' %q' "$PWD/target/debug/devstack" --python "$python" --uv "$TOOLS/uv/bin/uv" \
      --wheels "$PWD/target/wheels" --azurite "$PWD/node_modules/.bin/azurite-blob"
    printf ' "$@"\n'
  } >"$DEVSTACK"
  chmod +x "$DEVSTACK"
}

run_devstack() {
  need_devstack
  build_devstack
  exec "$DEVSTACK" "$@"
}
