"""Fitted models as bytes: a zip of plain arrays and one JSON card, with a checksum. Never a pickle."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

CARD = "card.json"
_DIGEST_LENGTH = 64
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def pack(card: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Serialise a model; the same content gives the same bytes.

    The file is an ordinary zip whose comment is the SHA-256 of everything before it.

    Args:
        card: Plain JSON values that describe the arrays.
        arrays: Arrays of numbers, booleans or text by name.

    Returns:
        The bytes of the zip.

    Raises:
        ValueError: If an array contains Python objects, or the card is not plain JSON.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_member(CARD), _to_json(card))
        for name in sorted(arrays):
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asarray(arrays[name]), allow_pickle=False)
            archive.writestr(_member(f"{name}.npy"), content.getvalue())
        archive.comment = b"0" * _DIGEST_LENGTH
    body = buffer.getvalue()[:-_DIGEST_LENGTH]
    return body + _digest(body)


def unpack(payload: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read what `pack` wrote.

    Returns:
        The card, and the arrays by name.

    Raises:
        ValueError: If the bytes are not exactly what `pack` wrote.
    """
    body, digest = payload[:-_DIGEST_LENGTH], payload[-_DIGEST_LENGTH:]
    if digest != _digest(body):
        raise ValueError(
            "The stored model is damaged or was not written by Penumbra: its checksum does not match. "
            f"Received: {len(payload)} bytes"
        )
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        card = json.loads(archive.read(CARD))
        arrays = {
            name.removesuffix(".npy"): np.load(io.BytesIO(archive.read(name)), allow_pickle=False)
            for name in archive.namelist()
            if name != CARD
        }
    return card, arrays


def values_of(variables: Sequence[Any], prefix: str) -> dict[str, np.ndarray]:
    """Return the values of Keras variables by their position, `f"{prefix}/000"` onwards.

    By position, because Keras numbers layer names anew in every process.
    """
    return {f"{prefix}/{i:03d}": np.asarray(variable).copy() for i, variable in enumerate(variables)}


def assign_values(variables: Sequence[Any], arrays: Mapping[str, np.ndarray], prefix: str) -> None:
    """Assign values that `values_of` returned to variables of the same shapes.

    Raises:
        ValueError: If an array is missing, left over or of another shape.
    """
    expected = {f"{prefix}/{i:03d}": variable for i, variable in enumerate(variables)}
    stored = {name for name in arrays if name.startswith(f"{prefix}/")}
    if stored != set(expected):
        raise ValueError(f"{len(expected)} arrays are needed for {prefix}. Received: {len(stored)}")
    for name, variable in expected.items():
        if tuple(variable.shape) != arrays[name].shape:
            raise ValueError(
                f"{name} must have shape {tuple(variable.shape)}. Received: {arrays[name].shape}"
            )
        variable.assign(arrays[name])


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, date_time=_FIXED_TIME)
    member.create_system = 3  # the writing system is part of the bytes; Windows and Linux must agree
    return member


def _to_json(card: Mapping[str, Any]) -> str:
    try:
        return json.dumps(card, sort_keys=True, allow_nan=False, ensure_ascii=False)
    except TypeError as error:
        raise ValueError(f"card must be plain JSON values. {error}") from error
