"""hold.py PORT TO BYTES: passes a connection to PORT on to TO, of what comes back so many bytes, and then nothing more."""
import socket, sys, threading

port, to, left = map(int, sys.argv[1:])
listener = socket.create_server(('127.0.0.1', port))
near = listener.accept()[0]
far = socket.create_connection(('127.0.0.1', to))


def ask():
    while data := near.recv(1 << 16): far.sendall(data)


threading.Thread(target=ask, daemon=True).start()
while left > 0 and (data := far.recv(min(left, 1 << 16))):
    near.sendall(data)
    left -= len(data)
threading.Event().wait()
