"""Tails that are read off a library's density: a power, an exponential of a power, or unknown."""

from __future__ import annotations

import math

import pytest

from gantheory.densities import parse_density
from gantheory.divergences import kl_divergence

READ_OFF = {
    "pareto(1.5)": (None, ("power", 1.5)),
    "halfcauchy": (None, ("power", 1.0)),
    "nct(3, 1)": (("power", 3.0), ("power", 3.0)),
    "crystalball(2, 3)": (("power", 2.0), ("exponential", 2.0)),
    "skewnorm(3)": (("exponential", 2.0), ("exponential", 2.0)),
    "hypsecant": (("exponential", 1.0), ("exponential", 1.0)),
    "gennorm(1.5)": (("exponential", 1.5), ("exponential", 1.5)),
    "lognorm(1)": (None, ("exponential", 0.0)),
    "gumbel_r": (("unknown", math.inf), ("exponential", 1.0)),  # exp(−e^|x|) is no exp(−c|x|^k)
}


@pytest.mark.parametrize("text", READ_OFF)
def test_tails_of_scipys_laws_are_read_off(text: str) -> None:
    """A power, an exponential of a power, or unknown: what decides whether KL is infinite."""
    for found, known in zip(parse_density(text).tails(), READ_OFF[text], strict=True):
        if known is None:
            assert found.kind == "bounded"
        else:
            assert found.kind == known[0]
            assert found.power == known[1] or abs(found.power - known[1]) < 0.1
    if text in ("pareto(1.5)", "halfcauchy", "crystalball(2, 3)"):
        assert kl_divergence(text, "norm(0, 2)").value == math.inf
