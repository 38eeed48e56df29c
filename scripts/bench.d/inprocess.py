# SPDX-License-Identifier: BSD-3-Clause
# inprocess: what estab-bench measures without a port, each measurement a process of its own, the
# sides of a comparison in turn.
import json
import os
from dataclasses import dataclass, field

import report
import rounds
import workloads
from build import ESTAB_BENCH
from process import RunError, command_line, run_to_end

PURPOSES = {name: workload.purpose for name, workload in workloads.ALL.items()}
LIMIT_S = 600  # the largest tables on a busy machine
NOT_ENOUGH_MEMORY = 77


def runner(name):
    return lambda context: run(context, workloads.ALL[name])


@dataclass
class Cell:
    """One line of one side's output: the same measurement in every round."""
    keys: dict
    values: dict = field(default_factory=dict)  # field name to its value in each round


class Measurement:
    """One point of a workload: its sides run in turn, every line of their output kept."""

    def __init__(self, context, workload, point):
        self.context, self.workload, self.point = context, workload, point
        self.cells = {side: {} for side in point.sides}  # side to line key to Cell
        self.small_pages = False

    def command(self, side):
        seconds = workloads.QUICK_SECONDS if self.context.options.quick else self.workload.seconds
        arguments = [self.workload.name, *self.point.arguments, *self.point.sides[side], "--cpu", str(self.context.polling_cpu)]
        if self.workload.takes_seconds:
            arguments += ["--seconds", f"{seconds:g}"]
        return [self.context.build.program(ESTAB_BENCH), *arguments]

    def run_side(self, side):
        command = self.command(side)
        log = os.path.join(self.context.work, "estab-bench.log")
        lines = run_to_end(command, self.workload.seconds + LIMIT_S, log)
        found = [json.loads(line) for line in lines if line.startswith("{")]
        if not found:
            raise RunError(f"no result: {command_line(command)}")
        for line in found:
            for part in self.workload.split(line) if self.workload.split else [line]:
                self.keep(side, part)

    def keep(self, side, line):
        self.small_pages |= line.get("huge_pages") is False
        keys = {name: line[name] for name in self.workload.keys if name in line}
        cell = self.cells[side].setdefault(tuple(keys.items()), Cell(keys))
        for name, value in line.items():
            if name not in keys and isinstance(value, (int, float)) and not isinstance(value, bool):
                cell.values.setdefault(name, []).append(value)

    def results(self):
        """A result for each line of the first side, the other sides' beside it."""
        first = next(iter(self.cells.values()))
        for key, cell in first.items():
            sides = {side: cells[key] for side, cells in self.cells.items() if key in cells}
            yield self.result(cell.keys, sides)

    def result(self, keys, sides):
        found = {"case": self.point.name, **keys, "ratios": {},
                 "sides": {side: {name: rounds.summary(values) for name, values in cell.values.items()} for side, cell in sides.items()}}
        for ratio in self.workload.ratios:
            names = [list(self.point.sides)[place] for place in ratio.over]
            if all(name in sides and ratio.field in sides[name].values for name in names):
                found["ratios"][ratio.name] = rounds.paired_ratio({name: sides[name].values[ratio.field] for name in names}, *names)
        return found


def run(context, workload):
    points = [point for point in workload.points(context.options) if wanted(point, context.options.flows)]
    if not points:
        raise RunError("no such size; there are " + ", ".join(sorted({f"{point.flows}" for point in workload.points(context.options)}, key=int)))
    results, notes, commands = [], list(workload.notes), {}
    for point in points:
        if not context.pages.reserve(point.n_bytes):
            notes.append(f"{point.name}: {point.n_bytes >> 20} MB of huge pages cannot be had: small pages, or not measured")
        measurement = Measurement(context, workload, point)
        commands.update({f"{point.name}{', ' + side if side else ''}": command_line(measurement.command(side)) for side in point.sides})
        try:
            play(measurement, context.rounds(full=workload.rounds), context.say)
        except RunError as error:
            if error.status != NOT_ENOUGH_MEMORY:
                raise
            notes.append(f"{point.name}: not measured: {error.reason}")
            continue
        results += measurement.results()
        if measurement.small_pages:
            notes.append(f"{point.name}: in small pages")
    return {"title": workload.purpose, "results": results, "notes": notes, "commands": commands,
            "tables": [{"title": "median (min..max)", "rows": table_rows(workload, results)}]}


def wanted(point, flows):
    return not flows or point.flows in flows


def play(measurement, n_rounds, say):
    say(measurement.point.name)
    sides = {side: lambda side=side: measurement.run_side(side) for side in measurement.point.sides}
    rounds.play(sides, n_rounds, say)


def table_rows(workload, results):
    """Sides are columns; the flows that make the difference between sides are in their names."""
    places = max((len(result["sides"]) for result in results), default=0)
    names = [{list(result["sides"])[place] for result in results} for place in range(places)]
    labels = [next(iter(found)) if len(found) == 1 else ("few", "many")[place] for place, found in enumerate(names)]
    head = ["case", *workload.keys]
    head += [f"{label}: {heading}" if label and heading else label or heading for label in labels for _, heading in workload.columns]
    return [head + [ratio.name for ratio in workload.ratios]] + [table_row(workload, result, places) for result in results]


def table_row(workload, result, places):
    row = [result["case"], *(str(result.get(key, "")) for key in workload.keys)]
    sides = list(result["sides"].values())
    for place in range(places):
        values = sides[place] if place < len(sides) else {}
        row += [report.spread(values[name]) if name in values else "-" for name, _ in workload.columns]
    return row + [report.spread(result["ratios"][ratio.name]) if ratio.name in result["ratios"] else "-" for ratio in workload.ratios]
