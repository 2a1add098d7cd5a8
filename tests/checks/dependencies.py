"""docs/dependencies.md, scripts/deps and CMake name the same packages."""
import re

from checks import files, main

# What CMake calls it, and the Debian package that brings it. A new find_package() needs a line.
PACKAGES = {
    "Threads": "g++", "PkgConfig": "pkg-config", "tl-expected": "libexpected-dev", "Protobuf": "libprotobuf-dev",
    "spdlog": "libspdlog-dev", "CLI11": "libcli11-dev", "tomlplusplus": "libtomlplusplus-dev",
    "GTest": "libgtest-dev", "rapidcheck": "librapidcheck-dev", "benchmark": "libbenchmark-dev",
    "nlohmann_json": "nlohmann-json3-dev", "pugixml": "libpugixml-dev", "libmodbus": "libmodbus-dev",
    "alsa": "libasound2-dev", "SoapySDR": "libsoapysdr-dev", "Python3": "python3", "libzmq": "libzmq3-dev", "fftw3": "libfftw3-dev",
    "fftw3f": "libfftw3-dev", "libhwy": "libhwy-dev", "libsystemd": "libsystemd-dev", "Curses": "libncurses-dev",
    "ncurses": "libncurses-dev", "ncursesw": "libncurses-dev", "libusb-1.0": "libusb-1.0-0-dev",
    "umockdev-1.0": "libumockdev-dev", "liblz4": "liblz4-dev", "libzstd": "libzstd-dev", "ZLIB": "zlib1g-dev", "hdf5": "libhdf5-dev", "Eigen3": "libeigen3-dev",
    "Boost": "libboost-dev", "liquid": "libliquid-dev", "gnuradio-runtime": "gnuradio-dev", "Gnuradio": "gnuradio-dev",
    "Python": "python3-dev", "pybind11": "pybind11-dev",
}
LINKED = ("dsp", "proto", "recording", "drivers", "daemon", "clients")  # below: only tests or benchmarks


def wanted_by_cmake(root):
    for path in files(root, {".cmake"}):
        name, text = path.relative_to(root), path.read_text()
        for found in re.findall(r"find_package\(([\w-]+)", text):
            yield name, found
        for modules in re.findall(r"pkg_check_modules\(\w+ (?:REQUIRED |QUIET |IMPORTED_TARGET )*([^)]*)\)", text):
            yield from ((name, re.split("[<>=]", module)[0]) for module in modules.split())


def check(root):
    page = (root / "docs/dependencies.md").read_text()
    rows = "\n".join(line for line in page.splitlines() if line.startswith("| `"))
    documented = {name for row in re.findall(r"^\| ((?:`[^`]+`(?:, )?)+) \|", rows, re.M)
                  for name in re.findall(r"`([^`]+)`", row)}
    linked = page.split("\n## ")[1]
    installed = set(" ".join(re.findall(r"^\w+=\(\n(.*?)^\)", (root / "scripts/deps").read_text(), re.M | re.S)).split())
    installed = {name for name in installed if not name.startswith('"$')}
    problems = [f"docs/dependencies.md lacks {name} of scripts/deps" for name in sorted(installed - documented)]
    problems += [f"scripts/deps lacks {name} of docs/dependencies.md" for name in sorted(documented - installed)]
    for place, name in wanted_by_cmake(root):
        package = PACKAGES.get(name)
        if package not in documented:
            problems.append(f"{place} wants {name}, which docs/dependencies.md does not explain")
        elif place.parts[0] in LINKED and f"`{package}`" not in linked and package not in ("g++", "python3", "python3-dev"):
            problems.append(f"{place} wants {name}, which docs/dependencies.md takes for a tool or test")
    return problems


PAGE = "# D\n\n## Linked\n\n| `libzmq3-dev` | x |\n\n## Tests\n\n| `libgtest-dev`, `tmux` | x |\n| `gone` | x |\n"
main(check, {"docs/dependencies.md": PAGE, "scripts/deps": "build=(\n  libzmq3-dev libgtest-dev\n)\ntest=(\n  tmux new\n)\n",
             "CMakeLists.txt": "pkg_check_modules(Z REQUIRED IMPORTED_TARGET libzmq libodd>=2)",
             "dsp/CMakeLists.txt": "find_package(GTest REQUIRED)"},
     ["lacks new", "lacks gone", "libodd", "takes for a tool"])
