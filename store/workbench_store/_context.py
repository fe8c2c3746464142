"""Runs that saw other series beside those of their symbols."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# As in the first version, but that series beside those of the symbols do not count as symbols of the run.
_LEADERBOARD = """
CREATE OR REPLACE VIEW leaderboard AS
WITH seen AS (
    SELECT run, unnest(json_extract(data, '$[*]')) AS version FROM runs
), asked AS (
    SELECT run, list(DISTINCT version->>'$.symbol') AS symbols
    FROM seen WHERE (version->>'$.context') IS NULL GROUP BY run
), pooled AS (
    SELECT s.run, r.name, r.created_at, s.model, s.space, s.metric, s.value,
        CASE WHEN s.symbol IS NULL AND len(a.symbols) = 1 THEN a.symbols[1] ELSE s.symbol END AS symbol
    FROM scores s JOIN runs r ON r.run = s.run LEFT JOIN asked a ON a.run = s.run
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
"""


def m003_context(con: duckdb.DuckDBPyConnection) -> None:
    """Let the leaderboard know which series of a run are its symbols."""
    con.execute(_LEADERBOARD)
