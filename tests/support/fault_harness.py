"""Runs a command while faults are injected, and reports what is wrong afterwards."""

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
from support.pipelines import LocalAws
from support.process_faults import NO_FAULT, PROCESS_FAULTS, TOO_LONG, Ended, Process

# The commands' exit codes of their own.
CODES = (0, 1, 3)
# The time that a command promises, doubled for a busy machine: status 15 s, the others 60 s without a response, for a
# few requests in turn. verify ends after a minute for its own request, and one for each delete of the clean-up.
BOUNDS_S = {"status": 40, "verify": 400, "redrive": 150, "reconcile": 150, "reconcile --apply": 150}
# How often a command may be run again until it succeeds: on a slow machine, status waits only seconds, and redrive as
# long as the function's timeout.
RUNS_AGAIN = {"status": 3, "verify": 1, "redrive": 3, "reconcile": 1, "reconcile --apply": 1}
# The commands wait more than they compute, most of all for lasting faults.
AT_ONCE, MOST_AT_ONCE = 8, 16


@dataclass
class Tally:
    """Counts of what was tried, and what was wrong."""

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
            # Other faults exist from the start.
            if fault and not (fault.before or fault.after):
                self.injected[case.process] += 1
            self.violations += [f"{case}: {violation}" for violation in violations]


class Harness(NamedTuple):
    """The local AWS, a folder, and how to create what a command works on."""

    aws: LocalAws
    server: CommandServer
    folder: Path
    worlds: dict[str, Callable[[], World]]

    def kinds(self, command: str) -> list[str]:
        """Return the kinds of requests of a command, from a run without faults, which must also pass the checks."""
        proxy, violations = self._run(Case(command))
        assert not violations, violations
        return sorted(proxy.seen)

    def run(self, cases: Iterable[Case], at_once: int = AT_ONCE) -> Tally:
        """Run the cases, `at_once` at a time."""
        tally = Tally()

        def take(case: Case) -> None:
            tally.add(case, *self._run(case))

        pool = ThreadPoolExecutor(at_once)
        try:
            for done in [pool.submit(take, case) for case in cases]:
                done.result()
        finally:
            # After an interruption, do not run the rest.
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
        upstream, ca_bundle = (self.aws.environment[name] for name in ("AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"))
        with fault_proxy(upstream, *rules, ca_bundle=ca_bundle) as proxy:
            for own in {"": [home], "same user": [home, home], "other user": [home, home / "other"]}[fault.beside]:
                settings = environment | _home(own) | {"AWS_ENDPOINT_URL": proxy.url}
                processes.append(Process(self.server, world.arguments, settings, BOUNDS_S[case.command], fault))
            ended = list(_together(processes))
        violations = [violation for each in ended for violation in _of_process(case, each, proxy)]
        reports = [report for each in ended if (report := _report(each)) is not None]
        is_told = len(reports) == len(ended)
        is_exact = is_told and not _is_count_in_doubt(case, proxy, world)
        is_cleaned_up = not case.process.startswith("kill") and (is_told or not case.specs)
        violations += world.check(reports, Trust(len(processes) == 1, is_told, is_exact, is_cleaned_up))
        is_finished = any(not world.check_end(each.code, _report(each) or {}) for each in ended)
        if not is_finished:
            # Use a folder in which it can write its files.
            environment |= _home(home / "again") if case.process == "file for a folder" else {}
            again = self._run_again(world, environment, case.command)
            violations += [f"run again without faults: {violation}" for violation in again]
        return proxy, violations

    def _run_again(self, world: World, environment: Mapping[str, str], command: str) -> Iterator[str]:
        """Run the command without faults until it succeeds, and yield what is wrong."""
        end: list[str] = []
        for _ in range(RUNS_AGAIN[command]):
            ended = Process(self.server, world.arguments, environment, BOUNDS_S[command]).run()
            yield from _of_process(Case(command), ended, None)
            end = [f"{each} ({ended.errors[-300:]})" for each in world.check_end(ended.code, _report(ended) or {})]
            if not end:
                return
        yield from end


def _home(folder: Path) -> dict[str, str]:
    """Return the settings of the folder in which a command keeps its files."""
    return {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}


def _at_moment(case: Case, processes: Sequence[Process]) -> Iterator[FaultRule]:
    """Yield the rule for the fault of the process. The request itself is carried out."""
    fault = PROCESS_FAULTS.get(case.process)
    before, after = (fault.before, fault.after) if fault else (None, None)
    if before or after:
        act = around(
            lambda _: before(processes[0]) if before else None, lambda _: after(processes[0]) if after else None
        )
        yield FaultRule("*", case.process, act, only(case.moment))


def _together(processes: Sequence[Process]) -> Iterator[Ended]:
    with ThreadPoolExecutor(len(processes)) as pool:
        yield from pool.map(Process.run, processes)


def _of_process(case: Case, ended: Ended, proxy: FaultProxy | None) -> Iterator[str]:
    """Yield what is wrong with the end of a process, whatever it worked on."""
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
    if not said and (ended.code == 0 or (ended.code in (1, 3) and fault.is_explained)) and fault.is_heard:
        yield f"it shows nothing, and ends with {ended.code}"
    if ended.output and _json(ended) is None and fault.is_heard:
        yield f"its output is not JSON: {ended.output[:200]}"
    if proxy and ended.code == 0 and _is_lasting(case, proxy):
        yield f"it ends with 0: {said[:300]}"


def _is_lasting(case: Case, proxy: FaultProxy) -> bool:
    """Return whether each request of a kind had a harmful fault. With several faults, one may prevent another."""
    (spec, *others) = case.specs or (None,)
    if spec is None or others or case.process or spec.mode != "always" or spec.fault in HARMLESS:
        return False
    return any(name == spec.fault for _, name in proxy.injected)


def _is_count_in_doubt(case: Case, proxy: FaultProxy, world: World) -> bool:
    """Return whether a request that counts may have been carried out although its response was lost."""
    harmed = {kind for kind, name in proxy.injected if name != "staged again"}
    return bool(case.process) or any(kind.startswith(world.decisive) for kind in harmed)


def _report(ended: Ended) -> dict[str, Any] | None:
    """Return the result of a command; None if there is none, or an error in its place."""
    found = _json(ended)
    return None if found is None or found.keys() <= {"schema_version", "error"} else found


def _json(ended: Ended) -> dict[str, Any] | None:
    try:
        found = json.loads(ended.output)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
