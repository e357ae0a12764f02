# Node.js: a server with timers, a worker thread, compiled code and a connection that is kept alive.
source "$(dirname "$0")/../common.sh"

port=18084
cat > "$work/server.js" <<'JS'
const http = require('http'), { Worker } = require('worker_threads'), zlib = require('zlib')
let requests = 0, ticks = 0
const kept = Array.from({ length: 200000 }, (_, n) => ({ n, text: `item ${n}` }))
const worker = new Worker(`
  const { parentPort } = require('worker_threads'); let sum = 0
  parentPort.on('message', n => { sum += n; parentPort.postMessage(sum) })`, { eval: true })
setInterval(() => ticks++, 20)
http.createServer((request, response) => {
  requests++
  if (request.url == '/ticks') return response.end(`${ticks}`)
  if (request.url == '/kept') return response.end(`${kept.reduce((sum, k) => sum + k.n + k.text.length, 0)}`)
  if (request.url == '/zip') return zlib.gzip('a'.repeat(100000), (_, z) => response.end(`${zlib.gunzipSync(z).length}`))
  if (request.url == '/worker') { worker.once('message', sum => response.end(`${sum}`)); return worker.postMessage(10) }
  response.end(`${requests}`)
}).listen(+process.argv[2], '127.0.0.1')
JS
setsid node "$work/server.js" $port < /dev/null > "$work/log" 2>&1 &
pid=$!
get() { curl -sS --max-time 5 "http://127.0.0.1:$port$1"; }
eventually get /
for _ in $(seq 100); do get /kept > /dev/null; done
kept=$(get /kept) count=$(get /) 
[ "$(get /worker)" = 10 ] || fail "the worker counts something else"
sleep 0.2

dump "$pid" --tcp-established
check_images
restore --tcp-established

eventually get /
[ "$(get /kept)" = "$kept" ] || fail "the heap differs"
[ "$(get /worker)" = 20 ] || fail "the worker thread lost its sum"
[ "$(get /zip)" = 100000 ] || fail "the thread pool does not work"
[ "$(get /)" -gt "$count" ] || fail "the requests are counted anew"
ticks=$(get /ticks)
sleep 0.3
[ "$(get /ticks)" -gt "$ticks" ] || fail "the timer stands still"
