"""Jenkins: declarative Jenkinsfiles by stage, scripted ones as far as their steps show."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.ci.jenkins_groovy import statements_of
from pytest_boss_gates.evidence.ci.jenkins_words import (
    USUAL,
    axes_of,
    checked,
    directive,
    environment,
    fails,
    narrowed,
    option,
    script_lines,
    words,
)
from pytest_boss_gates.evidence.ci.matrix import combinations, variants
from pytest_boss_gates.evidence.ci.shells import from_windows
from pytest_boss_gates.evidence.steps import Dead, Job, Known, Script, Trigger

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_boss_gates.evidence.ci.jenkins_groovy import Statement
    from pytest_boss_gates.evidence.ci.matrix import Row
    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Step

SYSTEM = "jenkins"

_PATHS = (
    "Jenkinsfile*",
    "*.jenkinsfile",
    *(f"{it}/Jenkinsfile*" for it in ("ci", ".ci", "jenkins", ".jenkins", "build", "devops")),
    *(f"{it}/*.jenkinsfile" for it in ("ci", ".ci", "jenkins", ".jenkins")),
)
_MOST_FILES = 50
_MOST_TEXT = 500_000
_MOST_STEPS = 3_000
_MOST_TOKENS = 500  # of one statement
_DEEPEST = 60
_ASKED = frozenset({Trigger.MANUAL})
_SHELLS = frozenset({"sh", "bat", "powershell", "pwsh"})
_KEYWORDS = frozenset({"else", "return", "new", "throw", "case"})
_AFTER_FAILURE = frozenset({"failure", "unstable", "aborted", "unsuccessful", "regression"})
_NAMED = frozenset(
    """dependencyCheck snykSecurity recordIssues publishCoverage cobertura junit publishHTML
    kubernetesDeploy s3Upload sshPublisher nexusArtifactUploader rtUpload rtPublishBuildInfo
    waitForQualityGate withSonarQubeEnv ansiblePlaybook googleStorageUpload""".split()
)
_PLAIN = frozenset(
    """echo print println checkout git cleanWs deleteDir archiveArtifacts stash unstash sleep
    milestone return def error throw input properties import if else for while switch case
    mail emailext slackSend writeFile readFile unstable timestamps options parameters tools
    currentBuild libraries library agent when stages steps""".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What holds around a step."""

    name: str
    triggers: frozenset[Trigger]
    directory: str = ""
    env: Row = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    soft: tuple[str, ...] = ()
    depth: int = 0


def jobs(reading: Reading) -> Iterator[Job]:
    """Find the stages of the Jenkinsfiles at the root and in the usual directories."""
    paths = sorted({path for pattern in _PATHS for path in reading.tree.match(pattern)})
    for path in paths[:_MOST_FILES]:
        text = reading.text(path)
        if text is None:
            continue
        if len(text) > _MOST_TEXT:
            reading.problem(path, "a Jenkinsfile of more than half a megabyte is not read")
            continue
        yield from _File(reading, path, text).jobs()


