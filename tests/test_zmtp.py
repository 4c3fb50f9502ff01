"""The frame counter sees the frames that ZeroMQ sees, however the stream is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.sandbox.zmtp import FrameCounter, ProtocolError

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01NULL" + bytes(48)


def framed(size: int, more: bool) -> bytes:
    if size > 255:
        return bytes([2 | more]) + size.to_bytes(8) + bytes(size)
    return bytes([more, size]) + bytes(size)


@given(
    st.lists(st.tuples(st.integers(0, 700), st.booleans()), max_size=30),
    st.lists(st.integers(1, 90), min_size=1, max_size=20),
)
def test_frames_are_counted_wherever_the_stream_is_cut(
    frames: list[tuple[int, bool]], cuts: list[int]
) -> None:
    stream = GREETING + b"".join(framed(size, more) for size, more in frames)
    counter, found, at = FrameCounter(), 0, 0
    for step in cuts * (len(stream) // sum(cuts) + 1):
        found += counter.count(stream[at : at + step])
        at += step
    assert found == len(frames)


@pytest.mark.parametrize(
    "begin", [b"\x01\x00", GREETING[:9] + b"\x7e", GREETING[:10] + b"\x01" + GREETING[11:]]
)
def test_another_protocol_is_refused(begin: bytes) -> None:
    with pytest.raises(ProtocolError):
        FrameCounter().count(begin)
