"""How far our facts agree with what people found by reading the same repositories.

    python benchmarks/evidence_agreement.py --labels DIR --repos DIR

``--labels`` has a file OWNER+NAME.tsv for each repository: a first line ``# repo OWNER/NAME
commit SHA``, then ``practice<TAB>level<TAB>evidence``; ``--repos`` has their checkouts as
OWNER+NAME. Levels: 0 absent, 1 declared, 2 run by CI. A level with a question mark is one that
the reader left open, so it does not count.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.facts import find_evidence
from pytest_boss_gates.model import Level
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_boss_gates.model import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a reader found for one practice of one repository."""

    repository: str
    practice: str
    level: int
    is_open: bool
    evidence: str


def labels_in(path: Path) -> Iterator[Label]:
    """Read one label file; raises ValueError with the line that is malformed."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        practice, _, rest = line.partition("\t")
        level, _, evidence = rest.partition("\t")
        if level.rstrip("?") not in ("0", "1", "2"):
            raise ValueError(f"{path}:{number}: {level!r} is none of 0, 1 and 2")
        yield Label(
            repository=path.stem,
            practice=practice.strip(),
            level=int(level.rstrip("?")),
            is_open=level.endswith("?"),
            evidence=evidence.strip(),
        )


def level_of(fact: Fact | None) -> int:
    """Put a fact on the readers' scale."""
    if fact is None or fact.level < Level.DECLARED:
        return 0
    return 1 if fact.level is Level.DECLARED else 2


def shown(fact: Fact | None) -> str:
    """Spell the strongest proof as the readers do."""
    if fact is None:
        return "there is no such fact"
    if not fact.proofs:
        return fact.note
    proof = fact.proofs[0]
    by = f" (by {proof.by})" if proof.by else ""
    soft = f" [{'; '.join(proof.soft)}]" if proof.soft else ""
    return " -> ".join(map(str, proof.places)) + f" `{proof.places[-1].text}`{by}{soft}"


def main() -> int:
    """Print each disagreement and the agreement; 1 when a checkout is missing."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--repos", type=Path, required=True)
    options = parser.parse_args()
    agreed = counted = left_open = 0
    missing: list[str] = []
    for path in sorted(options.labels.glob("*.tsv")):
        root = options.repos / path.stem
        if not root.is_dir():
            missing.append(path.stem)
            continue
        facts: Mapping[str, Fact] = find_evidence(Tree(root=root)).facts
        for label in labels_in(path):
            if label.is_open:
                left_open += 1
                continue
            fact = facts.get(label.practice)
            counted += 1
            if level_of(fact) == label.level:
                agreed += 1
                continue
            print(f"{label.repository} {label.practice}: they {label.level}, we {level_of(fact)}")
            print(f"    they: {label.evidence}")
            print(f"    we:   {shown(fact)}")
    share = f"{100 * agreed / counted:.2f} %" if counted else "-"
    print(f"\n{agreed} of {counted} rows agree ({share}); {left_open} were left open")
    for name in missing:
        print(f"no checkout of {name} in {options.repos}", file=sys.stderr)
    return 1 if missing or not counted else 0


if __name__ == "__main__":
    sys.exit(main())
