"""Client of acqd, the real-time instrument acquisition and processing daemon.

import acqd
import matplotlib.pyplot as plt

with acqd.connect() as session:
    frame = session.subscribe("scope/psd", timeout=5).receive()
    plt.semilogy(frame.x, frame.data[0])
    plt.xlabel(frame.x_unit)
    plt.ylabel(frame.unit)
"""

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
from acqd.loss import Arrival, Gap, Losses, Place
from acqd.session import Instrument, Pipeline, Session, connect
from acqd.settings import Applied, Changes, Settings
from acqd.subscription import Subscription
from acqd.time import ClockState, Time, TimeOrigin, TimeScale
from acqd.values import Value

__version__ = "0.1.0"

__all__ = [
    "Applied",
    "Arrival",
    "BusyError",
    "Changes",
    "ClockState",
    "Code",
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
    "Result",
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
]
