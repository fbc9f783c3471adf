"""The COPY stream's messages: both ways of splitting them agree, wherever what came is cut."""

from struct import pack

from hypothesis import given
from hypothesis import strategies as st

from snapkit.core.copy_messages import COPY_DONE, Messages, look, split_rows, walk

# Lengths whose bytes hold a newline (10, 266, 2,560 and more) are what a splitter trips over.
LENGTHS = st.one_of(st.integers(0, 12), st.integers(250, 275), st.integers(2550, 2830))
ROWS = st.lists(
    st.builds(lambda length, letter: letter * length, LENGTHS, st.sampled_from([b"d", b"E", b"c"])),
    max_size=12,
)
NOTICE = b"N" + pack(">I", 4 + 9) + b"SLOG\nE\0d\0"
ENDS = {
    "done": b"c" + pack(">I", 4) + b"C" + pack(">I", 11) + b"COPY 3\0",
    "error": b"E" + pack(">I", 14) + b"SERROR\nd\0\0",
}


def message(row: bytes) -> bytes:
    return b"d" + pack(">I", 4 + len(row) + 1) + row + b"\n"


def whole_rows(rows: list[bytes], cut: int) -> Messages:
    """What a reader of the manual finds in the first `cut` bytes."""
    found, used = [], 0
    for row in rows:
        if used + len(message(row)) > cut:
            break
        found.append(row)
        used += len(message(row))
    return Messages(found, used)


@given(rows=ROWS, share=st.floats(0, 1))
def test_both_ways_split_what_came_into_its_whole_rows(rows: list[bytes], share: float) -> None:
    stream = b"".join(map(message, rows))
    cut = round(share * len(stream))
    expected = whole_rows(rows, cut)
    assert walk(stream, cut) == expected
    assert split_rows(stream, cut) == expected


@given(
    rows=ROWS,
    end=st.sampled_from(sorted(ENDS)),
    notices=st.lists(st.integers(0, 12), max_size=2),
    sizes=st.lists(st.integers(1, 5000), min_size=1, max_size=30),
)
def test_nothing_is_taken_that_does_not_belong_to_the_copy(
    rows: list[bytes], end: str, notices: list[int], sizes: list[int]
) -> None:
    messages = list(map(message, rows))
    for place in notices:
        messages.insert(min(place, len(messages)), NOTICE)
    belonging = b"".join(messages) + (ENDS["done"][:5] if end == "done" else b"")
    socket = b"".join(messages) + ENDS[end]
    data, taken, visible, turn = bytearray(), 0, 0, 0
    has_only_rows = True
    while True:
        visible = min(len(socket), max(visible, taken) + sizes[turn % len(sizes)])
        turn += 1
        peeked = data + socket[taken:visible]
        seen = look(peeked, len(data), len(peeked), has_only_rows=has_only_rows)
        has_only_rows = has_only_rows and seen.has_only_rows
        taken += seen.until - len(data)
        data = peeked[: seen.until]
        assert taken <= len(belonging)
        if seen.has_ended:
            break
    assert taken == len(belonging)
    found = walk(data, len(data))
    assert found.lines == rows
    assert found.other == (COPY_DONE if end == "done" else b"")


def test_a_length_that_looks_like_another_message_is_told_from_one_by_a_walk() -> None:
    stream = message(b"x") + message(b"y" * (0x0A4500 - 5)) + message(b"z") + ENDS["done"]
    seen = look(bytearray(stream), 0, len(stream), has_only_rows=True)
    assert (seen.until, seen.has_ended) == (len(stream) - len(ENDS["done"]) + 5, True)
    half = look(bytearray(stream), 0, len(stream) // 2, has_only_rows=True)
    assert (half.until, half.has_ended) == (len(stream) // 2, False)
