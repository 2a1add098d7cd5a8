"""Runs a program as the service manager would: confined.py UNIT PROGRAM ARGUMENT...

Reads the unit's own lines (system call filter, address families, memory and real-time rules, umask)
and applies them with libseccomp, so that a test shows the daemon living with them where no service
manager runs. The expansion of the @groups is systemd's own. Root becomes nobody.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import pathlib
import pwd
import re
import socket
import subprocess
import sys

ALLOW = 0x7FFF0000  # SCMP_ACT_ALLOW
PR_SET_NO_NEW_PRIVS = 38
NE, EQ, MASKED_EQ = 1, 4, 7  # scmp_compare
PROT_WRITE, PROT_EXEC = 2, 4
FAMILIES = 46  # AF_MAX of Linux 6
NAMESPACES = 0x7E020080  # every CLONE_NEW* flag


def refuse(error: int) -> int:
    return 0x00050000 | error  # SCMP_ACT_ERRNO


class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


class Filter:
    """One seccomp filter; the strictest of all loaded filters wins."""

    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_syscall_resolve_name.argtypes = [ctypes.c_char_p]
    library.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.POINTER(Compare)]
    library.seccomp_load.argtypes = [ctypes.c_void_p]

    def __init__(self, default: int):
        self.default = default
        self.context = self.library.seccomp_init(default)

    def add(self, action: int, call: str, *compares: Compare) -> None:
        number = self.library.seccomp_syscall_resolve_name(call.encode())
        if number == -1 or action == self.default:
            return  # not a call of this machine
        array = (Compare * len(compares))(*compares)
        result = self.library.seccomp_rule_add_array(self.context, action, number, len(compares), array)
        if result not in (0, -errno.EEXIST):
            sys.exit(f"confined: rule for {call}: {os.strerror(-result)}")

    def load(self) -> None:
        result = self.library.seccomp_load(self.context)
        if result != 0:
            sys.exit(f"confined: cannot load a filter: {os.strerror(-result)}")


@functools.cache
def group(name: str) -> frozenset[str]:
    """The calls of one of systemd's groups."""
    text = subprocess.run(["systemd-analyze", "syscall-filter", name], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    words = re.findall(r"^    ([@a-z0-9_-]+)$", text, re.MULTILINE)
    return frozenset().union(*(group(w) if w.startswith("@") else {w} for w in words))


def calls(words: list[str]) -> frozenset[str]:
    return frozenset().union(*(group(w) if w.startswith("@") else {w} for w in words))


def allowed_calls(unit: dict[str, list[str]]) -> frozenset[str]:
    allowed: frozenset[str] = group("@default")
    for line in unit["SystemCallFilter"]:
        words = line.removeprefix("~").split()
        allowed = allowed - calls(words) if line.startswith("~") else allowed | calls(words)
    return allowed


def filters(unit: dict[str, list[str]]) -> list[Filter]:
    by_call = Filter(refuse(errno.EPERM))
    for call in allowed_calls(unit):
        by_call.add(ALLOW, call)
    by_argument = Filter(ALLOW)
    families = {int(getattr(socket, word)) for word in unit["RestrictAddressFamilies"][0].split()}
    for family in set(range(FAMILIES)) - families:
        by_argument.add(refuse(errno.EAFNOSUPPORT), "socket", Compare(0, EQ, family))
    if unit["MemoryDenyWriteExecute"] == ["yes"]:
        both = PROT_WRITE | PROT_EXEC
        by_argument.add(refuse(errno.EPERM), "mmap", Compare(2, MASKED_EQ, both, both))
        by_argument.add(refuse(errno.EPERM), "mprotect", Compare(2, MASKED_EQ, PROT_EXEC, PROT_EXEC))
    if unit["RestrictRealtime"] == ["yes"]:
        by_argument.add(refuse(errno.EPERM), "sched_setscheduler", Compare(1, NE, 0))
    if unit["RestrictNamespaces"] == ["yes"]:
        for bit in (1 << i for i in range(32) if NAMESPACES >> i & 1):
            by_argument.add(refuse(errno.EPERM), "clone", Compare(0, MASKED_EQ, bit, bit))
    # The stricter one last: loading a filter is itself a system call.
    return [by_argument, by_call]


def read(path: str) -> dict[str, list[str]]:
    unit: dict[str, list[str]] = {}
    for line in pathlib.Path(path).read_text().splitlines():
        if match := re.match(r"([A-Za-z]+)=(.*)$", line):
            unit.setdefault(match[1], []).append(match[2])
    return unit


def main() -> None:
    unit = read(sys.argv[1])
    prepared = filters(unit)
    program = os.open(sys.argv[2], os.O_RDONLY)  # its folder may be closed to the other user
    os.umask(int(unit["UMask"][0], 8))
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")  # the unit's own user exists only where it is installed
        os.setgroups([])
        os.setresgid(nobody.pw_gid, nobody.pw_gid, nobody.pw_gid)
        os.setresuid(nobody.pw_uid, nobody.pw_uid, nobody.pw_uid)
    ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for one in prepared:
        one.load()
    os.execve(program, sys.argv[2:], dict(os.environ))


if __name__ == "__main__":
    main()
