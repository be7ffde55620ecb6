"""Runs a command while faults are injected, and says what does not hold afterwards."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from support.aws_faults import HARMLESS, around
from support.command_server import CommandServer
from support.fault_cases import SAME_TIME, Case
from support.fault_proxy import FaultProxy, FaultRule, fault_proxy, only
from support.fault_worlds import Trust, World
from support.pipelines import Aws
from support.process_faults import NO_FAULT, PROCESS_FAULTS, TOO_LONG, Ended, Process

# The commands' exit codes of their own.
CODES = (0, 1)
# What a command promises, and as much again for a machine that does much else: status 15 s, the others 60 s without an
# answer, of a few requests in turn.
BOUNDS_S = {"status": 40, "redrive": 150, "reconcile": 150, "reconcile --apply": 150}
# How often it may be run again until it ends well: however slow the machine is, status waits for seconds alone, and
# redrive for as long as the function may take.
RUNS_AGAIN = {"status": 3, "redrive": 3, "reconcile": 1, "reconcile --apply": 1}
# They wait more than they compute, most of all for what lasts.
AT_ONCE, MOST_AT_ONCE = 8, 16


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
            for (_, name), count in proxy.injected.items():
                self.injected[name] += count
            fault = PROCESS_FAULTS.get(case.process)
            # Others are there from the start.
            if fault and not (fault.before or fault.after):
                self.injected[case.process] += 1
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

        pool = ThreadPoolExecutor(at_once)
        try:
            for done in [pool.submit(take, case) for case in cases]:
                done.result()
        finally:
            # What is interrupted does not go through all the rest.
            pool.shutdown(cancel_futures=True)
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
        fault = PROCESS_FAULTS.get(case.process, NO_FAULT)
        environment = {**self.aws.environment, **_home(home), "COLUMNS": "200"}
        fault.spoil(home)
        processes: list[Process] = []
        rules = [*_at_moment(case, processes), *(spec.rule(case.seed) for spec in case.specs)]
        if case.restaged:
            rules += world.restaging(case.seed, is_same_age=case.restaged == SAME_TIME)
        with fault_proxy(self.aws.environment["AWS_ENDPOINT_URL"], *rules) as proxy:
            for own in {"": [home], "same user": [home, home], "other user": [home, home / "other"]}[fault.beside]:
                told = environment | _home(own) | {"AWS_ENDPOINT_URL": proxy.url}
                processes.append(Process(self.server, world.arguments, told, BOUNDS_S[case.command], fault))
            ended = list(_together(processes))
        violations = [violation for each in ended for violation in _of_process(case, each, proxy)]
        reports = [report for each in ended if (report := _report(each)) is not None]
        is_told = len(reports) == len(ended)
        is_exact = is_told and not _is_count_in_doubt(case, proxy, world)
        violations += world.check(reports, Trust(len(processes) == 1, is_told, is_exact))
        is_finished = any(not world.check_end(each.code, _report(each) or {}) for each in ended)
        if not is_finished:
            # With room for its files again.
            environment |= _home(home / "again") if case.process == "file for a folder" else {}
            again = self._run_again(world, environment, case.command)
            violations += [f"run again without faults: {violation}" for violation in again]
        return proxy, violations

    def _run_again(self, world: World, environment: Mapping[str, str], command: str) -> Iterator[str]:
        """Say what does not hold of a command that is run until it ends well, without faults."""
        end: list[str] = []
        for _ in range(RUNS_AGAIN[command]):
            ended = Process(self.server, world.arguments, environment, BOUNDS_S[command]).run()
            yield from _of_process(Case(command), ended, None)
            end = [f"{each} ({ended.errors[-300:]})" for each in world.check_end(ended.code, _report(ended) or {})]
            if not end:
                return
        yield from end


def _home(folder: Path) -> dict[str, str]:
    """Return the settings that say where a command keeps its files."""
    return {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}


def _at_moment(case: Case, processes: Sequence[Process]) -> Iterator[FaultRule]:
    """Return the rule that strikes the process, whose request is carried out nevertheless."""
    fault = PROCESS_FAULTS.get(case.process)
    before, after = (fault.before, fault.after) if fault else (None, None)
    if before or after:
        strike = around(
            lambda _: before(processes[0]) if before else None, lambda _: after(processes[0]) if after else None
        )
        yield FaultRule("*", case.process, strike, only(case.moment))


def _together(processes: Sequence[Process]) -> Iterator[Ended]:
    with ThreadPoolExecutor(len(processes)) as pool:
        yield from pool.map(Process.run, processes)


def _of_process(case: Case, ended: Ended, proxy: FaultProxy | None) -> Iterator[str]:
    """Say what is wrong with the end of a process, whatever it worked on."""
    fault = PROCESS_FAULTS.get(case.process, NO_FAULT)
    said = ended.output + ended.errors
    if ended.code == TOO_LONG:
        yield f"no end within {BOUNDS_S[case.command]} s"
        return
    if ended.code not in (*CODES, *fault.codes):
        yield f"the exit code is {ended.code}: {said[-400:]}"
    if any(word in said for word in ("Traceback", "Exception ignored", "Fatal Python")):
        yield f"a traceback: {said[-600:]}"
    if "<html" in said.lower():
        yield "a page is shown"
    if not said and (ended.code == 0 or (ended.code == 1 and fault.is_explained)) and fault.is_heard:
        yield f"it says nothing, and ends with {ended.code}"
    if ended.output and _report(ended) is None and fault.is_heard:
        yield f"its output is no JSON: {ended.output[:200]}"
    if proxy and ended.code == 0 and _is_lasting(case, proxy):
        yield f"it ends with 0: {said[:300]}"


def _is_lasting(case: Case, proxy: FaultProxy) -> bool:
    """Return whether each request of a kind had a fault that harms; of several faults, one may keep off another."""
    (spec, *others) = case.specs or (None,)
    if spec is None or others or case.process or spec.mode != "always" or spec.fault in HARMLESS:
        return False
    return any(name == spec.fault for _, name in proxy.injected)


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
