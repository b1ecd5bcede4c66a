# How many tests ran, read from what each test runner wrote.

# tally PASSED FAILED: adds to the suite that runs.
tally() {
  printf '%s %s\n' "$1" "$2" >>"$TALLY"
}

# check NAME COMMAND...: a command that is one test.
check() {
  local name=$1 began=$SECONDS
  shift
  if logged "$name" "$@"; then
    tally 1 0
    say "$name: passed ($((SECONDS - began)) s)"
  else
    tally 0 1
    say "$name: failed"
  fi
}

# counted NAME COUNTER COMMAND...: a command that runs many tests. COUNTER reads the log and prints
# "passed failed"; a command that failed but counts no failed test counts as one.
counted() {
  local name=$1 counter=$2 status=0 counts
  shift 2
  logged "$name" "$@" || status=$?
  counts=$("$counter" "target/logs/$name.log") || counts="0 0"
  local passed=${counts% *} failed=${counts#* }
  [[ $status -ne 0 && $failed -eq 0 ]] && failed=1
  [[ $((passed + failed)) -eq 0 ]] && say "$name: ran no test" && failed=1
  tally "$passed" "$failed"
  say "$name: $passed passed, $failed failed"
}

# Adds up the numbers that begin the lines of standard input.
sum() {
  awk '{ total += $1 } END { print total + 0 }'
}

count_nextest() {
  local run passed
  run=$(sed -nE 's/^ +Summary .* ([0-9]+)(\/[0-9]+)? tests? run:.*/\1/p' "$1" | tail -n 1)
  passed=$(sed -nE 's/^ +Summary .*: ([0-9]+) passed.*/\1/p' "$1" | tail -n 1)
  echo "${passed:-0} $((${run:-0} - ${passed:-0}))"
}

# Lines "test result: ok. 5 passed; 0 failed; …" of wasm-bindgen's runner, after a line that names the
# crate. A crate that has such tests and ran none counts as a failed test.
count_wasm() {
  local crates
  crates=$(grep -rl --include='*.rs' '\[wasm_bindgen_test' crates | cut -d/ -f2 | sort -u | tr "\n" " ")
  awk -v crates="$crates" '
    /^tests of crate / { crate = $NF }
    /^test result: / { passed += $4; failed += $6; ran[crate] += $4 + $6 }
    END {
      count = split(crates, names, " ")
      for (i = 1; i <= count; i++) {
        if (!ran[names[i]]) failed++
        printf "==> wasm, %s: %s\n", names[i], ran[names[i]] ? ran[names[i]] " tests" : "ran no test" >"/dev/stderr"
      }
      print passed + 0, failed + 0
    }' "$1"
}

# Lines "= 3 failed, 5 passed, 1 error in 2.0s =" of pytest.
count_pytest() {
  local last passed failed
  last=$(grep -E '^=+ .* in [0-9.]+s' "$1" | tail -n 1)
  passed=$(grep -oE '[0-9]+ passed' <<<"$last" | sum)
  failed=$(grep -oE '[0-9]+ (failed|errors?)' <<<"$last" | sum)
  echo "$passed $failed"
}

# Lines "# pass 5" and "# fail 0" of node's TAP output.
count_node() {
  local passed failed
  passed=$(sed -nE 's/^# pass ([0-9]+)/\1/p' "$1" | sum)
  failed=$(sed -nE 's/^# (fail|cancelled) ([0-9]+)/\2/p' "$1" | sum)
  echo "$passed $failed"
}

# How the cells and runs of tests/faults ended, from their lines "# cell: stored", "# run: whole" and
# the like.
cells_told() {
  awk '
    /^ *(not )?ok [0-9]+ - .* × / && !/# SKIP/ { cells++ }
    / # cell: / { ended[$NF]++ }
    / # run: / { runs[$NF]++ }
    /silent corruption: / { corrupt++ }
    END {
      known = ended["stored"] + ended["failed"] + ended["cancelled"]
      printf "%d cells: %d ended with the file stored, %d with a clear failure, ", \
        cells, ended["stored"], ended["failed"]
      printf "%d with a cancelled upload, %d with none of these; %d silent corruptions; ", \
        ended["cancelled"], cells - known, corrupt
      printf "%d runs with their whole output, %d with a clear failure\n", \
        runs["whole"], runs["told"]
    }' "$1"
}

# Lines "  5 passed (1.2m)" and "  2 failed" of Playwright. A flaky test is a failed one.
count_playwright() {
  local passed failed
  passed=$(sed -nE 's/^ +([0-9]+) passed.*/\1/p' "$1" | sum)
  failed=$(sed -nE 's/^ +([0-9]+) (failed|flaky|interrupted|did not run).*/\1/p' "$1" | sum)
  echo "$passed $failed"
}
