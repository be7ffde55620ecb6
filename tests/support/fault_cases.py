"""Which faults are tried with which command: each one in turn, or random mixtures."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from support.aws_faults import FAULTS, can_happen
from support.fault_proxy import FaultRule, at_random, from_on, only
from support.process_faults import PROCESS_FAULTS

COMMANDS = ("status", "verify", "redrive", "reconcile", "reconcile --apply")
MODES = ("first", "always", "at random")
SHARE = 0.3
SAME_TIME = "the same time"


class Spec(NamedTuple):
    """A fault, the kind of request that has it, and which requests of that kind."""

    kind: str
    fault: str
    mode: str

    def rule(self, seed: int) -> FaultRule:
        """Return the rule for the proxy."""
        when = {"first": only(1), "always": from_on(1 + seed % 2), "at random": at_random(seed, SHARE)}
        return FaultRule(self.kind, self.fault, FAULTS[self.fault], when[self.mode])


@dataclass(frozen=True)
class Case:
    """A command, the faults of its requests, the fault of its process (at which request), and what is staged again."""

    command: str
    specs: tuple[Spec, ...] = ()
    process: str = ""
    moment: int = 1
    restaged: str = ""
    seed: int = 0

    def __str__(self) -> str:
        """Return the case in words, from which it can be run again."""
        parts = [f"{spec.fault} at {spec.kind} ({spec.mode})" for spec in self.specs]
        parts += [f"{self.process} at request {self.moment}"] if self.process else []
        parts += [f"rows staged again with {self.restaged}"] if self.restaged else []
        return f"{self.command}: {'; '.join(parts) or 'nothing'}, seed {self.seed}"


def one_of_each(kinds: Mapping[str, Sequence[str]], seed: int) -> Iterator[Case]:
    """Yield a case for each fault, at a first request that can have it.

    The commands, and their kinds of requests, take turns.
    """
    for number, fault in enumerate(FAULTS):
        fitting = {command: [kind for kind in sent if can_happen(fault, kind)] for command, sent in kinds.items()}
        commands = [command for command, sent in fitting.items() if sent]
        if commands:
            turn, place = divmod(number, len(commands))
            sent = fitting[commands[place]]
            yield Case(commands[place], (Spec(sent[(turn + seed) % len(sent)], fault, "first"),), seed=seed)


def all_of_each(command: str, kinds: Sequence[str], seed: int) -> Iterator[Case]:
    """Yield a case for each kind of request, fault and mode."""
    for kind in kinds:
        for fault in FAULTS:
            if can_happen(fault, kind):
                yield from (Case(command, (Spec(kind, fault, mode),), seed=seed) for mode in MODES)


def processes(command: str, most_requests: int, seed: int) -> Iterator[Case]:
    """Yield a case for each fault of a process, at a random request."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    for process in PROCESS_FAULTS:
        yield Case(command, process=process, moment=chance.randint(1, most_requests), seed=seed)


def by_chance(command: str, kinds: Sequence[str], most_requests: int, seed: int) -> Case:
    """Return a random case with up to three faults of requests, and perhaps one of the process."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    specs = []
    for _ in range(chance.randint(1, 3)):
        kind = chance.choice(["*", *kinds])
        fault = chance.choice([fault for fault in FAULTS if can_happen(fault, kind)])
        specs.append(Spec(kind, fault, chance.choice(MODES)))
    process = chance.choice(["", *PROCESS_FAULTS])
    restaged = chance.choice(["", "now"])
    return Case(command, tuple(specs), process, chance.randint(1, most_requests), restaged, seed)
