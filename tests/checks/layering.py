"""Every #include and every linked target follows the arrows; each library has one home."""
import re

from checks import files, main

ARROWS = {  # folder: what it may include, by the start of the path
    "dsp/base/": ["dsp/base/"],
    "dsp/": ["dsp/"],
    "proto/": ["proto/", "dsp/base/", "acq/v1/"],
    "recording/": ["recording/", "proto/", "dsp/base/", "acq/v1/"],
    "drivers/": ["drivers/", "recording/", "dsp/"],
    "daemon/": ["daemon/", "drivers/", "recording/", "dsp/", "proto/", "acq/v1/"],
    "clients/python_dsp/": ["clients/python_dsp/", "dsp/"],
    "clients/": ["clients/", "recording/", "proto/", "dsp/base/", "acq/v1/"],
}
LINKS = {  # folder: which of our targets it may link, besides its own
    "dsp/": "base options dsp", "proto/": "base options proto", "recording/": "base options proto recording export",
    "drivers/": "base dsp options recording drivers",
    "daemon/": "base dsp options drivers recording proto service daemon",
    "clients/python_dsp/": "dsp options",
    "clients/": "base options proto recording export client",
}
HOMES = {  # header: the folders that may include it
    r"libusb.*": ["drivers/transport/"], r"fftw3\.h": ["dsp/math/"], r"hwy/.*": ["dsp/"], r"Eigen/.*": ["dsp/math/"],
    r"zmq.*\.hp?p?": ["daemon/", "clients/"],
    r"systemd/.*": ["daemon/service/"],
    r"thread|pthread\.h|future": ["daemon/", "clients/", "drivers/transport/usb_events."],
    r"toml\+\+/.*": ["proto/", "clients/tools/", "drivers/scpi/"],
    r"google/protobuf/.*": ["proto/", "recording/", "daemon/", "clients/"],
    r"lz4.*\.h|zstd.*\.h": ["recording/mcap/"],
    r"hdf5.*\.h|H5.*\.h|zlib\.h": ["recording/export/"],
    r"n?curses.*": ["clients/tools/"], r"pybind11/.*": ["clients/python_dsp/"],
}


def problems_of(name, text):
    folder = next((f for f in ARROWS if name.startswith(f)), None)
    for header in re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, re.M) if folder else []:
        if "/" in header and not header.startswith(tuple(ARROWS[folder])):
            yield f"{name}: {folder} may not include {header}"
    for header in re.findall(r"^\s*#\s*include\s+<([^>]+)>", text, re.M):
        for pattern, homes in HOMES.items():
            if re.fullmatch(pattern, header) and not name.startswith(tuple(homes)):
                yield f"{name}: <{header}> belongs to {', '.join(homes)}"
    for target in re.findall(r"\bacq::(\w+)", text) if name.endswith("CMakeLists.txt") else []:
        layer = next((f for f in LINKS if name.startswith(f)), None)
        if layer and target not in LINKS[layer].split():
            yield f"{name}: {layer} may not link acq::{target}"


def check(root):
    names = [(str(path.relative_to(root)), path) for path in files(root, {".h", ".cpp", ".in"})]
    return [problem for name, path in names if not name.startswith(("tests/", "bench/"))
            for problem in problems_of(name, path.read_text())]


WRONG = {"dsp/base/a.h": '#include "dsp/block.h"\n', "dsp/b.cpp": "#include <thread>\n# include <fftw3.h>",
         "proto/c.cpp": '#include "drivers/driver.h"', "drivers/d.cpp": '#include "acq/v1/frame.pb.h"',
         "daemon/e.cpp": "#include <systemd/sd-daemon.h>", "clients/cpp/f.h": '#include "dsp/block.h"',
         "dsp/CMakeLists.txt": "target_link_libraries(acq_dsp PUBLIC acq::proto)",
         "tests/g.cpp": '#include <thread>\n#include "daemon/x.h"', "dsp/h.cpp": '#include "dsp/base/a.h"'}
FOUND = ["dsp/base/ may not include dsp/block.h", "<thread> belongs", "<fftw3.h> belongs", "drivers/driver.h",
         "acq/v1/frame.pb.h", "sd-daemon.h", "clients/ may not include", "may not link acq::proto"]
main(check, WRONG, FOUND)
