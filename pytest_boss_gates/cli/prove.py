"""``boss-gates prove``: show of every target that a run would go red by it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.cli.page import (
    MISSED,
    USAGE,
    columns,
    command,
    complain,
    page,
    print_json,
    print_lines,
    progress,
    root_of,
    told,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from pytest_boss_gates.cli.page import Commands
    from pytest_boss_gates.proving import Proof, Trial

_HEADER = ("GATE", "TODAY", "TARGET", "PERTURBED TO", "VERDICT", "EXIT")


def add(commands: Commands) -> None:
    """Declare the command."""
    prove = command(
        commands,
        "prove",
        "put each target's measurement just across its bound, and show that the run would go red",
        "boss-gates prove",
    )
    prove.add_argument("--root", type=Path, default=Path(), help="the project (default: here)")
    prove.add_argument("--json", action="store_true", help="print facts for machines")
    prove.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Try each target; exit status 10 when one of them holds nothing."""
    from pytest_boss_gates.corridor import enter
    from pytest_boss_gates.errors import BossGatesError
    from pytest_boss_gates.proving import prove
    from pytest_boss_gates.settings.load import Options

    root = root_of(options.root)
    if root is None:
        return USAGE
    try:
        with (
            progress() as shown,
            shown.doing("trying each target"),
            enter(root, Options(invocation_dir=Path.cwd()), progress=shown) as corridor,
        ):
            proofs = prove(corridor)
    except BossGatesError as error:
        return complain(error)
    if options.json:
        print_json({"targets": [_fact(proof) for proof in proofs]})
    else:
        print_lines(_told(proofs, report_only=corridor.settings.report_only))
    return MISSED if any(proof.finding for proof in proofs) else 0


def _fact(proof: Proof) -> dict[str, object]:
    target = proof.target
    return {
        "metric": target.metric,
        "scope": target.scope,
        "target": target.text,
        "enforce": target.enforce.value,
        "set-at": str(target.set_at) if target.set_at else None,
        "today": None if proof.today == "-" else proof.today,
        "worse": _trial(proof.worse),
        "lost": _trial(proof.lost),
        "finding": proof.finding or None,
    }


def _trial(trial: Trial | None) -> dict[str, object] | None:
    if trial is None:
        return None
    return {
        "perturbed-to": trial.verdict.shown,
        "verdict": trial.verdict.status.value,
        "exit": trial.exit_status,
    }


def _told(proofs: Sequence[Proof], *, report_only: bool) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [_HEADER]
    for proof in proofs:
        rows += _rows(proof)
    if not proofs:
        yield "There is no target to prove."
        return
    if all(proof.today == "-" for proof in proofs):
        rows = [(row[0], *row[2:]) for row in rows]
    yield from columns(rows)
    yield ""
    for proof in proofs:
        if proof.finding:
            scope = f" {proof.target.scope}" if proof.target.scope else ""
            place = f" ({proof.target.set_at})" if proof.target.set_at else ""
            name = f"{proof.target.metric}{scope} {proof.target.text}{place}"
            yield from told(f"{name}: {proof.finding}.")
    if report_only:
        yield from told("Report only is set, so no target can make a run red.")
    yield from told(_summary(proofs))


def _rows(proof: Proof) -> Iterator[tuple[str, ...]]:
    target = proof.target
    name = f"{target.metric} {target.scope}".strip()
    start = (name, proof.today, target.text)
    if proof.worse is None:
        yield (*start, "-", "never missed", "0")
    else:
        yield (*start, *_cells(proof.worse))
    yield ("", "", "", "nothing", *_cells(proof.lost)[1:])


def _cells(trial: Trial) -> tuple[str, str, str]:
    from pytest_boss_gates.report.wording import verdict_words

    verdict = trial.verdict
    words = verdict_words(verdict, unicode=page()["unicode"])
    return verdict.shown, words, str(trial.exit_status)


def _summary(proofs: Sequence[Proof]) -> str:
    from pytest_boss_gates.model import Enforce, plural

    wrong = sum(bool(proof.finding) for proof in proofs)
    warn = sum(proof.target.enforce is Enforce.WARN and not proof.finding for proof in proofs)
    red = len(proofs) - wrong - warn
    parts = [f"{plural(red, 'target')} would make the run red"]
    if warn:
        parts.append(f"{warn} would warn")
    if wrong:
        parts.append(f"{wrong} would do nothing")
    return f"{', '.join(parts)}."
