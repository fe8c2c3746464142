"""The first version of the public schema. A released migration is never edited: add another one.

Only small tables have a primary key in DuckDB: an index over bars or forecasts triples the time of a write.
The keys of the others are kept by the writers (see `_frames.KEYS`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_DATA_TABLES = """
CREATE TABLE series (
    series VARCHAR PRIMARY KEY, source VARCHAR NOT NULL, symbol VARCHAR NOT NULL,
    interval VARCHAR NOT NULL, location VARCHAR, revision INTEGER NOT NULL, n_rows BIGINT NOT NULL,
    first_session TIMESTAMP NOT NULL, last_session TIMESTAMP NOT NULL, sha256 VARCHAR NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE TABLE bars (
    series VARCHAR NOT NULL, revision INTEGER NOT NULL, time TIMESTAMP NOT NULL, session TIMESTAMP,
    open DOUBLE, high DOUBLE, low DOUBLE, close DOUBLE, volume DOUBLE, extra JSON,
    deleted BOOLEAN NOT NULL
);
"""

_RUN_TABLES = """
CREATE TABLE experiments (
    experiment VARCHAR PRIMARY KEY, name VARCHAR NOT NULL, toml VARCHAR NOT NULL, spec JSON NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE TABLE runs (
    run VARCHAR PRIMARY KEY, name VARCHAR NOT NULL, experiment VARCHAR NOT NULL,
    status VARCHAR NOT NULL, created_at TIMESTAMP NOT NULL, finished_at TIMESTAMP, seconds DOUBLE,
    data JSON NOT NULL, provenance JSON NOT NULL, summary JSON, verdict VARCHAR, error VARCHAR
);
CREATE TABLE tasks (
    run VARCHAR, key VARCHAR, model VARCHAR NOT NULL, symbols JSON NOT NULL, fold INTEGER NOT NULL,
    seed BIGINT, status VARCHAR NOT NULL, seconds DOUBLE, error VARCHAR, finished_at TIMESTAMP,
    PRIMARY KEY (run, key)
);
CREATE TABLE plugins (
    run VARCHAR NOT NULL, kind VARCHAR NOT NULL, name VARCHAR NOT NULL, distribution VARCHAR,
    version VARCHAR, origin VARCHAR, sha256 VARCHAR
);
CREATE TABLE models (
    run VARCHAR, key VARCHAR, file VARCHAR, content BLOB NOT NULL, model VARCHAR NOT NULL,
    symbols JSON NOT NULL, fold INTEGER NOT NULL, seed BIGINT, created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (run, key, file)
);
"""

_RESULT_TABLES = """
CREATE TABLE forecasts (
    run VARCHAR NOT NULL, model VARCHAR NOT NULL, symbol VARCHAR NOT NULL, seed BIGINT,
    fold INTEGER NOT NULL, origin TIMESTAMP NOT NULL, step INTEGER NOT NULL, target_time TIMESTAMP,
    last_price DOUBLE, forecast DOUBLE, price DOUBLE, expected_return DOUBLE, actual DOUBLE,
    actual_price DOUBLE, forecast_scaled DOUBLE, actual_scaled DOUBLE, levels DOUBLE[],
    quantiles DOUBLE[]
);
CREATE TABLE scores (
    run VARCHAR NOT NULL, model VARCHAR NOT NULL, symbol VARCHAR, seed BIGINT, fold INTEGER,
    step INTEGER, space VARCHAR NOT NULL, metric VARCHAR NOT NULL, value DOUBLE
);
CREATE TABLE learning (
    run VARCHAR NOT NULL, model VARCHAR NOT NULL, symbol VARCHAR, seed BIGINT, fold INTEGER NOT NULL,
    epoch INTEGER NOT NULL, train_loss DOUBLE, validation_loss DOUBLE, validation_rmse DOUBLE,
    validation_hit_rate DOUBLE
);
CREATE TABLE signals (
    run VARCHAR NOT NULL, model VARCHAR NOT NULL, seed BIGINT, origin TIMESTAMP NOT NULL,
    symbol VARCHAR NOT NULL, position DOUBLE, stop DOUBLE, take_profit DOUBLE
);
CREATE TABLE orders (
    run VARCHAR NOT NULL, model VARCHAR NOT NULL, seed BIGINT, symbol VARCHAR NOT NULL,
    decided TIMESTAMP NOT NULL, units DOUBLE, status VARCHAR, reason VARCHAR
);
CREATE TABLE trades (
    run VARCHAR NOT NULL, model VARCHAR NOT NULL, seed BIGINT, symbol VARCHAR NOT NULL,
    entry_time TIMESTAMP NOT NULL, exit_time TIMESTAMP, units DOUBLE, entry_price DOUBLE,
    exit_price DOUBLE, pnl DOUBLE, simple_return DOUBLE, commission DOUBLE, is_open BOOLEAN
);
CREATE TABLE equity (
    run VARCHAR NOT NULL, model VARCHAR NOT NULL, seed BIGINT, time TIMESTAMP NOT NULL, equity DOUBLE,
    exposure DOUBLE
);
CREATE TABLE backtests (
    run VARCHAR NOT NULL, model VARCHAR NOT NULL, seed BIGINT, metric VARCHAR NOT NULL, value DOUBLE,
    reason VARCHAR
);
"""

_TRUST_TABLES = """
CREATE TABLE trials (
    trial VARCHAR PRIMARY KEY, run VARCHAR NOT NULL, model VARCHAR NOT NULL, series VARCHAR NOT NULL,
    interval VARCHAR NOT NULL, target VARCHAR NOT NULL, test_start TIMESTAMP NOT NULL,
    test_end TIMESTAMP NOT NULL, recorded_at TIMESTAMP NOT NULL, settings JSON NOT NULL,
    returns DOUBLE[], sharpe DOUBLE
);
CREATE TABLE audits (
    run VARCHAR NOT NULL, check_name VARCHAR NOT NULL, plugin VARCHAR, passed BOOLEAN NOT NULL,
    detail VARCHAR, first_leak TIMESTAMP, seconds DOUBLE, created_at TIMESTAMP NOT NULL
);
"""

# Of a run on one symbol the pooled figures and that symbol's own are the same: one row, with the symbol.
_VIEWS = """
CREATE VIEW leaderboard AS
WITH pooled AS (
    SELECT s.run, r.name, r.created_at, s.model, s.space, s.metric, s.value,
        list_distinct(r.data->>'$[*].symbol') AS symbols,
        CASE WHEN s.symbol IS NULL AND len(symbols) = 1 THEN symbols[1] ELSE s.symbol END AS symbol
    FROM scores s JOIN runs r ON r.run = s.run
    WHERE s.seed IS NULL AND s.fold IS NULL AND s.step IS NULL
)
SELECT run, name, model, symbol, space,
    max(value) FILTER (WHERE metric = 'rmse') AS rmse,
    max(value) FILTER (WHERE metric = 'mae') AS mae,
    max(value) FILTER (WHERE metric = 'mse') AS mse,
    max(value) FILTER (WHERE metric = 'skill') AS skill,
    max(value) FILTER (WHERE metric = 'hit_rate') AS hit_rate,
    created_at
FROM pooled
GROUP BY run, name, created_at, model, symbol, space;

CREATE VIEW bars_latest AS
SELECT series, revision, time, session, open, high, low, close, volume, extra
FROM (SELECT *, row_number() OVER (PARTITION BY series, time ORDER BY revision DESC) AS age FROM bars)
WHERE age = 1 AND NOT deleted;
"""


_FETCHES = """
CREATE TABLE fetches (
    series VARCHAR NOT NULL, fetched_at TIMESTAMP NOT NULL, first_date TIMESTAMP, last_date TIMESTAMP,
    asked_until TIMESTAMP NOT NULL, n_rows BIGINT NOT NULL, revision INTEGER NOT NULL
);
ALTER TABLE series ADD COLUMN repairs JSON;
"""


def m001_initial(con: duckdb.DuckDBPyConnection) -> None:
    """Create every table and view."""
    for script in (_DATA_TABLES, _RUN_TABLES, _RESULT_TABLES, _TRUST_TABLES, _VIEWS):
        con.execute(script)


def m002_fetches(con: duckdb.DuckDBPyConnection) -> None:
    """Remember what was asked of remote sources, and what had to be mended in each series."""
    con.execute(_FETCHES)
