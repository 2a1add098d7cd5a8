"""Compiles the wire schema into acqd._wire; everything else is in pyproject.toml.

In the source tree the modules come from proto/ with the distribution's protoc. A source
distribution carries them, so that installing from one needs no compiler.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = Path(__file__).resolve().parent
SCHEMA = HERE.parents[1] / "proto"
FILES = ("stream", "frame", "config", "status", "recording", "control")


def generate(package: Path) -> None:
    """Writes the modules into `package`, importing one another as acqd._wire."""
    protoc = shutil.which("protoc")
    if protoc is None:
        sys.exit("acqd: protoc was not found; install the distribution's protobuf-compiler")
    work = package / "generated"
    work.mkdir(parents=True, exist_ok=True)
    sources = [str(SCHEMA / "acq" / "v1" / f"{name}.proto") for name in FILES]
    subprocess.run(
        [protoc, f"-I{SCHEMA}", f"--python_out={work}", f"--pyi_out={work}", *sources], check=True
    )
    for module in (work / "acq" / "v1").iterdir():
        text = re.sub(
            r"^from acq\.v1 import", "from acqd._wire import", module.read_text(), flags=re.M
        )
        (package / module.name).write_text(text)
    shutil.rmtree(work)


class BuildPy(build_py):
    def run(self) -> None:
        super().run()
        if SCHEMA.is_dir():
            home = HERE / "src" if self.editable_mode else Path(self.build_lib)
            generate(home / "acqd" / "_wire")
        elif not (HERE / "src" / "acqd" / "_wire" / "frame_pb2.py").exists():
            sys.exit("acqd: neither the schema (../../proto) nor the modules made from it are here")


class Sdist(sdist):
    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        super().make_release_tree(base_dir, files)
        if SCHEMA.is_dir():
            generate(Path(base_dir) / "src" / "acqd" / "_wire")


setup(cmdclass={"build_py": BuildPy, "sdist": Sdist})
