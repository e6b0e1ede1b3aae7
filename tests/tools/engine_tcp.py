#!/usr/bin/env python3
"""Lends an engine's unix socket an address: a relay on 127.0.0.1, with TLS where certificates are named.

usage: engine_tcp.py ENGINE_SOCKET [CERT KEY CA]      prints "ready PORT", serves until killed

With CA, clients must show a certificate that it has signed.
"""
import socket
import ssl
import sys
import threading

PIECE = 1 << 16


def copy(source, target):
    try:
        while data := source.recv(PIECE):
            target.sendall(data)
    except OSError:
        pass
    for s in (source, target):  # TLS has no half that could be shut
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(client, context, path):
    try:
        if context:
            client = context.wrap_socket(client, server_side=True)
        engine = socket.socket(socket.AF_UNIX)
        engine.connect(path)
    except OSError:
        client.close()
        return
    up = threading.Thread(target=copy, args=(client, engine), daemon=True)
    up.start()
    copy(engine, client)
    up.join()
    client.close()
    engine.close()


def main():
    path, files = sys.argv[1], sys.argv[2:]
    context = None
    if files:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files[0], files[1])
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(files[2])
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print("ready", listener.getsockname()[1], flush=True)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, context, path), daemon=True).start()


main()
