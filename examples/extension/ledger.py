"""A ledger. Money is counted in cents."""


def balance(entries: list[tuple[str, int]]) -> int:
    """Add up entries; a correction takes the place of what came before it."""
    total = 0
    for kind, cents in entries:
        # LATER: other currencies
        total = cents if kind == "correction" else total + cents
    return total
