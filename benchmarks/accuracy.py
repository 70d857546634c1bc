"""How near to 40 to 50 digits the numbers are: the table of docs/numerics.md. python benchmarks/accuracy.py"""

from __future__ import annotations

import statistics
import sys
from collections import defaultdict
from decimal import Decimal, localcontext
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from test_references import QUANTITIES, exactly, law, references

from gantheory.panel import PANEL

NAMES = {"kl_pq": "KL", "kl_qp": "KL", "js": "JSD", "tv": "TV", "criterion": "C(G)", "w1": "W₁"}
NAMES |= {"entropy_p": "entropy", "entropy_q": "entropy", "cross_entropy_pq": "cross-entropy"}


def misses() -> dict[str, list[tuple[float, float]]]:
    """For each quantity |value − exact| and the error, over max(1, |exact|), of every finite reference."""
    found = defaultdict(list)
    panel = {case.name: (case.p_data, case.p_g) for case in PANEL}
    for file in ("panel", "family_pairs", "mixtures", "cornered"):
        for name, case in references(file).items():
            p, q = panel.get(name) or (law(case["p"]), law(case["q"]))
            for quantity, digits in case["values"].items():
                exact = exactly(digits)
                if isinstance(exact, Decimal):
                    estimate = QUANTITIES[quantity](p, q)
                    with localcontext(prec=60):
                        miss = abs(Decimal(estimate.value) - exact) / max(1, abs(exact))
                    found[NAMES[quantity]].append((float(miss), float(estimate.error) / max(1.0, abs(float(exact)))))
    return found


def main() -> None:
    """A row a quantity."""
    print("| quantity | numbers | outside their error | median, worst miss | median, worst error |")
    print("| --- | --- | --- | --- | --- |")
    for name, pairs in misses().items():
        missed, errors = zip(*pairs, strict=True)
        outside = sum(miss > error for miss, error in pairs)
        figures = [f"{statistics.median(of):.0e}, {max(of):.0e}" for of in (missed, errors)]
        print(f"| {name} | {len(pairs)} | {outside} | {' | '.join(figures)} |")


if __name__ == "__main__":
    main()
