"""generate: ask a generator that is ready for more, for longer series, or for real windows among them."""

import argparse

from synth.runs.generation_order import BALANCES, Order
from synth.shell.inputs import SOURCES, add_use_of_model, open_repository, study_of
from synth.shell.outputs import measure_and_write, narrated


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    generate = commands.add_parser(
        "generate", help="ask a generator that is ready for other amounts or lengths"
    )
    generate.add_argument("--data", default="sample", help=f"{SOURCES}: what it learnt from")
    generate.add_argument("--windows", type=int, default=Order.n_windows, help="how many windows in all")
    generate.add_argument(
        "--balance", choices=BALANCES, default=Order.balance, help="shares of the activities"
    )
    generate.add_argument(
        "--seconds", type=float, default=Order.seconds, help="length of a series; 0: every window on its own"
    )
    generate.add_argument(
        "--real", type=float, default=Order.real_share, help="share of real windows, 0 to 0.9"
    )
    generate.add_argument("--draw", type=int, default=Order.seed, help="seed of what is drawn")
    add_use_of_model(generate)
    generate.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make a release with a generator that learnt from these recordings, and measure it."""
    from synth.runs.explore import generate

    order = Order(options.windows, options.balance, options.seconds, options.real, options.draw)
    repository = open_repository(options)
    question = study_of(options.data, options)
    key = generate(question, options.model, order, repository, context=narrated(question, order.label()))
    measure_and_write(question, key, repository, options)
    return 0
