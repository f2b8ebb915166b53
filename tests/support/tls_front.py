#!/usr/bin/env python3
"""tls_front.py PORT DIRECTORY [mutual]: TLS in front of the server on that port of 127.0.0.1, until standard input ends.

Prints its own port. Its certificate, signed by itself and made anew, is DIRECTORY/certificate.pem: for localhost, not for
127.0.0.1. With `mutual` it asks clients for the same one, which is in DIRECTORY/client.pem with its key. The server is
reached without TLS, too, over the socket DIRECTORY/socket.
"""

import pathlib
import socket
import ssl
import subprocess
import sys
import threading


def make_certificate(directory):
    files = directory / "certificate.pem", directory / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                    "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                    "-out", files[0], "-keyout", files[1]], check=True, stderr=subprocess.DEVNULL)
    return files


def pump(source, target):
    try:
        while part := source.recv(1 << 16):
            target.sendall(part)
    except OSError:
        pass  # Broken by either side: the other one shall see it.
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(client, context, port):
    try:
        secure = context.wrap_socket(client, server_side=True) if context else client
        server = socket.create_connection(("127.0.0.1", port))
    except OSError:
        client.close()  # A client that does not trust us, or a server that is down.
        return
    threading.Thread(target=pump, args=(secure, server), daemon=True).start()
    pump(server, secure)


def accept(listener, context, port):
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, context, port), daemon=True).start()


def main():
    port, directory = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    files = make_certificate(directory)
    context.load_cert_chain(*files)
    if "mutual" in sys.argv:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(files[0])
        (directory / "client.pem").write_bytes(files[0].read_bytes() + files[1].read_bytes())
    context.set_alpn_protocols(["http/1.1"])
    listener = socket.create_server(("127.0.0.1", 0))
    local = socket.socket(socket.AF_UNIX)
    local.bind(str(directory / "socket"))
    local.listen()
    for each, wrapping in ((listener, context), (local, None)):
        threading.Thread(target=accept, args=(each, wrapping, port), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
