#!/usr/bin/env python3
"""Makes ecg.sigmf-meta and ecg.sigmf-data from the ADC counts shipped in SciPy up to 1.11.

Usage: make_ecg.py [FOLDER]     (needs NumPy, and SciPy 1.1 to 1.11: Debian 12's python3-scipy)
"""
import hashlib
import json
import pathlib
import sys

import numpy
import scipy

GAIN_PER_MV = 200  # ADC units per millivolt and count at 0 mV, as scipy.misc.electrocardiogram uses them
ZERO = 1024

folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
with numpy.load(pathlib.Path(scipy.__file__).parent / "misc" / "ecg.dat") as archive:
    counts = archive["ecg"]
assert counts.shape == (108000,) and 0 <= counts.min() and counts.max() < 2048, "not the record expected"

data = counts.astype("<i2").tobytes()
meta = {
    "global": {
        "core:datatype": "ri16_le",
        "core:sample_rate": 360,
        "core:num_channels": 1,
        "core:version": "1.2.0",
        "core:sha512": hashlib.sha512(data).hexdigest(),
        "core:author": "G. B. Moody, R. G. Mark: MIT-BIH Arrhythmia Database",
        "core:license": "https://opendatacommons.org/licenses/by/1-0/",
        "core:data_doi": "10.13026/C2F305",
        "core:hw": "Del Mar Avionics 445 Holter recorder, 11-bit ADC",
        "core:description": "Electrocardiogram, record 208, lead MLII, 19:35 to 24:35",
        "core:recorder": "tests/data/make_ecg.py",
        "core:extensions": [{"name": "acqd", "version": "1.0.0", "optional": True}],
        "acqd:channels": [
            {
                "id": "mlii",
                "label": "MLII",
                "quantity": "voltage",
                "unit": "mV",
                "scale": 1 / GAIN_PER_MV,
                "offset": -ZERO / GAIN_PER_MV,
                "range_min": -ZERO / GAIN_PER_MV,
                "range_max": (2047 - ZERO) / GAIN_PER_MV,
                "significant_bits": 11,
            }
        ],
    },
    "captures": [{"core:sample_start": 0}],
    "annotations": [],
}
(folder / "ecg.sigmf-data").write_bytes(data)
(folder / "ecg.sigmf-meta").write_text(json.dumps(meta, indent=2) + "\n")
