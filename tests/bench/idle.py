#!/usr/bin/python3
"""idle.py PORT N: holds N connections to a server of HTTP/2 with certificates.

Says how many it has once the server has settled, goes on with each line of
standard input, and ends with it.
"""
import resource
import socket
import ssl
import sys

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4] + [0] * 5)
FIRST = 500
port, count = int(sys.argv[1]), int(sys.argv[2])
limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.load_verify_locations("cert.pem")
context.load_cert_chain("cert.pem", "key.pem")
context.set_alpn_protocols(["h2"])
context.check_hostname = False
connections = []
ready = open(1, "w", buffering=1, closefd=False)
for wanted in FIRST, count:
    while len(connections) < wanted:
        c = context.wrap_socket(socket.create_connection(("127.0.0.1", port)))
        c.sendall(PREFACE)
        c.recv(1000)				# its SETTINGS
        c.sendall(bytes([0, 0, 0, 4, 1] + [0] * 4))
        connections.append(c)
    print(len(connections), file=ready)
    sys.stdin.readline()
