"""How a rule is written and run; knows Pulumi's policy SDK and nothing of AWS."""
