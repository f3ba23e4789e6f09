from __future__ import annotations

import pytest

from dagster_commons.errors import UsageError
from dagster_commons.tools.deployments import endpoint_of


@pytest.mark.parametrize(
    ("text", "url", "graphql"),
    [
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000", "http://127.0.0.1:3000/graphql"),
        ("http://dagster:3000/", "http://dagster:3000", "http://dagster:3000/graphql"),
        ("https://tools.example.com/dagster/", "https://tools.example.com/dagster", "https://tools.example.com/dagster/graphql"),
        ("http://dagster:3000/graphql", "http://dagster:3000", "http://dagster:3000/graphql"),
        ("http://[::1]:3000", "http://[::1]:3000", "http://[::1]:3000/graphql"),
        ("https://acme.dagster.cloud/prod", "https://acme.dagster.cloud/prod", "https://acme.dagster.cloud/prod/graphql"),
        ("https://acme.dagster.cloud/prod/graphql", "https://acme.dagster.cloud/prod", "https://acme.dagster.cloud/prod/graphql"),
        ("https://acme.eu.dagster.cloud/prod/overview", "https://acme.eu.dagster.cloud/prod", "https://acme.eu.dagster.cloud/prod/graphql"),
    ],
)  # fmt: skip
def test_where_to_ask(text, url, graphql):
    endpoint = endpoint_of(text)
    assert (endpoint.url, endpoint.graphql) == (url, graphql)


@pytest.mark.parametrize(
    ("text", "may_have_token"),
    [
        ("https://acme.dagster.cloud/prod", True),
        ("https://ACME.Dagster.Cloud/prod", True),
        ("http://localhost:3000", True),
        ("http://127.0.0.1:3000", True),
        ("http://[::1]:3000", True),
        ("http://dagster:3000", False),
        ("https://dagster.example.com", False),
        ("https://acme.dagster.cloud.example.com/prod", False),
        ("https://notdagster.cloud/prod", False),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1.example.com", False),
    ],
)
def test_a_token_goes_to_dagster_plus_and_to_this_machine_only(text, may_have_token):
    assert endpoint_of(text).may_have_token is may_have_token


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "`` is no URL", "http://HOST:3000"),
        ("localhost:3000", "`localhost:3000` is no URL", "http://HOST:3000"),
        ("dagster.example.com", "is no URL", "http://HOST:3000"),
        ("ftp://dagster.example.com", "is no URL", "http://HOST:3000"),
        ("file:///etc/passwd", "is no URL", "http://HOST:3000"),
        ("http://", "is no URL", "http://HOST:3000"),
        ("http:///x", "is no URL", "http://HOST:3000"),
        ("http://host:0", "is no URL", "http://HOST:3000"),
        ("http://host:99999", "is no URL", "http://HOST:3000"),
        ("http://host:x", "is no URL", "http://HOST:3000"),
        ("http://[::1", "is no URL", "http://HOST:3000"),
        ("http://ho st", "is no URL", "http://HOST:3000"),
        ("http://host/\r\nX: y", "is no URL", "http://HOST:3000"),
        ("http://höst", "is no URL", "http://HOST:3000"),
        ("http://host?x=y", "goes on with", "without"),
        ("https://acme.dagster.cloud/prod#x", "goes on with", "without"),
        ("https://acme.dagster.cloud", "does not say which deployment", "https://acme.dagster.cloud/prod"),
        ("https://acme.dagster.cloud/graphql", "does not say which deployment", "https://acme.dagster.cloud/prod"),
        ("http://acme.dagster.cloud/prod", "not sent unencrypted", "https://acme.dagster.cloud/prod"),
    ],
)
def test_what_is_no_webserver_s_url_is_refused(text, message, hint):
    with pytest.raises(UsageError) as caught:
        endpoint_of(text)
    assert message in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "http://ada:s3cret@host",
        "http://s3cret@host",
        "ada:s3cret@host",
        "http://ada:s3cret@host:x",
        "http://ada:s3cret@höst",
        "http://host?token=s3cret",
        "http://host/#s3cret",
        "http://ada:s3cret@[::1",
        "https://s3cret@acme.dagster.cloud/prod",
    ],
)
def test_credentials_in_a_url_are_refused_and_not_shown(text):
    with pytest.raises(UsageError) as caught:
        endpoint_of(text)
    assert "s3cret" not in caught.value.message + (caught.value.hint or "")
