"""Control: requests out, replies or exceptions back."""

from __future__ import annotations

import builtins
import threading
from pathlib import Path

import pytest
from fake_daemon import FakeDaemon

import acqd
from acqd._wire import control_pb2, stream_pb2
from acqd._wire.config_pb2 import Value
from acqd._wire.control_pb2 import Reply, Request
from acqd.session import choose_endpoint

RATE = "instrument.scope.rate"


def values_reply(request: Request) -> Reply | None:
    """A daemon with one parameter, a rate that is coerced to 1 MHz at most."""
    verb = request.WhichOneof("verb")
    if verb == "list":
        return Reply(list=control_pb2.ListReply(names=["scope"], texts=["simulated"]))
    if verb == "get":
        if any(path != RATE for path in request.get.paths):
            return Reply(code=control_pb2.NOT_FOUND, sentence="no such parameter")
        value = control_pb2.Applied(
            path=RATE,
            in_force=Value(number=1e6),
            setting=stream_pb2.Setting(name="rate", unit="Hz", max=1e6),
        )
        return Reply(get=control_pb2.GetReply(values=[value]))
    if verb in ("set", "negotiate"):
        asked = getattr(request, verb).assignments[0]
        if asked.value.text == "red":
            return Reply(
                code=control_pb2.INVALID,
                sentence="'red' is not a frequency",
                field=asked.path,
                allowed="1 Hz to 1 MHz",
            )
        applied = control_pb2.Applied(
            path=asked.path,
            asked=asked.value,
            in_force=Value(number=min(asked.value.number, 1e6)),
            why="the fastest rate",
        )
        return Reply(set=control_pb2.SetReply(applied=[applied], change="parameters"))
    return Reply()


def test_nobody_there_is_disconnected(tmp_path: Path) -> None:
    with pytest.raises(acqd.DisconnectedError, match="nobody answers") as refused:
        acqd.connect(f"ipc://{tmp_path}/nobody", timeout=0.2)
    assert isinstance(refused.value, ConnectionError)


def test_hello_says_who_is_there(tmp_path: Path) -> None:
    with FakeDaemon(tmp_path) as daemon, acqd.connect(daemon.control) as session:
        assert session.hello().software == "fake"
    assert daemon.requests[0].hello.client == "python"


def test_a_refusal_is_an_exception_with_field_and_range(tmp_path: Path) -> None:
    with FakeDaemon(tmp_path, values_reply) as daemon, acqd.connect(daemon.control) as session:
        with pytest.raises(acqd.InvalidError) as refused:
            session.set({RATE: "red"})
    assert refused.value.code is acqd.Code.INVALID
    assert refused.value.field == RATE
    assert refused.value.allowed == "1 Hz to 1 MHz"
    assert isinstance(refused.value, ValueError)


def test_a_set_tells_what_was_asked_and_what_is_in_force(tmp_path: Path) -> None:
    with FakeDaemon(tmp_path, values_reply) as daemon, acqd.connect(daemon.control) as session:
        changes = session.set({RATE: 3e6}, dry_run=True)
    assert daemon.requests[-1].set.dry_run
    assert (changes[RATE].asked, changes[RATE].in_force) == (3e6, 1e6)
    assert changes[RATE].why == "the fastest rate"
    assert changes.change == "parameters"


def test_parameters_are_attributes(tmp_path: Path) -> None:
    with FakeDaemon(tmp_path, values_reply) as daemon, acqd.connect(daemon.control) as session:
        settings = session.instrument("scope").settings
        assert settings.rate == 1e6
        assert list(settings) == ["rate"]
        assert "rate" in dir(settings)
        settings.rate = 5
        assert daemon.requests[-1].set.assignments[0].path == RATE
        assert daemon.requests[-1].set.assignments[0].value.number == 5
        assert settings.propose(rate=3e6)[RATE].in_force == 1e6
        assert daemon.requests[-1].WhichOneof("verb") == "negotiate"
        with pytest.raises(AttributeError):
            settings.absent
        with pytest.raises(acqd.NotFoundError, match="no instrument"):
            session.instrument("absent")


def test_the_paths_of_a_pipelines_block_name_the_block(tmp_path: Path) -> None:
    with FakeDaemon(tmp_path, values_reply) as daemon, acqd.connect(daemon.control) as session:
        session.pipeline("scope")["welch"].overlap = 0.5
    assert daemon.requests[-1].set.assignments[0].path == "pipeline.scope.welch.overlap"


def test_no_reply_is_a_timeout_and_the_next_request_works(tmp_path: Path) -> None:
    silent = threading.Event()
    silent.set()

    def answer(request: Request) -> Reply | None:
        return None if silent.is_set() else Reply()

    with (
        FakeDaemon(tmp_path, answer) as daemon,
        acqd.connect(daemon.control, timeout=0.2) as session,
    ):
        with pytest.raises(acqd.TimeoutError) as refused:
            session.start("scope")
        assert isinstance(refused.value, builtins.TimeoutError)
        silent.clear()
        session.start("scope")


