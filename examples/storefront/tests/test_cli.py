"""The command, from its arguments to its output."""

from __future__ import annotations

import runpy
from typing import TYPE_CHECKING

import pytest

from storefront.cli import main

if TYPE_CHECKING:
    from pathlib import Path

CARD = ["--card", "4242424242424242", "--expires", "2027-12-31", "--on", "2026-03-14"]


def test_the_catalogue_is_searched(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", "mug"]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "sku       name         price",
        "MUG-BLUE  Blue mug  8.50 GBP",
        "MUG-RED   Red mug   8.50 GBP",
    ]


def test_a_quote_shows_how_the_total_comes_about(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quote", "candle:3", "teapot", "--country", "fr", "--express"]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "             amount",
        "goods     44.60 GBP",
        "discount   4.20 GBP",
        "shipping  14.70 GBP",
        "total     55.10 GBP",
    ]


def test_an_order_is_paid_dispatched_and_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = ["--database", str(tmp_path / "shop.db")]

    assert main([*shop, "order", "LAMP-FLOOR", "NOTE-A5:2", "--customer", "Ada", *CARD]) == 0
    assert main([*shop, "dispatch", "1"]) == 0
    assert main([*shop, "report"]) == 0

    output = capsys.readouterr().out
    assert "Order 1: 140.52 GBP paid with **** 4242." in output
    assert "Order 1 for Ada is on its way." in output
    assert "2026-03  140.52 GBP" in output
    assert "LAMP-FLOOR       2" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["quote", "TEAPOT", "--voucher", "NOPE"], "The voucher 'NOPE' is not known."),
        (["quote", "TEAPOTT"], "There is no product 'TEAPOTT'. Did you mean TEAPOT?"),
    ],
)
def test_a_refusal_is_a_sentence_and_an_exit_status(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1

    assert capsys.readouterr().err == f"storefront: {message}\n"


def test_the_package_runs_as_a_module(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["storefront", "catalogue", "--category", "vouchers"])

    with pytest.raises(SystemExit) as leaving:
        runpy.run_module("storefront", run_name="__main__")

    assert leaving.value.code == 0
    assert "GIFT-CARD" in capsys.readouterr().out
