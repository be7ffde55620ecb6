"""Runs a command while faults are injected, and says what does not hold afterwards."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from support.aws_faults import FAULTS, HARMLESS, around, can_happen
from support.command_server import CommandServer
from support.fault_proxy import FaultProxy, Rule, at_random, fault_proxy, from_on, only
from support.fault_worlds import Trust, World
from support.pipelines import Aws
from support.process_faults import PROCESS_FAULTS, TOO_LONG, Ended, Process, as_of_shell

# The commands' exit codes of their own.
CODES = (0, 1)
# What a command promises, and as much again for a machine that does much else: status 15 s, the others 60 s without an
# answer, of a few requests in turn.
BOUNDS_S = {"status": 40, "redrive": 150, "reconcile": 150, "reconcile --apply": 150}
# They wait more than they compute, most of all for what lasts.
AT_ONCE, MOST_AT_ONCE = 8, 24
COMMANDS = ("status", "redrive", "reconcile", "reconcile --apply")
MODES = ("first", "from second", "always", "at random")
SHARE = 0.3
SAME_TIME = "the same time"


class Spec(NamedTuple):
    """A fault, which kind of request has it, and which ones of these."""

    kind: str
    fault: str
    mode: str

    def rule(self, seed: int) -> Rule:
        """Return the rule for the proxy."""
        when = {"first": only(1), "from second": from_on(2), "always": from_on(1), "at random": at_random(seed, SHARE)}
        return Rule(self.kind, self.fault, FAULTS[self.fault], when[self.mode])


@dataclass(frozen=True)
class Case:
    """A command, what happens to its requests and to its process (at which request), and what is staged anew."""

    command: str
    specs: tuple[Spec, ...] = ()
    process: str = ""
    moment: int = 1
    restaged: str = ""
    seed: int = 0

    def __str__(self) -> str:
        """Return it in words, from which it can be run again."""
        parts = [f"{spec.fault} at {spec.kind} ({spec.mode})" for spec in self.specs]
        parts += [f"{self.process} at request {self.moment}"] if self.process else []
        parts += [f"rows staged anew with {self.restaged}"] if self.restaged else []
        return f"{self.command}: {'; '.join(parts) or 'nothing'}, seed {self.seed}"


@dataclass
class Tally:
    """What was tried, and what did not hold."""

    runs: int = 0
    requests: int = 0
    injected: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, case: Case, proxy: FaultProxy, violations: Sequence[str]) -> None:
        """Count a run."""
        with self._lock:
            self.runs += 1
            self.requests += proxy.seen.total()
            self.injected.update({name: proxy.injected[kind, name] for kind, name in proxy.injected})
            self.injected.update([case.process] if case.process else [])
            self.violations += [f"{case}: {violation}" for violation in violations]


class Harness(NamedTuple):
    """The AWS, a folder, and how to make the world that a command works on."""

    aws: Aws
    server: CommandServer
    folder: Path
    worlds: dict[str, Callable[[], World]]

    def kinds(self, command: str) -> list[str]:
        """Return the kinds of requests that a command sends, from a run without faults, which must hold as well."""
        proxy, violations = self._run(Case(command))
        assert not violations, violations
        return sorted(proxy.seen)

    def run(self, cases: Iterable[Case], at_once: int = AT_ONCE) -> Tally:
        """Run the cases, so many at once."""
        tally = Tally()

        def take(case: Case) -> None:
            tally.add(case, *self._run(case))

        with ThreadPoolExecutor(at_once) as pool:
            for done in [pool.submit(take, case) for case in cases]:
                done.result()
        return tally

    def _run(self, case: Case) -> tuple[FaultProxy, list[str]]:
        world = self.worlds[case.command]()
        home = self.folder / uuid4().hex
        home.mkdir()
        try:
            return self._run_in(world, home, case)
        finally:
            world.close()

    def _run_in(self, world: World, home: Path, case: Case) -> tuple[FaultProxy, list[str]]:
        fault = PROCESS_FAULTS.get(case.process)
        environment = {**self.aws.environment, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "COLUMNS": "200"}
        processes: list[Process] = []
        rules = [*_at_moment(case, processes), *(spec.rule(case.seed) for spec in case.specs)]
        if case.restaged:
            rules += world.restaging(case.seed, is_same_age=case.restaged == SAME_TIME)
        with fault_proxy(self.aws.environment["AWS_ENDPOINT_URL"], *rules) as proxy:
            told = {**environment, "AWS_ENDPOINT_URL": proxy.url}
            if fault is None:
                ended = [self._serve(case.command, world, told, home)]
            else:
                if fault.spoil:
                    fault.spoil(home)
                    environment |= {"HOME": f"{home}-2", "XDG_CONFIG_HOME": f"{home}-2"}
                bound_s = BOUNDS_S[case.command]
                processes += [Process(world.arguments, told, bound_s, fault) for _ in range(1 + fault.is_twice)]
                ended = list(_together(processes))
        violations = [violation for each in ended for violation in _of_process(case, each, proxy)]
        reports = [report for each in ended if (report := _report(each)) is not None]
        is_told = len(reports) == len(ended)
        is_exact = is_told and not _is_count_in_doubt(case, proxy, world)
        violations += world.check(reports, Trust(is_told, is_exact))
        if world.is_changed:
            again = self._serve(case.command, world, environment, home)
            end = [*_of_process(Case(case.command), again, None), *world.check_end(again.code, _report(again) or {})]
            violations += [f"run again without faults: {violation}" for violation in end]
        return proxy, violations

    def _serve(self, command: str, world: World, environment: dict[str, str], folder: Path) -> Ended:
        began_at = time.monotonic()
        code, output, errors = self.server.run(world.arguments, environment, folder, BOUNDS_S[command])
        return Ended(as_of_shell(code), output, errors, time.monotonic() - began_at)


def _at_moment(case: Case, processes: Sequence[Process]) -> Iterator[Rule]:
    """Return the rule that strikes the process, whose request is carried out nevertheless."""
    fault = PROCESS_FAULTS.get(case.process)
    before, after = (fault.before, fault.after) if fault else (None, None)
    if before or after:
        strike = around(
            lambda _: before(processes[0]) if before else None, lambda _: after(processes[0]) if after else None
        )
        yield Rule("*", case.process, strike, only(case.moment))


def _together(processes: Sequence[Process]) -> Iterator[Ended]:
    with ThreadPoolExecutor(len(processes)) as pool:
        yield from pool.map(Process.run, processes)


def _of_process(case: Case, ended: Ended, proxy: FaultProxy | None) -> Iterator[str]:
    """Say what is wrong with the end of a process, whatever it worked on."""
    fault = PROCESS_FAULTS.get(case.process)
    said = ended.output + ended.errors
    if ended.code == TOO_LONG:
        yield f"no end within {BOUNDS_S[case.command]} s"
        return
    if ended.code not in (*CODES, *(fault.codes if fault else ())):
        yield f"the exit code is {ended.code}: {said[-400:]}"
    if any(word in said for word in ("Traceback", "Exception ignored", "Fatal Python")):
        yield f"a traceback: {said[-600:]}"
    if "<html" in said.lower():
        yield "a page is shown"
    if not said and ended.code in CODES and (fault is None or fault.is_heard):
        yield f"it says nothing, and ends with {ended.code}"
    if ended.output and _report(ended) is None and (fault is None or fault.is_heard):
        yield f"its output is no JSON: {ended.output[:200]}"
    if proxy and ended.code == 0 and any(_is_lasting(spec, proxy) for spec in case.specs):
        yield f"it ends with 0: {said[:300]}"


def _is_lasting(spec: Spec, proxy: FaultProxy) -> bool:
    """Return whether a fault leaves no request of its kind unharmed."""
    was = any(name == spec.fault and spec.kind in ("*", kind) for kind, name in proxy.injected)
    return was and spec.mode == "always" and spec.fault not in HARMLESS


def _is_count_in_doubt(case: Case, proxy: FaultProxy, world: World) -> bool:
    """Return whether a request that counts may have been carried out without its answer."""
    harmed = {kind for kind, name in proxy.injected if name != "staged anew"}
    return bool(case.process) or any(kind.startswith(world.decisive) for kind in harmed)


def _report(ended: Ended) -> dict[str, Any] | None:
    try:
        report = json.loads(ended.output)
    except ValueError:
        return None
    return report if isinstance(report, dict) else None


def one_of_each(command: str, kinds: Sequence[str], seed: int) -> Iterator[Case]:
    """Return a case for each fault, at the first request of a kind that it can happen to, which takes turns."""
    for number, fault in enumerate(FAULTS):
        fitting = [kind for kind in kinds if can_happen(fault, kind)]
        if fitting:
            kind = fitting[(number + seed) % len(fitting)]
            yield Case(command, (Spec(kind, fault, "first"),), seed=seed)


def all_of_each(command: str, kinds: Sequence[str], seed: int) -> Iterator[Case]:
    """Return a case for each kind, fault and mode."""
    for kind in kinds:
        for fault in FAULTS:
            if can_happen(fault, kind):
                yield from (Case(command, (Spec(kind, fault, mode),), seed=seed) for mode in MODES)


def processes(command: str, most_requests: int, seed: int) -> Iterator[Case]:
    """Return a case for each fault of a process, at a random request."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    for process in PROCESS_FAULTS:
        yield Case(command, process=process, moment=chance.randint(1, most_requests), seed=seed)


def by_chance(command: str, kinds: Sequence[str], most_requests: int, seed: int) -> Case:
    """Return a case with up to three faults of requests and perhaps one of the process."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    specs = []
    for _ in range(chance.randint(1, 3)):
        kind = chance.choice(["*", *kinds])
        fault = chance.choice([fault for fault in FAULTS if can_happen(fault, kind)])
        specs.append(Spec(kind, fault, chance.choice(MODES)))
    process = chance.choice(["", *PROCESS_FAULTS])
    restaged = chance.choice(["", "now"])
    return Case(command, tuple(specs), process, chance.randint(1, most_requests), restaged, seed)
