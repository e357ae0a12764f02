# Builds code32.c as $work/program, and reads what it says in $report.
gcc -m32 -O1 -Wall -msse2 -mfpmath=sse -pthread -o "$work/program" "$(dirname "${BASH_SOURCE[0]}")/code32.c"
report=$work/report

rounds() { grep -c '^[0-9]' "$report"; }
later_than() { [ "$(rounds)" -gt "$1" ]; }
goes_on() {
  local before; before=$(rounds)
  eventually later_than $((before + 5))
  ! grep -m 3 WRONG "$report" || fail "$1"
}
end() {
  kill -TERM "$1"
  eventually grep -q DONE "$report"
  ! grep -m 3 WRONG "$report" || fail "at the end"
}
