"""Every given file says in its first line what `headers.txt` demands."""

import sys
from pathlib import Path


def main(paths: list[str]) -> int:
    wanted = Path("headers.txt").read_text(encoding="utf-8").strip()
    wrong = [
        path
        for path in paths
        if wanted not in Path(path).read_text(encoding="utf-8").split("\n", 1)[0]
    ]
    for path in wrong:
        print(f"{path}:1: the first line does not say: {wanted}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
