"""The pack's IAM matcher against an evaluator written apart from it, and who gets in by a statement."""

from __future__ import annotations

import datetime as dt
import ipaddress
import operator
from decimal import Decimal, InvalidOperation
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.harness.policies import Call, allowed
from weather_policies.readers import policy_documents, sdk
from weather_policies.readers.access import Circle, intruders
from weather_policies.readers.iam import Request, allows, is_wide, like, statements

OURS, THEIRS = "123456789012", "999999999999"
ACTIONS = ("s3:GetObject", "s3:PutObject", "iam:PassRole", "glue:StartJobRun", "S3:getobject")
RESOURCES = ("arn:aws:s3:::lake/a", "arn:aws:s3:::lake/raw/b", "arn:aws:s3:::other/a", "*")
VALUES = ("a", "ab", "A", "arn:aws:s3:::lake", "arn:aws:sns:eu-west-1:1:t", "true", "")
OPERATORS = ("StringEquals", "StringLike", "Bool", "ForAnyValue:StringEquals")
KEYS = ("aws:SourceAccount", "aws:SourceArn", "s3:prefix")


@st.composite
def patterns(draw: Any, texts: tuple[str, ...]) -> str:
    """A text with some of its characters, or stretches of them, replaced by wildcards."""
    text = list(draw(st.sampled_from(texts)))
    for _ in range(draw(st.integers(0, 2))):
        start = draw(st.integers(0, len(text)))
        text[start : start + draw(st.integers(0, 3))] = [draw(st.sampled_from(["*", "?", "", "["]))]
    return "".join(text)


def several(strategy: Any) -> Any:
    return st.lists(strategy, min_size=1, max_size=3)


STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Action": several(patterns(ACTIONS)),
        "Resource": several(patterns(RESOURCES)),
        "Condition": st.dictionaries(
            st.sampled_from(OPERATORS),
            st.dictionaries(st.sampled_from(KEYS), several(patterns(VALUES)), max_size=2),
            max_size=2,
        ),
    }
)
CONTEXTS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=3)


@given(
    st.lists(STATEMENTS, min_size=1, max_size=3),
    st.sampled_from(ACTIONS),
    st.sampled_from(RESOURCES),
    CONTEXTS,
)
def test_a_document_allows_what_the_other_evaluator_says_it_allows(listed, action, resource, context):
    document = {"Version": "2012-10-17", "Statement": listed}
    ours = allows(document, Request(action, resource, {k.lower(): (v,) for k, v in context.items() if v}))
    theirs = allowed(document, Call(action, resource, {k: v for k, v in context.items() if v}))
    # Bool compares without regard to case, which the other evaluator does not.
    if not any("Bool" in s["Condition"] for s in listed):
        assert ours == theirs


@given(patterns(ACTIONS), st.sampled_from(ACTIONS))
def test_actions_ignore_case(pattern, action):
    assert like(action, pattern, ignore_case=True) == like(action.lower(), pattern.lower())


