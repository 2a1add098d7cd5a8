"""Subscriptions over a real socket."""

from __future__ import annotations

import asyncio
import builtins
import gc
import threading
from pathlib import Path

import numpy as np
import pytest
from fake_daemon import FakeDaemon
from support import TOPIC, descriptor, description, header, message

import acqd
from acqd import sockets
from acqd._wire import control_pb2
from acqd._wire.control_pb2 import DescribeReply, Reply, Request


def frames(first: int, count: int, run_id: int = 1) -> list[list[bytes]]:
    return [
        message(header(sequence=i, first_index=4 * i, run_id=run_id))
        for i in range(first, first + count)
    ]


def test_frames_come_in_order_and_whole(tmp_path: Path) -> None:
    with FakeDaemon(tmp_path) as daemon, acqd.connect(daemon.control) as session:
        with session.subscribe("scope/raw", timeout=5) as subscription:
            daemon.await_subscription(TOPIC)
            daemon.publish(description(descriptor()), *frames(0, 10))
            seen = [next(subscription) for _ in range(10)]
            assert [frame.sequence for frame in seen] == list(range(10))
            assert seen[0].unit == "V"
            np.testing.assert_array_equal(seen[9].data, [[0, 1, 2, 3]])
            assert subscription.losses == acqd.Losses(frames=10, samples=40)


def test_a_full_queue_keeps_its_connection_and_loses_nothing(tmp_path: Path) -> None:
    longer_than_heartbeats_ms = 4500
    with FakeDaemon(tmp_path) as daemon, acqd.connect(daemon.control) as session:
        with session.subscribe(TOPIC, timeout=5, budget_bytes=1) as subscription:
            daemon.await_subscription(TOPIC)
            daemon.publish(description(descriptor()), *frames(0, 500))
            # A new connection would begin with its subscription.
            assert not daemon.publisher.poll(longer_than_heartbeats_ms)
            assert [next(subscription).sequence for _ in range(500)] == list(range(500))
            assert subscription.losses == acqd.Losses(frames=500, samples=2000)


def test_asyncio_gets_the_same_frames(tmp_path: Path) -> None:
    async def main() -> list[int]:
        async with session.subscribe(TOPIC, timeout=5) as subscription:
            await asyncio.to_thread(daemon.await_subscription, TOPIC)
            daemon.publish(description(descriptor()), *frames(0, 10))
            seen = []
            async for frame in subscription:
                seen.append(frame.sequence)
                if len(seen) == 10:
                    break
            return seen

    with FakeDaemon(tmp_path) as daemon, acqd.connect(daemon.control) as session:
        assert asyncio.run(main()) == list(range(10))


def test_two_subscriptions_share_one_event_loop(tmp_path: Path) -> None:
    async def read(topic: str, count: int) -> list[str]:
        async with session.subscribe(topic, timeout=5) as subscription:
            await asyncio.to_thread(daemon.await_subscription, topic)
            for message_ in frames(0, count):
                daemon.publish([topic.encode(), *message_[1:]])
            return [(await anext(subscription)).topic for _ in range(count)]

    async def main() -> list[list[str]]:
        first = await read("d/a/b", 3)
        return [first, await read("d/a/c", 3)]

    def answer(request: Request) -> Reply:
        return Reply(describe=DescribeReply(stream=descriptor(request.describe.name)))

    with FakeDaemon(tmp_path, answer) as daemon, acqd.connect(daemon.control) as session:
        assert asyncio.run(main()) == [["d/a/b"] * 3, ["d/a/c"] * 3]


def test_silence_is_a_timeout(tmp_path: Path) -> None:
    async def wait(subscription: acqd.Subscription) -> None:
        with pytest.raises(acqd.TimeoutError):
            await subscription.receive_async(0.05)

    with FakeDaemon(tmp_path) as daemon, acqd.connect(daemon.control) as session:
        with session.subscribe(TOPIC, timeout=0.05) as subscription:
            with pytest.raises(builtins.TimeoutError, match="no frame of d/scope/raw"):
                next(subscription)
        with session.subscribe(TOPIC) as subscription:
            asyncio.run(wait(subscription))


def test_messages_that_are_no_frames_do_not_stretch_the_timeout(tmp_path: Path) -> None:
    with FakeDaemon(tmp_path) as daemon, acqd.connect(daemon.control) as session:
        with session.subscribe(TOPIC, timeout=0.2) as subscription:
            daemon.await_subscription(TOPIC)
            daemon.publish([TOPIC.encode(), b"", b""])
            with pytest.raises(acqd.TimeoutError):
                subscription.receive()
            assert subscription.losses.malformed == 1


