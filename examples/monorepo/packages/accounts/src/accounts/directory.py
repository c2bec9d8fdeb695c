"""Accounts as lines of text, the way the old customer list has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.members import Account, AccountError, Role, opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def read_accounts(lines: Iterable[str]) -> Iterator[Account]:
    """Read ``name; owner; member=role; …`` lines; blank ones and comments are passed over."""
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        if text:
            yield _read(text, number)


def write_accounts(accounts: Iterable[Account]) -> Iterator[str]:
    """Write accounts so that ``read_accounts`` reads them, the first owner first."""
    for account in accounts:
        owner = next(member for member in account.members if member.role is Role.OWNER)
        others = [
            f"{member.email}={member.role.value}"
            for member in account.members
            if member is not owner
        ]
        yield "; ".join([account.name, owner.email, *others])


def _read(text: str, number: int) -> Account:
    name, *people = (part.strip() for part in text.split(";"))
    if not people:
        raise AccountError(f"Line {number}: {name} has no owner.")
    account = opened(name, people[0])
    for person in people[1:]:
        email, _, role = person.partition("=")
        account = account.invited(email, Role(role))
    return account
