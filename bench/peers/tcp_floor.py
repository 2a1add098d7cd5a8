#!/usr/bin/env python3
"""The floor of T9: a plain TCP socket on the loopback, sender and receiver in two processes.

usage: tcp_floor.py BYTES SECONDS. Sends one buffer again and again; the receiver reads every sample.
Prints "R rate MB/s".
"""
import os
import socket
import sys
import time

import numpy


def send(port, size, seconds):
    data = numpy.ones(size // 8, dtype=numpy.uint64).data.cast("B")
    end = time.monotonic() + seconds
    with socket.create_connection(("127.0.0.1", port)) as out:
        try:
            while time.monotonic() < end:
                out.sendall(data)
        except OSError:
            pass  # the receiver has what it wanted


def receive(listener, size, seconds):
    buffer = numpy.zeros(size // 8, dtype=numpy.uint64)
    view = buffer.data.cast("B")
    connection, _ = listener.accept()
    received, start = 0, time.monotonic()
    while time.monotonic() - start < seconds:
        done = 0
        while done < size:
            got = connection.recv_into(view[done:], size - done)
            if got == 0:
                return received, time.monotonic() - start
            done += got
        if int(numpy.add.reduce(buffer)) != len(buffer):
            sys.exit("the samples did not arrive")
        received += size
    return received, time.monotonic() - start


def main():
    size, seconds = int(sys.argv[1]), float(sys.argv[2])
    listener = socket.create_server(("127.0.0.1", 0))
    child = os.fork()
    if child == 0:
        listener_port = listener.getsockname()[1]
        listener.close()
        send(listener_port, size, seconds + 2)
        os._exit(0)
    received, elapsed = receive(listener, size, seconds)
    listener.close()
    os.kill(child, 15)
    os.waitpid(child, 0)
    print(f"R rate {received / elapsed * 1e-6:.6g} MB/s")


main()
