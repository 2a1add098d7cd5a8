"""acqctl against a real acqd: every command, its output and its exit status."""

import json
import os
import pathlib
import re
import struct
import subprocess
import unittest

from daemon import BUILD, CONFIG, Daemon

SOURCE = pathlib.Path(__file__).resolve().parents[2]


class Acqctl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        cls.daemon.start()

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__()

    def good(self, *arguments, **options):
        run = self.daemon.ctl(*arguments, **options)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def refused(self, status, *arguments, **options):
        run = self.daemon.ctl(*arguments, **options)
        self.assertEqual(run.returncode, status, run.stdout + run.stderr)
        lines = run.stderr.splitlines()
        self.assertTrue(lines and lines[-1].startswith("acqctl: "), run.stderr)
        return lines[-1]

    def test_lists_what_there_is(self):
        everything = json.loads(self.good("list", "--json"))
        self.assertEqual(everything["instruments"], ["scope"])
        self.assertEqual(everything["pipelines"], ["psd", "stats", "view", "wave"])
        self.assertIn("d/scope/wave", everything["topics"])
        self.assertEqual(json.loads(self.good("--json", "list", "topics")),
                         {"topics": everything["topics"]})
        self.assertIn("d/scope/psd", self.good("list", "topics"))

    def test_describes_a_topic_an_instrument_and_plug_ins(self):
        self.assertRegex(self.good("describe", "d/scope/wave"), r"rate +100 kS/s")
        self.assertRegex(self.good("describe", "scope"), r"driver +sim")
        self.assertIn("stream", json.loads(self.good("describe", "scope/wave", "--json")))
        self.assertIn("SETTING", self.good("blocks", "fir"))
        self.assertIn("sim", self.good("drivers"))
        self.assertIn("nothing here is called", self.refused(2, "describe", "nonsense"))
        self.refused(2, "blocks", "sim")
        # There is an instrument of this name too, with another driver.
        self.assertIn("profile", self.good("drivers", "scope"))

    def test_shows_the_status_with_sums_that_agree(self):
        status = json.loads(self.good("status", "--json"))
        self.assertEqual(status["instruments"][0]["state"], "acquiring")
        self.assertIn("DIFFERENCE", self.good("status"))

    def test_sets_parameters_together_or_not_at_all(self):
        path = "pipeline.stats.statistics.length_time"
        before = json.loads(self.good("get", path, "--json"))["values"][0]["in_force"]
        self.assertIn("out of range", self.refused(
            1, "set", "instrument.scope.noise=1mV", path + "=-3"))
        self.assertEqual(json.loads(self.good("get", "instrument.scope.noise", "--json"))
                         ["values"][0]["in_force"], {"number": 0})
        tried = json.loads(self.good("set", path + "=20ms", "--dry-run", "--json"))
        self.assertEqual(tried["applied"][0]["in_force"], {"number": 0.02})
        self.assertEqual(json.loads(self.good("get", path, "--json"))["values"][0]["in_force"], before)
        self.assertIn("20 ms", self.good("set", path + "=20 ms"))
        self.assertIn("20 ms", self.good("get", path))
        self.good("set", path + "=50 ms")
        self.refused(1, "set", "no assignment")
        self.refused(2, "set", "instrument.scope.nonsense=1")

    def test_stops_and_starts_an_instrument(self):
        self.good("stop", "scope")
        self.assertIn("ready", self.good("status"))
        self.assertEqual(json.loads(self.good("start", "scope", "--json")), {"code": "ok"})
        self.assertIn("acquiring", self.good("status"))
        self.refused(2, "start", "nonsense")

    def test_checks_applies_and_shows_configurations(self):
        shown = self.good("config", "show")
        self.assertIn("[pipeline.psd]", shown)
        self.assertIn("no problem", self.good("config", "check", "-", input=shown))
        bad = self.daemon.path / "bad.toml"
        bad.write_text(CONFIG + "\n[pipeline.wrong]\nfrom = \"scope/wave\"\n"
                       "blocks = [{ block = \"fir\", cutoff = \"70 kHz\", order = 10 }]\n")
        run = self.daemon.ctl("config", "check", bad)
        self.assertEqual(run.returncode, 1, run.stderr)
        line = CONFIG.count("\n") + 4
        self.assertRegex(run.stdout, rf"^{re.escape(str(bad))}:{line}: pipeline\.wrong\.")
        self.assertRegex(run.stdout, r"\(allowed: .+\)")
        self.assertEqual(self.daemon.ctl("config", "apply", bad).returncode, 1)
        self.assertNotIn("wrong", self.good("list", "pipelines"))
        patch = self.daemon.path / "patch.toml"
        patch.write_text("[pipeline.more]\nfrom = \"scope/wave\"\n")
        self.good("config", "apply", patch, "--patch")
        self.assertIn("more", self.good("list", "pipelines"))
        self.good("config", "reload")
        self.assertNotIn("more", self.good("list", "pipelines"))
        self.refused(9, "config", "check", self.daemon.path / "nonsense.toml")

    def test_finds_nothing_to_change_in_values_that_are_only_written_otherwise(self):
        other = self.daemon.path / "other.toml"
        other.write_text(CONFIG.replace('"100 kHz"', "1e5").replace('"50 ms"', "0.05").replace(
            'driver = "sim"', 'driver = "sim"\nnoise = "0 V"'))
        self.assertIn("would change: nothing", self.good("config", "check", other))
        self.assertIn("changed: nothing", self.good("config", "apply", other))
        other.write_text(CONFIG.replace('"50 ms"', '"51 ms"'))
        self.assertIn("would change: parameters", self.good("config", "check", other))
        self.good("config", "reload")

    def test_dumps_a_waveform_without_a_gap_and_tells_losses(self):
        run = self.daemon.ctl("dump", "d/scope/wave", "--frames", 20)
        self.assertEqual(run.returncode, 0, run.stderr)
        rows = run.stdout.splitlines()
        self.assertEqual(rows[0], "index,time (s),tone (V),hum (V)")
        indices = [int(row.split(",")[0]) for row in rows[1:]]
        self.assertEqual(indices, list(range(indices[0], indices[0] + len(indices))))
        self.assertGreater(len(indices), 19 * 1000)
        self.assertEqual(run.stderr, f"20 frames, {len(indices)} samples; lost in transport 0 frames,"
                                     " upstream 0 samples\n")

    def test_dumps_an_array_that_numpy_would_read(self):
        file = self.daemon.path / "wave.npy"
        run = self.daemon.ctl("dump", "d/scope/wave", "--frames", 5, "--format", "npy", "-o", file,
                              "--json")
        self.assertEqual(run.returncode, 0, run.stderr)
        samples = json.loads(run.stderr)["samples"]
        raw = file.read_bytes()
        self.assertEqual(raw[:8], b"\x93NUMPY\x01\x00")
        length = struct.unpack("<H", raw[8:10])[0]
        header = eval(raw[10:10 + length])  # as NumPy itself does, of our own file
        self.assertEqual(header["shape"], (samples, 2))
        size = int(header["descr"][2:])
        self.assertEqual(len(raw), 10 + length + samples * 2 * size)
        self.refused(1, "dump", "d/scope/wave", "--frames", 5, "--format", "npy")

    def test_dumps_json_lines_of_results(self):
        lines = self.good("dump", "d/scope/stats", "--frames", 2, "--format", "jsonl").splitlines()
        self.assertEqual(len(lines), 2)
        frame = json.loads(lines[1])
        self.assertEqual(frame["kind"], "scalars")
        self.assertIn("rms", [result["name"] for result in frame["results"]])

    def test_ends_a_dump_in_good_order_when_interrupted(self):
        file = self.daemon.path / "cut.csv"
        run = subprocess.Popen([BUILD / "acqctl", "dump", "d/scope/wave", "-o", str(file)],
                               env=self.daemon.env, stderr=subprocess.PIPE, text=True)
        part = file.with_suffix(".csv.part")
        while not part.exists() or part.stat().st_size == 0:
            self.assertIsNone(run.poll())
        run.terminate()
        errors = run.communicate(timeout=20)[1]
        self.assertEqual(run.returncode, 0, errors)
        self.assertTrue(file.read_text().endswith("\n"))
        self.assertFalse(part.exists())

    def test_says_that_a_topic_is_not_there(self):
        self.assertIn("nothing here is called 'd/scope/none'",
                      self.refused(2, "dump", "d/scope/none", "--frames", 1))

    def test_says_that_nobody_answers(self):
        line = self.refused(6, "status", "--control", "ipc:///nowhere/at-all", "--timeout", 100)
        self.assertIn("no daemon answers at ipc:///nowhere/at-all", line)
        self.refused(1, "status", "--control", "nonsense")

    def test_refuses_a_command_line_it_does_not_understand(self):
        for line in ([], ["nonsense"], ["dump"], ["watch", "--seconds", "x"], ["status", "--nonsense"]):
            self.refused(1, *line)
        self.assertIn("Subcommands", self.good("--help"))

    def test_refuses_to_watch_without_a_terminal(self):
        self.assertIn("terminal", self.refused(7, "watch"))

    def test_reports_sums_rates_latencies_and_peaks(self):
        report = json.loads(self.good("report", "--seconds", 2, "--peaks", "d/scope/psd", "--json"))
        self.assertTrue(report["ok"])
        self.assertEqual([s["difference"] for s in report["streams"]], [0] * len(report["streams"]))
        topics = {topic["topic"]: topic for topic in report["topics"]}
        self.assertEqual(len(topics), 4)
        for topic in topics.values():
            self.assertGreater(topic["frames"], 0)
            self.assertEqual(topic["transport_frames"], 0)
            self.assertGreater(topic["latency_p50_s"], 0)
        # The signals of the configuration; bins are 10 Hz apart.
        highest = {}
        for peak in report["peaks"]:
            highest.setdefault(peak["channel"], peak["x"])
        self.assertAlmostEqual(highest["tone"], 10000, delta=1)
        self.assertAlmostEqual(highest["hum"], 250, delta=1)
        self.assertIn("acquiring", self.good("status"))
        self.refused(1, "report", "--peaks", "d/scope/wave")
        self.refused(2, "report", "--peaks", "d/scope/none")

    def test_reports_a_silent_topic(self):
        patch = self.daemon.path / "silent.toml"
        patch.write_text('[pipeline.silent]\nfrom = "scope/wave"\nblocks = [{ block = "minmax_view",'
                         ' columns = 10, length_time = "1000 s" }]\n')
        self.good("config", "apply", patch, "--patch")
        run = self.daemon.ctl("report", "--seconds", 1)
        self.assertEqual(run.returncode, 11, run.stdout)
        self.assertIn("SILENT: d/scope/silent", run.stdout)
        self.good("config", "reload")

    def complete(self, line):
        """What bash offers at the end of a line."""
        script = """
            source /usr/share/bash-completion/bash_completion
            source "$1"
            COMP_LINE=$2 COMP_POINT=${#2}
            read -ra COMP_WORDS <<<"$2"
            [[ $2 == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            compopt() { :; }
            _acqctl acqctl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
        """
        env = dict(self.daemon.env, PATH=f"{BUILD}:{os.environ['PATH']}")
        run = subprocess.run(["bash", "-c", script, "bash",
                              SOURCE / "clients/tools/acqctl.bash-completion", line],
                             env=env, text=True, capture_output=True, timeout=60)
        self.assertEqual(run.stderr, "")
        return run.stdout.split()

    def test_completes_verbs_names_and_parameters(self):
        self.assertEqual(self.complete("acqctl sta"), ["status", "start"])
        self.assertEqual(self.complete("acqctl config re"), ["reload"])
        self.assertEqual(self.complete("acqctl dump d/scope/w"), ["d/scope/wave"])
        self.assertEqual(self.complete("acqctl stop "), ["scope"])
        self.assertEqual(self.complete("acqctl set instrument.scope.noi"),
                         ["instrument.scope.noise="])
        self.assertIn("pipeline.stats.0.length", self.complete("acqctl get pipeline.stats."))
        self.assertEqual(self.complete("acqctl dump d/scope/wave --form"), ["--format"])
        self.assertEqual(self.complete("acqctl dump d/scope/wave --format j"), ["jsonl"])
        self.assertEqual(self.complete("acqctl --timeout 100 blocks welch"), ["welch_psd"])
        self.assertEqual(self.complete("acqctl recording export run --format si"), ["sigmf", "sigrok"])
        self.assertEqual(self.complete("acqctl recording export run --top"), ["--topic"])

    def test_has_a_manual_page_without_warnings_that_names_every_verb(self):
        run = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z",
                              SOURCE / "clients/tools/acqctl.1"],
                             env=dict(os.environ, LC_ALL="C.UTF-8"), capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        page = (SOURCE / "clients/tools/acqctl.1").read_text()
        verbs = re.findall(r"^  ([a-z]+) ", self.good("--help").split("Subcommands:")[1], re.M)
        self.assertGreater(len(verbs), 10)
        for verb in verbs:
            self.assertRegex(page, rf"\b{verb}\b")

    def test_shuts_the_daemon_down(self):
        with Daemon() as other:
            self.assertEqual(other.ctl("shutdown").returncode, 0)
            self.assertEqual(other.process.wait(timeout=20), 0)
            other.process = None


if __name__ == "__main__":
    unittest.main()
