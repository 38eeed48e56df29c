# SPDX-License-Identifier: BSD-3-Clause
"""What the running estab answers on DPDK's telemetry socket."""
import json
import subprocess
import sys


def ask(command):
    run = subprocess.run(["timeout", "-k", "5", "20", "dpdk-telemetry.py"], input=command + "\n", capture_output=True, text=True, check=False)
    decoder, answers, text = json.JSONDecoder(), [], run.stdout
    while (start := text.find("{")) >= 0:
        answer, end = decoder.raw_decode(text[start:])
        answers.append(answer)
        text = text[start + end:]
    matching = [answer for answer in answers if command.split(",")[0] in answer]
    if not matching:
        sys.exit(f"{command} has no answer in JSON: {run.stdout} {run.stderr}")
    return matching[0][command.split(",")[0]]
