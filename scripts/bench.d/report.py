# SPDX-License-Identifier: BSD-3-Clause
# report: what a command found, as a table to read and as JSON.
import json


def digits(value):
    """About three figures, as people write them."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.2f}"


def spread(found):
    """ "12.3 (12.1..12.4)"; one run has no spread. """
    if found is None:
        return "void"
    if len(found["runs"]) < 2:
        return digits(found["median"])
    return f"{digits(found['median'])} ({digits(found['min'])}..{digits(found['max'])})"


def table(rows):
    """Markdown, so that it can be pasted; the first row is the head."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _machine_lines(found):
    machine, versions, load = found["machine"], found["versions"], found["load"]
    yield (f"- machine: {machine['cpu']}{', virtual' if machine['virtual'] else ''}; {machine['cores']} cores; {machine['memory_mb']} MB;"
           f" {' '.join(machine['cpu_features'])}; governor {machine['governor']}; Linux {machine['kernel']}")
    yield (f"- versions: estab {versions['estab']}; DPDK {versions['dpdk']}; {versions['compiler']},"
           f" -O{versions['optimization']}{', LTO' if versions['lto'] else ''}; sanitizers: {versions['sanitize']}")
    yield (f"- load: {' '.join(f'{value:.2f}' for value in load['load_before'])} before, "
           f"{' '.join(f'{value:.2f}' for value in load['load_after'])} after; {load['busy_before']:.0%} of the CPUs in use just before;"
           f" {load['stolen']:.1%} stolen by the hypervisor during the runs")


def text(found):
    quick = " --quick" if found["quick"] else ""
    lines = [f"## bench {found['command']}{quick}: {found['title']}", "", *_machine_lines(found), ""]
    for entry in found["tables"]:
        lines += [entry["title"], "", table(entry["rows"]), ""]
    lines += [f"- {note}" for note in found["notes"]]
    lines += ["", "command lines, from the repository's root; DIR is what --keep names:", ""]
    lines += [f"    {name}: {command}" for name, command in found["commands"].items()]
    lines += [f"\nWARNING: {warning}" for warning in found["warnings"]]
    return "\n".join(lines) + "\n"


def lacks_section(path, command):
    with open(path, encoding="utf-8") as file:
        _, mark, rest = file.read().partition(f"<!-- bench {command} -->\n")
    return not mark or "<!-- end -->" not in rest


def replace_section(path, found):
    """Put the text between `<!-- bench NAME -->` and `<!-- end -->` of a document."""
    begin, end = f"<!-- bench {found['command']} -->\n", "<!-- end -->"
    with open(path, encoding="utf-8") as file:
        before, mark, rest = file.read().partition(begin)
    assert mark and end in rest, "see lacks_section()"
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + begin + "\n" + text(found).replace("## bench", "### bench", 1) + "\n" + end + rest.partition(end)[2])


def write_json(documents, path):
    """One command is an object, several are a list of them."""
    documents = [{key: value for key, value in found.items() if key != "tables"} for found in documents]
    document = json.dumps(documents[0] if len(documents) == 1 else documents, indent=2) + "\n"
    if path == "-":
        print(document, end="")
        return
    with open(path, "w", encoding="utf-8") as file:
        file.write(document)
