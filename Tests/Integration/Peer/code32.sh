# A program of 32-bit code dumped by one criu and restored by another: code32.sh DUMPER RESTORER.
source "$(dirname "$0")/../common.sh"
source "$(dirname "$0")/ends.sh"
source "$(dirname "$0")/../Programs/code32-program.sh"
close_inherited

setsid "$work/program" "$report" < /dev/null > /dev/null 2>&1 &
pid=$!
eventually later_than 5
dump_by "$1" "$pid"
restore_by "$2"
goes_on "restored by $2"
end "$pid"
