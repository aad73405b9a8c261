"""Who may assume a role: a job of one GitHub environment of one repository."""

from dataclasses import dataclass

from components import iam

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"


@dataclass(frozen=True)
class Repository:
    """A repository on GitHub.

    Attributes:
        name: ``OWNER/REPOSITORY``.
        owner_id, repository_id: their numbers; empty for a repository that was made and last renamed before
            15 July 2026.
    """

    name: str
    owner_id: str = ""
    repository_id: str = ""

    def subject(self, environment: str) -> str:
        """Return how a job of an environment names itself.

        Repositories made or renamed since 15 July 2026 say the numbers of owner and repository, so that
        nobody inherits a subject with a name (GitHub changelog, 23 April 2026).
        """
        owner, _, repository = self.name.partition("/")
        if self.owner_id:
            owner, repository = f"{owner}@{self.owner_id}", f"{repository}@{self.repository_id}"
        return f"repo:{owner}/{repository}:environment:{environment}"


def trust(provider_arn: str, repository: Repository, environment: str) -> iam.Document:
    """Return the trust policy of a role that jobs of one environment assume.

    Args:
        provider_arn: ARN of the account's identity provider for GitHub.
        repository: the repository.
        environment: the GitHub environment of the job.
    """
    return iam.document(
        {
            "Sid": "AssumeFromOneEnvironment",
            "Effect": "Allow",
            "Principal": {"Federated": provider_arn},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    f"{ISSUER}:aud": AUDIENCE,
                    f"{ISSUER}:sub": repository.subject(environment),
                }
            },
        }
    )
