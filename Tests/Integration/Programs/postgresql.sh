# PostgreSQL with a table, and two sessions in the tree: one by its unix socket in the middle of a transaction with a row
# locked, one by TCP that waits for that row.
source "$(dirname "$0")/../common.sh"

programs=$(dirname "$(ls /usr/lib/postgresql/*/bin/postgres | tail -n 1)")
port=18083
mount -t tmpfs none /dev/shm  # it leaves a segment there when it is killed
chmod 755 "$work"
mkdir "$work/home"
chown postgres "$work/home"
as_postgres() { setpriv --reuid postgres --regid postgres --init-groups --reset-env "$@"; }
as_postgres "$programs/initdb" -D "$work/home/data" --auth trust --no-sync > "$work/log"
mkfifo "$work/home/one" "$work/home/two"
cat > "$work/tree.sh" <<TREE
cd $work/home
$programs/postgres -D data -p $port -k $work/home > server.log 2>&1 &
until $programs/pg_isready -q -h $work/home -p $port; do sleep 0.1; done
$programs/psql -qAt -h $work/home -p $port postgres < one > one.out 2>&1 &
$programs/psql -qAt -h 127.0.0.1 -p $port postgres < two > two.out 2>&1 &
wait
TREE
exec 8<> "$work/home/one" 9<> "$work/home/two"
chown postgres "$work/home/one" "$work/home/two"
exec_tree() { exec setpriv --reuid postgres --regid postgres --init-groups --reset-env setsid bash "$work/tree.sh"; }
exec_tree < /dev/null > "$work/log" 2>&1 8>&- 9>&- &
sleep 0.1
pid=$!
ask() { as_postgres "$programs/psql" -qAt -h "$work/home" -p $port postgres -c "$1"; }
eventually ask 'select 1'
ask 'create table t as select n, md5(n::text) as hash from generate_series(1, 20000) n; create unique index on t (n)' > /dev/null
wanted=$(ask "select md5(string_agg(hash, '' order by n)) from t")
echo "begin; update t set hash = 'changed' where n = 7; create temporary table own as select 42 as answer; select 'updated';" >&8
eventually grep -q updated "$work/home/one.out"
echo "prepare later as select hash from t where n = \$1; update t set hash = hash || ' twice' where n = 7; execute later(7);" >&9
waiting() { [ "$(ask "select count(*) from pg_stat_activity where wait_event_type = 'Lock'")" = 1 ]; }
eventually waiting
backends() { ask "select string_agg(pid::text, ' ' order by pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'"; }
before=$(backends)
sleep 0.3

dump "$pid" --tcp-established --file-locks
check_images
! ask 'select 1' > /dev/null 2>&1 || fail "PostgreSQL still answers after the dump"
restore --tcp-established --file-locks

eventually ask 'select 1'
[ "$(backends)" = "$before" ] || fail "the sessions are others: $(backends), not $before"
eventually waiting
[ "$(ask "select md5(string_agg(hash, '' order by n)) from t")" = "$wanted" ] || fail "the table differs"
echo "select answer from own; commit; select 'committed';" >&8
eventually grep -q committed "$work/home/one.out"
grep -q '^42$' "$work/home/one.out" || fail "the temporary table is gone"
eventually grep -q '^changed twice$' "$work/home/two.out"
[ "$(ask 'select hash from t where n = 7')" = 'changed twice' ] || fail "an update is lost"
ask "insert into t values (0, 'new'); checkpoint" > /dev/null
[ "$(ask 'select count(*) from t')" = 20001 ] || fail "PostgreSQL does not take writes"
! grep -q 'PANIC\|FATAL.*shut' "$work/home/server.log" || fail "$(cat "$work/home/server.log")"
exec 8>&- 9>&-
