"""What an account needs once, before the pipeline: state, secrets key, and the roles of GitHub's jobs.

A Pulumi program of its own (`pulumi -C bootstrap up`), deployed by a person; the pipeline's stacks are
deployed by the roles that it makes.  The documents are pure functions: `access` says what a role may do,
`boundary` what the stack's own roles may do at most, `github` who may assume a role.
"""
