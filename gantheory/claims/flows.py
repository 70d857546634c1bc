"""The two gradient flows of the criterion: their dissipation is the fall of C, and where they arrive or stall."""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.claims.routes import proof
from gantheory.claims.runs import SEEN_EXCESS, apart_in_x, descends, fisher_rao, is_in_x, is_smooth, wasserstein
from gantheory.claims.statement import Claim, Statement, together
from gantheory.densities import Uniform
from gantheory.estimate import Estimate

__all__ = ["FISHER_RAO_FLOW", "WASSERSTEIN_FLOW"]

_STANDARD = {"N": "standard"}
_SEEN = 1e-16  # the excess from which on the rates are compared
_SLOWEST = 1e-3  # the share of it that must go in a unit of time for differences of it to tell


def _rates(run: Any, share: float = 1.0) -> Estimate:
    """share · dissipation/(−dC/dt) − 1 at the times at which C is seen to move."""
    excess, moved = np.asarray(run.excess.value), np.asarray(run.dissipation.value)
    rows = [k for k in range(run.records) if np.all(excess[k] > _SEEN) and np.all(moved[k] > _SLOWEST * excess[k])]
    return together(*(share * run.dissipation[k] / run.descent_rate[k] - 1.0 for k in rows))


def _moves(case: Any) -> bool:
    """C is seen to move along the flow of a pair of laws."""
    if case.is_grid or not descends(case) or case.is_equal:
        return False
    run = fisher_rao(case)
    return bool(np.any((run.excess.value > _SEEN) & (run.dissipation.value > _SLOWEST * run.excess.value)))


def _flow_under_bound(case: Any, bounding: Any = None) -> Estimate:
    """log 2·2^{−t} KL(p‖q_0) less the excess along the flow, with the KL of the pair, or of another in its place."""
    return fisher_rao(bounding or case).bound - fisher_rao(case).excess


def _where_they_meet(case: Any) -> Any:
    """The same q_0 and p conditioned on its support, of two uniform laws: KL(p‖q_0) is finite there."""
    ends = zip(case.p_data.support(), case.p_g.support(), strict=True)
    low, high = (choose(end) for choose, end in zip((max, min), ends, strict=True))
    return case.remembered("where they meet", lambda: case.with_laws(Uniform(low, high), case.p_g, "where they meet"))


FISHER_RAO_FLOW = Claim(
    "prop2.fisher-rao-flow",
    "along ∂_t q = −q(g − E_q g), dC/dt = −Var_q[log(1−D*)]; C → −log 4 where KL(p‖q_0) < ∞",
    "the gradient flow of C in the Fisher–Rao metric",
    {
        "P": proof("prop2.fisher-rao-flow", "dC/dt = −Var_q[g]; KL(p‖q_t) ≤ 2^{−t} KL(p‖q_0)"),
        "N": (
            Statement("Var_q[g]/(−dC/dt) − 1 = 0 while C moves and 2·JSD > 1e-16",
                      lambda case: _rates(fisher_rao(case)), applies=_moves, tolerance=1e-6),
            Statement("log 2·2^{−t} KL(p‖q_0) − [C(q_t) + log 4] ≥ 0", _flow_under_bound, ">= 0", applies=descends),
        )
    },
    (
        Statement("half the variance", lambda case: _rates(fisher_rao(case), 0.5), cases=("normal-shift",)),
        Statement("q_0 without p's support, the KL from it that of p conditioned on it",
                  lambda case: _flow_under_bound(case, _where_they_meet(case)), ">= 0", cases=("uniform-overlap",)),
    ),
    is_in_x,
    "laws in x; for the limit KL(p‖q_0) < ∞",
    uses=("prop2.gradient",),

    level=_STANDARD,
)  # fmt: skip


def _transport_rates(case: Any, share: float = 1.0) -> Estimate:
    """The same from p_g for a short time, and for a longer one from the narrower law of the two to the wider."""
    widths = [float(np.subtract(*np.ravel(law.ppf(np.array([0.75, 0.25]))))) for law in (case.p_g, case.p_data)]
    narrow = case if widths[0] <= widths[1] else case.swapped
    return together(_rates(wasserstein(case, 0.0, 0.015625), share), _rates(wasserstein(narrow, 0.0, 1.0), share))


def _stays(case: Any, limit: Any = None) -> Estimate:
    """C + log 4 at t = 100 less that at the start, or less another limit in its place."""
    excess = wasserstein(case, 0.0, 100.0).excess
    return excess[1] - (excess[0] if limit is None else limit)


WASSERSTEIN_FLOW = Claim(
    "prop2.wasserstein-flow",
    "along ∂_t q = ∂_x(q ∂_x g), dC/dt = −E_q|∂_x log(1−D*)|² for smooth positive q; on supports apart it stalls",
    "the gradient flow of C in the Wasserstein metric",
    {
        "N": (
            Statement("E_q|∂_x g|²/(−dC/dt) − 1 = 0 from p_g at t = 0, 1/64; from the narrower law at t = 0, 1",
                      _transport_rates, applies=is_smooth, tolerance=1e-6),
            Statement("C(q_100) − C(q_0) = 0 on supports apart", _stays, applies=apart_in_x),
        )
    },
    (
        Statement("half of it", lambda case: _transport_rates(case, 0.5), cases=("normal-shift",)),
        Statement("convergence on supports apart: C(q_100) − C(p) = 0",
                  lambda case: _stays(case, 0.0), cases=("uniform-disjoint",)),
    ),
    lambda case: is_smooth(case) or apart_in_x(case),
    f"normal or logistic laws with {SEEN_EXCESS[0]:g} < 2·JSD < {SEEN_EXCESS[1]:g}, of which p_g may be a mixture and "
    "p_data is none; or continuous laws a positive distance apart, p_g on one interval",
    uses=("prop2.gradient",),
    level=_STANDARD,
)  # fmt: skip
