"""The COPY stream's messages: rows come whole, and nothing else is taken, wherever it is cut."""

from struct import pack

from hypothesis import given
from hypothesis import strategies as st

from snapkit.core.copy_messages import COPY_DONE, Messages, split_messages

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
    return Messages(found, used, cut)


@given(rows=ROWS, share=st.floats(0, 1))
def test_what_came_is_split_into_its_whole_rows(rows: list[bytes], share: float) -> None:
    stream = b"".join(map(message, rows))
    cut = round(share * len(stream))
    assert split_messages(stream, cut) == whole_rows(rows, cut)


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
    begun, taken, visible, turn = bytearray(), 0, 0, 0
    lines: list[bytes] = []
    other = b""
    while not other:
        visible = min(len(socket), max(visible, taken) + sizes[turn % len(sizes)])
        turn += 1
        peeked = begun + socket[taken:visible]
        found = split_messages(peeked, len(peeked))
        lines += found.lines
        taken += found.belongs - len(begun)
        begun = peeked[found.used : found.belongs]
        assert taken <= len(belonging)
        other = found.other
    assert taken == len(belonging)
    assert lines == rows
    assert other == (COPY_DONE if end == "done" else ENDS["error"][:1])
