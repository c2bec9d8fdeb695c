"""Accounts and their members."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum


class AccountError(Exception):
    """A change that would leave an account in a wrong state; its text is a full sentence."""


class Role(Enum):
    """What a member may do."""

    OWNER = "owner"
    BOOKKEEPER = "bookkeeper"
    READER = "reader"


MAY_PAY = frozenset({Role.OWNER, Role.BOOKKEEPER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person, known by an email address in lower case."""

    email: str
    role: Role

    @property
    def may_pay(self) -> bool:
        """Whether this member may pay an invoice."""
        return self.role in MAY_PAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A customer with at least one owner."""

    name: str
    members: tuple[Member, ...]

    def member(self, email: str) -> Member:
        """Find a member by email address, in any case."""
        for member in self.members:
            if member.email == email.strip().lower():
                return member
        raise AccountError(f"{email} is not a member of {self.name}.")

    def invited(self, email: str, role: Role = Role.READER) -> Account:
        """The account with one more member."""
        address = email.strip().lower()
        name, at, host = address.partition("@")
        if not (name and at and "." in host):
            raise AccountError(f"{email!r} is not an email address.")
        if any(member.email == address for member in self.members):
            raise AccountError(f"{address} is a member of {self.name} already.")
        return replace(self, members=(*self.members, Member(email=address, role=role)))

    def without(self, email: str) -> Account:
        """The account without a member, unless that was its last owner."""
        gone = self.member(email)
        left = tuple(member for member in self.members if member is not gone)
        if not any(member.role is Role.OWNER for member in left):
            raise AccountError(f"{gone.email} is the last owner of {self.name}.")
        return replace(self, members=left)


def opened(name: str, owner: str) -> Account:
    """A new account with its owner."""
    return Account(name=name, members=()).invited(owner, Role.OWNER)
