#!/usr/bin/env bash
# What cargo starts a test program for the browser with: the output names its crate first, which cargo
# itself does not, so that counting can tell the crates apart.
echo "tests of crate $CARGO_PKG_NAME"
exec wasm-bindgen-test-runner "$@"
