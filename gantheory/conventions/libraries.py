"""The functions that are measured, library by library: the call as one would write it, the call, and its trap.

Each library is imported where it is called, and by nobody else: what is not installed costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

__all__ = ["LIBRARIES", "Library"]

Calls = list[tuple[str, Callable[[], Any], str]]


class Library(NamedTuple):
    """A library: its name, the module and the distribution that bring it, and its functions on a pair."""

    name: str
    module: str
    distribution: str
    calls: Callable[[Any, Any], Calls]


def _scipy(p: Any, q: Any) -> Calls:
    from scipy.spatial.distance import jensenshannon
    from scipy.special import entr, kl_div, rel_entr
    from scipy.stats import entropy, wasserstein_distance

    x = np.arange(len(p))
    return [
        ("jensenshannon(p, q)", lambda: jensenshannon(p, q), "the square root of the divergence, which is a metric"),
        ("jensenshannon(p, q, base=2)", lambda: jensenshannon(p, q, base=2), "the root once more, now of the bits"),
        ("jensenshannon(p, q)**2", lambda: jensenshannon(p, q) ** 2, "the divergence itself is the square"),
        ("rel_entr(p, q).sum()", lambda: rel_entr(p, q).sum(), "elementwise: without .sum() it is an array"),
        ("rel_entr(p, q)[0]", lambda: rel_entr(p, q)[0], "an element may be negative"),
        ("kl_div(p, q).sum()", lambda: kl_div(p, q).sum(), "KL only if p and q have equal sums: each term has −p + q"),
        ("kl_div(p, q)[0]", lambda: kl_div(p, q)[0], "the element of rel_entr − p + q, and never negative"),
        ("entr(p).sum()", lambda: entr(p).sum(), "elementwise, as rel_entr"),
        ("entropy(p)", lambda: entropy(p), "of a density on a grid it is no differential entropy"),
        ("entropy(p, q)", lambda: entropy(p, q), "a second argument makes it KL, and no cross-entropy"),
        ("entropy(p, q, base=2)", lambda: entropy(p, q, base=2), "bits"),
        ("entropy(7*p, q)", lambda: entropy(7 * p, q), "it normalises in silence, as jensenshannon does"),
        ("wasserstein_distance(p, q)", lambda: wasserstein_distance(p, q), "takes masses for samples"),
        (
            "wasserstein_distance(x, x, p, q)",
            lambda: wasserstein_distance(x, x, p, q),
            "the masses are the third and fourth arguments",
        ),
    ]


def _torch(p: Any, q: Any) -> Calls:
    import torch  # pyright: ignore[reportMissingImports]
    from torch.distributions import Categorical, kl_divergence  # pyright: ignore[reportMissingImports]
    from torch.nn import KLDivLoss  # pyright: ignore[reportMissingImports]
    from torch.nn.functional import binary_cross_entropy, kl_div  # pyright: ignore[reportMissingImports]

    p, q = torch.tensor(p), torch.tensor(q)
    D, ones = p / (p + q), torch.ones_like(p)

    def both() -> Any:
        real = binary_cross_entropy(D, ones, weight=p, reduction="sum")
        return real + binary_cross_entropy(D, 0 * ones, weight=q, reduction="sum")

    return [
        (
            "kl_div(q.log(), p, reduction='sum')",
            lambda: kl_div(q.log(), p, reduction="sum"),
            "the second law first, as logarithms; the first law second, as masses",
        ),
        (
            "kl_div(p.log(), q, reduction='sum')",
            lambda: kl_div(p.log(), q, reduction="sum"),
            "in the order of the formula it is the reverse KL",
        ),
        ("kl_div(q.log(), p)", lambda: kl_div(q.log(), p), "the default reduction divides by the number of outcomes"),
        ("KLDivLoss()(q.log(), p)", lambda: KLDivLoss()(q.log(), p), "the same default"),
        (
            "KLDivLoss(reduction='batchmean')(q.log()[None], p[None])",
            lambda: KLDivLoss(reduction="batchmean")(q.log()[None], p[None]),
            "divides by the first axis: a single law needs one of length 1",
        ),
        (
            "distributions.kl_divergence(Categorical(p), Categorical(q))",
            lambda: kl_divergence(Categorical(p), Categorical(q)),
            "the order of the formula; Categorical normalises in silence",
        ),
        (
            "binary_cross_entropy(D, 1, weight=p) + binary_cross_entropy(D, 0, weight=q)",
            both,
            "at D = D*, with reduction='sum': a loss is −V, and a mean over both halves is −V/2",
        ),
    ]


def _tensorflow_probability(p: Any, q: Any) -> Calls:
    import tensorflow_probability as tfp  # pyright: ignore[reportMissingImports]

    P, Q = tfp.distributions.Categorical(probs=p), tfp.distributions.Categorical(probs=q)
    with np.errstate(divide="ignore"):
        r = np.log(p) - np.log(q)

    def mean(f: Callable[..., Any], **options: Any) -> Any:
        return np.sum(q * np.asarray(f(r, **options)))

    return [
        (
            "distributions.kl_divergence(P, Q)",
            lambda: tfp.distributions.kl_divergence(P, Q),
            "the order of the formula, in the precision of the masses",
        ),
        ("P.entropy()", lambda: P.entropy(), "nats"),
        (
            "(q * vi.jensen_shannon(log(p/q))).sum()",
            lambda: mean(tfp.vi.jensen_shannon),
            "called Jensen–Shannon, and it is the paper's criterion: −log 4 where p = q",
        ),
        (
            "(q * vi.jensen_shannon(log(p/q), self_normalized=True)).sum()",
            lambda: mean(tfp.vi.jensen_shannon, self_normalized=True),
            "0 where p = q, and twice the divergence",
        ),
        (
            "(q * vi.kl_forward(log(p/q))).sum()",
            lambda: mean(tfp.vi.kl_forward),
            "averaged under q, forward is KL of p to q: E_q[f(p/q)]",
        ),
        (
            "(q * vi.kl_reverse(log(p/q))).sum()",
            lambda: mean(tfp.vi.kl_reverse),
            "averaged under q, reverse is KL of q to p",
        ),
    ]


def _pot(p: Any, q: Any) -> Calls:
    import ot  # pyright: ignore[reportMissingImports]

    x = np.arange(float(len(p)))
    return [
        ("emd2_1d(x, x, p, q)", lambda: ot.emd2_1d(x, x, p, q), "the default cost is the squared distance"),
        (
            "emd2_1d(x, x, p, q, metric='euclidean')",
            lambda: ot.emd2_1d(x, x, p, q, metric="euclidean"),
            "the 2 of the name is no power: it tells the cost from the plan",
        ),
        ("wasserstein_1d(x, x, p, q)", lambda: ot.wasserstein_1d(x, x, p, q), "here the default is the distance"),
        ("wasserstein_1d(x, x, p, q, p=2)", lambda: ot.wasserstein_1d(x, x, p, q, p=2), "no root is taken"),
    ]


def _dit(p: Any, q: Any) -> Calls:
    import dit  # pyright: ignore[reportMissingImports]
    from dit import divergences  # pyright: ignore[reportMissingImports]

    names = [f"{k}" for k in range(len(p))] if len(p) <= 10 else [chr(0x100 + k) for k in range(len(p))]
    P, Q = dit.Distribution(names, list(p)), dit.Distribution(names, list(q))
    return [
        ("shannon.entropy(P)", lambda: dit.shannon.entropy(P), "everything is in bits"),
        ("divergences.cross_entropy(P, Q)", lambda: divergences.cross_entropy(P, Q), "bits"),
        (
            "divergences.kullback_leibler_divergence(P, Q)",
            lambda: divergences.kullback_leibler_divergence(P, Q),
            "bits",
        ),
        (
            "divergences.jensen_shannon_divergence([P, Q])",
            lambda: divergences.jensen_shannon_divergence([P, Q]),
            "bits, and no root: JSD ≤ 1; the laws come as a list",
        ),
        ("divergences.variational_distance(P, Q)", lambda: divergences.variational_distance(P, Q), "with the ½"),
        (
            "divergences.earth_movers_distance(P, Q)",
            lambda: divergences.earth_movers_distance(P, Q),
            "outcomes are words, all at distance 1 of each other",
        ),
    ]


LIBRARIES = (
    Library("scipy", "scipy", "scipy", _scipy),
    Library("torch", "torch", "torch", _torch),
    Library("TensorFlow Probability", "tensorflow_probability", "tensorflow-probability", _tensorflow_probability),
    Library("POT", "ot", "POT", _pot),
    Library("dit", "dit", "dit", _dit),
)