def _reference(text: str, pattern: str) -> bool:
    """Matching by recursion over the pattern, as the definition has it."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return _reference(text, pattern[1:]) or (bool(text) and _reference(text[1:], pattern))
    return bool(text) and pattern[0] in ("?", text[0]) and _reference(text[1:], pattern[1:])


@given(st.text("ab*?[]", max_size=8), st.text("ab*?[]", max_size=8))
def test_wildcards_match_by_their_definition(text, pattern):
    assert like(text, pattern) == _reference(text, pattern)


@pytest.mark.parametrize(
    "resource",
    [
        "*", "arn:aws:s3:::*", "arn:aws:s3:::*/*", "arn:aws:s3:::?*", "arn:aws:kms:*:*:key/*",
        "arn:aws:kms:eu-west-1:123456789012:key/*", "arn:aws:glue:*:*:*", "arn:aws:glue:*:*:table/*",
        "arn:aws:glue:eu-west-1:1:table/*/*", "arn:aws:logs:*:*:log-group:*", "arn:aws:sns:*:*:*",
        "arn:aws:iam::*:role/*", "arn:aws:sqs:eu-west-1:123456789012:*", "not an ARN",
        "arn:aws:lambda:*:*:function:*", "arn:aws:s3:::${aws:username}/*",
    ],
)  # fmt: skip
def test_everything_of_a_kind_is_wide(resource):
    assert is_wide(resource)


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:s3:::lake", "arn:aws:s3:::lake/*", "arn:aws:s3:::lake-*/raw/*",
        "arn:aws:sns:eu-west-1:1:topic",
        "arn:aws:glue:eu-west-1:1:catalog", "arn:aws:glue:eu-west-1:1:table/weather/*",
        "arn:aws:logs:eu-west-1:1:log-group:/weather/*", "arn:aws:kms:eu-west-1:1:key/1234",
        "arn:aws:s3:::home/${aws:username}/*",
    ],
)  # fmt: skip
def test_a_name_is_not_wide(resource):
    assert not is_wide(resource)


def let_in(trust: bool = False, **statement: Any) -> list[str]:
    [read] = statements({"Statement": {"Effect": "Allow", "Action": "a:b", **statement}})
    return list(intruders(read, Circle(frozenset({OURS})), trust=trust))


SERVICE = {"Service": "states.amazonaws.com"}
PINNING = [
    {"StringEquals": {"aws:SourceAccount": OURS}},
    {"stringequals": {"AWS:sourceaccount": [OURS]}},
    {"StringLike": {"aws:SourceAccount": OURS}},
    {"ArnLike": {"aws:SourceArn": f"arn:aws:states:*:{OURS}:*"}},
    {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::lake"}},
    {"StringEquals": {"aws:SourceOrgID": "o-abc123"}},
    {"ForAnyValue:StringEquals": {"aws:SourceOrgPaths": "o-abc123/r-1/*"}},
]
PINNING_NOBODY = [
    {},
    {"ArnLike": {"aws:SourceArn": "arn:aws:states:*:*:*"}},
    {"ArnLike": {"aws:SourceArn": "*"}},
    {"ArnLike": {"aws:SourceArn": f"arn:aws:states:*:{OURS[:-1]}?:*"}},
    {"StringLike": {"aws:SourceAccount": "????????????"}},
    {"StringLike": {"aws:SourceAccount": "1*"}},
    {"StringLike": {"aws:SourceAccount": [OURS, "*"]}},
    {"StringEquals": {"aws:SourceAccount": THEIRS}},
    {"StringEquals": {"aws:SourceAccount": []}},
    {"StringEqualsIfExists": {"aws:SourceAccount": OURS}},
    {"StringNotEquals": {"aws:SourceAccount": OURS}},
    {"ForAllValues:StringEquals": {"aws:SourceAccount": OURS}},
    {"Null": {"aws:SourceAccount": "false"}},
    {"Bool": {"aws:PrincipalIsAWSService": "true"}},
    {"StringEquals": {"kms:CallerAccount": OURS}},
    {"StringEquals": {"sts:ExternalId": "x"}},
    {"StringEquals": {"aws:ResourceAccount": OURS}},
    {"StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}},
    {"StringLike": {"aws:SourceOrgID": "o-*"}},
    {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
]


@pytest.mark.parametrize("condition", PINNING, ids=str)
def test_a_service_is_bound_by_a_written_value(condition):
    assert let_in(Principal=SERVICE, Condition=condition) == []


@pytest.mark.parametrize("condition", PINNING_NOBODY, ids=str)
def test_a_service_is_not_bound_by_anything_else(condition):
    [said] = let_in(Principal=SERVICE, Condition=condition)
    assert "states.amazonaws.com act on behalf of any account" in said


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalOrgID": "o-abc123"}},
        {"StringEquals": {"aws:PrincipalAccount": OURS}},
        {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OURS}:role/*"}},
        {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}},
        {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "10.0.0.0/8"]}},
        {"StringEquals": {"s3:DataAccessPointAccount": OURS}},
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-a/r-b/ou-c/*"]}},
    ],
    ids=str,
)
def test_anybody_is_bound_by_a_written_value(condition):
    assert let_in(Principal="*", Condition=condition) == []
    assert let_in(Principal={"AWS": ["*"]}, Condition=condition) == []


@pytest.mark.parametrize(
    "condition",
    [
        {"StringLike": {"aws:PrincipalOrgID": "o-*"}},
        {"StringLike": {"aws:PrincipalArn": "*"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}},
        {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
        {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "0.0.0.0/1"]}},
        {"IpAddress": {"aws:SourceIp": "::/0"}},
        {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        {"StringLike": {"aws:SourceVpce": "vpce-*"}},
        {"StringLike": {"aws:Referer": "https://example.org/*"}},
        {"StringEquals": {"aws:PrincipalAccount": THEIRS}},
        {"Bool": {"aws:SecureTransport": "true"}},
    ],
    ids=str,
)
def test_anybody_is_not_bound_by_anything_else(condition):
    assert (
        "lets in a" in let_in(Principal="*", Condition=condition)[0]
    )  # anybody, or an account that is not ours


@pytest.mark.parametrize(
    "principal",
    [
        ["foo", "*"], "foo", {"AWS": "foo"}, {"AWS": 1}, {"AWS": []}, {}, {"Everybody": "*"}, 7,
        {"AWS": f"arn:aws:iam::{OURS}:role/*"}, {"Service": "s3"},
        {"AWS": "AROAEXAMPLEDELETED"}, {"Federated": "x"},
    ],
    ids=str,
)  # fmt: skip
def test_a_principal_that_cannot_be_read_is_refused(principal):
    assert let_in(Principal=principal)


@pytest.mark.parametrize(
    "account", [THEIRS, f"arn:aws:iam::{THEIRS}:root", f"arn:aws:sts::{THEIRS}:assumed-role/a/b"]
)
def test_a_foreign_account_needs_an_external_id_to_assume_a_role(account):
    external = {"StringEquals": {"sts:ExternalId": "4711"}}
    assert f"lets in account {THEIRS}" in let_in(Principal={"AWS": account}, trust=True)[0]
    assert let_in(Principal={"AWS": account}, trust=True, Condition=external) == []
    assert let_in(Principal={"AWS": account}, Condition=external), (
        "an external id is a matter of trust policies"
    )
    assert let_in(Principal={"AWS": account.replace(THEIRS, OURS)}, trust=True) == []


GITHUB = f"arn:aws:iam::{OURS}:oidc-provider/token.actions.githubusercontent.com"
SUB, AUD = "token.actions.githubusercontent.com:sub", "token.actions.githubusercontent.com:aud"


@pytest.mark.parametrize(
    ("condition", "right"),
    [
        ({"StringLike": {SUB: "repo:ours/weather:*"}}, True),
        ({"StringEquals": {SUB: "repo:ours/weather:ref:refs/heads/main", AUD: "sts.amazonaws.com"}}, True),
        ({"StringLike": {SUB: "repo:ours/*"}}, True),
        ({"StringEquals": {AUD: "sts.amazonaws.com"}}, False),
        ({"StringLike": {SUB: "*"}}, False),
        ({"StringLike": {SUB: "repo:*"}}, False),
        ({"StringLike": {SUB: "repo:*/weather:*"}}, False),
        ({"StringLike": {SUB: "repo:our*"}}, False),
        ({"StringLike": {SUB: ["repo:ours/weather:*", "*"]}}, False),
        ({"StringNotLike": {SUB: "repo:theirs/*"}}, False),
        ({}, False),
    ],
    ids=str,
)
def test_federation_needs_a_subject(condition, right):
    said = let_in(Principal={"Federated": GITHUB}, trust=True, Condition=condition)
    assert (said == []) == right


def test_the_table_of_policy_documents_is_what_the_installed_sdk_says():
    assert policy_documents.FILE.read_text(encoding="utf-8") == policy_documents.text(), (
        "run: python -m weather_policies.documents"
    )
    assert len(policy_documents.TABLE) > 75


def test_every_text_property_that_speaks_of_a_policy_is_in_the_table_or_named_as_something_else():
    """By another reading of the SDK than the table's own: names that end in policy or policy_document."""
    import re

    line = re.compile(r"^\s+(\w*_)?(policy|policies|policy_document|access_policies): (.*)$", re.MULTILINE)
    apart = re.compile(
        r"(redrive|delivery|archive|replay|filter|lifecycle|security|ssl|alpn|tls|auto|user_context|browser|snapshot"
        r"|notification|retention|deletion|default|routing|termination|protection|idle|update|upgrade|allow|endpoint"
        r"|import|creation|propagation)"
    )
    missing = []
    for token, constructor in sdk.constructors():
        for prefix, name, kind in line.findall(constructor):
            text = "_builtins.str]" in kind and "Args'" not in kind.replace("PolicyDocumentArgs'", "")
            if text and not apart.search(prefix) and token not in policy_documents.OTHER:
                key = sdk.camel(f"{prefix}{name}")
                if key not in policy_documents.TABLE.get(token, {}):
                    missing.append((token, key))
    assert missing == []


SAMPLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "String": (("a", "A", "ab", "b", ""), ("a", "A", "a*", "?b", "*", "[a]")),
    "Numeric": (("1", "2", "2.5", "-3", "x"), ("1", "2.0", "2.5", "10")),
    "Date": (("2022-05-01T00:00:00Z", "2019-01-01T02:00:00+02:00", "1577836800"), ("2020-01-01T00:00:00Z",)),
    "Bool": (("true", "false", "TRUE"), ("true", "false")),
    "Ip": (("10.1.2.3", "192.168.1.1", "2001:db8::1", "x"), ("10.0.0.0/8", "192.168.1.1", "2001:db8::/32")),
    "Arn": (
        ("arn:aws:sns:eu-west-1:1:t", "arn:aws:sns:eu-west-1:2:t:u", "text"),
        ("arn:aws:sns:*:1:t", "arn:aws:sns:eu-west-1:*:*", "arn:aws:*:1:t"),
    ),
}
"""Values of requests and of conditions, by kind of operator."""


def number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def moment(text: str) -> dt.datetime:
    if text.isdigit():
        return dt.datetime.fromtimestamp(int(text), dt.UTC)
    return dt.datetime.fromisoformat(text)


def ordered(read: Any, compare: Any) -> Any:
    def matches(actual: str, wanted: str) -> bool:
        left, right = read(actual), read(wanted)
        return left is not None and right is not None and compare(left, right)

    return matches


