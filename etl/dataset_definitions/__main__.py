"""Rewrites the generated files: `python -m dataset_definitions`."""

import sys

from dataset_definitions.documents import ROOT, files


def main() -> int:
    """Write what differs and name it."""
    for path, text in files().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
