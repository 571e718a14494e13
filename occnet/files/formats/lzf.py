"""LZF, the compression inside .pcd files: runs of literal bytes, and copies of what was written before."""

from __future__ import annotations

LARGEST_RATIO = 264 / 3  # a copy of at most 264 bytes costs three


def decompress(data: bytes, size: int) -> bytes:
    """The size bytes that data unpacks to. Raises ValueError when it does not, before anything large is allocated."""
    if size > len(data) * LARGEST_RATIO:
        raise ValueError(f"{len(data)} bytes cannot unpack to {size}")
    result = bytearray()
    position, end = 0, len(data)
    try:
        while position < end:
            control = data[position]
            position += 1
            if control < 32:  # a run of control + 1 literal bytes
                run = data[position : position + control + 1]
                if len(run) <= control:
                    raise ValueError("a run of literal bytes is cut off")
                result += run
                position += control + 1
                continue
            length = control >> 5
            if length == 7:
                length += data[position]
                position += 1
            length += 2
            distance = ((control & 31) << 8) + data[position] + 1
            position += 1
            start = len(result) - distance
            if start < 0:
                raise ValueError("a copy reaches back before the start")
            if distance >= length:
                result += result[start : start + length]
            else:  # it overlaps with what it writes: a pattern that repeats
                result += (result[start:] * (length // distance + 1))[:length]
            if len(result) > size:
                raise ValueError(f"it unpacks to more than {size} bytes")
    except IndexError as error:
        raise ValueError("the compressed data is cut off") from error
    if len(result) != size:
        raise ValueError(f"it unpacks to {len(result)} bytes instead of {size}")
    return bytes(result)
