from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from goldenpath.services.docker.executing import pieces


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.binary())))
def test_the_pieces_of_both_streams_come_out_as_they_went_in(written: list[tuple[int, bytes]]) -> None:
    body = b"".join(bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data for stream, data in written)
    assert list(pieces(body)) == [data for _, data in written]
