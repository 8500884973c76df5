"""Validates reports against schemas: formats.py SCHEMAS REPORTS."""

import json
import pathlib
import sys

import jsonschema
import xmlschema


def schema(name):
    return json.loads((schemas / name).read_text())


schemas, reports = map(pathlib.Path, sys.argv[1:])
gitlab = json.loads((reports / "gitlab").read_text())
rdjson = json.loads((reports / "rdjson").read_text())
rdjsonl = [json.loads(line) for line in (reports / "rdjsonl").read_text().splitlines()]

# GitLab stops at the first entry that is not valid, and takes the last of two with one fingerprint.
for entry in gitlab:
    jsonschema.validate(entry, schema("codeclimate.json"))
assert len({entry["fingerprint"] for entry in gitlab}) == len(gitlab) > 0
jsonschema.Draft4Validator(schema("DiagnosticResult.json")).validate(rdjson)
for entry in rdjsonl:
    jsonschema.Draft4Validator(schema("Diagnostic.json")).validate(entry)
assert len(rdjsonl) == len(rdjson["diagnostics"]) == len(gitlab)

junit = xmlschema.XMLSchema(schemas / "junit-10.xsd")
junit.validate(reports / "junit")
checkstyle = xmlschema.XMLSchema(schemas / "checkstyle.xsd")
checkstyle.validate(reports / "checkstyle")
failures = xmlschema.XMLResource(reports / "junit").root.iter("failure")
errors = xmlschema.XMLResource(reports / "checkstyle").root.iter("error")
assert len(list(failures)) == len(list(errors)) == len(gitlab)

print(f"gitlab, rdjson, rdjsonl, junit, checkstyle: valid, {len(gitlab)} findings in each")
