"""ODBC as a destination, against real servers through real drivers: the contract suite, and whole loads that the servers' own
clients read back."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
import servers_odbc as odbc  # noqa: E402
from servers_postgres import binaries, postgres_server  # noqa: E402
from support import SLUICE  # noqa: E402

pytestmark = [pytest.mark.skipif(not odbc.manager(), reason="no libodbc.so.2 here: tools/bootstrap test installs it"),
              pytest.mark.skipif(not all(map(odbc.library, odbc.LIBRARIES)), reason="ODBC drivers are missing: tools/bootstrap test"),
              pytest.mark.skipif(binaries() is None, reason="no PostgreSQL server here: tools/bootstrap test")]
PROGRAMS = ["contract_destinations", "contract_destination_loads", "contract_destination_stops"]
PREFIX = "SLUICE_CONTRACT_DESTINATION_ODBC"


@pytest.fixture(scope="module")
def pg():
    with postgres_server() as running:
        yield running


@pytest.fixture(scope="module")
def ini(tmp_path_factory):
    return odbc.Odbc(tmp_path_factory.mktemp("odbc"))


def run_contract(program, environment):
    done = subprocess.run([Path(SLUICE).parent / program], env={**os.environ, "SLUICE_CONTRACT_PLACE": "odbc*", **environment}, capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == 0 and ", 0 failed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_contract_on_postgres(program, pg, ini):
    psql = f"{pg.bin}/psql -X -q -h {pg.folder} -p {pg.port} -U postgres"
    pg.sql("DROP DATABASE IF EXISTS contract WITH (FORCE)")
    pg.sql("CREATE DATABASE contract")
    run_contract(program, {
        **ini.env, PREFIX: odbc.postgres(pg, "contract"), f"{PREFIX}_NO_NUL": "1", f"{PREFIX}_VOLUME": "3000",
        f"{PREFIX}_RESET": f'{psql} -c "DROP DATABASE contract WITH (FORCE)" -c "CREATE DATABASE contract"',
        f"{PREFIX}_SLOW_QUERY": "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
        f"{PREFIX}_REFUSED": "odbc:", f"{PREFIX}_MISSING": odbc.postgres(pg, "contrakt"),
        f"{PREFIX}_BROKEN": odbc.postgres(pg, "contract", port=1), f"{PREFIX}_SECRET": odbc.postgres(pg, "contract", password="s3cr3tS3nt1n3l")})
