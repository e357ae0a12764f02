# A tmux server with a session of two panes: shells in them, with what they have on the screen and in their variables.
source "$(dirname "$0")/../common.sh"

export TMUX_TMPDIR=$work TERM=screen LC_ALL=C.UTF-8
unset TMUX
tmux() { command tmux -f /dev/null -L test "$@"; }
tmux new-session -d -s work -x 100 -y 30 'exec bash --norc --noprofile' < /dev/null > "$work/log" 2>&1
tmux split-window -t work 'exec bash --norc --noprofile'
tmux send-keys -t work:0.0 'answer=42; seq 3 | tr "\n" "-"; echo; sleep 1000 & stty -a > '"$work/stty"'; echo made' Enter
tmux send-keys -t work:0.1 'cat > '"$work/typed" Enter 'first line' Enter
shows() { tmux capture-pane -p -t "work:0.$1" | grep -q "$2"; }
eventually shows 0 '^made'
eventually grep -q 'first line' "$work/typed"
pid=$(tmux display-message -p '#{pid}')
for pane in 0 1; do tmux capture-pane -p -t work:0.$pane > "$work/screen.$pane"; done
sleep 0.2

dump "$pid"
check_images
! tmux has-session -t work 2> /dev/null || fail "tmux still answers after the dump"
restore

eventually tmux has-session -t work
for pane in 0 1; do
  tmux capture-pane -p -t work:0.$pane | diff "$work/screen.$pane" - || fail "pane $pane shows something else"
done
tmux send-keys -t work:0.0 'clear; echo "answer $answer"; jobs; stty -a | diff '"$work/stty"' - && echo same' Enter
eventually shows 0 '^answer 42'
eventually shows 0 'Running.*sleep 1000'
eventually shows 0 '^same'
tmux send-keys -t work:0.1 'second line' Enter
eventually grep -q 'second line' "$work/typed"
tmux resize-window -t work -x 120 -y 40
tmux send-keys -t work:0.0 'clear; stty size' Enter
eventually shows 0 '120$'
tmux kill-server
