"""The game to be played: every position keeps V ≤ C(G), no move loses one, and turns are Algorithm 1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import gantheory as gt
from gantheory.algorithm_1 import Settings, State, advance, initial_state, played
from gantheory.errors import DomainError, ParseError
from gantheory.play import EXAMPLES, Game, Training, bent, by_hand
from gantheory.play.bent import Bent, ascended, knots_of

LOG_4 = math.log(4.0)
ARRAYS = ("G", "D", "G_moments", "D_moments")
BEGUN = {name: Game.begin(**texts) for name, texts in EXAMPLES.items()}
of_every_example = pytest.mark.parametrize("game", BEGUN.values(), ids=BEGUN)
levels = st.floats(-8.0, 8.0)


def never_past(game: Game) -> bool:
    """V ≤ C, and C − V is the gap: three integrals, to within their errors."""
    V, C, gap = game.score.value, game.score.criterion, game.score.gap
    return float(V.lower) <= float(C.upper) and float(gap) >= 0 and 0.0 in C - V - gap


# -- by hand ----------------------------------------


@of_every_example
def test_a_game_begins_at_one_half(game):
    """V = −log 4, whatever the laws, and the gap is 2·JSD."""
    assert -LOG_4 in game.score.value
    assert abs(float(game.score.gap - game.score.excess)) <= float(game.score.gap.error + game.score.excess.error)
    assert game.D(0.3) == 0.5
    assert never_past(game)


@of_every_example
def test_at_the_optimum_v_is_c(game):
    """The gap is 0 there, and V is C by an integral of its own."""
    best = game.bend(0, 2.0).to_optimum()
    assert 0.0 in best.score.gap
    assert abs(float(best.score.value - game.score.criterion)) <= 1e-12 + float(game.score.criterion.error)
    assert never_past(best)


@of_every_example
def test_ascent_never_lowers_v_and_never_passes_c(game):
    """From a bad D, twelve steps up."""
    game = game.bend_all([3.0 * (-1) ** i for i in range(len(game.knots))])
    steps = [game := game.ascend() for _ in range(12)]
    V = [float(one.score.value) for one in steps]
    assert (np.diff(V) >= -1e-9).all()
    assert V[-1] > V[0]
    assert all(never_past(one) for one in steps)


@given(st.sampled_from(list(BEGUN)), st.floats(0.0, 2.0), st.lists(levels, min_size=7, max_size=7))
@example("Cauchy and normal", 0.5, [0.0] * 7)
@example("disjoint uniforms", 1.0, [-8.0] * 7)
def test_no_discriminator_is_past_the_optimum(name, share, bends):
    """However D is bent, and whatever share of D*'s logit it takes."""
    game = BEGUN[name]
    game = game.bend_all(bends[: len(game.knots)]).lean(share)
    assert never_past(game)
    x = np.linspace(-3.0, 3.0, 31)
    with np.errstate(invalid="ignore"):
        told = share * gt.log_ratio(game.p_data, game.p_g)(x) if share else 0.0
    assert game.D.logit(x) == pytest.approx(told + np.interp(x, game.knots, game.bends))


def test_v_is_concave_in_the_bends():
    """On the line between two D the middle one is no worse than the mean."""
    game = BEGUN["two bumps and one"]
    one, other = np.array([4.0, -3, 2, 0, 1, -5, 6]), np.array([-2.0, 5, 0, 3, -4, 1, 1])
    V = [float(game.bend_all(bends).score.value) for bends in (one, 0.5 * (one + other), other)]
    assert V[1] > 0.5 * (V[0] + V[2])


def test_atoms_have_a_knot_each_and_ascent_arrives():
    """There no D is out of reach: V comes to C."""
    game = BEGUN["atoms"]
    assert game.knots.tolist() == [0, 1, 2, 3, 4]
    assert float(game.ascend(40).score.gap) < 1e-8