def test_a_reply_to_another_request_is_not_taken_for_ours(tmp_path: Path) -> None:
    def answer(request: Request) -> Reply | None:
        return Reply(id=request.id + 1000)

    with (
        FakeDaemon(tmp_path, answer) as daemon,
        acqd.connect(daemon.control, timeout=0.2) as session,
    ):
        with pytest.raises(acqd.TimeoutError):
            session.stop("scope")


def test_a_request_that_was_given_up_is_never_sent(tmp_path: Path) -> None:
    with FakeDaemon(tmp_path, values_reply) as daemon:
        session = acqd.connect(daemon.control, timeout=0.2)
    with pytest.raises(acqd.DisconnectedError, match="nobody answers"):
        session.start("scope")
    session._control.timeout = 10
    with FakeDaemon(tmp_path, values_reply) as daemon:
        session.stop("scope")
        assert [r.WhichOneof("verb") for r in daemon.requests] == ["stop"]
    session.close()


def test_a_question_whose_connection_is_cut_is_asked_again(tmp_path: Path) -> None:
    def answer(request: Request) -> Reply | None:
        if len(daemon.requests) == 2:  # hello, and the first list
            daemon.restart_control()
            return None
        return Reply(list=control_pb2.ListReply(names=["scope"]))

    with FakeDaemon(tmp_path, answer) as daemon, acqd.connect(daemon.control) as session:
        session._control.timeout = 10
        assert list(session.instruments) == ["scope"]
        assert [r.WhichOneof("verb") for r in daemon.requests] == ["hello", "list", "list"]


def test_a_change_whose_connection_is_cut_is_made_once_and_told_as_unknown(tmp_path: Path) -> None:
    def answer(request: Request) -> Reply | None:
        if len(daemon.requests) == 2:
            daemon.restart_control()
            return None
        return Reply()

    with FakeDaemon(tmp_path, answer) as daemon, acqd.connect(daemon.control) as session:
        session._control.timeout = 10
        with pytest.raises(acqd.DisconnectedError, match="may have been made"):
            session.start("scope")
        session.stop("scope")
        assert [r.WhichOneof("verb") for r in daemon.requests] == ["hello", "start", "stop"]


def test_the_end_of_the_connection_is_the_reply_to_a_shutdown(tmp_path: Path) -> None:
    def answer(request: Request) -> Reply | None:
        if len(daemon.requests) == 2:
            daemon.restart_control()
            return None
        return Reply()

    with FakeDaemon(tmp_path, answer) as daemon, acqd.connect(daemon.control) as session:
        session._control.timeout = 10
        session.shutdown()
        assert [r.WhichOneof("verb") for r in daemon.requests] == ["hello", "shutdown"]


def test_a_closed_session_says_so_and_closes_twice(tmp_path: Path) -> None:
    with FakeDaemon(tmp_path) as daemon:
        session = acqd.connect(daemon.control)
        session.close()
        session.close()
        with pytest.raises(acqd.DisconnectedError, match="closed"):
            session.status()


def test_what_is_wrong_on_this_side_is_not_sent(tmp_path: Path) -> None:
    with FakeDaemon(tmp_path, values_reply) as daemon, acqd.connect(daemon.control) as session:
        for refuse in (
            lambda: session.set({}),
            lambda: session.set({f"a.{i}": 1 for i in range(257)}),
            lambda: session.set({RATE: "x" * 70000}),
            lambda: session.configure(),
            lambda: session.configure(toml="a", reload=True),
        ):
            with pytest.raises(acqd.InvalidError):
                refuse()
    assert len(daemon.requests) == 1  # hello


def test_requests_from_several_threads_get_their_own_replies(tmp_path: Path) -> None:
    def answer(request: Request) -> Reply | None:
        return Reply(list=control_pb2.ListReply(names=[str(request.list.what)]))

    wrong: list[dict[str, str]] = []
    with FakeDaemon(tmp_path, answer) as daemon, acqd.connect(daemon.control) as session:

        def ask(what: control_pb2.List.What) -> None:
            for _ in range(100):
                names = session._list(what)
                if list(names) != [str(what)]:
                    wrong.append(names)

        threads = [
            threading.Thread(target=ask, args=(what,)) for what in control_pb2.List.What.values()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


@pytest.mark.parametrize(
    ("control", "offered", "chosen"),
    [
        ("ipc:///c", ["tcp://127.0.0.1:5", "ipc:///d"], "ipc:///d"),
        ("tcp://127.0.0.1:4", ["ipc:///d", "tcp://127.0.0.1:5"], "tcp://127.0.0.1:5"),
        ("tcp://lab:4", ["tcp://0.0.0.0:5"], "tcp://lab:5"),
        ("ipc:///c", ["tcp://127.0.0.1:5"], "tcp://127.0.0.1:5"),
    ],
)
def test_data_come_by_the_same_transport_where_there_is_one(
    control: str, offered: list[str], chosen: str
) -> None:
    assert choose_endpoint(control, offered) == chosen


def test_a_daemon_that_publishes_nowhere_is_told() -> None:
    with pytest.raises(acqd.NotFoundError, match="publishes nowhere"):
        choose_endpoint("ipc:///c", [])
