"""What crosses the wall arrives as it left; what isn't of the wire's form is refused, only so."""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from glasslab.wire import MAX_DEPTH, WireError, WireModel, decode, encode

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]

numbers = st.integers(-(2**63), 2**63 - 1) | st.floats()
arrays = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0))
)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text() | arrays,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
# Nearly right data: the right keys and kinds, with anything in them.
near_misses = st.recursive(
    json_values,
    lambda inner: st.fixed_dictionaries(
        {"kind": st.sampled_from(["value", "number", "list", "dict", "array", "model", "what"])},
        optional={
            "value": inner,
            "items": st.lists(inner, max_size=3)
            | st.dictionaries(st.text(), inner, max_size=3)
            | inner,
            "dtype": st.sampled_from([*DTYPES, "object", "O", "|V8"]) | inner,
            "shape": st.lists(st.integers(-1, 2**70), max_size=10) | inner,
            "data": st.sampled_from(["", "AAAA", "AgICAg==", "!", "é", "\ud800"]) | inner,
            "weights": inner,
            "config": inner,
        },
    ),
    max_leaves=8,
)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return (
            isinstance(other, np.ndarray)
            and one.dtype == other.dtype
            and one.shape == other.shape
            and one.tobytes() == other.tobytes()
        )
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, float) and math.isnan(one):
        return isinstance(other, float) and math.isnan(other)
    return type(one) is type(other) and one == other


@given(values)
def test_what_is_sent_arrives(value):
    assert same(value, decode(json.loads(json.dumps(encode(value), allow_nan=False))))


@given(near_misses)
def test_malformed_data_is_refused_and_nothing_else_happens(data):
    for models in (False, True):
        with contextlib.suppress(WireError):
            decode(data, models=models)


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "array", "dtype": ["float32"], "shape": [1], "data": "AAAAAA=="},
        {"kind": "array", "dtype": "object", "shape": [1], "data": "AAAAAAAAAAA="},
        {"kind": "array", "dtype": "float32", "shape": [2], "data": "AAAAAA=="},
        {"kind": "array", "dtype": "float32", "shape": [0, *[2**26] * 7], "data": ""},
        {"kind": "array", "dtype": "float32", "shape": [True], "data": "AAAAAA=="},
        {"kind": "array", "dtype": "bool", "shape": [1], "data": "Ag=="},
        {"kind": "value", "value": 2**63},
        {"kind": "value", "value": "\ud800"},
        {"kind": "dict", "items": {"\ud800": {"kind": "value", "value": 1}}},
        {"kind": "number", "value": "1"},
        {"kind": "model", "weights": "", "config": {}},
        [],
        None,
    ],
)
def test_forged_data_is_refused(data):
    with pytest.raises(WireError):
        decode(data)


def test_depth_is_limited_both_ways():
    nested: Any = 1
    wire: Any = {"kind": "value", "value": 1}
    for _ in range(MAX_DEPTH + 1):
        nested, wire = [nested], {"kind": "list", "items": [wire]}
    with pytest.raises(WireError):
        encode(nested)
    with pytest.raises(WireError):
        decode(wire)


@pytest.mark.parametrize(
    "value",
    [object(), print, {1: 2}, np.array([object()]), 1j, torch.ones(2) * 1j, 2**63, "\ud800", b"x"],
    ids=[
        "object",
        "function",
        "int key",
        "objects",
        "1j",
        "complex",
        "2**63",
        "surrogate",
        "bytes",
    ],
)
def test_what_the_wire_does_not_carry_cannot_be_sent(value):
    with pytest.raises(WireError):
        encode(value)


@pytest.mark.parametrize(
    ("sent", "arrives"),
    [
        (torch.ones(2, 3, requires_grad=True), np.ones((2, 3), np.float32)),
        (torch.ones(2, dtype=torch.bfloat16), np.ones(2, np.float32)),
        (np.arange(4, dtype=">i4"), np.arange(4, dtype=np.int32)),
        (np.arange(6).reshape(2, 3).T, np.array([[0, 3], [1, 4], [2, 5]])),
        (np.float32(0.5), np.array(0.5, np.float32)),
        ((1, 2), [1, 2]),
        (np.array([["a", "bc"]]), [["a", "bc"]]),
        ([np.array(["a"])[0]], ["a"]),
    ],
)
def test_relatives_arrive_as_plain_values(sent, arrives):
    assert same(arrives, decode(encode(sent)))


def test_an_array_that_arrived_is_ones_own():
    array = decode(encode(np.zeros(3)))
    array[0] = 1
    assert array.tolist() == [1, 0, 0]


def test_models_travel_only_where_they_may():
    model = WireModel(b"\x00\x01weights", {"n_ctx": 20})
    wire = json.loads(json.dumps(encode(model)))
    assert decode(wire, models=True) == model
    with pytest.raises(WireError):
        decode(wire)