def test_the_step_is_that_of_the_gradient():
    """4/w times the slope of V in each bend, by differences of V."""
    game = BEGUN["two normal laws"].bend_all([1.0, -1, 0.5, 0, 2, -2, 0.3])
    D = Bent(gt.optimal_discriminator(game.p_data, game.p_g), 0.0, game.knots, game.bends)
    step = ascended(game.p_data, game.p_g, D, game.knots, game.bends) - game.bends
    for i in (0, 3, 6):
        up, down = (game.bend(i, game.bends[i] + h).score.value for h in (1e-4, -1e-4))
        hat = np.eye(7)[i]
        weight = sum(
            float(gt.expectation(law, lambda x, hat=hat: np.interp(x, game.knots, hat), breakpoints=game.knots))
            for law in (game.p_data, game.p_g)
        )
        assert step[i] == pytest.approx(4.0 * (float(up) - float(down)) / 2e-4 / weight, rel=1e-4)


def test_the_tester_of_ascent_is_tested(monkeypatch):
    """The length is not idle: steps that are five times too long are seen."""
    honest = bent.ascended
    monkeypatch.setattr(
        by_hand, "ascended", lambda p, q, D, knots, bends: bends + 5.0 * (honest(p, q, D, knots, bends) - bends)
    )
    with pytest.raises(AssertionError):
        test_ascent_never_lowers_v_and_never_passes_c(BEGUN["two normal laws"])


def test_p_g_moves_and_the_bends_stay():
    """By a law's own family, and by the text of a generator."""
    game = BEGUN["two normal laws"].bend(2, 1.0).move(loc=-1.5)
    assert game.p_g == gt.Normal(0.0, 1.0)
    assert game.bends[2] == 1.0
    assert 0.0 in game.score.excess
    assert game.history == (float(game.score.value),)  # of these laws
    assert game.move(scale=2.0).p_g == gt.Normal(1.5, 2.0)
    assert str(BEGUN["a generator"].move(loc=1.0, scale=0.5).map) == "1.0 + 0.5*(tanh(2*z) + 0.3*z)"


def test_the_move_of_a_generator_is_that_of_its_law():
    """loc + scale·G(z) has the distribution function of p_g at (x − loc)/scale."""
    game = BEGUN["a fold and its pole"]
    x = np.array([0.5, 1.0, 4.0])
    assert game.move(loc=1.0, scale=2.0).p_g.cdf(1.0 + 2.0 * x) == pytest.approx(game.p_g.cdf(x), abs=1e-12)


def test_other_laws_are_a_new_game():
    """What is not given stays; D is ½ again."""
    game = BEGUN["a generator"].bend(0, 2.0)
    other = game.choose(p_data="laplace(0, 1)")
    assert (str(other.p_data), other.generator, other.share) == ("laplace(0.0, 1.0)", "tanh(2*z) + 0.3*z", 0.0)
    assert not other.bends.any()
    assert game.choose(prior="uniform(0, 1)").prior == gt.Uniform(0.0, 1.0)
    assert game.choose(p_g="norm(0, 1)").generator is None
    assert BEGUN["atoms"].choose(generator="z + 1").map == "z + 1"


@pytest.mark.parametrize(
    ("move", "error", "told"),
    [
        (lambda game: game.choose(p_data="nrom(0, 1)"), ParseError, "nrom"),
        (lambda game: game.choose(generator="z +"), ParseError, r"z \+"),
        (lambda game: game.choose(generator="sin(1e6*z)"), DomainError, "turn"),
        (lambda game: game.choose(generator=np.tanh), DomainError, "text in z"),
        (lambda game: game.choose(prior="norm(0, 1)"), DomainError, "without a generator"),
        (lambda game: Game.begin("norm", "norm", generator="z"), DomainError, "one of the two"),
        (lambda game: game.bend(7, 0.0), DomainError, "0 to 6"),
        (lambda game: game.bend("a", 1), DomainError, "^which is 'a'; .*0 to 6"),
        (lambda game: game.bend(1.5, 1), DomainError, r"^which is 1\.5; .*0 to 6"),
        (lambda game: game.bend_all(3), DomainError, "^levels is 3; .*sequence of 7"),
        (lambda game: game.bend_all("1234567"), DomainError, "^levels is '1234567'; .*sequence of 7"),
        (lambda game: game.ascend(1.5), DomainError, r"^steps is 1\.5; .*int >= 1"),
        (lambda game: game.ascend(-1), DomainError, "^steps is -1; .*int >= 1"),
        (lambda game: game.bend(0, 9.0), DomainError, "between -8 and 8"),
        (lambda game: game.bend(0, math.nan), DomainError, "nan"),
        (lambda game: game.bend_all([0.0]), DomainError, "7 knots"),
        (lambda game: game.lean(-0.1), DomainError, "between 0 and 2"),
        (lambda game: game.move(scale=0.0), DomainError, "finite number > 0"),
        (lambda game: game.move(loc=math.inf), DomainError, "finite number"),
        (lambda game: game.move(loc="left"), DomainError, "left"),
    ],
)
def test_what_is_no_move_is_refused(move, error, told):
    """With the argument, its value and what is needed; and the position is what it was."""
    game = BEGUN["two normal laws"]
    with pytest.raises(error, match=told):
        move(game)


