"""generate: ask a trained generator for more windows, for longer series, or for a mix with real windows."""

import argparse

from synth.runs.generation_order import BALANCES, Order
from synth.shell.inputs import SOURCES, add_use_of_model, open_repository, read_study
from synth.shell.outputs import measure_and_write, narrated


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command and its options."""
    generate = commands.add_parser("generate", help="ask a trained generator for other amounts or lengths")
    generate.add_argument("--data", default="sample", help=f"{SOURCES}: what it was trained on")
    generate.add_argument("--windows", type=int, default=Order.n_windows, help="number of windows in all")
    generate.add_argument(
        "--balance",
        choices=BALANCES,
        default=Order.balance,
        help="shares of the activities: as in the recordings, or equal",
    )
    generate.add_argument(
        "--seconds",
        type=float,
        default=Order.seconds,
        help="length of a series in seconds; 0: every window stands alone",
    )
    generate.add_argument(
        "--real", type=float, default=Order.real_share, help="share of real windows among them, 0 to 0.9"
    )
    generate.add_argument(
        "--draw", type=int, default=Order.seed, help="seed of the drawing; another seed gives other windows"
    )
    add_use_of_model(generate)
    generate.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make a release with a generator that was trained on these recordings, and measure it."""
    from synth.runs.explore import generate

    order = Order(options.windows, options.balance, options.seconds, options.real, options.draw)
    repository = open_repository(options)
    study, _ = read_study(options.data, options)
    key = generate(study, options.model, order, repository, context=narrated(study, order.label()))
    measure_and_write(study, key, repository, options)
    return 0
