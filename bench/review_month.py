"""How well the rules of the review find snoops in an invented month, and how much they ask of an officer.

    python bench/review_month.py [--seeds 6 7 8 9 10] [--json FILE]

The months are those of tests/audit/month.py at full size: 30 days, 400 staff, 5,000 patients, 60 snoops of ten kinds
and 60 honest look-alikes of ten kinds. The bounds were chosen on the seeds 1 to 5; what is reported is 6 to 10. Each
takes about 15 seconds.
"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.audit.judged import judged, table  # noqa: E402
from tests.audit.month import Month  # noqa: E402

LEAST_RECALL, MOST_A_DAY = 0.95, 10


def main() -> None:
    """Measures, prints, writes the JSON; exits 1 where a promise is not kept."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="*", default=[6, 7, 8, 9, 10])
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    kept = []
    for seed in asked.seeds:
        figures = judged(Month(seed))
        raised = figures.raised_a_day
        kept.append(
            {
                "seed": seed,
                "events": figures.events,
                "recall": round(figures.recall, 3),
                "honest_asked": sum(figures.asked.values()),
                "shown_a_day_most": max(figures.shown_a_day),
                "shown_a_day_mean": round(sum(figures.shown_a_day) / len(raised), 1),
                "raised_a_day_most": max(raised),
                "seconds": round(figures.seconds, 1),
            }
        )
        print(json.dumps(kept[-1]))
        print("\n".join(table(figures)))
    if asked.json:
        asked.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    if any(each["recall"] < LEAST_RECALL or each["shown_a_day_most"] > MOST_A_DAY for each in kept):
        sys.exit(1)


if __name__ == "__main__":
    main()
