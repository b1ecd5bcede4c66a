# Words to the person at the terminal, logs, and steps that need doing only once.

# say TEXT: one line about what goes on.
say() {
  printf '==> %s\n' "$*" >&2
}

# die TEXT: ends the command with the reason.
die() {
  printf 'build.sh: %s\n' "$*" >&2
  exit 1
}

# logged NAME COMMAND...: keeps the command's output in target/logs/NAME.log and shows the end of
# it when the command fails, and what it said of the tests that failed far above.
logged() {
  local log=target/logs/$1.log status=0
  shift
  mkdir -p target/logs
  "$@" >"$log" 2>&1 || status=$?
  if [[ $status -ne 0 ]]; then
    tap_failures "$log" >&2
    tail -n 40 "$log" >&2
    say "failed with exit code $status: $* (all of its output: $log)"
  fi
  return "$status"
}

# tap_failures LOG: the tests that failed, with their reasons, in the log of a runner that speaks TAP;
# not the suites around them.
tap_failures() {
  awk '
    / *not ok / { block = $0; of_test = 1; open = 1; next }
    open && /^ *type: .suite/ { of_test = 0 }
    open { block = block "\n" $0 }
    open && /^ *\.\.\.$/ { if (of_test) print block; open = 0 }' "$1"
}

# once NAME KEY WHY COMMAND...: runs the command, saying why, unless it succeeded with the same key.
once() {
  local stamp=target/setup/$1 key=$2 why=$3
  shift 3
  [[ -f $stamp && $(<"$stamp") == "$key" ]] && return 0
  mkdir -p target/setup
  say "$why"
  logged "setup-${stamp##*/}" "$@" || die "that did not work: $why"
  printf '%s' "$key" >"$stamp"
}

# hash_of FILE...: one text that changes when any of the files does.
hash_of() {
  cat -- "$@" 2>/dev/null | cksum
}
