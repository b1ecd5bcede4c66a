# What the other commands need. Each need_… installs one thing when it is missing.

readonly UV_VERSION=0.13.9
TOOLS=$PWD/target/tools
PYTHON=$PWD/target/python/bin/python

# need_packages PROGRAM=PACKAGE...: Debian packages for programs that are not there.
need_packages() {
  local pair missing=()
  for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
  done
  [[ ${#missing[@]} -eq 0 ]] && return 0
  if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
    die "missing programs. On Debian or Ubuntu: sudo apt-get install ${missing[*]}"
  fi
  say "installing Debian packages: ${missing[*]}"
  logged setup-apt-update apt-get update
  DEBIAN_FRONTEND=noninteractive logged setup-apt \
    apt-get install --yes --no-install-recommends "${missing[@]}" ||
    die "apt-get could not install: ${missing[*]}"
}

need_chromium() {
  [[ -n ${CHROMIUM:-} ]] || need_packages chromium=chromium
  export CHROMIUM=${CHROMIUM:-$(command -v chromium)}
}

need_chromedriver() {
  [[ -n ${CHROMEDRIVER:-} ]] || need_packages chromedriver=chromium-driver
  export CHROMEDRIVER=${CHROMEDRIVER:-$(command -v chromedriver)}
}

need_bubblewrap() {
  need_packages bwrap=bubblewrap
  local trial=(bwrap --unshare-user --unshare-pid --ro-bind / / --dev /dev --proc /proc true)
  logged setup-bwrap "${trial[@]}" || die "bubblewrap is there but may not make namespaces here; \
as root: sysctl kernel.unprivileged_userns_clone=1 (and, on Ubuntu, kernel.apparmor_restrict_unprivileged_userns=0)"
}

need_rust() {
  command -v cargo >/dev/null || die "cargo is missing: install Rust 1.95 or newer by rustup"
}

# build_native PROGRAM: into target/debug. Cargo compiles a dependency anew for every other set of its
# features, and what else is chosen decides on these: so always the whole workspace is, and with a
# test, for what only tests depend on. Then the programs, the linter and the tests share all of it.
build_native() {
  cargo build --quiet --workspace --bin "$1" --test readers
}

need_wasm_target() {
  need_rust
  local installed
  installed=$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown
  [[ -d $installed ]] && return 0
  command -v rustup >/dev/null || die "Rust's target wasm32-unknown-unknown is missing, and there is no rustup to add it"
  say "adding Rust's target wasm32-unknown-unknown"
  logged setup-wasm-target rustup target add wasm32-unknown-unknown || die "rustup could not add the target"
}

need_nextest() {
  need_rust
  command -v cargo-nextest >/dev/null && return 0
  once nextest 1 "building cargo-nextest (some minutes)" cargo install cargo-nextest --locked
}

need_npm() {
  command -v npm >/dev/null || die "npm is missing: install Node.js 20 or newer"
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 once npm "$(hash_of package-lock.json)" "installing npm packages" npm ci
}

# A uv of our own: the sandboxes of the dev stack need the program itself, not a shim.
need_uv() {
  command -v python3 >/dev/null || die "python3 is missing: install Python 3.9 or newer"
  once uv "$UV_VERSION" "installing uv $UV_VERSION" install_uv
}

install_uv() {
  python3 -m venv --clear target/tools/uv &&
    target/tools/uv/bin/python -m pip install --quiet "uv==$UV_VERSION"
}

need_python() {
  need_uv
  local lists=(runner/requirements-dev.txt tests/conformance/requirements.txt)
  once python "$(hash_of "${lists[@]}")" "installing Python packages for the tests" install_python "${lists[@]}"
}

install_python() {
  local uv=$TOOLS/uv/bin/uv list
  "$uv" venv --quiet --clear --python python3 target/python || return
  for list in "$@"; do
    "$uv" pip install --python "$PYTHON" --requirement "$list" || return
  done
}

# The packages that sandboxes of the dev stack may install, for the Python that they run.
need_wheels() {
  once wheels "$(hash_of scripts/wheels.txt) $(sandbox_python) $(sandbox_python_version)" \
    "fetching the wheels that sandboxes install" fetch_wheels
}

fetch_wheels() {
  rm -rf target/wheels
  python3 -m pip download --quiet --only-binary=:all: --python-version "$(sandbox_python_version)" \
    --dest target/wheels --requirement scripts/wheels.txt
}

# The system's Python: sandboxes see /usr, and nothing of a home folder.
sandbox_python() {
  echo "${SANDBOX_PYTHON:-/usr/bin/python3}"
}

sandbox_python_version() {
  "$(sandbox_python)" -c 'import sys; print("%d.%d" % sys.version_info[:2])' ||
    die "$(sandbox_python) does not run; sandboxes need a Python of the system (SANDBOX_PYTHON names another)"
}

# azurite, its Blob Storage, is an npm package.
need_devstack() {
  need_rust
  need_packages "$(sandbox_python)=python3"
  need_bubblewrap
  need_uv
  need_wheels
  need_npm
}

setup_everything() {
  need_devstack
  need_wasm_target
  need_chromium
  need_chromedriver
  need_packages shellcheck=shellcheck
  need_nextest
  need_npm
  need_python
  say "everything is installed"
}
