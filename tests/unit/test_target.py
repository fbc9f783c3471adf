"""What names a database: psql's forms, Prisma's URLs, and what is refused."""

import pytest

from snapkit.errors import UsageError
from snapkit.pg.target import Target, parse_target, redact


def parse(text: str) -> Target:
    return parse_target(text, {}, {})


def test_target_of_a_bare_name_is_that_database() -> None:
    assert parse("my shop").keywords == (("dbname", "my shop"),)


def test_target_of_keywords_reads_quoted_values() -> None:
    target = parse(r"host=db dbname='my \'shop\'' user=ann")
    assert dict(target.keywords) == {"host": "db", "dbname": "my 'shop'", "user": "ann"}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "PostgreSQL"])
def test_target_of_a_uri_is_taken_apart(scheme: str) -> None:
    target = parse(f"{scheme}://ann@db.example:6543/shop")
    assert dict(target.keywords) == {
        "dbname": "shop",
        "host": "db.example",
        "port": "6543",
        "user": "ann",
    }


@pytest.mark.parametrize(
    ("encoded", "password"),
    [
        ("p%40ss", "p@ss"),
        ("a%3Ab%2Fc", "a:b/c"),
        ("a:b", "a:b"),
        ("%20%27%22%20", " '\" "),
        ("50%25", "50%"),
        ("%3F%23%26", "?#&"),
        ("a?b", "a?b"),
        ("m%E1%BA%ADt", "mật"),
        ("a+b", "a+b"),
    ],
)
def test_password_of_a_uri_is_decoded(encoded: str, password: str) -> None:
    target = parse(f"postgresql://ann:{encoded}@db/shop?schema=public")
    assert target.connect_arguments()["password"] == password


def test_password_is_neither_in_repr_nor_in_keywords_nor_in_label() -> None:
    target = parse("postgresql://ann:hunter2@db/shop")
    assert "hunter2" not in f"{target!r} {target.keywords} {target.label}"


def test_password_reaches_programs_by_pgpassword_alone() -> None:
    environment = parse("postgresql://ann:hunter2@db/shop").environment()
    assert [key for key, value in environment.items() if "hunter2" in value] == ["PGPASSWORD"]


def test_environment_holds_every_keyword() -> None:
    environment = parse("host=db port=1 dbname=shop user=ann sslmode=require").environment()
    assert environment == {
        "PGHOST": "db",
        "PGPORT": "1",
        "PGDATABASE": "shop",
        "PGUSER": "ann",
        "PGSSLMODE": "require",
        "PGAPPNAME": "snapkit",
        "PGCLIENTENCODING": "UTF8",
    }


def test_prisma_parameters_are_understood_and_not_passed_on() -> None:
    target = parse(
        "postgresql://ann@db/shop?schema=sales&connection_limit=5&pool_timeout=2&pgbouncer=true"
        "&sslaccept=accept_invalid_certs&socket_timeout=3&statement_cache_size=0"
        "&sslidentity=client.p12&sslpassword=secret&connect_timeout=7&sslmode=prefer"
    )
    assert dict(target.keywords) == {
        "connect_timeout": "7",
        "dbname": "shop",
        "host": "db",
        "sslmode": "prefer",
        "user": "ann",
    }


def test_prisma_schema_is_the_namespace() -> None:
    assert parse("postgresql://db/shop?schema=sal%20es").namespace == "sal es"


@pytest.mark.parametrize("query", ["", "?schema=", "?sslmode=prefer"])
def test_namespace_without_a_schema_is_public(query: str) -> None:
    assert parse(f"postgresql://db/shop{query}").namespace == "public"


def test_prisma_host_parameter_names_a_socket() -> None:
    target = parse("postgresql://ann@localhost/shop?host=/run/postgresql&schema=public")
    assert dict(target.keywords)["host"] == "/run/postgresql"


def test_prisma_certificate_is_the_authoritys() -> None:
    target = parse("postgresql://db/shop?sslmode=require&sslcert=ca.pem&sslaccept=strict")
    assert dict(target.keywords) == {
        "dbname": "shop",
        "host": "db",
        "sslmode": "verify-full",
        "sslrootcert": "ca.pem",
    }


def test_client_certificate_with_its_key_stays_one() -> None:
    target = parse("postgresql://db/shop?sslcert=me.pem&sslkey=me.key")
    assert dict(target.keywords)["sslcert"] == "me.pem"


def test_target_without_d_takes_database_url() -> None:
    target = parse_target(None, {"DATABASE_URL": "postgresql://db/a"}, {"DATABASE_URL": "b"})
    assert (dict(target.keywords)["dbname"], target.source) == ("a", "DATABASE_URL")


