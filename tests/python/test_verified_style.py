"""A module of our own in the style of dlt's verified sources, which are run by verified_sources.py: what they use of dlt's module tree."""
import subprocess
import sys
import types

import pytest

MODULE = '''
from typing import ClassVar, Dict, Iterable, Iterator, List, Optional, Sequence, Union
import dlt
from dlt.common import logger, pendulum, json
from dlt.common.configuration import configspec
from dlt.common.configuration.inject import with_config
from dlt.common.configuration.specs import CredentialsConfiguration, BaseConfiguration
from dlt.common.data_types import TDataType
from dlt.common.data_writers import TDataItemFormat
from dlt.common.exceptions import MissingDependencyException
from dlt.common.normalizers.naming.snake_case import NamingConvention
from dlt.common.pendulum import pendulum as same_pendulum
from dlt.common.pipeline import LoadInfo
from dlt.common.schema.typing import TColumnSchema, TTableSchemaColumns
from dlt.common.schema.utils import merge_column
from dlt.common.time import ensure_pendulum_datetime, timedelta
from dlt.common.typing import DictStrAny, StrAny, TAnyDateTime, TDataItem, TDataItems, TSecretValue
from dlt.common.utils import chunks, digest128
from dlt.extract.items import DataItemWithMeta
from dlt.sources import DltResource
from dlt.sources.config import with_config as also_with_config
from dlt.sources.credentials import ConnectionStringCredentials, GcpOAuthCredentials, GcpServiceAccountCredentials
from dlt.sources.helpers import requests
from dlt.sources.helpers.requests import Client, Session, client

TYPES: Dict[str, TDataType] = {"number": "double"}


@configspec
class Base(CredentialsConfiguration):
    subdomain: str = dlt.config.value
    __config_gen_annotations__: ClassVar[List[str]] = []


@configspec
class Token(Base):
    token: TSecretValue = dlt.secrets.value


@configspec
class Password(Base):
    email: str = dlt.config.value
    password: TSecretValue = dlt.secrets.value


@dlt.source(max_table_nesting=2)
def shop(credentials: Union[Password, Token] = dlt.secrets.value, start_date: Optional[TAnyDateTime] = pendulum.datetime(2024, 1, 1)
         ) -> Iterable[DltResource]:
    start = ensure_pendulum_datetime(start_date)
    kind = type(credentials).__name__

    @dlt.resource(primary_key="id", write_disposition="merge")
    def tickets(updated_at: dlt.sources.incremental[pendulum.DateTime] = dlt.sources.incremental(
            "updated_at", initial_value=start, allow_external_schedulers=True)) -> Iterator[TDataItem]:
        logger.info("since %s", updated_at.last_value.int_timestamp)
        seen = dlt.current.source_state().setdefault("seen", {})
        seen["runs"] = seen.get("runs", 0) + 1
        for page in chunks(range(4), 2):
            yield dlt.mark.with_hints([{"id": i, "amount": "1.5", "kind": kind, "updated_at": start + timedelta(days=i)} for i in page],
                                      dlt.mark.make_hints(columns={"amount": {"data_type": TYPES["number"]}}))

    @dlt.transformer(data_from=tickets, write_disposition="append")
    @dlt.defer
    def comments(page: List[DictStrAny]) -> List[DictStrAny]:
        return [{"ticket": row["id"], "digest": digest128(str(row["id"]))} for row in page]

    def lines(n: int) -> Iterator[Iterator[StrAny]]:
        yield map(lambda i: {"line": i}, range(n))  # an iterator is a page, too
        yield ({"line": i} for i in range(n, n + 2))

    yield tickets
    yield comments
    yield dlt.resource(lines, name="lines", write_disposition="replace")(3)


@dlt.resource
def standalone(kinds: Sequence[str]) -> DltResource:
    def rows(at: dlt.sources.incremental[str]) -> Iterator[List[StrAny]]:
        yield [{"id": kind, "at": "2024-01-02", "eventType": kind} for kind in kinds]
    return dlt.resource(rows, name="events", primary_key="id", write_disposition="append", table_name=lambda e: "event_" + e["eventType"])(
        dlt.sources.incremental("at", initial_value="2024-01-01"))
'''


@pytest.fixture
def module(monkeypatch, folder):
    """The module, with dlt as our package; the tests' own dlt is put back."""
    from sluice import _alias

    kept = {name: sys.modules[name] for name in list(sys.modules) if name == "dlt" or name.startswith("dlt.")}
    finders = list(sys.meta_path)
    _alias.install()
    made = types.ModuleType("shop_style")
    made.__file__ = "shop_style.py"
    sys.modules["shop_style"] = made
    exec(compile(MODULE, "shop_style.py", "exec"), made.__dict__)
    yield made
    del sys.modules["shop_style"]
    sys.meta_path[:] = finders
    for name in [n for n in sys.modules if n == "dlt" or n.startswith("dlt.")]:
        del sys.modules[name]
    sys.modules.update(kept)


def test_a_source_in_their_style(module, pipe, rows):
    for runs in (1, 2):
        pipe().run(module.shop(credentials=module.Token(subdomain="s", token="t")))
    assert rows("select count(*), min(kind), typeof(min(amount)) from ds.tickets group by all") == [(4, "Token", "DOUBLE")]
    assert rows("select count(*) from ds.comments") == [(4,)], "the second run knows the row at the boundary"
    assert rows("select line from ds.lines order by 1") == [(0,), (1,), (2,), (3,), (4,)]
    assert pipe().state["sources"]["shop"]["seen"] == {"runs": 2}


def test_credentials_of_the_configuration(module, pipe, rows, monkeypatch):
    monkeypatch.setenv("SOURCES__SHOP_STYLE__CREDENTIALS__SUBDOMAIN", "s")
    monkeypatch.setenv("SOURCES__SHOP_STYLE__CREDENTIALS__TOKEN", "t")
    pipe().run(module.shop())
    assert rows("select distinct kind from ds.tickets") == [("Token",)]


def test_credentials_as_text(module):
    made = module.ConnectionStringCredentials.from_init_value("postgresql://u:p%40@h:5432/d?a=b")
    assert (made.username, made.password, made.port, made.database, made.query) == ("u", "p@", 5432, "d", {"a": "b"})
    assert made.to_url() == "postgresql://u:p%40@h:5432/d?a=b"
    assert module.NamingConvention().normalize_identifier("OrderLines") == "order_lines"


def test_names_are_those_of_dlt(folder):
    """In a program of its own, since this one may have dlt as our package."""
    code = ("import random\nfrom dlt.common.normalizers.naming.snake_case import NamingConvention as Real\n"
            "from sluice.common.normalizers.naming.snake_case import NamingConvention as Ours\n"
            "random.seed(1)\nreal, ours = Real(), Ours()\n"
            "for _ in range(5000):\n"
            "    text = 'a' + ''.join(random.choice('aAbZ09_-+*@| $xY\\u00e9') for _ in range(9))\n"
            "    assert real.normalize_identifier(text) == ours.normalize_identifier(text), text\n")
    import os

    from conftest import BUILD, REPO

    paths = os.pathsep.join([str(REPO / "python"), str(BUILD / "python")])
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": paths}, timeout=60)
