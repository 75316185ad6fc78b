"""The prompt, set small in a corner: enough to tell two pictures apart, whatever text it is."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

LEGIBLE_WIDTH = 160
MAX_CHARACTERS = 72


def draw_caption(picture: Image.Image, text: str) -> None:
    """Write the first words of `text` on the lower left of `picture`, in place; tiny pictures stay bare."""
    if picture.width < LEGIBLE_WIDTH or picture.height < LEGIBLE_WIDTH:
        return
    size = max(11, min(picture.size) // 44)
    font = ImageFont.load_default(size)
    line = _shorten(text, font=font, room=picture.width - 4 * size)
    if not line:
        return
    place = (size * 1.2, picture.height - size * 2.2)
    layer = Image.new("RGBA", picture.size)
    brush = ImageDraw.Draw(layer)
    left, top, right, bottom = brush.textbbox(place, line, font=font)
    brush.rounded_rectangle(
        (left - size * 0.6, top - size * 0.45, right + size * 0.6, bottom + size * 0.45), size * 0.5, fill=(0, 0, 0, 96)
    )
    brush.text(place, line, font=font, fill=(255, 255, 255, 235))
    picture.paste(layer, (0, 0), layer)


def _shorten(text: str, *, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, room: float) -> str:
    printable = "".join(character if character.isprintable() else " " for character in text[: MAX_CHARACTERS * 4])
    words = " ".join(printable.split())
    line = words[:MAX_CHARACTERS]
    while line and font.getlength(line) > room:
        line = line[: len(line) * 4 // 5]
    return line if line == words or not line else f"{line[:-1].rstrip()}…"
