"""A CrossGuard policy pack for data pipelines on AWS: tags and cost, security, failures that are heard.

`pack.POLICIES` is the list of all rules, which `policies/__main__.py` hands to the Pulumi CLI.

- `kit` is how a rule is written and run: metadata, configuration, exemptions, unknown values, the stack.
- `readers` turn what a program declares into data: IAM documents, state machines, schedules, tags.
- `rules` holds the rules, by AWS service as their names say.
- `cost` reads out of a stack what a month of it is billed.
"""
