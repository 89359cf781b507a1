"""Reads a list of jobs and prints for each the states that a minion gets, or the error that it gets instead."""

import json
import sys

import salt_stand_in as salt

answers = []
for job in json.load(sys.stdin):
    names = salt.context(job["minion"], job["pillar"], job["roots"], job["saltenv"])
    try:
        if job["states"] == ["top"]:
            answers.append({"top": salt.data(job["roots"], "top", names)})
        else:
            answers.append({"states": salt.states(job["roots"], job["states"], names)})
    except Exception as error:  # whatever it is, the test wants to hear of it
        answers.append({"error": f"{type(error).__name__}: {error}"})
json.dump(answers, sys.stdout)
