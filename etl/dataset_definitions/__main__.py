"""Rewrites the generated files: `python -m dataset_definitions`."""

import sys

from dataset_definitions.documents import ROOT, files


def main() -> int:
    """Write what differs and name it."""
    for path, text in files().items():
        file = ROOT / path
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
