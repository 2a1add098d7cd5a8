"""Checks the Debian package: package_test.py CHECK BUILD_DIR DEB_DIR.

contents  builds it; every file is in its place, what it depends on is named
manuals   the manual pages and the completion are good, and the unit names them
data      the embedded configuration names what is installed, and nothing of where it was built
lintian   no errors
exposure  systemd's own score of the unit, alone and with each example drop-in
install   dpkg takes it and gives everything back, in a copy of this machine (needs root)
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

SKIPPED = 77
MAX_EXPOSURE = 2.0

FILES = """
./etc/acqd/acqd.toml
./lib/systemd/system/acqd.service
./lib/udev/rules.d/60-acqd.rules
./usr/bin/acqctl
./usr/bin/acqd
./usr/lib/sysusers.d/acqd.conf
./usr/lib/tmpfiles.d/acqd.conf
./usr/share/acqd/ecg.sigmf-data
./usr/share/acqd/ecg.sigmf-meta
./usr/share/bash-completion/completions/acqctl
./usr/share/doc/acqd/README.md
./usr/share/doc/acqd/changelog.Debian.gz
./usr/share/doc/acqd/changelog.gz
./usr/share/doc/acqd/copyright
./usr/share/doc/acqd/examples/network.conf
./usr/share/doc/acqd/examples/realtime.conf
./usr/share/doc/acqd/examples/serial.conf
./usr/share/doc/acqd/examples/usb.conf
./usr/share/doc/acqd/recordings.md
./usr/share/man/man1/acqctl.1.gz
./usr/share/man/man8/acqd.8.gz
""".split()
LIBRARIES = "libc6 libfftw3-single3 libprotobuf32 libspdlog1.10 libsystemd0 libzmq5".split()


def output(*command: object) -> str:
    """What a command prints; a failure shows it and ends the test."""
    done = subprocess.run([str(c) for c in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}")
    return done.stdout


def expect(condition: bool, sentence: str) -> None:
    if not condition:
        sys.exit(sentence)


def contents(build: pathlib.Path, folder: pathlib.Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    output("cpack", "--config", build / "CPackConfig.cmake", "-B", folder)
    deb = the_deb(folder)
    present = {line.split()[-1] for line in output("dpkg-deb", "-c", deb).splitlines()}
    missing = [path for path in FILES if path not in present]
    expect(not missing, f"missing in the package: {missing}")
    surplus = sorted(p for p in present - set(FILES) if not p.endswith("/"))
    expect(not surplus, f"not expected in the package: {surplus}")
    depends = output("dpkg-deb", "-f", deb, "Depends")
    unnamed = [library for library in LIBRARIES if not re.search(rf"\b{re.escape(library)}", depends)]
    expect(not unnamed, f"Depends does not name {unnamed}: {depends}")
    conffiles = output("dpkg-deb", "-I", deb, "conffiles").split()
    expect(conffiles == ["/etc/acqd/acqd.toml"], f"conffiles: {conffiles}")
    output("dpkg-deb", "-x", deb, folder / "root")


def the_deb(folder: pathlib.Path) -> pathlib.Path:
    debs = list(folder.glob("*.deb"))
    expect(len(debs) == 1, f"{len(debs)} packages in {folder}")
    return debs[0]


def manuals(_: pathlib.Path, folder: pathlib.Path) -> None:
    share = folder / "root/usr/share"
    unit = (folder / "root/lib/systemd/system/acqd.service").read_text()
    documentation = re.search(r"^Documentation=(.*)$", unit, re.MULTILINE)
    expect(documentation is not None, "the unit names no documentation")
    for name, section in (("acqd", 8), ("acqctl", 1)):
        page = share / f"man/man{section}/{name}.{section}.gz"
        shown = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", page], text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
        expect(shown.returncode == 0 and not shown.stderr, f"{page.name}: {shown.stderr}")
        expect("SYNOPSIS" in shown.stdout, f"{page.name} is no manual page:\n{shown.stdout}")
        expect(re.search(rf"\b{name}\b", output("lexgrog", page)) is not None, f"{page.name} says not what {name} is")
        expect(f"man:{name}({section})" in documentation.group(1).split(), f"the unit does not name {name}({section})")
    completion = share / "bash-completion/completions/acqctl"
    bound = output("bash", "--norc", "-eu", "-c", f". {completion}; complete -p acqctl")
    function = re.search(r"-F (\w+) acqctl", bound)
    expect(function is not None, f"the completion binds {bound}")


def data(_: pathlib.Path, folder: pathlib.Path) -> None:
    source = pathlib.Path(__file__).resolve().parents[2]
    printed = output(folder / "root/usr/bin/acqd", "--print-default-config")
    expect('"/usr/share/acqd/ecg.sigmf-meta"' in printed, f"not what is installed:\n{printed}")
    expect(str(source) not in printed, f"names the tree it was built in:\n{printed}")


def lintian(_: pathlib.Path, folder: pathlib.Path) -> None:
    done = subprocess.run(["lintian", "--fail-on", "error", the_deb(folder)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(done.stdout)
    expect(done.returncode == 0, "lintian found errors")


def exposure(_: pathlib.Path, folder: pathlib.Path) -> None:
    root = folder / "root"
    units = root / "lib/systemd/system"
    drop_ins = units / "acqd.service.d"
    for example in [None, *sorted((root / "usr/share/doc/acqd/examples").iterdir())]:
        shutil.rmtree(drop_ins, ignore_errors=True)
        if example:
            drop_ins.mkdir()
            shutil.copy(example, drop_ins)
        text = output("systemd-analyze", "security", "--offline=yes", f"--root={root}", "acqd.service")
        score = float(re.search(r"Overall exposure level for acqd.service: ([0-9.]+)", text).group(1))
        print(f"exposure {score} with {example.name if example else 'the unit alone'}")
        expect(score <= MAX_EXPOSURE, f"{text}\nexposure {score} is above {MAX_EXPOSURE}")


def install(_: pathlib.Path, folder: pathlib.Path) -> None:
    if os.geteuid() != 0:
        print("skipped: installing a package needs root")
        sys.exit(SKIPPED)
    script = pathlib.Path(__file__).with_name("install_in_copy.sh")
    done = subprocess.run(["unshare", "--mount", "--propagation", "private", "bash", script, the_deb(folder)],
                          stdin=subprocess.DEVNULL)
    sys.exit(done.returncode)


if __name__ == "__main__":
    checks = {f.__name__: f for f in (contents, manuals, data, lintian, exposure, install)}
    checks[sys.argv[1]](pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
