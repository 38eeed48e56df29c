# SPDX-License-Identifier: BSD-3-Clause
# rounds: sides measured in turn, and what is said about them: median, spread, paired ratio.
import statistics


def summary(values):
    """Median and spread of the values, or None if there are none."""
    if not values:
        return None
    low, high = min(values), max(values)
    quartiles = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [low, low, high]
    return {"median": statistics.median(values), "min": low, "max": high, "q1": quartiles[0], "q3": quartiles[2],
            "runs": list(values)}


def play(sides, n_rounds, say):
    """Every side once a round, each round beginning with another one. `sides`: name to a function
    that measures once. Returns name to the list of its values, in the order of the rounds."""
    names = list(sides)
    values = {name: [] for name in names}
    for number in range(n_rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            value = sides[name]()
            values[name].append(value)
            say(": ".join([f"  round {number + 1} of {n_rounds}", *filter(None, [name]), *([f"{value:.4g}"] if isinstance(value, float) else [])]))
    return values


def paired_ratio(values, ours, theirs):
    """Of the two values of each round, so that what slows both cancels out."""
    return summary([a / b for a, b in zip(values[ours], values[theirs]) if b])
