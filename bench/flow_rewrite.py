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
from synth.audit.reidentification.base import AVERAGED, TOP_1
from synth.audit.report import EFFORTS, Report, Result
from synth.audit.utility.base import ON_FRESH, ON_UNSEEN
from synth.core.figures import percent
from synth.core.learner import preset
from synth.core.run_context import RunContext
from synth.mechanisms.flow.flow_rewrite import FlowRewrite
from synth.runs import tasks
from synth.runs.study import Study, study
from synth.shell.outputs import Narrator

Cell = Callable[[Report], Result | None]


def strongest(question: str, tier: str, metric: str) -> Cell:
    """Return what finds the highest number of a metric, whichever attacker or classifier came to it."""

    def cell(report: Report) -> Result | None:
        asked = [r for r in report.results if (r.question, r.tier, r.metric) == (question, tier, metric)]
        return max((r for r in asked if r.value is not None), key=lambda r: r.number, default=None)

    return cell


COLUMNS: dict[str, Cell] = {
    "distinguished from real": lambda report: headline(report, "discriminator"),
    "activities, unused time": strongest("utility", f"TSTR, {ON_FRESH}", "macro-F1"),
    "activities, unseen people": strongest("utility", f"TSTR, {ON_UNSEEN}", "macro-F1"),
    "people, refitted": strongest("reidentification", "refitted", TOP_1),
    "informed": strongest("reidentification", "informed", TOP_1),
    "refitted, aggregated": strongest("reidentification", "refitted, aggregated", TOP_1),
    "informed, aggregated": strongest("reidentification", "informed, aggregated", TOP_1),
    "five releases averaged": strongest("reidentification", AVERAGED, TOP_1),
    "membership": lambda report: headline(report, "membership"),
    "copies": lambda report: headline(report, "copies"),
}
WORDED = ("membership", "copies")  # with their verdict


def main() -> None:
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    data = study(load(options.data), WindowSettings(), seed=options.seed)
    made = list(reports(data, options))
    rows = [[f"{change.kept:g}", f"{change.restyled:g}", *cells(report)] for change, report in made]
    found = [cell(made[0][1]) for cell in COLUMNS.values()]
    for name, field in (("*Guessing*", "chance"), ("*Unprotected recordings*", "ceiling")):
        shares = [None if result is None else getattr(result, field) for result in found]
        rows.append([name, "", *("" if share is None else percent(share) for share in shares)])
    heading = ["kept", "redrawn", *COLUMNS]
    table = "".join(f"| {' | '.join(line)} |\n" for line in [heading, ["---"] * len(heading), *rows])
    line = this_run("bench.flow_rewrite", options.seed)
    (options.out / "table.md").write_text(f"{line}\n\n{table}", encoding="utf-8")
    print(table)


def cells(report: Report) -> list[str]:
    """Return the figures of one release."""
    results = {name: cell(report) for name, cell in COLUMNS.items()}
    words = {name: f", {report.verdicts[name].verdict}" for name in WORDED}
    return [
        "–" if result is None else result.figure + words.get(name, "") for name, result in results.items()
    ]


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
