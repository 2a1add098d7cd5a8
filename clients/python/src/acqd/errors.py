"""Errors of the daemon and of the connection to it: one class for each code of the wire."""

from __future__ import annotations

import builtins
import enum
from typing import ClassVar


class Code(enum.IntEnum):
    """What went wrong: the same words in the daemon's log, on the wire and here."""

    OK = 0
    INVALID = 1
    NOT_FOUND = 2
    BUSY = 3
    DENIED = 4
    TIMEOUT = 5
    DISCONNECTED = 6
    UNSUPPORTED = 7
    OVERFLOW = 8
    IO = 9
    INTERNAL = 10


class Error(Exception):
    """A request that was refused or failed.

    `sentence` says what is wrong, `field` which field of the request or configuration it is about
    (may be empty), `allowed` the range or choices that would have been accepted (may be empty).
    """

    code: ClassVar[Code] = Code.INTERNAL

    def __init__(self, sentence: str, field: str = "", allowed: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
        self.allowed = allowed

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field and self.field not in self.sentence else ""
        allowed = (
            f" (allowed: {self.allowed})"
            if self.allowed and self.allowed not in self.sentence
            else ""
        )
        return f"{where}{self.sentence}{allowed}"


class InvalidError(Error, ValueError):
    code = Code.INVALID


class NotFoundError(Error, LookupError):
    code = Code.NOT_FOUND


class BusyError(Error):
    code = Code.BUSY


class DeniedError(Error, PermissionError):
    code = Code.DENIED


class TimeoutError(Error, builtins.TimeoutError):
    code = Code.TIMEOUT


class DisconnectedError(Error, ConnectionError):
    code = Code.DISCONNECTED


class UnsupportedError(Error):
    code = Code.UNSUPPORTED


class OverflowError(Error, builtins.OverflowError):
    code = Code.OVERFLOW


class IOError(Error, builtins.OSError):
    code = Code.IO


class InternalError(Error):
    code = Code.INTERNAL


_CLASSES: dict[int, type[Error]] = {
    int(kind.code): kind
    for kind in (
        InvalidError,
        NotFoundError,
        BusyError,
        DeniedError,
        TimeoutError,
        DisconnectedError,
        UnsupportedError,
        OverflowError,
        IOError,
        InternalError,
    )
}


def error_of(code: int, sentence: str, field: str = "", allowed: str = "") -> Error:
    """The exception for a code of the wire; a code this client does not know is InternalError."""
    return _CLASSES.get(code, InternalError)(sentence, field, allowed)