def test_a_bent_discriminator_prints_what_it_is():
    """Its share of D*, and its knots."""
    game = BEGUN["two normal laws"]
    assert repr(game.lean(0.5).D) == "<D of 0.5 of D*'s logit, bent at 7 knots>"
    assert repr(game.to_optimum().D).startswith("optimal_discriminator(Normal(")


def test_knots_lie_where_the_mass_is():
    """Apart, increasing, at most seven."""
    for game in BEGUN.values():
        assert 2 <= len(game.knots) <= 7
        assert (np.diff(game.knots) > 0).all()
    assert len(knots_of(gt.Normal(0.0, 1.0), gt.Discrete([0.0], [1.0]))) < 7  # quantiles of the atom are one place


def test_the_gap_of_a_heavy_tail_is_known():
    """Its error was 1e132 where a law reaches to x at which the logits round by more than 1: σ is flat there."""
    D = gt.optimal_discriminator("cauchy", "norm(0, 2)")
    gap = gt.optimality_gap("cauchy", "norm", D)
    assert float(gap.error) < 1e-13
    assert 0.0 in gap - (gt.criterion("cauchy", "norm") - gt.value("cauchy", "norm", D))


# -- by turns ----------------------------------------

P_DATA = "0.5*norm(-2, 0.7) + 0.5*norm(2.5, 1)"
SMALL: Any = {"batch": 64, "hidden": (8,), "k": 3}


def same(a: State, b: State) -> bool:
    return all((getattr(a, name) == getattr(b, name)).all() for name in ARRAYS)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("loss", ["minimax", "non-saturating"])
def test_turns_are_algorithm_1(optimizer, loss):
    """k turns of D and one of G, over the end of a chunk of draws, are its steps to the bit."""
    settings = {**SMALL, "optimizer": optimizer, "loss": loss}
    training = Training.begin(P_DATA, seed=2, rng=5, **settings)
    for _ in range(2):
        for turn in "DDDG":
            training = training.turn(turn)
    training = training.turn("D").step(16)  # what is left of the first, and fifteen more
    start = initial_state(Settings(steps=40, constant=1.0, **settings), P_DATA, seeds=[2], rng=5)
    assert same(training.state, advance(start, P_DATA, until=18))
    assert (training.state.step, training.turns_of_D, training.since) == (18, 54, 0)


def test_a_run_by_turns_is_that_of_train():
    """The same numbers at the same step."""
    run = gt.train(P_DATA, seeds=[1], steps=12, records=1, constant=1.0, progress=False, **SMALL)
    training = Training.begin(P_DATA, seed=1, **SMALL).step(12)
    for name, one in (("criterion", training.score.criterion), ("gap", training.score.gap)):
        assert float(one) == run.measurements[name].value[-1, 0]
    assert (training.trajectory.masses[-1] == run.masses[-1]).all()


def test_turns_beyond_k_have_draws_of_their_own():
    """D goes on learning, and the run is a function of its turns: the same twice, another where one is left out."""
    begun = Training.begin(P_DATA, **SMALL)
    long, again = (begun._played("DDDDDD") for _ in range(2))
    assert same(long.state, again.state)
    assert not same(long.state, begun._played("DDDDD").state)
    two = [begun._played("D" * n).state.D - begun._played("D" * (n - 1)).state.D for n in (5, 6)]
    assert not np.allclose(*two)
    assert long.step().since == 0  # D has had its k turns and more: G's turn alone
    assert long.step().turns_of_D == 6


