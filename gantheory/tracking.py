r"""A run of any training loop, measured at chosen steps and read as Proposition 2 asks.

.. math:: (G_t, D_t)_t \mapsto C(G_t),\ V(G_t, D^*) - V(G_t, D_t),\ \kappa_t,\ \dots

`gantheory.records` says what one record holds; what follows from successive records, the share κ of each step's gain
and the bound that the shares give, is added when they are put together.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, section 4.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gantheory.cell_masses import increasing
from gantheory.densities.conversion import as_density
from gantheory.discriminator import Discriminator, DLike, as_discriminator
from gantheory.ensemble import Ensemble
from gantheory.errors import DomainError
from gantheory.estimate import Estimate
from gantheory.gains import gain_shares
from gantheory.mlp import MLP
from gantheory.preimage_masses import cells_of
from gantheory.records import Measured, measured
from gantheory.training_settings import is_int
from gantheory.trajectory import Trajectory

__all__ = ["Measured", "Record", "Tracker", "fixed_edges", "logits_of", "measured", "trajectory_of"]

Array = Any
Record = tuple[int, Measured, np.ndarray]  # step, measurements, masses of p_g's cells (seeds, cells)
_PROBES = np.array([0.03, 0.2, 0.5, 0.7, 0.97])  # quantiles of p_data, where D is asked in a batch and alone
_LEVELS = (np.arange(1024) + 0.5) / 1024  # quantiles of z, where G is to be finite
_CELLS = 160
_HEAVY = 25.0  # of the quartiles' distance; the central 99.8 % of a normal law are 4.6 of it, of a Laplace law 9


# -- a run ----------------------------------------


def fixed_edges(p_data: Any, cells: int = _CELLS) -> np.ndarray:
    """Edges of the cells that p_g is kept on, over twice the central 99.8 % of p_data; and two unbounded cells.

    They are of one size, but where p_data's tails are so heavy that its middle would lie in a few of them: then they
    grow with the distance from the median.
    """
    low, q1, middle, q3, high = (float(x) for x in p_data.ppf(np.array([0.001, 0.25, 0.5, 0.75, 0.999])))
    wide = max(high - low, 1e-9 * max(abs(low), abs(high), 1e-300))
    low, high, size = low - 0.5 * wide, high + 0.5 * wide, q3 - q1
    if 0 < _HEAVY * size < wide:
        ends = np.arcsinh(np.array([low - middle, high - middle]) / size)
        inner = middle + size * np.sinh(np.linspace(ends[0], ends[1], cells + 1))
    else:
        inner = np.linspace(low, high, cells + 1)
    return np.concatenate([[-np.inf], inner, [np.inf]])


class Tracker:
    r"""Measures a run of any training loop, by its generator and its discriminator at chosen steps.

    Parameters
    ----------
    p_data, prior : Density or anything `as_density` accepts
    edges : array, optional
        Increasing edges of the cells on which p_g is kept, to which ±∞ are added where they are not there.

    Notes
    -----
    `measured` says what a record holds. The trajectory is read by `Trajectory.reading`.

    Examples
    --------
    >>> tracker = Tracker("norm(0, 1)", "norm(0, 1)")
    >>> for step, theta in enumerate([3.0, 1.0, 0.2]):          # your loop
    ...     tracker.record(step, lambda z, theta=theta: z + theta, lambda x: 1 / (1 + np.exp(x)))
    >>> run = tracker.trajectory
    >>> run.excess.value[:, 0].round(4)
    array([1.0536, 0.2228, 0.01  ])
    """

    def __init__(self, p_data: Any, prior: Any = "norm(0, 1)", *, edges: Array | None = None) -> None:
        self.p_data, self.prior = as_density(p_data), as_density(prior)
        self.edges = fixed_edges(self.p_data) if edges is None else _covering(edges)
        self._records: list[Record] = []

    def __len__(self) -> int:
        return len(self._records)

    def record(self, step: int, G: Any, D: Any = None) -> None:
        """Measure a generator, or one of each seed, and the discriminators beside them.

        Parameters
        ----------
        step : int
            Larger than that of the last record.
        G : callable, text, MLP, or a sequence of these
            What `Pushforward` accepts: z -> G(z), vectorised, in float64. An MLP with an ensemble axis is one of each
            seed.
        D : callable, Discriminator, or a sequence of these, optional
            A callable gives probabilities: x -> D(x), vectorised over arrays of shape (n,). `Discriminator(logit)`
            keeps those near 0 and 1.

        Raises
        ------
        DomainError
            If the step does not increase, the number of seeds changes, a D is missing that was there before, G is
            infinite where z has mass, or D raises, returns another shape, or depends on the batch that it is given.
        """
        laws = Ensemble(_members(G), self.prior)
        _refuse_infinite(laws)
        D = None if D is None else _discriminators(D, len(laws), np.ravel(self.p_data.ppf(_PROBES)))
        self._check(step, len(laws), D is not None)
        found = measured(self.p_data, laws, D)
        self._records.append((int(step), found, cells_of(laws, self.edges)))

    def _check(self, step: int, seeds: int, has_D: bool) -> None:
        if not is_int(step) or (self._records and step <= self._records[-1][0]):
            last = f", larger than {self._records[-1][0]}, that of the last record" if self._records else ""
            raise DomainError(f"step is {step!r}; it must be an int{last}.")
        if self._records:
            before = self._records[0][1]
            if seeds != before["excess"].shape[0] or has_D != ("gap" in before):
                raise DomainError(
                    f"record {step} has {seeds} seeds {'with' if has_D else 'without'} D; the first one had "
                    f"{before['excess'].shape[0]} {'with' if 'gap' in before else 'without'}."
                )

    @property
    def trajectory(self) -> Trajectory:
        """What was recorded so far.

        Raises
        ------
        DomainError
            If nothing was.
        """
        return trajectory_of(self.p_data, self.edges, self._records, {"run": "Tracker", "prior": str(self.prior)})


def trajectory_of(
    p_data: Any,
    edges: np.ndarray,
    records: Sequence[Record],
    settings: Mapping[str, Any],
    stopped: Sequence[str | None] | None = None,
) -> Trajectory:
    """The records of a run as one object, with what follows from successive ones."""
    if not records:
        raise DomainError("nothing was recorded; call record(step, G, D) first.")
    steps = np.array([step for step, _, _ in records])
    found = {name: _over_records([one[name] for _, one, _ in records]) for name in records[0][1]}
    kappa, bound = gain_shares(found["excess"], found.pop("halfway"))
    masses = np.stack([cells for _, _, cells in records])
    found |= {"kappa": kappa, "kappa_bound": bound}
    return Trajectory(p_data, steps, found, edges, masses, stopped, settings)


def _over_records(found: Sequence[Estimate]) -> Estimate:
    values, errors = (np.stack([np.asarray(getattr(one, part)) for one in found]) for part in ("value", "error"))
    return Estimate(values, errors, "estimate")


def _members(G: Any) -> Any:
    if isinstance(G, MLP):
        return G if G.shape else [G]
    return [G] if callable(G) or isinstance(G, str) else G


def _refuse_infinite(laws: Ensemble) -> None:
    """A G that is infinite at one of many quantiles of z is so with some probability."""
    z = np.asarray(laws.prior.ppf(_LEVELS))
    for i, generator in enumerate(laws.generators):
        with np.errstate(all="ignore"):
            x = generator(z)
        if np.isinf(x).any():
            at, of = int(np.flatnonzero(np.isinf(x))[0]), f" of seed {i}" * (len(laws) > 1)
            raise DomainError(
                f"G(z){of} is {x[at]:g} at z = {z[at]:.6g}; it must be finite wherever z has mass. Bound it, by "
                "np.clip or by a smaller step where training diverged, or give a prior of smaller support."
            )


def _covering(edges: Any) -> np.ndarray:
    """Edges with unbounded cells beyond them: p_g may lie anywhere."""
    found = increasing("edges", edges, finite=False)
    ends = [-np.inf] * bool(found[0] > -np.inf), [np.inf] * bool(found[-1] < np.inf)
    return increasing("edges", np.concatenate([ends[0], found, ends[1]]), finite=False)


def _discriminators(D: Any, seeds: int, probes: np.ndarray) -> list[Discriminator]:
    if isinstance(D, MLP):
        found = logits_of(D)
    else:
        one_alone = callable(D) or isinstance(D, str) or not hasattr(D, "__len__")
        given: list[DLike] = [D] if one_alone else list(D)  # type: ignore[arg-type]
        found = [_discriminator(one, probes) for one in given]
    if len(found) != seeds:
        raise DomainError(f"D holds {len(found)} discriminators beside {seeds} generators; it must hold one for each.")
    return found


def _discriminator(D: Any, probes: np.ndarray) -> Discriminator:
    if isinstance(D, MLP):
        return logits_of(D)[0]
    if isinstance(D, Discriminator) or not callable(D):
        return as_discriminator(D)
    together, alone = _row(D, probes), np.concatenate([_row(D, probes[i : i + 1]) for i in range(len(probes))])
    if not np.allclose(together, alone, rtol=1e-6, atol=1e-9, equal_nan=True):
        i = int(np.argmax(np.abs(together - alone)))
        raise DomainError(
            f"D is {together[i]:.6g} at x = {probes[i]:.6g} in a batch and {alone[i]:.6g} alone; it must be a function "
            "of x. Put a network with batch normalisation or dropout in evaluation mode: D.eval()."
        )
    return Discriminator.from_probability(lambda x: _row(D, np.ravel(x)).reshape(np.shape(x)))


def _row(D: Callable[[Array], Array], x: np.ndarray) -> np.ndarray:
    """A user's D at x of shape (n,), in the user's own shape or as one number."""
    try:
        found = np.asarray(D(x.copy()), dtype=float)
    except Exception as error:
        raise DomainError(
            f"D raised {type(error).__name__}: {error}; it must take an array x of shape {x.shape} and return "
            "probabilities, arrays in and out."
        ) from error
    if found.shape not in ((), x.shape):
        raise DomainError(
            f"D returned shape {found.shape} for x of shape {x.shape}; it must return a number for each x."
        )
    return np.broadcast_to(found, x.shape)


def logits_of(network: MLP) -> list[Discriminator]:
    """A network, or an ensemble of them, as discriminators by their logits."""
    members = [network[i] for i in range(len(network))] if network.shape else [network]
    return [Discriminator(_of_any_shape(member), breakpoints=_kinks(member)) for member in members]


def _of_any_shape(network: MLP) -> Callable[[Array], Array]:
    return lambda x: network(np.ravel(x)).reshape(np.shape(x))


def _kinks(network: MLP) -> Array:
    pieces = network.pieces()
    return () if pieces is None else pieces.z
