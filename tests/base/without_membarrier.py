"""Runs a program where the kernel refuses membarrier(2): without_membarrier.py PROGRAM ARGUMENT...

The filter of system calls that it runs under allows everything else.
"""

from __future__ import annotations

import errno
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

from confined import ALLOW, PR_SET_NO_NEW_PRIVS, Filter, refuse  # noqa: E402

import ctypes  # noqa: E402

ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
without = Filter(ALLOW)
without.add(refuse(errno.EPERM), "membarrier")
without.load()
os.environ["ACQ_WITHOUT_MEMBARRIER"] = "1"
os.execv(sys.argv[1], sys.argv[1:])
