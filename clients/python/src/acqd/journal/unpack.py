"""The bytes of a chunk out of their compression, never more than the chunk says it holds."""

from __future__ import annotations

from acqd.errors import InvalidError, UnsupportedError


def unpack(compression: str, packed: memoryview, size: int) -> memoryview:
    """InvalidError when there are more or fewer bytes; UnsupportedError without the package."""
    if compression == "":
        records: bytes | memoryview = packed
    elif compression == "zstd":
        records = _zstd(packed, size)
    elif compression == "lz4":
        records = _lz4(packed, size)
    else:
        raise InvalidError(f"a chunk is compressed by '{compression[:64]}'", "", "none, lz4, zstd")
    if len(records) != size:
        raise InvalidError(f"a chunk of {size} bytes holds {len(records)}")
    return memoryview(records)


def _zstd(packed: memoryview, size: int) -> bytes:
    try:
        import zstandard
    except ImportError as error:
        raise UnsupportedError("zstd needs zstandard: pip install acqd[recording]") from error
    try:
        reader = zstandard.ZstdDecompressor().stream_reader(packed)
        return reader.read(size) + reader.read(1)
    except zstandard.ZstdError as error:
        raise InvalidError(f"zstd: {error}") from error


def _lz4(packed: memoryview, size: int) -> bytes:
    try:
        import lz4.frame
    except ImportError as error:
        raise UnsupportedError("lz4 needs lz4: pip install acqd[recording]") from error
    try:
        decompressor = lz4.frame.LZ4FrameDecompressor()
        data: bytes = decompressor.decompress(packed, max_length=size)
        if not decompressor.eof:  # the end mark, or more than there should be
            data += decompressor.decompress(b"", max_length=1)
        return data
    except RuntimeError as error:
        raise InvalidError(f"lz4: {error}") from error
