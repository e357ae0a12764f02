# sqlite3 in the middle of a transaction: an open journal, and POSIX locks on the database.
source "$(dirname "$0")/../common.sh"

database=$work/data.db
sqlite3 "$database" 'create table t (n integer); insert into t values (1), (2);'
mkfifo "$work/input"
setsid sqlite3 "$database" < "$work/input" > "$work/output" 2>&1 &
pid=$!
exec 9<> "$work/input"
printf 'begin immediate;\ninsert into t values (3);\nselect count(*) from t;\n' >&9
eventually grep -q '^3$' "$work/output"

dump "$pid" --file-locks
check_images
restore --file-locks

# The lock is back: nobody else may write.
if sqlite3 "$database" 'pragma busy_timeout=0; begin immediate;' > /dev/null 2>&1; then fail "the lock is gone"; fi
[ "$(sqlite3 "$database" 'select count(*) from t')" = 2 ] || fail "the transaction leaked"
printf 'insert into t values (4);\ncommit;\nselect sum(n) from t;\n' >&9
eventually grep -q '^10$' "$work/output"
[ "$(sqlite3 "$database" 'select group_concat(n) from t')" = 1,2,3,4 ] || fail "the transaction was lost"
sqlite3 "$database" 'pragma integrity_check' | grep -q '^ok$' || fail "the database is damaged"