def test_a_restarted_publisher_is_found_again_and_is_no_loss(tmp_path: Path) -> None:
    with FakeDaemon(tmp_path) as daemon, acqd.connect(daemon.control) as session:
        with session.subscribe(TOPIC, timeout=5) as subscription:
            daemon.await_subscription(TOPIC)
            daemon.publish(description(descriptor()), *frames(0, 3))
            for _ in range(3):
                next(subscription)

            def return_later() -> None:
                daemon.restart_publisher()
                daemon.await_subscription(TOPIC)
                daemon.publish(description(descriptor()), *frames(50, 3, run_id=2))

            other_thread = threading.Thread(target=return_later)
            other_thread.start()
            assert next(subscription).sequence == 50
            other_thread.join()
            losses = subscription.losses
            assert (losses.restarts, losses.transport_frames) == (1, 0)


def test_a_lost_description_is_asked_for(tmp_path: Path) -> None:
    def answer(request: Request) -> Reply:
        return Reply(describe=DescribeReply(stream=descriptor(request.describe.name, name="again")))

    with FakeDaemon(tmp_path, answer) as daemon, acqd.connect(daemon.control) as session:
        with session.subscribe(TOPIC, timeout=5) as subscription:
            daemon.await_subscription(TOPIC)
            daemon.publish(*frames(0, 2))
            assert next(subscription).descriptor.name == "again"
            assert next(subscription).descriptor.name == "again"
        verbs = [r.WhichOneof("verb") for r in daemon.requests]
        assert verbs.count("describe") == 1


def test_a_description_that_nobody_has_is_asked_for_once(tmp_path: Path) -> None:
    def answer(request: Request) -> Reply:
        return Reply(code=control_pb2.NOT_FOUND, sentence="gone")

    with FakeDaemon(tmp_path, answer) as daemon, acqd.connect(daemon.control) as session:
        with session.subscribe(TOPIC, timeout=5) as subscription:
            daemon.await_subscription(TOPIC)
            daemon.publish(*frames(0, 3))
            for _ in range(3):
                frame = next(subscription)
            with pytest.raises(acqd.NotFoundError):
                frame.descriptor
        verbs = [r.WhichOneof("verb") for r in daemon.requests]
        assert verbs.count("describe") == 1


def test_data_outlive_the_subscription_that_brought_them(tmp_path: Path) -> None:
    with FakeDaemon(tmp_path) as daemon, acqd.connect(daemon.control) as session:
        with session.subscribe(TOPIC, timeout=5) as subscription:
            daemon.await_subscription(TOPIC)
            daemon.publish(description(descriptor()), *frames(0, 1))
            data = next(subscription).data
    del subscription, session
    gc.collect()
    np.testing.assert_array_equal(data, [[0, 1, 2, 3]])


def test_iterating_ends_when_the_subscription_is_closed(tmp_path: Path) -> None:
    with FakeDaemon(tmp_path) as daemon, acqd.connect(daemon.control) as session:
        subscription = session.subscribe(TOPIC)
        subscription.close()
        subscription.close()
        assert list(subscription) == []
        with pytest.raises(acqd.DisconnectedError):
            subscription.receive()


def test_more_topics_than_a_peer_may_have_are_refused(tmp_path: Path) -> None:
    with FakeDaemon(tmp_path) as daemon, acqd.connect(daemon.control) as session:
        with pytest.raises(acqd.InvalidError, match="65 topics"):
            session.subscribe(*(f"d/a/b{i}" for i in range(65)))
        with pytest.raises(acqd.InvalidError, match="0 topics"):
            session.subscribe()


def test_the_high_water_mark_keeps_the_budget_and_never_starves_a_healthy_reader() -> None:
    budget = 8 * 1024 * 1024
    assert sockets.high_water_mark(budget, 64 * 1024) * 64 * 1024 <= budget
    assert sockets.high_water_mark(budget, 4 * 1024 * 1024) == 32


def test_the_mark_follows_the_largest_frame_that_is_described_and_stays(tmp_path: Path) -> None:
    import zmq

    budget = 1024 * 1024
    with FakeDaemon(tmp_path) as daemon, acqd.connect(daemon.control) as session:
        daemon.topics = [
            descriptor("d/scope/raw", frame_bytes=16384),
            descriptor("d/scope/rawest", frame_bytes=1024),
            descriptor("d/other/image", frame_bytes=4 * budget),
        ]
        with session.subscribe(TOPIC, timeout=5, budget_bytes=budget) as subscription:
            before = subscription._socket.getsockopt(zmq.RCVHWM)
            daemon.await_subscription(TOPIC)
            size = 4 * 16384  # larger than described
            large = message(header(count=size // 4, shape=[1, size // 4]), bytes(size))
            daemon.publish(description(descriptor()), large)
            assert next(subscription).data.nbytes == size
            # While a connection is being closed another mark would crash ZeroMQ's thread.
            assert subscription._socket.getsockopt(zmq.RCVHWM) == before
        for topic, largest in [("scope/raw", 16384), ("scope/rawest", 1024), ("scope/", 16384)]:
            with session.subscribe(topic, budget_bytes=budget) as subscription:
                mark = subscription._socket.getsockopt(zmq.RCVHWM)
                assert mark == budget // (largest + 1024), topic
