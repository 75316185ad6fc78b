"""Colour schemes from a seed, mixed in OKLCH so that every hue keeps the same visual weight."""

from __future__ import annotations

import hashlib
import math
import random
from dataclasses import dataclass

Color = tuple[int, int, int]

SRGB_LINEAR_PART = 0.0031308
HARMONIES = (
    (0, 28, 56, 180, 210),
    (0, 120, 140, 240, 260),
    (0, 20, 40, 60, 200),
    (0, 150, 180, 210, 30),
    (0, 45, 90, 300, 330),
)


@dataclass(frozen=True, slots=True)
class Palette:
    """Five related hues, each as a deep, a full and a pale colour, ordered by the harmony they come from."""

    deep: tuple[Color, ...]
    full: tuple[Color, ...]
    pale: tuple[Color, ...]


def make_generator(*, prompt: str, seed: int) -> random.Random:
    """A random generator that is the same for the same prompt and seed on every machine."""
    digest = hashlib.sha256(f"{seed}\n{prompt}".encode(errors="replace")).digest()
    return random.Random(digest)  # noqa: S311 - it draws pictures, it guards nothing


def choose_palette(generator: random.Random) -> Palette:
    """Pick a base hue and a harmony, and mix the fifteen colours of a composition."""
    base = generator.uniform(0, 360)
    hues = [base + offset + generator.uniform(-8, 8) for offset in generator.choice(HARMONIES)]
    chroma = generator.uniform(0.11, 0.17)
    return Palette(
        deep=tuple(mix_color(lightness=0.24, chroma=chroma * 0.55, hue=hue) for hue in hues),
        full=tuple(mix_color(lightness=0.66, chroma=chroma, hue=hue) for hue in hues),
        pale=tuple(mix_color(lightness=0.91, chroma=chroma * 0.45, hue=hue) for hue in hues),
    )


def mix_color(*, lightness: float, chroma: float, hue: float) -> Color:
    """Convert OKLCH (hue in degrees) to 8-bit sRGB, clipped. Matrices: Ottosson, "A perceptual color space"."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _encode_channel(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _encode_channel(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _encode_channel(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def blend_colors(first: Color, second: Color, *, share: float) -> Color:
    """The colour that lies `share` (0 to 1) of the way from `first` to `second`."""
    red, green, blue = (round(start + (end - start) * share) for start, end in zip(first, second, strict=True))
    return red, green, blue


def _encode_channel(linear: float) -> int:
    bounded = min(max(linear, 0.0), 1.0)
    encoded = 12.92 * bounded if bounded <= SRGB_LINEAR_PART else 1.055 * bounded ** (1 / 2.4) - 0.055
    return round(encoded * 255)
