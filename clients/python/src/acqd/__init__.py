"""Client of acqd, the real-time instrument acquisition and processing daemon.

import acqd
import matplotlib.pyplot as plt

with acqd.connect() as session:
    frame = session.subscribe("scope/psd", timeout=5).receive()
    plt.semilogy(frame.x, frame.data[0])
    plt.xlabel(frame.x_unit)
    plt.ylabel(frame.unit)
"""

from pkgutil import extend_path

from acqd.errors import (
    BusyError,
    Code,
    DeniedError,
    DisconnectedError,
    Error,
    InternalError,
    InvalidError,
    IOError,
    NotFoundError,
    OverflowError,
    TimeoutError,
    UnsupportedError,
)
from acqd.frame import Frame, Result, Trigger
from acqd.header import Kind
from acqd.journal.array import SampleArray
from acqd.journal.recording import RecordedEvent, Recording
from acqd.journal.recording import open_recording as open
from acqd.journal.source import DamageWarning
from acqd.journal.topic import RecordedTopic
from acqd.loss import Arrival, Gap, Losses, Place
from acqd.session import Instrument, Pipeline, Session, connect
from acqd.settings import Applied, Changes, Settings
from acqd.subscription import Subscription
from acqd.time import ClockState, Time, TimeOrigin, TimeScale
from acqd.values import Value

__version__ = "0.1.0"
__path__ = extend_path(__path__, __name__)  # acqd.dsp is a package of its own and may lie elsewhere

__all__ = [
    "Applied",
    "Arrival",
    "BusyError",
    "Changes",
    "ClockState",
    "Code",
    "DamageWarning",
    "DeniedError",
    "DisconnectedError",
    "Error",
    "Frame",
    "Gap",
    "IOError",
    "Instrument",
    "InternalError",
    "InvalidError",
    "Kind",
    "Losses",
    "NotFoundError",
    "OverflowError",
    "Pipeline",
    "Place",
    "RecordedEvent",
    "RecordedTopic",
    "Recording",
    "Result",
    "SampleArray",
    "Session",
    "Settings",
    "Subscription",
    "Time",
    "TimeOrigin",
    "TimeScale",
    "TimeoutError",
    "Trigger",
    "UnsupportedError",
    "Value",
    "connect",
    "open",
]
