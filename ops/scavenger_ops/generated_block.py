"""Replaces what stands between two marks in a text, for documents of which a part is generated."""

END = "<!-- end -->"


def replace_generated_block(text: str, mark: str, content: str) -> str:
    """Put the content between `<!-- mark -->` and the end mark after it, in place of what is there.

    Raises ValueError if the text has not exactly one such place.
    """
    begin = f"<!-- {mark} -->"
    before, *rest = text.split(begin)
    if len(rest) != 1 or END not in rest[0]:
        raise ValueError(f"A line {begin} has to be there once, and a line {END} after it.")
    _, after = rest[0].split(END, 1)
    return f"{before}{begin}\n{content}\n{END}{after}"
