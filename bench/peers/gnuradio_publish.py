#!/usr/bin/env python3
"""GNU Radio 3.10 sending to a ZeroMQ subscriber over TCP.

usage: gnuradio_publish.py ENDPOINT VECTOR_LENGTH SECONDS
null source -> zeromq.pub_sink of vectors; with back-pressure, so that all is delivered.
"""
import sys
import time

from gnuradio import blocks, gr, zeromq


def main():
    endpoint, length, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    tb = gr.top_block()
    source = blocks.null_source(gr.sizeof_float * length)
    # arguments: item size, length, address, timeout ms, pass tags, high-water mark, key, drop on mark
    try:
        sink = zeromq.pub_sink(gr.sizeof_float, length, endpoint, 100, False, 64, "", False)
    except TypeError:
        sink = zeromq.pub_sink(gr.sizeof_float, length, endpoint, 100, False, 64)
    tb.connect(source, sink)
    tb.start()
    time.sleep(seconds)
    tb.stop()
    tb.wait()


main()
