"""Pictures of the game. Each function takes an Axes, or makes one, and returns it.

The colours are those of Okabe and Ito, which stay apart for colour-blind eyes, and curves differ in their dashes as
well. matplotlib is imported when a picture is asked for; its settings are read and never changed.
"""

from gantheory.plotting.animation import animate_training
from gantheory.plotting.divergences import plot_divergences
from gantheory.plotting.frames import plot_frames
from gantheory.plotting.game import plot_game
from gantheory.plotting.pushforward import plot_pushforward
from gantheory.plotting.reading import plot_reading
from gantheory.plotting.trajectory import plot_trajectory
from gantheory.plotting.value import plot_value

__all__ = [
    "animate_training",
    "plot_divergences",
    "plot_frames",
    "plot_game",
    "plot_pushforward",
    "plot_reading",
    "plot_trajectory",
    "plot_value",
]
