"""What rewriting by Flow costs and gives away at each strength: one fit, and the whole audit of every release.

python -m bench.flow_rewrite --kept 0.3 0.15 0.07 --restyled 1 --out OUT [--data sample] [--seed 0] [--effort quick]

Reports, the fitted network and what attackers get on real data are kept in OUT, and used again. The table names, for
each question, the strongest attacker.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from bench.provenance import this_run
from data.load import load
from data.windows import WindowSettings
from synth.audit.question import headline, judged
from synth.audit.reidentification.base import TOP_1
from synth.audit.report import EFFORTS, Report
from synth.audit.utility.base import ON_FRESH, ON_UNSEEN
from synth.core.learner import preset
from synth.core.run_context import RunContext
from synth.mechanisms.flow.flow_rewrite import FlowRewrite
from synth.runs import tasks
from synth.runs.study import Study, study
from synth.shell.outputs import Narrator

MACRO_F1 = "macro-F1"
NAMED = {  # columns about people: how their tier ends
    "refitted": "trained on the release",
    "informed": "owns the method",
    "refitted, aggregated": "trained on the release, all windows",
    "informed, aggregated": "owns the method, all windows",
    "averaged over 5 releases": "five releases averaged",
}
JUDGED = {"membership": "membership", "copies": "copies"}


def main() -> None:
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    data = study(load(options.data), WindowSettings(), seed=options.seed)
    rows = [row(change, report) for change, report in reports(data, options)]
    columns = [
        "kept",
        "redrawn",
        "distinguished from real",
        "activities, unused time",
        "activities, unseen people",
    ]
    lines = [[*columns, *NAMED.values(), *JUDGED], ["---"] * (len(columns) + len(NAMED) + len(JUDGED)), *rows]
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    (options.out / "table.md").write_text(
        f"{this_run('bench.flow_rewrite', options.seed)}\n\n{table}", encoding="utf-8"
    )
    print(table)


def reports(data: Study, options: argparse.Namespace) -> Iterator[tuple[FlowRewrite, Report]]:
    """Yield every change of the settings with the report of its release."""
    quick = preset(FlowRewrite, options.preset)
    context = RunContext(options.seed, Narrator("Rewriting"))
    payload = _kept(options.out / "model.zip", lambda: quick.fit(data.split.fit, context).to_bytes())
    reference = _kept(
        options.out / f"reference_{options.effort}.json",
        lambda: tasks.refer(data.split, options.effort, context).encode(),
    ).decode()
    for restyled in options.restyled:
        for kept in options.kept:
            changed = replace(quick, kept=kept, restyled=restyled)
            path = options.out / f"{options.effort}_{kept:g}_{restyled:g}.json"
            body = _kept(path, lambda m=changed: measured(data, m, payload, reference, context))
            yield changed, judged(Report.from_json(body.decode()))


def measured(data: Study, changed: FlowRewrite, payload: bytes, reference: str, context: RunContext) -> bytes:
    """Return the report of a release. The network does not depend on how it is used: one fit does for all."""
    release = changed.load(payload).release(data.split.fit, seed=data.seed)
    return tasks.measure(data.split, release, reference, tasks.Model(changed, payload), context).encode()


def row(changed: FlowRewrite, report: Report) -> list[str]:
    """Return the cells of one release."""
    found = [f"{changed.kept:g}", f"{changed.restyled:g}", _headline(report, "discriminator")]
    found += [_strongest(report, "utility", f"TSTR, {where}", MACRO_F1) for where in (ON_FRESH, ON_UNSEEN)]
    found += [_strongest(report, "reidentification", tier, TOP_1) for tier in NAMED]
    return found + [_headline(report, question) for question in JUDGED]


def _strongest(report: Report, question: str, tier: str, metric: str) -> str:
    """Return the highest number of a metric, whichever attacker or classifier came to it."""
    asked = [r for r in report.results if (r.question, r.tier, r.metric) == (question, tier, metric)]
    best = max((r for r in asked if r.value is not None), key=lambda r: r.number, default=None)
    return "–" if best is None else best.figure


def _headline(report: Report, question: str) -> str:
    verdict, best = report.verdicts[question], headline(report, question)
    return verdict.verdict if best is None else f"{best.figure}, {verdict.verdict}"


def _kept(path: Path, made: Callable[[], bytes]) -> bytes:
    if not path.exists():
        path.write_bytes(made())
    return path.read_bytes()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="sample")
    parser.add_argument("--kept", type=float, nargs="+", default=FlowRewrite.dial.steps)
    parser.add_argument("--restyled", type=float, nargs="+", default=[1.0])
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--effort", choices=EFFORTS, default="quick")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
