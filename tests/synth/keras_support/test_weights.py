"""Stored models: round trips, the same bytes every time, and refusal of anything damaged."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from synth.keras_support.weights import assign_values, pack, unpack, values_of

ARRAYS = st.dictionaries(
    st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8),
    hnp.arrays(st.sampled_from([np.float32, np.int64, bool]), hnp.array_shapes(min_dims=0, max_side=4)),
    max_size=4,
)


@settings(max_examples=40, deadline=None)
@given(
    arrays=ARRAYS, card=st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5) | st.none())
)
def test_what_is_packed_comes_back(arrays, card):
    card_back, arrays_back = unpack(pack(card, arrays))
    assert card_back == card
    assert arrays_back.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(arrays_back[name], array)
        assert arrays_back[name].dtype == array.dtype


def test_bytes_depend_on_content_only_not_on_order():
    a, b = np.arange(3), np.ones((2, 2))
    assert pack({"x": 1, "y": 2}, {"a": a, "b": b}) == pack({"y": 2, "x": 1}, {"b": b, "a": a})
    assert pack({"x": 1}, {"a": a}) != pack({"x": 1}, {"a": a + 1})


def test_the_file_is_an_ordinary_zip():
    with zipfile.ZipFile(io.BytesIO(pack({"a": 1}, {"w": np.zeros(2)}))) as archive:
        assert archive.namelist() == ["card.json", "w.npy"]
        assert archive.testzip() is None


@settings(max_examples=60, deadline=None)
@given(position=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_any_flipped_byte_is_refused(position, flip):
    payload = bytearray(pack({"a": 1}, {"w": np.arange(5.0)}))
    payload[position % len(payload)] ^= flip
    with pytest.raises(ValueError, match="damaged"):
        unpack(bytes(payload))


@pytest.mark.parametrize("payload", [b"", b"x", b"PK\x05\x06" + b"\0" * 18, b"0" * 500])
def test_other_bytes_are_refused(payload):
    with pytest.raises(ValueError, match="damaged"):
        unpack(payload)


def test_a_cut_file_is_refused():
    with pytest.raises(ValueError, match="damaged"):
        unpack(pack({}, {"w": np.zeros(100)})[:-1])


def test_python_objects_are_refused():
    with pytest.raises(ValueError, match="Object arrays"):
        pack({}, {"w": np.array([object()])})
    with pytest.raises(ValueError, match="plain JSON"):
        pack({"w": np.float32(1)}, {})


class Variable:
    """As much of a Keras variable as is needed here."""

    def __init__(self, value):
        self.value = np.asarray(value)

    @property
    def shape(self):
        return self.value.shape

    def __array__(self, dtype=None, copy=None):
        return self.value

    def assign(self, value):
        self.value = value


def test_variables_go_out_and_back_in_by_position():
    source, target = [Variable([1.0, 2.0]), Variable(3.0)], [Variable([0.0, 0.0]), Variable(0.0)]
    assign_values(target, values_of(source, "net"), "net")
    np.testing.assert_array_equal(target[0].value, [1.0, 2.0])
    assert target[1].value == 3.0


def test_variables_of_another_network_are_refused():
    stored = values_of([Variable([1.0, 2.0])], "net")
    with pytest.raises(ValueError, match="shape"):
        assign_values([Variable([1.0])], stored, "net")
    with pytest.raises(ValueError, match="2 arrays"):
        assign_values([Variable([1.0, 2.0]), Variable(1.0)], stored, "net")
