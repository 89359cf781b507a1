"""Reads templates, secrets and options of Jinja's, and prints what Salt makes of each template."""

import json
import sys

import salt_stand_in as salt

question = json.load(sys.stdin)
pillar = {"khagen_secrets": question["secrets"]}
names = dict(salt.context("host", pillar, [], "base"), khagen_secrets=question["secrets"])
json.dump([salt.render(text, [], names, **question["options"]) for text in question["templates"]], sys.stdout)
