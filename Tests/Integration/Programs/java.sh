# A JVM: threads, the garbage collector and compiled code, a clock that goes on, a server that answers.
source "$(dirname "$0")/../common.sh"

port=18085
cat > "$work/Server.java" <<'JAVA'
import java.io.*;
import java.net.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;

public class Server {
    public static void main(String[] arguments) throws Exception {
        Map<Integer, String> kept = new ConcurrentHashMap<>();
        for (int n = 0; n < 100000; n++) kept.put(n, "item " + n);
        AtomicLong work = new AtomicLong(), ticks = new AtomicLong();
        for (int n = 0; n < 3; n++) {
            Thread worker = new Thread(() -> {
                for (long i = 0; ; i++) {
                    byte[] garbage = new byte[10000];
                    garbage[(int) (i % 10000)] = 1;
                    work.incrementAndGet();
                    try { Thread.sleep(1); } catch (InterruptedException e) { return; }
                }
            });
            worker.setDaemon(true);
            worker.start();
        }
        Executors.newScheduledThreadPool(1, body -> { Thread t = new Thread(body); t.setDaemon(true); return t; })
            .scheduleAtFixedRate(ticks::incrementAndGet, 10, 10, TimeUnit.MILLISECONDS);
        ServerSocket server = new ServerSocket(Integer.parseInt(arguments[0]), 50, InetAddress.getByName("127.0.0.1"));
        while (true) {
            try (Socket client = server.accept()) {
                String line = new BufferedReader(new InputStreamReader(client.getInputStream())).readLine();
                long answer = 0;
                if ("kept".equals(line)) for (var entry : kept.entrySet()) answer += entry.getKey() + entry.getValue().length();
                if ("work".equals(line)) answer = work.get();
                if ("ticks".equals(line)) answer = ticks.get();
                if ("collect".equals(line)) { System.gc(); answer = 1; }
                client.getOutputStream().write((answer + "\n").getBytes());
            }
        }
    }
}
JAVA
javac -d "$work" "$work/Server.java"
setsid java -Xmx256m -cp "$work" Server $port < /dev/null > "$work/log" 2>&1 &
pid=$!
ask() { local answer; exec 7<> "/dev/tcp/127.0.0.1/$port" && echo "$1" >&7 && read -r answer <&7 && echo "$answer"; exec 7>&-; }
answers() { [ -n "$(ask ticks 2> /dev/null)" ]; }
eventually answers
for _ in $(seq 50); do kept=$(ask kept); done
work_before=$(ask work)
sleep 0.2

dump "$pid" --tcp-established
check_images
restore --tcp-established

eventually answers
[ "$(ask kept)" = "$kept" ] || fail "the heap differs"
[ "$(ask work)" -ge "$work_before" ] || fail "the work is counted anew"
[ "$(ask collect)" = 1 ] || fail "the garbage collector does not work"
[ "$(ask kept)" = "$kept" ] || fail "the heap differs after a collection"
ticks=$(ask ticks) work_before=$(ask work)
sleep 0.3
[ "$(ask ticks)" -gt "$ticks" ] && [ "$(ask work)" -gt "$work_before" ] || fail "a thread stands still"
! grep -qi "error\|exception" "$work/log" || fail "$(cat "$work/log")"
jcmd "$pid" Thread.print | grep -q '"main"' || fail "the JVM does not answer its tools"
