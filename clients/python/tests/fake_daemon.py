"""The two sockets of a daemon, with the test's own words behind them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import zmq

from acqd._wire.control_pb2 import HelloReply, Reply, Request, SubscribeInfoReply
from acqd._wire.stream_pb2 import StreamDescriptor

Answer = Callable[[Request], Reply | None]


class FakeDaemon:
    """Answers each request by `answer` (None: not at all) on a thread of its own, and publishes
    what the test gives it."""

    def __init__(self, folder: Path, answer: Answer | None = None) -> None:
        self.control = f"ipc://{folder}/control"
        self.data = f"ipc://{folder}/data"
        self.requests: list[Request] = []
        self.topics: list[StreamDescriptor] = []  # it says it has
        self._answer = answer
        self._context, self._router = self._make_router()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._publish_context, self.publisher = self._make_publisher()

    def _make_router(self) -> tuple[zmq.Context[zmq.Socket[bytes]], zmq.Socket[bytes]]:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        return context, context.socket(zmq.ROUTER)

    def restart_control(self) -> None:
        """Cuts every client off and comes back; to be called by `answer`."""
        self._router.close(linger=0)
        self._context.term()
        self._context, self._router = self._make_router()
        self._router.bind(self.control)

    def _make_publisher(self) -> tuple[zmq.Context[zmq.Socket[bytes]], zmq.Socket[bytes]]:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        publisher = context.socket(zmq.XPUB)
        publisher.setsockopt(zmq.XPUB_VERBOSE, 1)
        return context, publisher

    def publish(self, *messages: Sequence[bytes]) -> None:
        for message in messages:
            self.publisher.send_multipart(message)

    def await_subscription(self, topic: str) -> None:
        """Returns when a subscription to the topic has arrived."""
        while True:
            assert self.publisher.poll(5000), f"nobody subscribed to {topic}"
            if self.publisher.recv() == b"\x01" + topic.encode():
                return

    def restart_publisher(self) -> None:
        """Closes the data socket and opens it again, as a restarted daemon does."""
        self.publisher.close(linger=0)
        self._publish_context.term()  # or the old socket would unlink the new one's file
        self._publish_context, self.publisher = self._make_publisher()
        self.publisher.bind(self.data)

    def __enter__(self) -> Self:
        self._router.bind(self.control)
        self.publisher.bind(self.data)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()
        self._router.close(linger=0)
        self.publisher.close(linger=0)
        self._context.term()
        self._publish_context.term()

    def _serve(self) -> None:
        while not self._stop.is_set():
            if not self._router.poll(10):
                continue
            peer, raw = self._router.recv_multipart()
            request = Request.FromString(raw)
            self.requests.append(request)
            reply = self._reply(request)
            if reply is not None:
                reply.id = reply.id or request.id
                self._router.send_multipart([peer, reply.SerializeToString()])

    def _reply(self, request: Request) -> Reply | None:
        verb = request.WhichOneof("verb")
        if verb == "hello":
            return Reply(hello=HelloReply(version=1000, software="fake", run_id="r"))
        if verb == "subscribe_info":
            info = SubscribeInfoReply(endpoints=["tcp://127.0.0.1:9", self.data])
            info.topics.extend(self.topics)
            return Reply(subscribe_info=info)
        return self._answer(request) if self._answer else None
