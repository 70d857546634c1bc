"""A run's measurements: what they must fit, p_g from cells, files that are whole or refused, runs of other tools."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gantheory.archive import load_arrays, save_arrays
from gantheory.densities import Empirical, Normal, Tabulated
from gantheory.descent import mirror_descent
from gantheory.divergences import js_divergence, total_variation
from gantheory.errors import CheckpointError, DomainError, NotNormalizedError
from gantheory.estimate import Estimate
from gantheory.tracking import Tracker
from gantheory.trajectory import MEASUREMENTS, Trajectory, capacity_price, gain_shares, law_of_cells

P, Q = Normal(0, 1), Normal(1, 1.5)
LOG_4 = math.log(4.0)


def _run(**changes: Any) -> Trajectory:
    one = Estimate(np.full((2, 3), 0.25), 1e-3, "estimate")
    given = {"p_data": P, "steps": [0, 10], "measurements": {"criterion": one - LOG_4, "excess": one}, **changes}
    return Trajectory(**given)


# -- the container ----------------------------------------


def test_measurements_are_attributes() -> None:
    """By their names, in dir(), and with one record fewer for κ."""
    kappa = Estimate(np.ones((1, 3)))
    run = _run(measurements={**_run().measurements, "kappa": kappa})
    assert run.kappa == kappa
    assert (run.records, run.seeds, run.excess.shape) == (2, 3, (2, 3))
    assert "kappa" in dir(run)


@pytest.mark.parametrize("name", sorted(set(MEASUREMENTS) - {"criterion", "excess"}))
def test_what_was_not_measured_says_so(name: str) -> None:
    """An AttributeError that says what it is, so that hasattr works."""
    run = _run(settings={"run": "train"})
    assert not hasattr(run, name)
    with pytest.raises(AttributeError, match=rf"{name} was not measured in this run \(train\)"):
        getattr(run, name)


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": [10, 0]},
        {"steps": [0, 1, 2]},
        {"measurements": {"excess": Estimate(np.zeros((2, 3)))}},
        {"measurements": {"criterion": Estimate(np.zeros((2, 3))), "excess": Estimate(np.zeros(2))}},
        {"stopped": [None]},
        {"settings": {"law": P}},
        {"settings": {"rate": math.inf}},
        {"measurements": {**_run().measurements, "p_g": Estimate(np.zeros((2, 3)))}},
        {"measurements": {**_run().measurements, "a b": Estimate(np.zeros((2, 3)))}},
        {"edges": [0.0, 1.0]},
        {"edges": [0.0, 1.0], "masses": np.ones((2, 3, 2))},
        {"edges": [0.0, 1.0], "masses": -np.ones((2, 3, 1))},
        {"edges": [0.0, math.inf, 1.0], "masses": np.ones((2, 3, 2))},
    ],
    ids=str,
)
def test_a_run_that_does_not_fit_together(changes: dict[str, Any]) -> None:
    """Is refused before it is one."""
    with pytest.raises(DomainError):
        _run(**changes)


def test_records_and_seeds_that_are_not_there() -> None:
    """p_g names them; a run without p_g says that it kept none."""
    run = mirror_descent(P, Q, steps=2)
    assert str(run.p_g(-1)) == str(run.p_g(2))
    for wrong in ({"record": 3}, {"record": -4}, {"seed": 1}, {"record": 0.5}):
        with pytest.raises(DomainError, match="must be between"):
            run.p_g(**wrong)
    with pytest.raises(DomainError, match="kept no p_g"):
        _run().p_g()


# -- p_g as masses of cells ----------------------------------------


def test_the_law_of_cells_has_their_masses() -> None:
    """At every inner edge the cdf is the sum of the masses before it; outer cells are as wide as their neighbours."""
    edges, masses = [-np.inf, -1.0, 0.5, 2.0, np.inf], [0.1, 0.2, 0.3, 0.4]
    law = law_of_cells(edges, masses)
    assert np.allclose(law.cdf(np.array(edges[1:-1])), np.cumsum(masses)[:-1], rtol=0, atol=1e-15)
    assert law.support() == (-2.5, 3.5)
    assert float(law.cdf(-1.75)) == pytest.approx(0.05, abs=1e-15)
    with pytest.raises(DomainError, match="one bounded cell"):
        law_of_cells([-np.inf, 0.0, np.inf], [0.5, 0.5])


def test_masses_of_a_run_are_its_laws_own() -> None:
    """Those of mirror descent are the cdf's differences of the mixture that q_t is."""
    run = mirror_descent(P, Q, steps=4)
    assert run.edges is not None
    assert run.masses is not None
    for record in (0, 2, 4):
        cdf = run.p_g(record).cdf(run.edges)
        assert np.allclose(run.masses[record, 0], np.diff(cdf), rtol=0, atol=2e-15)
    kept = Trajectory(P, run.steps, run.measurements, run.edges, run.masses).p_g(2)
    assert np.allclose(kept.cdf(run.edges[1:-1]), run.p_g(2).cdf(run.edges[1:-1]), rtol=0, atol=2e-15)


