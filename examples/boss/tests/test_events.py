import pytest

from boss.events import Event, matches


@pytest.mark.parametrize(
    ("pattern", "topic", "expected"),
    [
        ("order.paid", "order.paid", True),
        ("order.paid", "order.sent", False),
        ("order.*", "order.paid", True),
        ("order.*", "order.paid.late", False),
        ("order.**", "order.paid.late", True),
        ("order.**", "parcel.sent", False),
        ("**", "anything.at.all", True),
    ],
)
def test_patterns(pattern: str, topic: str, expected: bool) -> None:
    assert matches(pattern, topic) is expected


@pytest.mark.parametrize("topic", ["", ".", "order.", "order..paid"])
def test_a_topic_has_words(topic: str) -> None:
    with pytest.raises(ValueError, match="is no topic"):
        Event(topic)
