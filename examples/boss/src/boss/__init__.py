"""Agents that talk over one event bus, and a boss that keeps them at work."""

from boss.agents import Agent
from boss.boss import Boss
from boss.bus import EventBus, Subscription
from boss.events import Event

__all__ = ["Agent", "Boss", "Event", "EventBus", "Subscription"]