# -- runs of other tools ----------------------------------------


def _masses(laws: list[Any], edges: np.ndarray) -> np.ndarray:
    return np.stack([np.diff(law.cdf(edges)) for law in laws])


def test_cells_are_a_lower_bound_that_rises() -> None:
    """2·JSD and TV of the cells are below the laws', and near them when the cells are fine."""
    exact, tv = 2 * js_divergence(P, Q), total_variation(P, Q)
    found = []
    for count in (5, 17, 257):
        edges = np.concatenate([[-np.inf], np.linspace(-5, 7, count), [np.inf]])
        run = Trajectory.from_arrays(P, [0], edges, _masses([Q], edges))
        assert run.excess.basis == "estimate"
        assert not run.excess[0, 0] > exact
        assert not run.total_variation[0, 0] > tv
        assert 0.0 in run.excess[0, 0] - (run.criterion[0, 0] + LOG_4)
        found.append(float(run.excess[0, 0]))
    assert found == sorted(found)
    assert found[-1] == pytest.approx(float(exact), rel=1e-3)


def test_finite_edges_leave_p_data_outside() -> None:
    """Beyond them p_g has nothing, and D tells it perfectly: on disjoint laws the excess is log 4."""
    run = Trajectory.from_arrays(P, [0], [40.0, 41.0, 42.0], [[0.5, 0.5]])
    assert LOG_4 in run.excess[0, 0]
    assert 1.0 in run.total_variation[0, 0]
    assert 0.0 in run.coverage[0, 0]


def test_other_tools_measurements() -> None:
    """Arrays of (records,) for one seed; wrong shapes, masses and numbers are refused."""
    edges = np.array([-np.inf, -1.0, 1.0, np.inf])
    masses = _masses([Q, P], edges)
    run = Trajectory.from_arrays(P, [0, 5], edges, masses, gap=[0.1, 0.01], value=np.array([[-1.3], [-1.38]]))
    assert run.gap.shape == run.value.shape == (2, 1)
    assert run.kappa.shape == (1, 1)
    assert float(run.excess[1, 0]) < 1e-15
    with pytest.raises(NotNormalizedError, match=r"0\.9"):
        Trajectory.from_arrays(P, [0, 5], edges, 0.9 * masses)
    for wrong in ({"gap": [0.1]}, {"gap": "wide"}, {"gap": [[0.1, 0.2]]}):
        with pytest.raises(DomainError):
            Trajectory.from_arrays(P, [0, 5], edges, masses, **wrong)
    with pytest.raises(DomainError):
        Trajectory.from_arrays(P, [0, 5], edges, np.where(masses > 0.3, np.nan, masses))


# -- gains ----------------------------------------


def test_gain_shares_by_hand() -> None:
    """κ = 1 for the halving step, negative for a step that lost; the bound holds in both."""
    excess = Estimate(np.array([[0.8], [0.3], [0.4], [0.0]]))
    halfway = Estimate(np.array([[0.3], [0.1], [0.1], [0.0]]))
    kappa, bound = gain_shares(excess, halfway)
    assert np.allclose(kappa.value.ravel(), [1.0, -0.5, 4 / 3], rtol=1e-15)
    assert (bound.value.ravel() >= excess.value.ravel()).all()
    assert bound.value[1, 0] == pytest.approx(0.4)
    assert bound.value[2, 0] == pytest.approx(0.6)


def test_gain_shares_where_nothing_is_left_or_known() -> None:
    """0 where p_g is p_data; 0 ± inf where noise hides what halving would gain."""
    kappa, bound = gain_shares(Estimate(np.zeros((2, 1))), Estimate(np.zeros((2, 1))))
    assert kappa == Estimate(np.zeros((1, 1)))
    assert bound == Estimate(np.zeros((2, 1)))
    kappa, bound = gain_shares(Estimate([[1e-9], [2e-9]], 1e-8), Estimate([[0.0], [0.0]], 1e-8))
    assert np.isinf(kappa.error).all()
    assert 2e-9 in bound[1, 0]


