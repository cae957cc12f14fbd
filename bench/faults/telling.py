"""What a run has brought, for people: operations, faults, violations, how long it took until all went on."""

import json
from collections import Counter
from itertools import pairwise

from bench import figures, rig
from bench.faults.checker import check, lateness
from bench.faults.history import Facts, Fault, History


def report(facts: Facts, seed: int) -> int:
    """Prints all of it, writes the JSON; how many violations there were."""
    history, violations = facts.history, check(facts)
    _operations(facts)
    for name, seconds in _spreads(facts).items():
        if seconds:
            shares = zip(("p50", "p95", "p99"), (0.5, 0.95, 0.99), strict=True)
            told = "  ".join(f"{word} {figures.percentile(seconds, share) / 1000:.2f} s" for word, share in shares)
            print(f"{name:>28} {told}  longest {max(seconds):.2f} s  n {len(seconds)}")
    faults = Counter(fault.kind for fault in history.faults)
    figures.table(
        ("fault", "times", "first answer, longest", "silence, longest", "follows again, longest"), _by_kind(history)
    )
    figures.table(("invariant", "violations"), [(name, len(words)) for name, words in violations.items()])
    for name, words in violations.items():
        for each in words[:5]:
            print(f"  {name} {each}")
    total = sum(len(words) for words in violations.values())
    operations = len(history.sends) + len(history.pages) + len(history.seen)
    print(f"{total} violations in {operations} operations and {len(history.faults)} faults; seed {seed}")
    told = {"seed": seed, "sums": _sums(facts, total), "faults": faults, "violations": violations}
    figures.write(f"faults-{seed}", {**told, "errors": history.errors})
    return total


def _sums(facts: Facts, total: int) -> dict[str, int]:
    history = facts.history
    return {
        "sends": len(history.sends),
        "acknowledged": sum(send.acked is not None for send in history.sends),
        "tries": sum(send.tries for send in history.sends),
        "pages": len(history.pages),
        "steps": len(facts.kept.steps),
        "events to devices": len(history.seen),
        "faults": len(history.faults),
        "violations": total,
    }


def tell_sum(seeds: list[int]) -> None:
    """Prints what the runs of these seeds have brought together; one that left nothing is named."""
    sums: Counter[str] = Counter()
    for seed in seeds:
        path = rig.OUT / f"faults-{seed}.json"
        if path.exists():
            sums.update(json.loads(path.read_text())["sums"])
        else:
            print(f"the run of seed {seed} left no figures")
    print(f"\nin {len(seeds)} runs: {', '.join(f'{count:,} {name}' for name, count in sums.items())}", flush=True)


def _operations(facts: Facts) -> None:
    history = facts.history
    acked = sum(send.acked is not None for send in history.sends)
    refused = sum(bool(send.refused) for send in history.sends)
    tries = sum(send.tries for send in history.sends)
    print(f"\nsends {len(history.sends)}, acknowledged {acked}, refused {refused}, tries {tries}")
    print(f"events to devices {len(history.seen)}, acts on the record {sum(facts.kept.recorded.values())}")
    paged = sum(page.acked is not None for page in history.pages)
    states = dict(Counter(row.state for row in facts.kept.pages))
    print(f"pages {len(history.pages)}, acknowledged {paged}, states {states}, steps {len(facts.kept.steps)}")
    print("what broke for clients", dict(history.errors.most_common(14)))
    print(facts.kept.log_words)


def _spreads(facts: Facts) -> dict[str, list[float]]:
    history = facts.history
    return {
        "device follows again": [seconds for _, seconds in history.reconnects],
        "send to acknowledged": [send.acked - send.began for send in history.sends if send.acked],
        "first answer after a fault": _first_answers(history),
        "acknowledged to a device": _deliveries(history),
        "timer late": [late for _, late in lateness(facts)],
    }


def _by_kind(history: History) -> list[tuple[str, int, float, float, float]]:
    """Of each kind of fault: how often, and in seconds the longest until something was acknowledged that was begun
    after it, the longest in which nothing was acknowledged, and the longest that a device was without a line.
    """
    rows = []
    for kind in sorted({fault.kind for fault in history.faults}):
        faults = [fault for fault in history.faults if fault.kind == kind]
        first = [_first_answer(history, fault) or 0.0 for fault in faults]
        silent = [_silence(history, fault) for fault in faults]
        lost = [s for at, s in history.reconnects for fault in faults if fault.began <= at - s / 2 <= fault.healed + 5]
        rows.append((kind, len(faults), max(first), max(silent), max(lost, default=0.0)))
    return rows


def _silence(history: History, fault: Fault) -> float:
    """The longest that nobody was acknowledged anything while it lasted."""
    ends = sorted(end for _, end in history.acks if fault.began <= end <= fault.healed)
    return max(later - earlier for earlier, later in pairwise([fault.began, *ends, fault.healed]))


def _first_answers(history: History) -> list[float]:
    return [seconds for fault in history.faults if (seconds := _first_answer(history, fault)) is not None]


def _first_answer(history: History, fault: Fault) -> float | None:
    """Seconds from its beginning to the first act that was begun after it and acknowledged."""
    later = [end for begin, end in history.acks if begin >= fault.began]
    return min(later) - fault.began if later else None


def _deliveries(history: History) -> list[float]:
    """Seconds from the answer that the sender got to each device that got the message."""
    acked = {send.message: send.acked for send in history.sends if send.acked and send.message}
    return [max(0.0, one.at - acked[one.message]) for one in history.seen if one.message in acked]