class _File:
    def __init__(self, reading: Reading, path: str, text: str) -> None:
        self._reading = reading
        self._path = path
        self._statements, unclosed = statements_of(text)
        if unclosed:
            reading.problem(path, "a brace is opened and never closed", unclosed)
        self._library = re.search(r"@Library|^\s*library\b", text, re.MULTILINE) is not None
        self._functions: dict[str, Statement] = {}
        self._calling: list[str] = []
        self._found: list[Job] = []
        self._left = _MOST_STEPS

    def jobs(self) -> list[Job]:
        context = _Context(name=self._path, triggers=USUAL)
        for statement in self._statements:
            self._define(statement)
        pipeline = next((it for it in self._statements if it.name == "pipeline"), None)
        if pipeline is not None:
            self._pipeline(pipeline, context)
        else:
            line = self._statements[0].line if self._statements else 0
            self._job(line, self._walk(self._statements, context), context)
        return self._found

    def _place(self, line: int) -> str:
        return str(self._reading.place(self._path, line))

    def _job(self, line: int, steps: list[Step], context: _Context) -> None:
        if steps and context.triggers:
            self._found.append(
                Job(
                    system=SYSTEM,
                    name=context.name,
                    place=self._reading.place(self._path, line),
                    triggers=context.triggers,
                    steps=tuple(steps),
                )
            )

    # -- declarative

    def _pipeline(self, pipeline: Statement, context: _Context) -> None:
        if any("cron" in (it.name, *words(it)) for it in directive(pipeline, "triggers")):
            context = replace(context, triggers=context.triggers | {Trigger.SCHEDULE})
        self._stage(pipeline, context)

    def _stage(self, stage: Statement, context: _Context) -> None:
        """Take a stage, or the pipeline itself, which is built alike."""
        if context.depth > _DEEPEST:
            return
        context = replace(
            context,
            depth=context.depth + 1,
            env={**context.env, **environment(directive(stage, "environment"))},
            triggers=narrowed(directive(stage, "when"), context.triggers),
        )
        if stage.name == "stage":
            context = self._named(stage, context)
            if any(it.name == "input" for it in stage.body):
                context = replace(context, triggers=_ASKED)
        if not context.triggers:
            return
        steps = self._agent(stage)
        steps += self._walk(directive(stage, "steps"), context)
        for outcome in directive(stage, "post"):
            if outcome.name not in _AFTER_FAILURE:
                steps += self._walk(outcome.body, context)
        self._job(stage.line, steps, context)
        self._stages(directive(stage, "stages"), context)
        for branch in directive(stage, "parallel"):
            self._stages([branch], context)
        matrix = directive(stage, "matrix")
        axes = [it for part in matrix if part.name == "axes" for it in part.body]
        inner = [it for part in matrix if part.name == "stages" for it in part.body]
        self._stages(inner, replace(context, rows=tuple(combinations(axes_of(axes)))))

    def _stages(self, stages: Sequence[Statement], context: _Context) -> None:
        """Take stages that follow each other: what comes after a question waits for a person."""
        for stage in stages:
            if stage.name == "stage":
                self._stage(stage, context)
                if _asks(stage):
                    asked = narrowed(directive(stage, "when"), context.triggers)
                    context = replace(context, triggers=context.triggers - asked or _ASKED)

    def _named(self, stage: Statement, context: _Context) -> _Context:
        shown = stage.texts[0] if stage.texts else "stage"
        return replace(context, name=f"{self._path}: {shown}")

    def _agent(self, stage: Statement) -> list[Step]:
        for agent in directive(stage, "agent"):
            if agent.name == "dockerfile" and "false" not in words(agent):
                place = self._reading.place(self._path, agent.line)
                return [Known(kind="step", name="jenkins/dockerfile", place=place)]
        return []

    # -- steps

    def _define(self, statement: Statement) -> bool:
        """Remember ``def name(…) {…}``, whose body counts where it is called."""
        texts = [token.text for token in statement.tokens]
        if not statement.blocks or "(" not in texts or texts[-1] != ")":
            return False
        before = texts[: texts.index("(")]
        if len(before) < 2 or not all(re.fullmatch(r"\w[\w.]*", word) for word in before):
            return False
        if before[0] in _KEYWORDS:
            return False
        self._functions[before[-1]] = statement
        return True

    def _walk(self, statements: Sequence[Statement], context: _Context) -> list[Step]:
        if context.depth > _DEEPEST:
            return []
        context = replace(context, depth=context.depth + 1)
        steps: list[Step] = []
        asked = 0
        for number, statement in enumerate(statements):
            if self._left <= 0:
                break
            self._left -= 1
            if self._define(statement):
                continue
            rest = statements[number + 1 :]
            steps += self._shells(statement, rest, context)
            inner = self._inner_context(statement, rest, context)
            if statement.name == "stage":
                inner = self._named(statement, inner)
                self._job(statement.line, self._walk(statement.body, inner), inner)
            elif statement.name != "catch" and inner.triggers:
                steps += self._leaf(statement, context)
                steps += self._walk(statement.body, inner)
            if _asks(statement):
                self._job(statement.line, steps, context)
                steps, context, asked = [], replace(context, triggers=_ASKED), statement.line
        if asked:  # a job of its own, since its occasions are not the caller's
            self._job(asked, steps, context)
            return []
        return steps

    def _inner_context(
        self, statement: Statement, rest: Sequence[Statement], context: _Context
    ) -> _Context:
        place = self._place(statement.line)
        soft = ""
        match statement.name:
            case "try":
                catch = next((it for it in rest[:1] if it.name == "catch"), None)
                if catch is not None and not fails(catch.body):
                    soft = f"{place}: the failure is caught"
            case "warnError":
                soft = f"{place}: warnError"
            case "catchError":
                result = option(statement.tokens, "buildResult")
                if result in ("SUCCESS", "UNSTABLE", "null"):
                    soft = f"{place}: catchError(buildResult: {result})"
            case "dir" if statement.texts:
                target = statement.texts[0]
                joined = posixpath.normpath(posixpath.join(context.directory, target))
                return replace(context, directory="" if joined == "." else joined)
            case "withEnv":
                pairs = (text.partition("=") for text in statement.texts if "=" in text)
                added = {name: value for name, _, value in pairs if "$" not in value}
                return replace(context, env={**context.env, **added})
            case "if" if "false" in words(statement)[1:2]:
                return replace(context, triggers=frozenset())
        return replace(context, soft=(*context.soft, soft)) if soft else context

    def _leaf(self, statement: Statement, context: _Context) -> list[Step]:
        """Take a step that is no shell: known by name, defined here, or from somewhere else."""
        place = self._reading.place(self._path, statement.line)
        name = statement.name
        if verb := _docker_verb(statement):
            known = Known(
                kind="step", name=f"jenkins/docker.{verb}", place=place, soft=context.soft
            )
            return [known]
        if name in self._functions and name not in self._calling and len(self._calling) < 8:
            self._calling.append(name)
            steps = self._walk(self._functions[name].body, context)
            self._calling.pop()
            return steps
        if name in _NAMED:
            known = Known(kind="step", name=f"jenkins/{name}", place=place, soft=context.soft)
            return [known]
        if name in ("load", "build") and statement.texts:
            return [Dead(place=place, why=f"{name} {statement.texts[0]}: not followed")]
        if self._library and name not in self._functions and _may_be_shared(statement):
            return [Dead(place=place, why=f"{name}: a step of a shared library")]
        return []

    def _shells(
        self, statement: Statement, rest: Sequence[Statement], context: _Context
    ) -> Iterator[Step]:
        tokens = statement.tokens[:_MOST_TOKENS]
        for number, token in enumerate(tokens):
            name = token.text.removeprefix("steps.").removeprefix("script.")
            if token.kind != "word" or name not in _SHELLS:
                continue
            following = tokens[number + 1 : number + 2]
            if following and following[0].kind == "mark" and following[0].text not in "([":
                continue  # a key, or a name that is set
            argument = tokens[number + 1 :]
            lines = script_lines(argument)
            if not lines:
                why = f"{name}: its text is put together while it runs"
                yield Dead(place=self._reading.place(self._path, token.line), why=why)
                continue
            soft = context.soft
            if option(argument, "returnStatus") == "true" and not checked(statement, rest):
                soft = (*soft, f"{self._place(token.line)}: returnStatus: true")
            if name != "sh":
                lines = tuple((line, from_windows(text)) for line, text in lines)
            for row in variants(self._reading, lines, context.rows):
                yield Script(
                    path=self._path,
                    lines=lines,
                    directory=context.directory,
                    env={**context.env, **row},
                    errexit=name == "sh" and not lines[0][1].startswith("#!"),
                    soft=soft,
                )


def _docker_verb(statement: Statement) -> str:
    """Give what a statement does to an image, push or build; "" for any other statement."""
    for name in words(statement):
        if name.endswith((".push", ".build")):
            return name.rpartition(".")[2]
    return ""


def _may_be_shared(statement: Statement) -> bool:
    """Whether a statement only calls a name that Jenkins itself does not have."""
    name = statement.name
    if statement.blocks or not name.isidentifier() or name in _PLAIN | _SHELLS | {"_"}:
        return False
    if any(token.kind == "mark" and token.text == "=" for token in statement.tokens):
        return False
    return "(" in [token.text for token in statement.tokens[1:2]] or not words(statement)[1:]


def _asks(statement: Statement, depth: int = 0) -> bool:
    """Whether a person is asked before it goes on."""
    if statement.name == "input":
        return True
    if statement.name in ("if", "else", "catch") or depth > _DEEPEST:
        return False
    return any(_asks(inner, depth + 1) for inner in statement.body)
