"""What a user of h5py does: appends to a chunked dataset. usage: hdf5_append.py none|gzip|shuffle FOLDER SECONDS

shuffle: the bytes of the samples sorted, then gzip."""
import os
import sys
import time

import h5py
import numpy

SCANS = 1 << 20  # 4 MiB, as a chunk of the journal


def samples():
    """Two channels of a 14-bit converter: sines with noise of two bits."""
    noise = numpy.random.default_rng(1).normal(0, 2, (SCANS, 2))
    t = numpy.arange(SCANS)
    clean = numpy.stack([6000 * numpy.sin(t * 1e-3), 3000 * numpy.sin(t * 7e-4)], axis=1)
    return numpy.rint(clean + noise).astype("<i2")


def main():
    compression, folder, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    block = samples()
    path = os.path.join(folder, "peer.h5")
    given, start = 0, time.monotonic()
    synced = start
    with h5py.File(path, "w") as file:
        data = file.create_dataset("wave", (0, 2), "<i2", maxshape=(None, 2), chunks=(SCANS, 2),
                                   compression=None if compression == "none" else "gzip",
                                   shuffle=compression == "shuffle")
        descriptor = file.id.get_vfd_handle()
        while time.monotonic() - start < seconds:
            data.resize(given + SCANS, axis=0)
            data[given:] = block
            given += SCANS
            if time.monotonic() - synced >= 1:
                file.flush()
                os.fdatasync(descriptor)
                synced = time.monotonic()
        file.flush()
        os.fsync(descriptor)
    took = time.monotonic() - start
    print(f"R rate {given * 4 / took * 1e-6:.6g}")
    print(f"R ratio {given * 4 / os.path.getsize(path):.6g}")


main()
