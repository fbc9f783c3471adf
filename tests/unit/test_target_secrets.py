"""No text that `parse_target` produces holds a password, whatever the password is."""

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from snapkit.errors import SnapkitError
from snapkit.pg.target import parse_target, redact

SENTINEL = "S3ntinel"

_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
_passwords = st.builds(lambda before, after: before + SENTINEL + after, _texts, _texts)
_raw_passwords = st.builds(
    lambda before, after: before + SENTINEL + after,
    st.text("@:/?#&=%'\"\\ a1", max_size=6),
    st.text("@:/?#&=%'\"\\ a1", max_size=6),
)
_queries = st.sampled_from(["", "?schema=public", "?sslmode=require&connection_limit=1", "?x=y"])


def _shown(text: str) -> str:
    try:
        target = parse_target(text, {}, {})
    except SnapkitError as error:
        return f"{error} {error!r} {error.__cause__!r} {error.__context__!r}"
    return f"{target!r} {target.label} {target.keywords} {target.source}"


@given(_passwords, _queries)
def test_encoded_password_is_read_back_and_never_shown(password: str, query: str) -> None:
    text = f"postgresql://ann:{quote(password, safe='')}@db/shop{query}"
    assert SENTINEL not in _shown(text)
    if query != "?x=y":
        assert parse_target(text, {}, {}).password == password


@given(_raw_passwords, _queries)
def test_raw_password_in_a_uri_is_never_shown(password: str, query: str) -> None:
    assert SENTINEL not in _shown(f"postgresql://ann:{password}@db/shop{query}")


@given(_raw_passwords)
def test_raw_password_among_keywords_is_never_shown(password: str) -> None:
    assert SENTINEL not in _shown(f"host=db password={password} dbname=shop")


@given(_passwords)
def test_quoted_password_among_keywords_is_read_back(password: str) -> None:
    escaped = password.replace("\\", "\\\\").replace("'", "\\'")
    assert parse_target(f"host=db password='{escaped}'", {}, {}).password == password


@given(_passwords, _texts, _texts)
def test_redacted_text_does_not_hold_the_secret(password: str, before: str, after: str) -> None:
    text = f"{before}{password}{after}{quote(password)}{password!r}"
    assert SENTINEL not in redact(text, [password])
