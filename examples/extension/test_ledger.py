from ledger import balance


def test_entries_add_up() -> None:
    assert balance([("sale", 1250), ("refund", -250)]) == 1000


def test_a_correction_takes_the_place_of_what_came_before() -> None:
    assert balance([("sale", 1250), ("correction", 900), ("sale", 100)]) == 1000