def test_capacity_price() -> None:
    """0 for all, log 4 for nothing, a log a − (1+a) log(1+a) + log 4 between; a small price keeps its digits."""
    assert float(capacity_price(1.0)) == 0.0
    assert LOG_4 in capacity_price(0.0)
    for a in (0.1, 0.5, 0.682689492137086, 0.99):
        exact = a * math.log(a) - (1 + a) * math.log(1 + a) + LOG_4
        assert abs(float(capacity_price(a)) - exact) < 5e-16
    assert float(capacity_price(1 - 2.0**-50)) == pytest.approx(math.log(2.0) * 2.0**-50, rel=1e-12)
    assert capacity_price(Estimate(0.5, 0.1)).error > 0.05
    with pytest.raises(DomainError):
        capacity_price(1.5)


# -- on disk ----------------------------------------


@pytest.fixture
def run() -> Trajectory:
    return mirror_descent(P, Q, step=0.5, steps=3)


def test_saved_and_loaded(run: Trajectory, tmp_path: Any) -> None:
    """The same measurements, masses, settings and p_data; the same bytes each time; numpy opens it."""
    path, again = tmp_path / "run.npz", tmp_path / "again.npz"
    run.save(path)
    run.save(again)
    assert path.read_bytes() == again.read_bytes()
    found = Trajectory.load(path)
    assert found.p_data == P
    assert dict(found.measurements) == dict(run.measurements)
    assert np.array_equal(found.masses, run.masses)
    assert np.array_equal(found.edges, run.edges)
    assert dict(found.settings) == {"run": "mirror_descent", "step": 0.5, "steps": 3}
    with np.load(path, allow_pickle=False) as file:
        assert np.array_equal(file["steps"], run.steps)
    assert sorted(path.parent.iterdir()) == [again, path]


def test_p_data_without_a_text(tmp_path: Any) -> None:
    """A table has none: it is asked for, and one that is not the run's is refused."""
    x = np.linspace(-6, 6, 401)
    table = Tabulated(x, P.pdf(x))
    edges = [-np.inf, -1.0, 1.0, np.inf]
    path = tmp_path / "run.npz"
    Trajectory.from_arrays(table, [0], edges, [[0.25, 0.5, 0.25]]).save(path)
    with pytest.raises(DomainError, match=r"load\(path, p_data="):
        Trajectory.load(path)
    assert Trajectory.load(path, p_data=table).p_data == table
    Trajectory.from_arrays(P, [0], edges, [[0.25, 0.5, 0.25]]).save(path)
    assert Trajectory.load(path, p_data="norm(0, 1)").p_data == P
    with pytest.raises(DomainError, match="Leave p_data out"):
        Trajectory.load(path, p_data=Q)


def test_every_flipped_bit_is_seen(run: Trajectory, tmp_path: Any) -> None:
    """One bit of any byte, one at a time, over places that cover the file: names, headers, arrays, comment."""
    path = tmp_path / "run.npz"
    run.save(path)
    content = path.read_bytes()
    rng = np.random.default_rng(5)
    places = [*range(64), *rng.integers(0, len(content), 300).tolist(), *range(len(content) - 160, len(content))]
    for place in places:
        changed = bytearray(content)
        changed[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(bytes(changed))
        with pytest.raises(CheckpointError):
            Trajectory.load(path)


def test_truncated_foreign_and_empty_files(run: Trajectory, tmp_path: Any) -> None:
    """Each is refused with what is wrong; a file that is not there is FileNotFoundError."""
    path = tmp_path / "run.npz"
    run.save(path)
    content = path.read_bytes()
    for kept in (1, 30, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:kept])
        with pytest.raises(CheckpointError, match=r"is no \.npz file|corrupt"):
            Trajectory.load(path)
    path.write_bytes(b"")
    with pytest.raises(CheckpointError, match="is empty"):
        Trajectory.load(path)
    path.write_text("step,excess\n0,0.2\n")
    with pytest.raises(CheckpointError, match=r"is no \.npz file"):
        Trajectory.load(path)
    np.savez(path, steps=np.arange(3))
    with pytest.raises(CheckpointError, match="gantheory did not write"):
        Trajectory.load(path)
    save_arrays(path, {"steps": np.arange(3)}, "checkpoint")
    with pytest.raises(CheckpointError, match="holds a checkpoint, and a trajectory is asked for"):
        Trajectory.load(path)
    save_arrays(path, {"steps": np.arange(3)}, "trajectory")
    with pytest.raises(CheckpointError, match="lacks what a trajectory has"):
        Trajectory.load(path)
    with pytest.raises(FileNotFoundError):
        Trajectory.load(tmp_path / "none.npz")
    with pytest.raises(CheckpointError, match="no ordinary file"):
        Trajectory.load(tmp_path)


