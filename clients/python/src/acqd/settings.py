"""Parameters by attribute, and the daemon's answers about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acqd._wire import control_pb2
from acqd._wire.stream_pb2 import Setting
from acqd.errors import NotFoundError
from acqd.values import Value, from_wire

if TYPE_CHECKING:
    from acqd.session import Session


@dataclass(frozen=True, slots=True)
class Applied:
    """One parameter: the value asked for and the one in force, and why the two differ."""

    path: str
    asked: Value | None
    in_force: Value | None
    why: str
    setting: Setting  # type, unit, range, choices, default, text

    @classmethod
    def from_wire(cls, applied: control_pb2.Applied) -> Applied:
        return cls(
            path=applied.path,
            asked=from_wire(applied.asked),
            in_force=from_wire(applied.in_force),
            why=applied.why,
            setting=applied.setting,
        )


class Changes(Mapping[str, Applied]):
    """The parameters of one `set` or `negotiate`, by path."""

    def __init__(self, reply: control_pb2.SetReply) -> None:
        self._applied = {a.path: Applied.from_wire(a) for a in reply.applied}
        self.config_revision = reply.config_revision
        self.change = reply.change  # nothing, parameters, pipeline, instrument: the largest class

    def __getitem__(self, path: str) -> Applied:
        return self._applied[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._applied)

    def __len__(self) -> int:
        return len(self._applied)

    def __repr__(self) -> str:
        pairs = ", ".join(f"{path}={a.in_force!r}" for path, a in self._applied.items())
        return f"<Changes {self.change}: {pairs}>"


class Settings(MutableMapping[str, "Value | None"]):
    """The parameters below one path, as attributes and as a mapping.

    scope.settings.rate = "2 MHz"           one request
    scope.settings.apply(rate="2 MHz", range=5)   several, all or nothing
    scope.settings.propose(rate="3 MHz")    what would be in force, and why
    """

    _session: Session
    _prefix: str

    def __init__(self, session: Session, prefix: str) -> None:
        object.__setattr__(self, "_session", session)
        object.__setattr__(self, "_prefix", prefix)

    def apply(self, **values: object) -> Changes:
        """Sets several parameters together or not at all."""
        return self._session.set(self._paths(values))

    def propose(self, **values: object) -> Changes:
        """The nearest legal values; nothing is changed."""
        return self._session.negotiate(self._paths(values))

    def describe(self, name: str) -> Applied:
        """A parameter with its declaration."""
        return self._session.values(f"{self._prefix}.{name}")[f"{self._prefix}.{name}"]

    def _paths(self, values: Mapping[str, object]) -> dict[str, object]:
        return {f"{self._prefix}.{name}": value for name, value in values.items()}

    def _all(self) -> dict[str, Applied]:
        prefix = f"{self._prefix}."
        return {
            path.removeprefix(prefix): applied
            for path, applied in self._session.values().items()
            if path.startswith(prefix)
        }

    def __getattr__(self, name: str) -> Value | None:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except NotFoundError as error:
            raise AttributeError(str(error)) from error

    def __setattr__(self, name: str, value: object) -> None:
        self.apply(**{name: value})

    def __getitem__(self, name: str) -> Value | None:
        return self.describe(name).in_force

    def __setitem__(self, name: str, value: object) -> None:
        self.apply(**{name: value})

    def __delitem__(self, name: str) -> None:
        raise TypeError("a parameter cannot be removed; set it to its default")

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._all()]

    def __repr__(self) -> str:
        return f"<Settings {self._prefix}>"
