"""What is wrong with a document: one problem a line, all of them at once."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Problem:
    """One reason why a document is refused.

    Attributes:
        where: place in the document, such as `sites.EWR.timezone`; empty for the document itself.
        what: what is wrong there.
        right: what would be right; empty where `what` says it already.
        hint: what was probably meant; empty where nothing is close.
    """

    where: str
    what: str
    right: str = ""
    hint: str = ""

    def __str__(self) -> str:
        """Return the problem in one line."""
        place = f"{self.where}: " if self.where else ""
        right = f"; right would be: {self.right}" if self.right else ""
        hint = f"; did you mean {self.hint}?" if self.hint else ""
        return f"{place}{self.what}{right}{hint}"

    def below(self, place: str) -> "Problem":
        """Return the problem as seen from a document that holds this one at a place."""
        joint = "" if not place or not self.where or self.where.startswith("[") else "."
        return replace(self, where=f"{place}{joint}{self.where}")


class ProblemsError(ValueError):
    """A document was refused.

    Attributes:
        title: what was refused.
        problems: every reason.
    """

    def __init__(self, title: str, problems: Sequence[Problem]) -> None:
        self.title = title
        self.problems = tuple(problems)
        lines = (f"  - {problem}" for problem in self.problems)
        super().__init__("\n".join((f"{title}:", *lines)))


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return the known name that is closest to another, or nothing where none is close."""
    by_folded = {one.casefold(): one for one in known}
    close = difflib.get_close_matches(str(name).casefold(), list(by_folded), n=1, cutoff=0.6)
    return by_folded[close[0]] if close else ""
