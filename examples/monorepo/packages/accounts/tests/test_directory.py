"""The old customer list is read line by line."""

from __future__ import annotations

from accounts.directory import read_accounts
from accounts.members import Role


def test_blank_lines_and_comments_are_passed_over() -> None:
    lines = ["# customers", "", "Loom & Sons; ada@example.org  # since 2019"]

    assert [account.name for account in read_accounts(lines)] == ["Loom & Sons"]


def test_members_come_with_their_roles() -> None:
    lines = ["Loom & Sons; ada@example.org; bo@example.org=bookkeeper"]

    (account,) = read_accounts(lines)

    assert account.member("bo@example.org").role is Role.BOOKKEEPER
