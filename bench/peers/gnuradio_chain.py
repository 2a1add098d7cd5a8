#!/usr/bin/env python3
"""GNU Radio 3.10 flowgraphs of the same work: t4, t6, t7, t8, w2. Prints "R key value unit" lines.

usage: gnuradio_chain.py ROW SECONDS. The blocks are GNU Radio's own C++; Python only connects them.
"""
import math
import sys
import time

from gnuradio import blocks, fft, filter as gr_filter, gr


def low_pass(taps, cutoff):
    """Windowed sinc (Hamming), cut-off relative to the rate, unit gain at zero."""
    h = []
    for i in range(taps):
        x = i - (taps - 1) / 2
        ideal = 2 * cutoff if x == 0 else math.sin(2 * math.pi * cutoff * x) / (math.pi * x)
        h.append(ideal * (0.54 - 0.46 * math.cos(2 * math.pi * i / (taps - 1))))
    return [v / sum(h) for v in h]


def hann(n):
    return [0.5 - 0.5 * math.cos(2 * math.pi * i / n) for i in range(n)]


def psd(tb, source, n, averages, overlap):
    total = blocks.add_vff(n) if hasattr(blocks, "add_vff") else blocks.add_ff(n)
    integrate = blocks.integrate_ff(max(1, averages // (2 if overlap else 1)), n)
    sink = blocks.null_sink(gr.sizeof_float * n)
    keep = [total, integrate, sink]
    for i in range(2 if overlap else 1):
        vector = blocks.stream_to_vector(gr.sizeof_float, n)
        transform = fft.fft_vfc(n, True, hann(n), False, 1)
        magnitude = blocks.complex_to_mag_squared(n)
        if i == 0:
            tb.connect(source, vector, transform, magnitude)
        else:
            late = blocks.delay(gr.sizeof_float, n // 2)
            tb.connect(source, late, vector, transform, magnitude)
            keep.append(late)
        if overlap:
            tb.connect(magnitude, (total, i))
        else:
            tb.connect(magnitude, integrate)
        keep += [vector, transform, magnitude]
    if overlap:
        tb.connect(total, integrate)
    tb.connect(integrate, sink)
    return keep


def build(row, samples):
    tb = gr.top_block()
    head = blocks.head(gr.sizeof_float, samples)
    source = blocks.null_source(gr.sizeof_float)
    tb.connect(source, head)
    keep = [head, source]
    sink = blocks.null_sink(gr.sizeof_float)
    if row == "t4":
        last = head
        for _ in range(20):
            block = blocks.multiply_const_ff(1.0001)
            tb.connect(last, block)
            keep.append(block)
            last = block
        tb.connect(last, sink)
    elif row == "t6":
        fir = gr_filter.fir_filter_fff(1, low_pass(64, 0.1))
        tb.connect(head, fir, sink)
    elif row.startswith("t7"):
        kind, taps = row.split(".")
        make = gr_filter.fft_filter_fff if kind == "t7fft" else gr_filter.fir_filter_fff
        fir = make(1, low_pass(int(taps), 0.1))
        tb.connect(head, fir, sink)
        keep.append(fir)
    elif row.startswith("t8"):
        keep += psd(tb, head, int(row.split(".")[1]), 16, False)
    elif row == "w2":
        fir = gr_filter.fft_filter_fff(4, low_pass(129, 0.1))
        tb.connect(head, fir)
        keep.append(fir)
        keep += psd(tb, fir, 4096, 16, True)
    else:
        sys.exit(f"gnuradio_chain: no row {row}")
    return tb, keep + [sink]


def main():
    row, seconds = sys.argv[1], float(sys.argv[2])
    samples = 4_000_000
    while True:  # enough samples that starting up does not count
        tb, keep = build(row, samples)
        start = time.perf_counter()
        tb.run()
        elapsed = time.perf_counter() - start
        del keep
        if elapsed >= seconds:
            break
        samples = int(samples * max(2, 1.3 * seconds / max(elapsed, 1e-3)))
    print(f"R {row}.gnuradio {samples / elapsed * 1e-6:.5g} MS/s")


main()
