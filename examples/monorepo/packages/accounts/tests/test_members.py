"""An account always has an owner, and nobody twice."""

from __future__ import annotations

import pytest

from accounts.members import AccountError, Role, opened


def test_a_new_account_has_its_owner() -> None:
    account = opened("Loom & Sons", " Ada@Example.org ")

    assert [(member.email, member.role) for member in account.members] == [
        ("ada@example.org", Role.OWNER)
    ]


@pytest.mark.parametrize("email", ["ada", "@example.org", "ada@example", ""])
def test_an_invitation_needs_an_email_address(email: str) -> None:
    with pytest.raises(AccountError, match="is not an email address"):
        opened("Loom & Sons", email)


def test_nobody_is_invited_twice() -> None:
    account = opened("Loom & Sons", "ada@example.org")

    with pytest.raises(AccountError, match="is a member of Loom & Sons already"):
        account.invited("ADA@example.org")


def test_a_member_may_leave() -> None:
    account = opened("Loom & Sons", "ada@example.org").invited("bo@example.org")

    assert len(account.without("bo@example.org").members) == 1


def test_the_last_owner_stays() -> None:
    account = opened("Loom & Sons", "ada@example.org").invited("bo@example.org")

    with pytest.raises(AccountError, match=r"ada@example\.org is the last owner of Loom & Sons"):
        account.without("ada@example.org")


@pytest.mark.parametrize(
    ("role", "may_pay"), [(Role.OWNER, True), (Role.BOOKKEEPER, True), (Role.READER, False)]
)
def test_who_may_pay(role: Role, *, may_pay: bool) -> None:
    account = opened("Loom & Sons", "ada@example.org").invited("bo@example.org", role)

    assert account.member("bo@example.org").may_pay is may_pay
