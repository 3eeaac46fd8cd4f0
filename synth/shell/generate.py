"""generate: ask a generator that is ready for more, for longer series, or for real windows among them."""

import argparse

from synth.orders import BALANCES, Order
from synth.shell.inputs import (
    SOURCES,
    add_effort,
    add_meaning,
    add_measuring,
    add_store,
    add_window,
    load,
    open_shelf,
    shares,
    window_settings,
)
from synth.shell.outputs import Narrator, measure_and_write


def add(commands: argparse._SubParsersAction) -> None:
    generate = commands.add_parser(
        "generate", help="ask a generator that is ready for other amounts or lengths"
    )
    generate.add_argument("--model", required=True, metavar="KEY", help="which one, as `models` lists it")
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
    generate.add_argument(
        "--no-audit", action="store_true", help="make the release only, and measure nothing"
    )
    add_window(generate)
    add_store(generate)
    add_effort(generate)
    add_measuring(generate)
    add_meaning(generate)
    generate.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make a release with a generator that learnt from these recordings, and measure it."""
    from synth.explore import generate
    from synth.study import study

    order = Order(options.windows, options.balance, options.seconds, options.real, options.draw)
    shelf = open_shelf(options)
    settings = window_settings(options.window, options.overlap)
    question = study(load(options.data, options), settings, seed=options.seed, shares=shares(options))
    key = generate(question, options.model, order, shelf, on_progress=Narrator(order.label()))
    measure_and_write(question, key, shelf, options)
    return 0
