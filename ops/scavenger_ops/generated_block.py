"""Replaces the text between two marks, for pages of which a part is generated."""

END = "<!-- end -->"


def replace_generated_block(text: str, mark: str, content: str) -> str:
    """Return the text with new content between `<!-- mark -->` and the end mark that follows it.

    Raises ValueError unless the text has exactly one such place.
    """
    begin = f"<!-- {mark} -->"
    before, *rest = text.split(begin)
    if len(rest) != 1 or END not in rest[0]:
        raise ValueError(f"The text must have one line {begin}, and a line {END} after it.")
    _, after = rest[0].split(END, 1)
    return f"{before}{begin}\n{content}\n{END}{after}"