@pytest.mark.parametrize("environ", [{}, {"DATABASE_URL": ""}, {"DATABASE_URL": " "}])
def test_target_without_d_and_variable_takes_dotenv(environ: dict[str, str]) -> None:
    target = parse_target(None, environ, {"DATABASE_URL": "postgresql://db/b", "OTHER": None})
    assert (dict(target.keywords)["dbname"], target.source) == ("b", "DATABASE_URL in .env")


def test_target_without_any_url_is_left_to_libpq() -> None:
    target = parse_target(None, {"PGDATABASE": "shop", "PGHOST": "db", "PGUSER": "ann"}, {})
    assert (target.keywords, target.label) == ((), "shop on db as ann")


def test_d_goes_before_database_url() -> None:
    target = parse_target("mine", {"DATABASE_URL": "postgresql://db/other"}, {})
    assert (dict(target.keywords), target.source) == ({"dbname": "mine"}, "-d")


def test_direct_url_is_taken_where_database_url_is_pooled() -> None:
    environ = {
        "DATABASE_URL": "postgresql://pooler:6543/shop?pgbouncer=true",
        "DIRECT_URL": "postgresql://db:5432/shop",
    }
    target = parse_target(None, environ, {})
    assert (dict(target.keywords)["host"], target.is_pooled) == ("db", False)


def test_pooled_url_without_a_direct_one_says_so() -> None:
    assert parse("postgresql://pooler/shop?pgbouncer=true").is_pooled


def test_password_of_the_environment_is_a_secret_too() -> None:
    assert parse_target("shop", {"PGPASSWORD": "hunter2"}, {}).secrets == ("hunter2",)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("postgresql://ann@db:5432/shop", "shop on db as ann"),
        ("postgresql://ann@db:6543/shop", "shop on db:6543 as ann"),
        ("shop", "shop on the local socket"),
        ("host=/run/pg dbname=shop user=ann", "shop on /run/pg as ann"),
        ("service=nightly", "service nightly"),
        ("user=ann", "ann on the local socket as ann"),
        ("dbname='a\nb'", r"'a\nb' on the local socket"),
    ],
)
def test_label_says_which_database_where_and_as_whom(text: str, label: str) -> None:
    assert parse(text).label == label


@pytest.mark.parametrize(
    "text",
    [
        "mysql://ann:hunter2@db/shop",
        "mongodb+srv://ann:hunter2@db/shop",
        "sqlserver://db:1433;database=shop;user=sa;password=hunter2",
        "file:./dev.db",
        "prisma://accelerate.prisma-data.net/?api_key=hunter2",
        "prisma+postgres://accelerate.prisma-data.net/?api_key=hunter2",
    ],
)
def test_other_databases_are_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError, match="which snapkit does not read") as caught:
        parse(text)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ann:hunter2%zz@db/shop",
        "postgresql://ann:hunter2 x@db/shop",
        "postgresql://ann:p@hunter2@db/shop",
        "postgresql://ann:@?hunter2@db/shop",
        "postgresql://ann:@?schema=hunter2@db/shop",
        "postgresql://ann:hunter2/x@db/shop",
        "postgresql://ann:1/hunter2@db/shop",
        "postgresql://ann:1/x?hunter2=y@db/shop",
        "postgresql://ann@db:hunter2/shop",
        "postgresql://ann@db:70000/shop?password=hunter2",
        "postgresql://ann:hunter2@db/shop?nonsense=1",
        "postgresql://ann:hunter2@db/shop?host",
        "'postgresql://ann:hunter2@db/shop'",
        "'postgresql://ann:hunter2@db/shop?schema=public'",
        "gopher://ann:hunter2@db/shop",
        "hunter2://x",
        "host=db password=my hunter2 =x",
        "host=db password='hunter2",
        "host=db hunter2=x",
        "host=db port=hunter2",
        "dbname=postgresql://ann:hunter2@db/shop",
        "host=db sslkey=k sslpassword=hunter2",
        "",
    ],
)
def test_unreadable_text_is_refused_and_never_quoted(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    error = caught.value
    assert "hunter2" not in f"{error} {error!r} {error.__cause__!r} {error.__context__!r}"


def test_unknown_parameter_is_named_where_it_cannot_be_a_password() -> None:
    with pytest.raises(UsageError, match="parameter 'conection_limit'"):
        parse("postgresql://ann:x@db/shop?conection_limit=5")


@pytest.mark.parametrize(
    "shown",
    ["it's 100%", "it%27s%20100%25", "it%27s+100%25", "it\\'s 100%", "it''s 100%"],
)
def test_redact_finds_every_spelling(shown: str) -> None:
    assert redact(f"before {shown} after", ["it's 100%", ""]) == "before *** after"


def test_redact_takes_longer_secrets_first() -> None:
    assert redact("abcd", ["ab", "abcd"]) == "***"
