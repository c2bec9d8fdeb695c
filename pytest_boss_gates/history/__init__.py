"""What happened before: sessions, builds, deployments, incidents, in SQLite or PostgreSQL.

The history is a set of facts that only grows. A fact's name is the hash of what it says, so taking
one in twice changes nothing, and two histories unite in any order to the same one. What was learnt
later (an incident's end) is a further fact; ``view`` puts the facts about one thing together.
"""
