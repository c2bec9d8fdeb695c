"""A ledger. Money is counted in cents."""


def balance(entries):
    """Add up entries; a correction takes the place of what came before it."""
    total = 0
    for kind, cents in entries:
        # TODO: other currencies
        total = cents if kind == "correction" else total + cents
    return total