def test_a_header_that_claims_more_than_there_is(tmp_path: Any) -> None:
    """A file made by hand, its digest right: nothing is allocated for what its header says."""
    from gantheory.archive import _with_digest

    path = tmp_path / "made.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        header = b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little")
        text = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }"
        file.writestr("x.npy", header + text + b" " * (117 - len(text)) + b"\n" + b"\0" * 8)
    path.write_bytes(_with_digest(path.read_bytes(), "example"))
    with pytest.raises(CheckpointError, match="header that its bytes do not bear out"):
        load_arrays(path, "example")


def test_objects_are_never_written(tmp_path: Any) -> None:
    """Objects, unnameable arrays and kinds are refused, and no file is left."""
    for arrays, kind in (
        ({"x": np.array([object()])}, "example"),
        ({"": np.zeros(1)}, "example"),
        ({"x\n": np.zeros(1)}, "example"),
        ({"x": np.zeros(1)}, "two words"),
    ):
        with pytest.raises(DomainError):
            save_arrays(tmp_path / "x.npz", arrays, kind)
    assert list(tmp_path.iterdir()) == []


def test_arrays_come_back_as_they_were(tmp_path: Any) -> None:
    """Shapes, dtypes, order in memory, text, no dimension and no entry."""
    arrays = {
        "a": np.arange(6, dtype=np.int32).reshape(2, 3),
        "f": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "t": np.array("π and more"),
        "b": np.array([True, False]),
        "none": np.empty((0, 4)),
        "one": np.array(2.5),
        "u/v": np.array([2**63], dtype=np.uint64),
    }
    save_arrays(tmp_path / "x.npz", arrays, "example")
    found = load_arrays(tmp_path / "x.npz", "example")
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)
        found[name][...] = found[name]  # they can be written to


def test_a_failed_write_keeps_the_earlier_file(run: Trajectory, tmp_path: Any, monkeypatch: Any) -> None:
    """Whether the disk is full or the process is interrupted; and nothing is left beside it."""
    path = tmp_path / "run.npz"
    run.save(path)
    content = path.read_bytes()
    for error, expected in (
        (OSError(28, "No space left on device"), CheckpointError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ):

        def failing(descriptor: int, error: BaseException = error) -> None:
            raise error

        monkeypatch.setattr("gantheory.archive.os.fsync", failing)
        with pytest.raises(expected):
            run.save(path)
        monkeypatch.undo()
        assert path.read_bytes() == content
        assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(CheckpointError, match="could not be written"):
        run.save(tmp_path / "no such folder" / "run.npz")


def test_a_law_without_a_text_is_known_again(tmp_path: Path) -> None:
    """By its quantiles: another law would be blamed on the run."""
    law = Empirical(np.random.default_rng(0).normal(size=50))
    tracker = Tracker(law)
    tracker.record(0, "z + 1")
    tracker.trajectory.save(tmp_path / "run.npz")
    assert Trajectory.load(tmp_path / "run.npz", p_data=law).excess[0, 0].value > 0
    with pytest.raises(DomainError, match="is of another law"):
        Trajectory.load(tmp_path / "run.npz", p_data="norm(40, 1)")


@pytest.mark.parametrize("measured", [{"excess": [-1.0, -2.0]}, {"excess": [5.0, 6.0]}, {"gap": [-0.1, -0.2]}])
def test_measurements_that_no_laws_have(measured: dict[str, Any]) -> None:
    """2·JSD lies between 0 and log 4, and no gap is negative."""
    with pytest.raises(DomainError, match="must lie between 0 and"):
        Trajectory.from_arrays("norm", [0, 1], [-np.inf, 0, np.inf], [[0.5, 0.5], [0.4, 0.6]], **measured)
    with pytest.raises(DomainError, match="settings is 5"):
        Trajectory.from_arrays("norm", [0], [-np.inf, 0, np.inf], [[0.5, 0.5]], settings=5)
