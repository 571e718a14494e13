"""Sorted keys of a lattice: where a key stands among them, whether it is there, and the union of several runs of them.

Keys of corners that a surface passes lie close together. So a bit for each key between the lowest and the highest is little
memory, and to look at one, or to count those before it in a word of 64, takes a tenth of the time of a binary search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_WORD = 64  # bits
_MOST_WORDS, _WORDS_A_KEY = 1 << 22, 4  # that may be filled: 50 MB, or where there are more keys, 48 bytes of each
_SEARCH, _FILL, _CLEAR = 60, 15, 3  # what a search, a key that is filled in, and a word that is cleared cost: nanoseconds
_PIECE = 1 << 14  # keys looked at at once, whose words stay in the cache

Words = NDArray[np.uint64]
Integers = NDArray[np.int64]


class SortedKeys:
    """Keys (N,) int64, in ascending order, no two of them equal, of which much is asked; on any device."""

    def __init__(self, keys: Tensor) -> None:
        self.keys = keys
        self._bits: tuple[Words, NDArray[np.int32]] | None = None
        self._lowest, words = (int(keys[0]), int(keys[-1] - keys[0]) // _WORD + 2) if len(keys) else (0, 1)
        self._words = words if words <= max(_MOST_WORDS, _WORDS_A_KEY * len(keys)) and keys.device.type == "cpu" else 0
        self._patience = (_FILL * len(keys) + _CLEAR * words) // _SEARCH  # keys that may be searched for before bits are filled

    def places(self, wanted: Tensor) -> Tensor:
        """Where each of the wanted keys, all of which are there, stands, of the same shape."""
        if not self._filled(wanted):
            return torch.searchsorted(self.keys, wanted)
        return _in_pieces(self._place, wanted, np.int64)

    def contain(self, wanted: Tensor) -> Tensor:
        """Whether each of the wanted keys is there, of the same shape."""
        if not len(self.keys):
            return torch.zeros(wanted.shape, dtype=torch.bool, device=wanted.device)
        if not self._filled(wanted):
            places = torch.searchsorted(self.keys, wanted).clamp_(max=len(self.keys) - 1)
            return self.keys[places] == wanted
        return _in_pieces(self._contain, wanted, np.bool_)

    def _filled(self, wanted: Tensor) -> bool:
        """Whether there are bits: they are made as soon as that takes less time than the searches so far."""
        if self._words and self._bits is None:
            self._patience -= wanted.numel()
            if self._patience < 0:
                self._bits = self._fill()
        return self._bits is not None

    def _fill(self) -> tuple[Words, NDArray[np.int32]]:
        """A bit for each key, in words from the lowest key on, and how many keys stand before each word that has any."""
        keys = self.keys.numpy() - self._lowest
        word = keys // _WORD
        first = np.flatnonzero(np.diff(word, prepend=-1))
        bits, before = np.zeros(self._words, np.uint64), np.zeros(self._words, np.int32)
        bits[word[first]] = np.bitwise_or.reduceat(_bit(keys), first)
        before[word[first]] = first
        return bits, before

    def _place(self, wanted: Integers) -> NDArray[np.int32]:
        assert self._bits is not None
        bits, before = self._bits
        key = wanted - self._lowest
        word = key >> 6
        return before.take(word) + np.bitwise_count(bits.take(word) & (_bit(key) - np.uint64(1)))

    def _contain(self, wanted: Integers) -> NDArray[np.bool_]:
        assert self._bits is not None
        # A key below the lowest is a huge number without a sign; the last word is that of all beyond the highest.
        key = np.minimum((wanted - self._lowest).view(np.uint64), np.uint64(_WORD * (self._words - 1))).view(np.int64)
        return (self._bits[0].take(key >> 6) & _bit(key)) != 0


def union(runs: Sequence[Tensor]) -> Tensor:
    """The keys of several runs, each of them in ascending order, sorted, each once."""
    if runs[0].device.type != "cpu":
        return torch.unique(torch.cat(list(runs)))
    keys = np.concatenate([run.numpy() for run in runs])
    keys.sort(kind="stable")  # merges what is in order already
    new = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    return torch.from_numpy(keys[new])


def _bit(keys: Integers) -> Words:
    return np.left_shift(np.uint64(1), (keys & (_WORD - 1)).view(np.uint64))


def _in_pieces(answer: Callable[[Integers], NDArray], wanted: Tensor, kind: type[np.generic]) -> Tensor:
    asked = wanted.numpy().reshape(-1)
    result = np.empty(len(asked), kind)
    for begin in range(0, len(asked), _PIECE):
        result[begin : begin + _PIECE] = answer(asked[begin : begin + _PIECE])
    return torch.from_numpy(result.reshape(wanted.shape))