def in_network(actual: str, wanted: str) -> bool:
    try:
        return ipaddress.ip_address(actual) in ipaddress.ip_network(wanted)
    except ValueError:
        return False


def arn_like(actual: str, wanted: str) -> bool:
    """Part by part; the sixth part is all the rest."""
    parts, patterns = actual.split(":", 5), wanted.split(":", 5)
    return len(parts) == len(patterns) == 6 and all(map(_reference, parts, patterns))


ORDER = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
DEFINITIONS: dict[str, Any] = {
    "StringEquals": lambda a, w: a == w,
    "StringEqualsIgnoreCase": lambda a, w: a.casefold() == w.casefold(),
    "StringLike": _reference,
    "Bool": lambda a, w: a.casefold() == w.casefold(),
    "IpAddress": in_network,
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    **{f"Numeric{name}": ordered(number, compare) for name, compare in ORDER.items()},
    **{f"Date{name}": ordered(moment, compare) for name, compare in ORDER.items()},
}
"""Each positive operator as the IAM user guide defines it, for one value against one."""

NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}


@st.composite
def conditions(draw: Any) -> tuple[str, str, bool, tuple[str, ...], list[str]]:
    """Quantifier, operator, whether an absent key holds, the request's values and the condition's."""
    name = draw(st.sampled_from([*DEFINITIONS, *NEGATED]))
    kind = next(k for k in SAMPLES if k in NEGATED.get(name, name))
    actual = draw(st.lists(st.sampled_from(SAMPLES[kind][0]), max_size=3, unique=True))
    wanted = draw(st.lists(st.sampled_from(SAMPLES[kind][1]), min_size=1, max_size=2))
    quantifier = draw(st.sampled_from(["", "", "ForAnyValue:", "ForAllValues:"]))
    return quantifier, name, draw(st.booleans()), tuple(actual if quantifier else actual[:1]), wanted


def holds(quantifier: str, name: str, if_exists: bool, actual: tuple[str, ...], wanted: list[str]) -> bool:
    """Whether a condition holds, by the words of the guide ("Multivalued context keys", "IfExists")."""
    positive = DEFINITIONS[NEGATED.get(name, name)]

    def met(value: str) -> bool:
        return any(positive(value, w) for w in wanted) is (name not in NEGATED)

    if not actual:
        absent = {"": name in NEGATED, "ForAnyValue:": False, "ForAllValues:": True}[quantifier]
        return if_exists or absent
    return (all if quantifier == "ForAllValues:" else any)(met(value) for value in actual)


@settings(max_examples=1000)
@given(conditions())
def test_an_operator_means_what_the_guide_says(drawn):
    quantifier, name, if_exists, actual, wanted = drawn
    block = {f"{quantifier}{name}{'IfExists' if if_exists else ''}": {"k:Key": wanted}}
    statement = {"Effect": "Allow", "Action": "a:B", "Resource": "*", "Condition": block}
    request = Request("a:B", "*", {"k:key": actual} if actual else {})
    assert allows({"Statement": statement}, request) is holds(*drawn), block


@pytest.mark.parametrize(("value", "absent", "present"), [("true", True, False), ("false", False, True)])
def test_null_asks_whether_a_key_is_there(value, absent, present):
    statement = {"Effect": "Allow", "Action": "a:B", "Resource": "*", "Condition": {"Null": {"k": value}}}
    assert allows({"Statement": statement}, Request("a:B")) is absent
    assert allows({"Statement": statement}, Request("a:B", "*", {"k": ("x",)})) is present


@given(
    st.sampled_from(["Action", "NotAction"]),
    st.sampled_from(["Resource", "NotResource"]),
    several(patterns(ACTIONS)),
    several(patterns(RESOURCES)),
    st.sampled_from(ACTIONS),
    st.sampled_from(RESOURCES),
)
def test_the_not_elements_speak_of_all_the_rest(acting, reaching, actions, resources, action, resource):
    statement = {"Effect": "Allow", acting: actions, reaching: resources}
    covered = any(_reference(action.lower(), p.lower()) for p in actions) is (acting == "Action")
    reached = any(_reference(resource, p) for p in resources) is (reaching == "Resource")
    assert allows({"Statement": [statement]}, Request(action, resource)) is (covered and reached)
