"""A real acqd on sockets in a folder of its own, for the tests of acqctl."""

import os
import pathlib
import signal
import subprocess
import tempfile
import time

BUILD = pathlib.Path(os.environ["ACQ_BUILD"])

CONFIG = """
[instrument.scope]
driver = "sim"
channels = 2
rate = "100 kHz"
signal = [{ kind = "sine", label = "tone", frequency = "10 kHz" },
          { kind = "sine", label = "hum", frequency = "250 Hz", amplitude = "2 V" }]

[pipeline.wave]
from = "scope/wave"
frame_samples = 1000

[pipeline.view]
from = "scope/wave"
blocks = [{ block = "minmax_view", columns = 200, length_time = "50 ms" }]

[pipeline.psd]
from = "scope/wave"
blocks = [{ block = "welch_psd", length = 10000 }]

[pipeline.stats]
from = "scope/wave"
blocks = [{ block = "statistics", length_time = "50 ms" }]
"""


class Daemon:
    """acqd with a configuration; leaves nothing behind."""

    def __init__(self, config=CONFIG):
        self.folder = tempfile.TemporaryDirectory(prefix="acq-")
        self.path = pathlib.Path(self.folder.name)
        self.config = self.path / "acqd.toml"
        self.config.write_text(config)
        self.env = dict(os.environ, LC_ALL="C.UTF-8", ACQD_CONTROL=f"ipc://{self.path}/control")
        self.env.pop("ACQD_DATA", None)
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        self.folder.cleanup()

    def start(self):
        with open(self.path / "log", "ab") as log:
            self.process = subprocess.Popen(
                [BUILD / "acqd", "--config", self.config, "--runtime-dir", self.path],
                stdout=log, stderr=log)
        for _ in range(100):
            if self.ctl("status", "--timeout", "200").returncode == 0:
                return
            if self.process.poll() is not None:
                break
        raise RuntimeError("acqd is not ready:\n" + (self.path / "log").read_text())

    def stop(self, how=signal.SIGTERM):
        if self.process is None:
            return
        self.process.send_signal(how)
        self.process.wait(timeout=20)
        self.process = None

    def ctl(self, *arguments, **options):
        """acqctl to this daemon, run to its end."""
        return subprocess.run([BUILD / "acqctl", *map(str, arguments)], env=self.env, text=True,
                              capture_output=True, timeout=60, **options)


def wait_for(condition, seconds=20):
    """What condition() gives once it is true; an error when it does not become so."""
    give_up = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > give_up:
            raise AssertionError(f"did not come true in {seconds} s: {condition}")
        time.sleep(0.05)