def test_moments_count_ds_own_turns():
    """Adam's correction is for the number of D's updates, also after turns beyond k."""
    start = initial_state(Settings(steps=9, constant=1.0, **SMALL), P_DATA, seeds=1)
    told = played(start, P_DATA, "norm(0, 1)", "DDDDDGD")
    by_hand = played(start, P_DATA, "norm(0, 1)", "DDDDDG")
    assert same(told, played(by_hand, P_DATA, "norm(0, 1)", "D", updates=5))
    assert not same(told, played(by_hand, P_DATA, "norm(0, 1)", "D"))  # which takes it for the fourth


def test_ds_turns_alone_bring_it_to_its_optimum():
    """G stays, C stays, and the gap goes most of its way to 0."""
    begun = Training.begin("norm(3, 0.5)", seed=0)
    training = begun._played("D" * 400)
    assert float(training.score.criterion) == float(begun.score.criterion)
    assert 0 <= float(training.score.gap) < 0.05 * float(begun.score.gap)


def test_every_record_keeps_v_below_c():
    """Whosever turn it is."""
    training = Training.begin(P_DATA, seed=3, **SMALL)
    for turn in "DGDDGGGDDDDG":
        training = training.turn(turn)
    assert len(training.scores) == 13
    for _, score in training.scores:
        assert float(score.value.lower) <= float(score.criterion.upper)
        off = score.criterion - score.value - score.gap
        assert abs(float(off)) <= float(off.error)
        assert 0 <= float(score.excess) <= LOG_4


def test_settings_change_on_the_way():
    """From the next turn on, and not before."""
    training = Training.begin(P_DATA, **SMALL).step(2)
    fixed = training.set(rate=0.0, discriminator_rate=0.0)
    assert same(fixed.state, training.state)
    assert (fixed.turn("G").state.G == training.state.G).all()
    assert training.set(k=1).step().turns_of_D == training.turns_of_D + 1


def test_again_is_the_beginning():
    """The same networks, those of another seed, or other laws; rates that were set stay."""
    begun = Training.begin(P_DATA, seed=4, rng=7, **SMALL)
    later = begun.step(3).set(k=2)
    assert same(later.again().state, begun.state)
    assert later.again().state.settings.k == 2
    assert not same(later.again(seed=5).state, begun.state)
    assert str(later.again(p_data="expon(0, 1)").p_data) == "expon(0.0, 1.0)"
    assert len(later.again().records) == 1


def test_a_network_that_explodes_stops_the_run():
    """What is kept is the last good state, and further turns are none."""
    training = Training.begin(P_DATA, optimizer="sgd", rate=1e9, **SMALL).step(5)
    assert "parameter of G" in str(training.stopped)
    assert np.isfinite(training.state.G).all()
    assert training.turn("D") is training
    assert math.isfinite(float(training.score.criterion))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: Training.begin(P_DATA, steps=10), "steps is 10"),
        (lambda: Training.begin(P_DATA, order="simultaneous"), "order"),
        (lambda: Training.begin(P_DATA, speed=1), "no setting 'speed'"),
        (lambda: Training.begin(P_DATA, k=0), "k is 0"),
        (lambda: Training.begin("nrom"), "nrom"),
        (lambda: Training.begin(P_DATA, seed=-1), r"^seed is -1; .*int >= 0, as in train\(seeds=\[seed\]\)"),
        (lambda: Training.begin(P_DATA, **SMALL).again(seed=-2), "^seed is -2; .*int >= 0"),
        (lambda: Training.begin(P_DATA, **SMALL).set(hidden=(4,)), "cannot be set on the way"),
        (lambda: Training.begin(P_DATA, **SMALL).turn("E"), "turns is 'E'"),
        (lambda: Training.begin(P_DATA, **SMALL).step(0), "steps is 0"),
        (lambda: played(initial_state(Settings(order="simultaneous"), P_DATA, seeds=1), P_DATA, "norm", "D"), "order"),
    ],
)
def test_what_is_no_training_is_refused(call, told):
    """Before anything runs, in the words of the argument."""
    with pytest.raises((DomainError, ParseError), match=told):
        call()


def test_the_records_are_a_trajectory():
    """They are read and saved as any run's."""
    training = Training.begin(P_DATA, **SMALL).turn("D").step(2)
    run = training.trajectory
    assert run.steps.tolist() == [0, 1, 8]
    assert float(run.excess.value[-1, 0]) == float(training.score.excess)
    assert run.settings["seeds"] == [0]
