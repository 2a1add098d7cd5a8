"""Runs the README's Python against the daemon's embedded configuration: readme_python_test.py ACQD SOURCE_DIR."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

START_S = 20


def main(acqd: pathlib.Path, source: pathlib.Path) -> None:
    snippets = re.findall(r"^```python\n(.*?)^```", (source / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    if len(snippets) != 3:
        sys.exit(f"{len(snippets)} pieces of Python in README.md; three were expected")
    lines = [line for line in snippets[0].splitlines() if line]
    if len(lines) > 10:
        sys.exit(f"the README promises ten lines of Python; there are {len(lines)}")
    with tempfile.TemporaryDirectory(prefix="acqd-") as name:
        folder = pathlib.Path(name)
        with (folder / "log").open("w") as log:
            daemon = subprocess.Popen([acqd, "--runtime-dir", folder], stderr=log)
        try:
            deadline = time.monotonic() + START_S
            while not (folder / "control").exists():
                if daemon.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"acqd is not ready:\n{(folder / 'log').read_text()}")
                time.sleep(0.05)
            environment = {**os.environ, "ACQD_CONTROL": f"ipc://{folder}/control", "MPLBACKEND": "Agg",
                           "MPLCONFIGDIR": str(pathlib.Path(sys.prefix) / "matplotlib")}
            subprocess.run([sys.executable, "-W", "error", "-c", snippets[0]], cwd=folder, env=environment, check=True,
                           timeout=300)
        finally:
            daemon.terminate()
            daemon.wait(10)
        picture = (folder / "heart.png").read_bytes()
        if not picture.startswith(b"\x89PNG") or len(picture) < 5000:
            sys.exit(f"heart.png is no plot: {len(picture)} bytes")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
