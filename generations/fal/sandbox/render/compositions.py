"""Four ways to fill a canvas. Each paints with Pillow alone, from a generator and a palette, in well under 0.1 s."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFilter

from generations.fal.sandbox.render.palette import Color, Palette, blend_colors

if TYPE_CHECKING:
    import random

Size = tuple[int, int]

# Where a quarter disc around the top left, top right, bottom left and bottom right corner begins, in Pillow's degrees.
QUARTER_STARTS = (0, 90, 270, 180)


def paint_composition(size: Size, *, generator: random.Random, palette: Palette) -> Image.Image:
    """Paint one of the compositions, chosen by the generator, at exactly `size`."""
    painter = generator.choice((paint_spheres, paint_currents, paint_ridges, paint_tiles))
    return painter(size, generator, palette)


def paint_spheres(size: Size, generator: random.Random, palette: Palette) -> Image.Image:
    """Shaded spheres afloat before a soft gradient, the far ones smaller and paler."""
    canvas = _paint_mesh(size, generator, (*palette.pale, *palette.pale, palette.full[0]))
    reach = min(size)
    for depth in range(11):
        diameter = max(2, round(reach * generator.uniform(0.06, 0.14 + depth * 0.045)))
        place = (
            round(generator.uniform(-0.1, 1.0) * size[0] - diameter * 0.2),
            round(generator.uniform(-0.1, 1.0) * size[1] - diameter * 0.2),
        )
        _paint_sphere(canvas, place, diameter, (generator.choice(palette.full), generator.choice(palette.deep)))
    return canvas


def paint_currents(size: Size, generator: random.Random, palette: Palette) -> Image.Image:
    """Fine bright lines that follow an invisible current over a dark gradient."""
    canvas = _paint_mesh(size, generator, palette.deep).resize((size[0] * 2, size[1] * 2), Image.Resampling.BILINEAR)
    brush = ImageDraw.Draw(canvas)
    scale = max(size) * 2
    waves = [(generator.uniform(1.5, 5), generator.uniform(1.5, 5), generator.uniform(0, math.tau)) for _ in range(3)]
    for _ in range(230):
        start = (generator.uniform(-0.1, 1.1) * size[0] * 2, generator.uniform(-0.1, 1.1) * size[1] * 2)
        color = blend_colors(generator.choice(palette.full), generator.choice(palette.pale), share=generator.random())
        path = _follow_current(start, waves, scale=scale, steps=generator.randrange(18, 60))
        brush.line(
            path, fill=color, width=max(1, round(scale * generator.choice((0.0008, 0.0012, 0.0022)))), joint="curve"
        )
    return canvas.reduce(2)


def paint_ridges(size: Size, generator: random.Random, palette: Palette) -> Image.Image:
    """Mountain ridges in haze under a low sun."""
    width, height = size[0] * 2, size[1] * 2
    sky_top, sky_low = palette.full[0], palette.pale[1]
    canvas = _paint_gradient((width, height), (sky_top, blend_colors(sky_top, sky_low, share=0.6), sky_low))
    _paint_sun(canvas, generator, palette.pale[2])
    brush = ImageDraw.Draw(canvas)
    layers = 7
    for layer in range(layers):
        share = layer / (layers - 1)
        color = blend_colors(blend_colors(sky_low, palette.full[2], share=0.55), palette.deep[3], share=share)
        level = height * (0.42 + 0.5 * share)
        brush.polygon([*_trace_ridge(generator, (width, height), level), (width, height), (0, height)], fill=color)
    return canvas.reduce(2)


def paint_tiles(size: Size, generator: random.Random, palette: Palette) -> Image.Image:
    """A geometric mosaic of discs, arcs and triangles on a square grid."""
    width, height = size[0] * 2, size[1] * 2
    edge = max(8, round(max(width, height) / generator.choice((6, 8, 10))))
    canvas = Image.new("RGB", (width, height), palette.pale[0])
    brush = ImageDraw.Draw(canvas)
    colors = (*palette.full, *palette.pale, *palette.deep[:2])
    for top in range(0, height, edge):
        for left in range(0, width, edge):
            ground, figure, dot = generator.sample(colors, 3)
            _paint_tile(brush, generator, (left, top, edge), (ground, figure, dot))
    return canvas.reduce(2)


def _paint_mesh(size: Size, generator: random.Random, colors: tuple[Color, ...]) -> Image.Image:
    mesh = Image.new("RGB", (4, 4))
    for row in range(4):
        for column in range(4):
            mesh.putpixel((column, row), generator.choice(colors))
    return mesh.resize(size, Image.Resampling.BICUBIC)


def _paint_gradient(size: Size, colors: tuple[Color, ...]) -> Image.Image:
    strip = Image.new("RGB", (1, len(colors)))
    for row, color in enumerate(colors):
        strip.putpixel((0, row), color)
    return strip.resize(size, Image.Resampling.BICUBIC)


def _paint_sphere(canvas: Image.Image, place: Size, diameter: int, colors: tuple[Color, Color]) -> None:
    light, shade = colors
    falloff = Image.radial_gradient("L").resize((diameter * 2, diameter * 2), Image.Resampling.BILINEAR)
    shading = falloff.crop(
        (round(diameter * 0.65), round(diameter * 0.7), round(diameter * 1.65), round(diameter * 1.7))
    )
    ball = Image.composite(
        Image.new("RGB", shading.size, shade),
        Image.new("RGB", shading.size, blend_colors(light, (255, 255, 255), share=0.25)),
        shading.point([min(255, round(value * 1.25)) for value in range(256)]),
    )
    disc = Image.new("L", (512, 512))
    ImageDraw.Draw(disc).ellipse((1, 1, 510, 510), fill=255)
    shadow = Image.new("L", (64, 64))
    ImageDraw.Draw(shadow).ellipse((12, 12, 52, 52), fill=120)
    soft = shadow.filter(ImageFilter.GaussianBlur(5)).resize((round(diameter * 1.5),) * 2, Image.Resampling.BICUBIC)
    canvas.paste(shade, (place[0] - round(diameter * 0.19), place[1] - round(diameter * 0.12)), soft)
    canvas.paste(ball, place, disc.resize(shading.size, Image.Resampling.LANCZOS))


def _follow_current(
    start: tuple[float, float], waves: list[tuple[float, float, float]], *, scale: int, steps: int
) -> list[tuple[float, float]]:
    left, top = start
    stride = scale * 0.008
    path = [start]
    for _ in range(steps):
        x, y = left / scale, top / scale
        angle = sum(math.sin(across * x + turn) + math.cos(down * y - turn) for across, down, turn in waves)
        left, top = left + math.cos(angle) * stride, top + math.sin(angle) * stride
        path.append((left, top))
    return path


def _paint_sun(canvas: Image.Image, generator: random.Random, color: Color) -> None:
    diameter = max(4, round(min(canvas.size) * generator.uniform(0.14, 0.26)))
    center = (generator.uniform(0.2, 0.8) * canvas.width, generator.uniform(0.16, 0.38) * canvas.height)
    glow = Image.radial_gradient("L").point([max(0, 190 - value) for value in range(256)])
    halo = glow.resize((diameter * 4, diameter * 4), Image.Resampling.BILINEAR)
    canvas.paste(color, (round(center[0]) - diameter * 2, round(center[1]) - diameter * 2), halo)
    radius = diameter / 2
    box = (center[0] - radius, center[1] - radius, center[0] + radius, center[1] + radius)
    ImageDraw.Draw(canvas).ellipse(box, fill=blend_colors(color, (255, 255, 255), share=0.5))


def _trace_ridge(generator: random.Random, size: Size, level: float) -> list[tuple[float, float]]:
    width, height = size
    waves = [
        (height * 0.09 / octave, octave * generator.uniform(1.5, 3.2), generator.uniform(0, math.tau))
        for octave in (1, 2, 4, 9, 19)
    ]
    step = max(2, width // 300)
    return [
        (left, level + sum(rise * math.sin(pitch * left / width * math.pi + turn) for rise, pitch, turn in waves))
        for left in range(0, width + step, step)
    ]


def _paint_tile(
    brush: ImageDraw.ImageDraw,
    generator: random.Random,
    place: tuple[int, int, int],
    colors: tuple[Color, Color, Color],
) -> None:
    left, top, edge = place
    ground, figure, dot = colors
    box = (left, top, left + edge, top + edge)
    brush.rectangle(box, fill=ground)
    corner = generator.randrange(4)
    across, down = left + edge * (corner % 2), top + edge * (corner // 2)
    match generator.randrange(4):
        case 0:
            start = QUARTER_STARTS[corner]
            for reach, color in ((edge, figure), (edge // 2, dot)):
                brush.pieslice(
                    (across - reach, down - reach, across + reach, down + reach), start, start + 90, fill=color
                )
        case 1:
            brush.ellipse(box, fill=figure)
            inset = edge // 4
            brush.ellipse((left + inset, top + inset, left + edge - inset, top + edge - inset), fill=dot)
        case 2:
            others = (
                [(left + edge, top), (left, top + edge)]
                if corner in {0, 3}
                else [(left, top), (left + edge, top + edge)]
            )
            brush.polygon([*others, (across, down)], fill=figure)
        case _:
            brush.pieslice(box, corner * 90, corner * 90 + 180, fill=figure)
