"""Reference values for the tests, to 50 digits, by mpmath alone: no line of gantheory is imported or was copied.

Run it from anywhere, with mpmath installed (fifteen minutes on one core; a name makes that file only)::

    python tests/references/generate.py [panel] [mixtures] [family_pairs]
    python tests/references/crosscheck.py          # closed forms, ball arithmetic and Monte Carlo against what it wrote

It writes ``panel.json``, ``mixtures.json`` and ``family_pairs.json`` beside itself. Each holds, for every pair, the two
laws as lists of ``[weight, family, parameters...]`` (floats that read back bit for bit) and ``values``, decimal strings
in nats (W1 in units of x), "inf" where infinite. Entropies are with respect to Lebesgue plus counting measure. Every
value was computed in two settings that differ in precision, rule, panels and scan; ``agreement`` is the number of
significant digits that the two have in common for the worst of a pair's values, at least five more than are printed.

What is decided by hand or by rule, never by quadrature, is what is infinite: see ``INFINITE`` and ``kl_is_infinite``.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import exact_laws
from exact_integrals import Pair, Setting
from exact_laws import Law, Number, poisson
from mpmath import mp, mpf

Spec = list[list]  # [weight, family, parameters...] for each part; "Atom" and "Poisson" are families here

SIXTH = 1 / 6


def normal(*parameters: float) -> Spec:
    return [[1.0, "Normal", *map(float, parameters)]]


def one(family: str, *parameters: float) -> Spec:
    return [[1.0, family, *map(float, parameters)]]


NARROW = [[0.5, "Normal", 1.0, 1e-8], [0.3, "Normal", -3.0, 1.0], [0.2, "Normal", 0.0, 1e3]]
THREE = [[0.25, "Normal", -3.0, 0.5], [0.5, "Laplace", 0.0, 1.0], [0.25, "Normal", 2.0, 0.25]]
DIE = [[SIXTH, "Atom", float(face)] for face in range(1, 7)]
LOADED = [[0.5 if face == 6 else 0.1, "Atom", float(face)] for face in range(1, 7)]

PANEL: dict[str, tuple[Spec, Spec]] = {
    "normal-shift": (normal(0, 1), normal(1, 1.5)),
    "normal-scale": (normal(0, 1), normal(0, 2)),
    "mixture-normal": ([[0.5, "Normal", -2.0, 0.7], [0.5, "Normal", 2.5, 1.0]], normal(0, 2)),
    "normal-laplace": (normal(0, 1), one("Laplace", 0, 1)),
    "laplace-shift": (one("Laplace", 0, 1), one("Laplace", 1, 2)),
    "logistic-shift": (one("Logistic", 0, 1), one("Logistic", 2, 1)),
    "cauchy-shift": (one("Cauchy", 0, 1), one("Cauchy", 1, 2)),
    "cauchy-translate": (one("Cauchy", 0, 1), one("Cauchy", 1, 1)),
    "cauchy-apart": (one("Cauchy", -2, 0.5), one("Cauchy", 3, 0.125)),
    "cauchy-normal": (one("Cauchy", 0, 1), normal(0, 1)),
    "student-normal": (one("StudentT", 3, 0, 1), normal(0, 1)),
    "student-cauchy": (one("StudentT", 1.5, 0, 1), one("Cauchy", 0, 1)),
    "exponential-gamma": (one("Exponential", 1), one("Gamma", 2, 1)),
    "gamma-weibull": (one("Gamma", 0.1, 1), one("Weibull", 0.5, 1)),
    "arcsine-uniform": (one("Beta", 0.5, 0.5), one("Uniform", 0, 1)),
    "arcsine-beta": (one("Beta", 0.5, 0.5), one("Beta", 2, 5)),
    "uniform-nested": (one("Uniform", 0, 1), one("Uniform", -1, 2)),
    "uniform-overlap": (one("Uniform", 0, 2), one("Uniform", 1, 3)),
    "uniform-disjoint": (one("Uniform", 0, 1), one("Uniform", 2, 3)),
    "weibull-shape": (one("Weibull", 1.5, 1), one("Weibull", 3, 2)),
    "narrow-component": ([[0.9, "Normal", 0.0, 1.0], [0.1, "Normal", 1.0, 1e-8]], normal(0, 1)),
    "narrow-mixtures": (NARROW, [[0.4, "Normal", 1.0, 2e-8], [0.6, "Normal", 0.0, 5.0]]),
    "nearly-equal": (normal(0, 1), normal(1e-8, 1)),
    # C is −1.72488342845e-88; its leading term, by a shift to the crossing at 20, is −φ(20)·π/10 = −1.734e-88
    "far-apart": (normal(0, 1), normal(40, 1)),
    "equal-normal": (normal(0, 1), normal(0, 1)),
    "equal-mixture": (THREE, THREE),
    "poisson": (one("Poisson", 3), one("Poisson", 5)),
    "dice": (DIE, LOADED),
    "point-masses": (one("Atom", 0), one("Atom", 1)),
    "atom-normal": ([[0.3, "Atom", 0.0], [0.7, "Normal", 0.0, 1.0]], normal(0, 1)),
    "atom-atom": (
        [[0.3, "Atom", 0.0], [0.7, "Normal", 0.0, 1.0]],
        [[0.6, "Atom", 0.0], [0.4, "Normal", 1.0, 1.0]],
    ),
    "exponential-normal": (one("Exponential", 1), normal(0, 1)),
    "two-level": (
        [[0.75, "Uniform", 0.0, 1.0], [0.25, "Uniform", 1.0, 2.0]],
        [[0.25, "Uniform", 0.0, 1.0], [0.75, "Uniform", 1.0, 2.0]],
    ),
}

# What is infinite in the panel, each for its reason. ``kl_is_infinite`` must find the same KLs.
INFINITE: dict[str, set[str]] = {
    "cauchy-shift": {"w1"},  # F_p − F_q ~ (2 − 1)/(π|x|) in either tail, whose integral diverges
    "cauchy-apart": {"w1"},  # likewise, (½ − ⅛)/(π|x|)
    "cauchy-normal": {"kl_pq", "cross_entropy_pq", "w1"},  # E_p[x²/2] = ∞; 1 − F_p ~ 1/(πx), 1 − F_q is negligible
    "student-cauchy": {"w1"},  # 1 − F_q ~ 1/(πx), 1 − F_p ~ c·x^(−3/2): the difference is not integrable
    "uniform-nested": {"kl_qp"},  # q has mass 2/3 where p has none
    "uniform-overlap": {"kl_pq", "kl_qp", "cross_entropy_pq"},  # each has mass ½ where the other has none
    "uniform-disjoint": {"kl_pq", "kl_qp", "cross_entropy_pq"},
    "exponential-normal": {"kl_qp"},  # q has mass ½ on x < 0, p none
    "point-masses": {"kl_pq", "kl_qp", "cross_entropy_pq"},
    "atom-normal": {"kl_pq", "cross_entropy_pq"},  # p has an atom at 0, q none; the converse, KL(q‖p) = −log .7
}

FIFTY = (Setting(100, 40, 2.0, -57, -100, 0.05), Setting(115, 52, 1.3, -61, -110, 0.037))
FORTY = (Setting(66, 30, 2.0, -42, -65, 0.05), Setting(76, 38, 1.3, -46, -72, 0.037))


def law(spec: Spec) -> Law:
    if spec[0][1] == "Poisson":
        return poisson(spec[0][2])
    atoms = {at: weight for weight, family, at, *_ in spec if family == "Atom"}
    return Law([(part[0], getattr(exact_laws, part[1])(*part[2:])) for part in spec if part[1] != "Atom"], atoms)


def kl_is_infinite(p: Law, q: Law) -> bool:
    """Whether KL(p‖q) = ∞: p has an atom or an interval that q has not, or a tail too heavy for q's.

    Everywhere else it is finite for these families: at an edge, p·log q is at worst x^(α−1)·log x with α > 0, and in a
    tail log q is at worst −c|x|^k, with E_p|x|^k finite unless p has a power tail |x|^(−ν−1) with ν ≤ k.
    """
    if any(at not in q.atoms for at in p.atoms):
        return True
    places = sorted({anchor.at for anchor in p.anchors() + q.anchors()})
    probes = [(a + b) / 2 for a, b in pairwise(places)]
    probes += [places[0] - 1, places[-1] + 1] if places else []
    if any(p.density(x, mpf(0))[0] > 0 == q.density(x, mpf(0))[0] for x in probes):
        return True
    tails = [(p.heaviest_power(side), q.slowest_order(side)) for side in (-1, 1)]
    return any(power is not None and order is not None and power <= order for power, order in tails)


def numbers(specs: tuple[Spec, Spec], setting: Setting, moments: bool) -> dict[str, Number]:
    """Every number of a pair in one setting, checked against what must hold between them."""
    mp.dps = setting.digits
    p, q = law(specs[0]), law(specs[1])
    pair = Pair(p, q, setting, (kl_is_infinite(p, q), kl_is_infinite(q, p)))
    values = pair.integrals()
    for name in ("mass_p", "mass_q"):
        if abs(values.pop(name) - 1) > mpf(10) ** (setting.tolerance + 3):
            raise ArithmeticError(f"{specs}: {name} is not 1")
    if abs(values["criterion"] + mp.log(4) - 2 * values["js"]) > mpf(10) ** (setting.tolerance + 3):
        raise ArithmeticError(f"{specs}: C is not −log 4 + 2·JSD")
    values["tv"] = pair.total_variation()
    if moments:
        values["w1"] = pair.wasserstein()
    return values


def agreement(a: Number, b: Number) -> float:
    """Significant digits that two values have in common; 99 where they are equal."""
    return 99.0 if a == b else min(99.0, float(-mp.log10(abs(a - b) / max(abs(a), abs(b)))))


def entry(
    specs: tuple[Spec, Spec], settings: tuple[Setting, Setting], digits: int, wanted: tuple[str, ...], moments: bool
) -> dict:
    """A pair of a JSON file: its laws, its values and how far two computations agree."""
    first, second = [numbers(specs, setting, moments) for setting in settings]
    if moments is False and "w1" in wanted:
        first["w1"] = second["w1"] = mp.inf
    agreed = {name: agreement(first[name], second[name]) for name in wanted}
    worst = min(agreed, key=lambda name: agreed[name])
    if agreed[worst] < digits + 5:
        raise ArithmeticError(f"{specs}: {worst} agrees to {agreed[worst]:.1f} digits only")
    values = {name: mp.nstr(second[name], digits, strip_zeros=False) for name in wanted}
    values = {name: "inf" if text == "+inf" else text for name, text in values.items()}
    return {"p": specs[0], "q": specs[1], "values": values, "agreement": int(agreed[worst])}


ALL = ("kl_pq", "kl_qp", "js", "tv", "criterion", "entropy_p", "entropy_q", "cross_entropy_pq", "w1")


def panel_entries() -> dict[str, dict]:
    entries = {}
    for name, specs in PANEL.items():
        infinite = INFINITE.get(name, set())
        entries[name] = entry(specs, FIFTY, 50, ALL, "w1" not in infinite)
        found = {key for key, text in entries[name]["values"].items() if text == "inf"}
        if found != infinite:
            raise ArithmeticError(f"{name}: found {found} infinite, by hand {infinite}")
        print(name, entries[name]["agreement"], entries[name]["values"]["js"], flush=True)
    return entries


def mixture_pairs(count: int = 60, seed: int = 20140610) -> list[tuple[Spec, Spec]]:
    """Random pairs of mixtures of 1–3 normals: sd log-uniform on 1e-6…10, means in [−5, 5].

    In every second pair a component of q is one of p moved by about its own sd and rescaled, since narrow components
    drawn at random never meet, and what is hard is where they do.
    """
    rng = random.Random(seed)

    def mixture() -> Spec:
        return [
            [rng.uniform(0.1, 1.0), "Normal", rng.uniform(-5.0, 5.0), 10 ** rng.uniform(-6.0, 1.0)]
            for _ in range(rng.randint(1, 3))
        ]

    pairs = []
    for index in range(count):
        p, q = mixture(), mixture()
        if index % 2:
            _, _, mean, sd = rng.choice(p)
            q[0][2:] = [min(max(mean + sd * rng.gauss(0.0, 1.0), -5.0), 5.0), sd * 10 ** rng.uniform(-0.3, 0.3)]
        pairs.append((_normalised(p), _normalised(q)))
    return pairs


def _normalised(spec: Spec) -> Spec:
    total = sum(part[0] for part in spec)
    return [[part[0] / total, *part[1:]] for part in spec]


FAMILY_PAIRS: list[tuple[Spec, Spec]] = [
    (one("Laplace", 0, 1), one("Laplace", 0.25, 1)),
    (one("Laplace", 0, 1), one("Laplace", 3, 0.1)),
    (one("Laplace", -1, 1e-4), one("Laplace", -1, 10)),
    (one("Laplace", 0, 1), one("Laplace", 1e-8, 1)),
    (one("Laplace", 0, 1), one("Logistic", 0.5, 0.7)),
    (one("Laplace", 1, 2), one("Cauchy", 0, 1)),
    (one("Laplace", 0, 1), one("StudentT", 3, 0, 1)),
    (one("Logistic", 0, 1), one("Logistic", 0, 3)),
    (one("Logistic", 0, 1), one("Logistic", 10, 0.5)),
    (one("Logistic", 2, 0.01), one("Laplace", 2, 0.01)),
    (one("Logistic", 0, 1), one("StudentT", 30, 0, 1.7)),
    (one("Logistic", 0, 1), one("Cauchy", 0.3, 1)),
    (one("Cauchy", 0, 1), one("Cauchy", 0, 1e-3)),
    (one("Cauchy", 0, 1), one("Cauchy", 100, 1)),
    (one("Cauchy", 0, 1), one("Cauchy", 1e-6, 1)),
    (one("Cauchy", 0, 1), one("StudentT", 3, 0.5, 2)),
    (one("Cauchy", 0, 1), one("Laplace", 0, 1)),
    (one("Cauchy", 0, 1), one("Logistic", 1, 1)),
    (one("StudentT", 1.5, 0, 1), one("StudentT", 1.5, 1, 2)),
    (one("StudentT", 1.5, 0, 1), one("StudentT", 30, 0, 1)),
    (one("StudentT", 1.5, 0, 1), one("Laplace", 0, 1)),
    (one("StudentT", 3, 0, 1), one("StudentT", 3, 5, 0.01)),
    (one("StudentT", 3, 0, 1), one("StudentT", 1.5, 0, 1)),
    (one("StudentT", 3, 0, 1), one("Logistic", 0, 1)),
    (one("StudentT", 30, 0, 1), one("Cauchy", 0, 1)),
    (one("StudentT", 30, 0, 1), one("StudentT", 3, 0, 1)),
    (one("StudentT", 30, 2, 1), one("Laplace", 0, 1)),
    (one("StudentT", 1.5, 0, 1), normal(0, 1)),
    (one("StudentT", 30, 0, 1), normal(0, 1)),
    (one("Gamma", 0.05, 1), one("Gamma", 0.05, 2)),
    (one("Gamma", 0.05, 1), one("Gamma", 30, 1)),
    (one("Gamma", 30, 1), one("Gamma", 0.05, 1)),
    (one("Gamma", 30, 1), one("Gamma", 25, 1.2)),
    (one("Gamma", 0.5, 2), one("Exponential", 1)),
    (one("Gamma", 2.5, 1), one("Weibull", 1.5, 2)),
    (one("Gamma", 0.05, 1), one("Weibull", 0.3, 1)),
    (one("Beta", 0.5, 0.5), one("Beta", 0.1, 3)),
    (one("Beta", 0.1, 0.1), one("Beta", 20, 20)),
    (one("Beta", 20, 2), one("Beta", 2, 20)),
    (one("Beta", 0.3, 0.7), one("Gamma", 0.3, 1)),
    (one("Gamma", 0.3, 1), one("Beta", 0.3, 0.7)),
    (one("Weibull", 0.5, 1), one("Weibull", 0.5, 3)),
    (one("Weibull", 0.3, 1), one("Weibull", 5, 1)),
    (one("Weibull", 5, 1), one("Exponential", 1)),
    (one("Exponential", 1), one("Exponential", 1.5)),
    (one("Exponential", 1e-3), one("Exponential", 1e3)),
    (one("Exponential", 1), one("Laplace", 0, 1)),
    (one("Exponential", 1), one("Cauchy", 0, 1)),
]


# drawn at random; q's logarithm has corners where p still has mass, at which a rule without corners left its error
CORNERED: list[tuple[Spec, Spec]] = [
    (
        [[0.05304798071119271, "Normal", 2.865548374223918, 0.004412926889403487],
         [0.9469520192888073, "Normal", -0.10504569921543006, 4.037213359975634]],
        [[0.008478932036847842, "Normal", -1.8791074329720034, 1.7159126582936213e-05],
         [0.046135673034666584, "Normal", -1.2605953082455328, 0.0034016412918423393],
         [0.9453853949284856, "Normal", -0.7756654015799662, 3.0025589256801334e-05]],
    ),
    (
        [[0.037497723207900055, "Normal", 1.918428885689055, 3.6102308077568153],
         [0.9625022767921, "Normal", -0.6911903141977742, 0.00025266214146474087]],
        [[0.4912033608466566, "Normal", -2.660838042467444, 3.1530275161110176e-05],
         [0.0019074403316267222, "Normal", -0.5235569803949209, 0.0007612540417642149],
         [0.5068891988217167, "Normal", 1.5894648217346123, 0.001759136115734005]],
    ),
]  # fmt: skip


def named(pairs: list[tuple[Spec, Spec]], prefix: str, wanted: tuple[str, ...], digits: int = 40) -> dict[str, dict]:
    entries = {}
    for index, specs in enumerate(pairs):
        name = f"{prefix}-{index:02d}"
        entries[name] = entry(specs, FORTY, digits, wanted, moments=False)
        print(name, entries[name]["agreement"], entries[name]["values"]["js"], flush=True)
    return entries


FILES: dict[str, tuple[int, Callable[[], dict[str, dict]]]] = {
    "panel": (50, panel_entries),
    "mixtures": (40, lambda: named(mixture_pairs(), "mixture", ("js", "kl_pq", "tv", "criterion"))),
    "cornered": (
        30,
        lambda: named([tuple(map(_normalised, pair)) for pair in CORNERED], "cornered", ("kl_pq", "js"), 30),
    ),
    "family_pairs": (40, lambda: named(FAMILY_PAIRS, "family", ("js", "kl_pq", "criterion"))),
}


def write(name: str) -> None:
    start, (digits, entries) = time.perf_counter(), FILES[name]
    cases = entries()
    text = json.dumps({"digits": digits, "cases": cases}, indent=1, allow_nan=False, ensure_ascii=False)
    Path(__file__).with_name(f"{name}.json").write_text(_one_line_parts(text) + "\n", encoding="utf-8")
    worst = min(case["agreement"] for case in cases.values())
    print(f"{name}: {len(cases)} pairs, agreement at least {worst} digits, {time.perf_counter() - start:.0f} s")


def _one_line_parts(text: str) -> str:
    """The same JSON with each innermost list on one line."""
    return re.sub(r"\[[^\[\]]*\]", lambda found: "[" + " ".join(found[0][1:-1].split()) + "]", text)


if __name__ == "__main__":
    for chosen in sys.argv[1:] or FILES:
        write(chosen)
