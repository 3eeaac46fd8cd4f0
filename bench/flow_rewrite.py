"""What rewriting by Flow costs and gives away at each strength: one fit, and the whole audit of every release.

python -m bench.flow_rewrite --out OUT [--kept 0.3 0.15] [--restyled 1 0] [--as-flow] [--data sample] [--seed 0]

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
from synth.audit.reidentification.base import AVERAGED, TOP_1
from synth.audit.report import EFFORTS, Report, Result
from synth.audit.utility.base import ON_FRESH, ON_UNSEEN
from synth.core.figures import percent
from synth.core.learner import preset
from synth.core.run_context import RunContext
from synth.mechanisms.flow.flow import Flow
from synth.mechanisms.flow.flow_rewrite import FlowRewrite
from synth.runs import tasks
from synth.runs.study import Study, study
from synth.shell.outputs import Narrator

# Question, tier and metric; or a question alone, for the number that its verdict rests on.
COLUMNS: dict[str, tuple[str, str, str] | str] = {
    "distinguished from real": "discriminator",
    "activities, unused time": ("utility", f"TSTR, {ON_FRESH}", "macro-F1"),
    "activities, unseen people": ("utility", f"TSTR, {ON_UNSEEN}", "macro-F1"),
    "people, refitted": ("reidentification", "refitted", TOP_1),
    "informed": ("reidentification", "informed", TOP_1),
    "refitted, aggregated": ("reidentification", "refitted, aggregated", TOP_1),
    "informed, aggregated": ("reidentification", "informed, aggregated", TOP_1),
    "five releases averaged": ("reidentification", AVERAGED, TOP_1),
    "membership": "membership",
    "copies": "copies",
}
VARIATION = ("strength_change", "pace_change", "turn_deg")  # of recordings while the network learns
WORDED = ("membership", "copies")  # with their verdict


def main() -> None:
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    data = study(load(options.data), WindowSettings(), seed=options.seed)
    made = list(reports(data, options))
    rows = [[f"{change.kept:g}", f"{change.restyled:g}", *cells(report)] for change, report in made]
    asked = [results(made[0][1], column) for column in COLUMNS.values()]
    for name, field in (("*Guessing*", "chance"), ("*Unprotected recordings*", "ceiling")):
        shares = [[getattr(r, field) for r in found if getattr(r, field) is not None] for found in asked]
        rows.append([name, "", *(percent(max(share)) if share else "" for share in shares)])
    heading = ["kept", "redrawn", *COLUMNS]
    table = "".join(f"| {' | '.join(line)} |\n" for line in [heading, ["---"] * len(heading), *rows])
    line = this_run("bench.flow_rewrite", options.seed)
    (options.out / "table.md").write_text(f"{line}\n\n{table}", encoding="utf-8")
    print(table)


def results(report: Report, column: tuple[str, str, str] | str) -> list[Result]:
    """Return the results of a column, one for each attacker or classifier; those that were measured."""
    if isinstance(column, str):
        found = [headline(report, column)]
    else:
        found = [r for r in report.results if (r.question, r.tier, r.metric) == column]
    return [r for r in found if r is not None and r.value is not None]


def cells(report: Report) -> list[str]:
    """Return the figures of one release, each of the strongest attacker or classifier."""
    found = {name: results(report, column) for name, column in COLUMNS.items()}
    best = {name: max(some, key=lambda r: r.number).figure if some else "–" for name, some in found.items()}
    return [
        f"{figure}, {report.verdicts[name].verdict}" if name in WORDED else figure
        for name, figure in best.items()
    ]


def reports(data: Study, options: argparse.Namespace) -> Iterator[tuple[FlowRewrite, Report]]:
    """Yield every change of the settings with the report of its release."""
    quick = preset(FlowRewrite, options.preset)
    if options.as_flow:
        quick = replace(quick, **{name: getattr(Flow(), name) for name in VARIATION})
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


def _kept(path: Path, made: Callable[[], bytes]) -> bytes:
    if not path.exists():
        path.write_bytes(made())
    return path.read_bytes()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="sample")
    parser.add_argument("--kept", type=float, nargs="+", default=[0.8, 0.6, 0.45, 0.15])
    parser.add_argument("--restyled", type=float, nargs="+", default=[1.0])
    parser.add_argument(
        "--as-flow", action="store_true", help="vary recordings as little as Flow does while it learns"
    )
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--effort", choices=EFFORTS, default="quick")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
