"""Builds acqd.dsp with the project's own CMake; everything else is in pyproject.toml.

It needs the source tree around it and what "scripts/deps build python" installs.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parents[2]


class BuildByCMake(build_ext):
    def build_extension(self, ext: Extension) -> None:
        if not (ROOT / "dsp" / "math").is_dir():
            sys.exit("acqd-dsp is built from the source tree of acqd: pip install ./clients/python_dsp")
        build = ROOT / "build" / "python"  # where the compiler cache knows the objects of the other builds
        configure = ["cmake", "-S", ROOT, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
                     "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O3 -g1 -DNDEBUG", "-DACQ_TESTS=OFF", "-DACQ_PYTHON=ON",
                     f"-DPython_EXECUTABLE={sys.executable}"]
        subprocess.run(configure, check=True)
        subprocess.run(["cmake", "--build", build, "--target", "acq_python_dsp"], check=True)
        (module,) = (build / "python" / "acqd" / "dsp").glob("_native.*.so")
        target = Path(self.get_ext_fullpath(ext.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(module, target)


setup(ext_modules=[Extension("acqd.dsp._native", sources=[])], cmdclass={"build_ext": BuildByCMake})
