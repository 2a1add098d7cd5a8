"""The live view in a real terminal (tmux) against a real acqd."""

import re
import signal
import subprocess
import tempfile
import unittest

from daemon import BUILD, Daemon, wait_for


class Screen:
    """A tmux of its own with one window in which the live view runs."""

    def __init__(self, daemon, *arguments, columns=80, rows=24, env=()):
        self.folder = tempfile.TemporaryDirectory(prefix="acq-")
        self.socket = self.folder.name + "/tmux"
        command = " ".join(["env", *env, str(BUILD / "acqctl"), "watch", *arguments])
        self.tmux("-u", "-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", rows,
                  f"{command}; echo status $?; cat", env=daemon.env)

    def tmux(self, *arguments, env=None):
        return subprocess.run(["tmux", "-S", self.socket, *map(str, arguments)], env=env, text=True,
                              check=True, capture_output=True, timeout=20).stdout

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def text(self):
        return self.tmux("capture-pane", "-p")

    def colors(self):
        return self.tmux("capture-pane", "-p", "-e")

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", columns, "-y", rows)

    def shows(self, pattern):
        def look():
            text = self.text()
            return text if re.search(pattern, text, re.M) else None
        try:
            return wait_for(look)
        except AssertionError:
            raise AssertionError(f"no {pattern!r} on the screen:\n{self.text()}") from None

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True, timeout=20)
        self.folder.cleanup()


class Watch(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.addCleanup(self.daemon.__exit__)
        self.daemon.start()

    def screen(self, *arguments, **options):
        screen = Screen(self.daemon, *arguments, **options)
        self.addCleanup(screen.close)
        return screen

    def test_shows_traces_and_switches_streams(self):
        screen = self.screen("d/scope/view")
        text = screen.shows(r"▸ scope/view +\d+/s")
        self.assertRegex(text, r"[\u2801-\u28ff]{20}")
        self.assertRegex(text, r"lost upstream 0, transport 0")
        self.assertEqual(max(map(len, text.splitlines())), 80)
        screen.shows(r"latency [\d.]+ (µs|ms)")
        screen.keys("Down")  # the last is d/scope/wave
        screen.shows(r"▸ scope/wave +\d+/s")
        screen.keys("Up", "Up")
        screen.shows(r"▸ scope/stats")
        screen.shows(r"^.*│ rms +[\d.]+ m?V")
        screen.keys("Up")
        screen.shows(r"▸ scope/psd")
        screen.shows(r"dB")
        screen.keys("q")
        screen.shows(r"^status 0$")

    def test_changes_a_parameter_and_shows_a_refusal(self):
        screen = self.screen("d/scope/stats")
        screen.shows(r"▸ scope/stats +[\d.]+/s")
        screen.keys("p")
        screen.shows(r"pipeline\.stats\.0\.length_time")
        screen.keys("instrument.scope.noi", "Tab", "-5", "Enter")
        text = screen.shows(r"out of range")
        self.assertRegex(text, r"allowed: 0 V to")
        self.assertIn("PATH=VALUE> instrument.scope.noise=-5", text)
        screen.keys("BSpace", "BSpace", "0.5 V", "Enter")
        screen.shows(r"instrument\.scope\.noise = 500 mV; changed: parameters")
        self.assertIn("500 mV", self.daemon.ctl("get", "instrument.scope.noise").stdout)

    def test_follows_the_daemon_away_and_back(self):
        screen = self.screen("d/scope/view")
        screen.shows(r"▸ scope/view +\d+/s")
        self.daemon.stop(signal.SIGKILL)
        screen.shows(r"no daemon answers")
        self.daemon.start()
        screen.shows(r"^ acqd .*configuration 1")
        screen.shows(r"restarts 1")
        text = screen.shows(r"▸ scope/view +[1-9]\d*/s")
        self.assertRegex(text, r"lost upstream 0, transport 0")

    def test_waits_for_a_daemon_that_is_not_there_yet(self):
        self.daemon.stop()
        screen = self.screen()
        screen.shows(r"no daemon answers; waiting")
        self.daemon.start()
        screen.shows(r"▸ scope/psd +[\d.]+/s")

    def test_fits_every_size_it_is_given(self):
        screen = self.screen("d/scope/view")
        screen.shows(r"▸ scope/view +\d+/s")
        for columns, rows in ((132, 40), (80, 24), (40, 10), (20, 5), (100, 30)):
            screen.resize(columns, rows)

            def fits():
                lines = screen.text().rstrip("\n").split("\n")
                return len(lines) == rows and "stream  space" in lines[-1]
            if columns >= 40:
                wait_for(fits)
        screen.shows(r"▸ scope/view +\d+/s")

    def test_pauses_zooms_overlays_and_helps(self):
        screen = self.screen("d/scope/view")
        screen.shows(r"▸ scope/view +\d+/s")
        screen.keys("Space")
        screen.shows(r"PAUSED")
        screen.keys("Space", "?")
        screen.shows(r"all channels in one lane")
        screen.keys("?", "o")
        lanes = len(re.findall("├", screen.shows(r"tone  hum  V")))
        self.assertEqual(lanes, 2)
        held = screen.text().splitlines()[2]
        screen.keys("+")
        wait_for(lambda: screen.text().splitlines()[2][:40] != held[:40])

    def test_does_without_color_and_without_utf8(self):
        plain = self.screen("d/scope/view", env=["NO_COLOR=1"])
        plain.shows(r"▸ scope/view +\d+/s")
        self.assertNotRegex(plain.colors(), r"\x1b\[[0-9;]*3[0-7]m")
        colored = self.screen("d/scope/view")
        colored.shows(r"▸ scope/view +\d+/s")
        self.assertRegex(colored.colors(), r"\x1b\[[0-9;]*3[0-7]m")
        ascii_only = self.screen("d/scope/view", env=["LC_ALL=C"])
        text = ascii_only.shows(r"> scope/view +\d+/s")
        self.assertTrue(text.isascii(), text)

    def test_ends_by_itself_after_the_time_given_and_on_a_signal(self):
        screen = self.screen("--seconds", "1")
        screen.shows(r"^status 0$")
        screen = self.screen()
        screen.shows(r"▸ scope/psd")
        screen.keys("C-c")
        screen.shows(r"^status 0$")


if __name__ == "__main__":
    unittest.main()
