"""The reading of a run: Proposition 2 as an implication, each hypothesis measured, with the outcome of every seed."""

from gantheory.reading.hypotheses import Hypothesis
from gantheory.reading.outcomes import Reading, SeedReading, read_run
from gantheory.reading.success import SuccessRate, wilson_interval

__all__ = ["Hypothesis", "Reading", "SeedReading", "SuccessRate", "read_run", "wilson_interval"]
