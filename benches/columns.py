"""Reads and writes by DuckDB, a line in, a line out.

Prints `ready`, or why it cannot. `csv FILE` reads a CSV file into a table, `load FILES` the rows of
Parquet files; `write FILE` writes the rows that were loaded last as Parquet. Each answers with its
seconds and how many rows there were. `ask QUERY` answers with the seconds of a query, with its rows
fetched, `rows QUERY` with its rows.
"""

import datetime
import decimal
import sys
import time

try:
    import duckdb
except ImportError as error:
    print(error)
    sys.exit()



def shown(value):
    """As relatum writes it: cents at least, and a day where an instant is its first."""
    if isinstance(value, decimal.Decimal):
        whole, part = f"{value:.6f}".split(".")
        return f"{whole}.{part.rstrip('0'):0<2}"
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return str(value.date())
    return "" if value is None else str(value)


connection = duckdb.connect()
queries = {
    "csv": "create or replace table lines as select * from read_csv('{}')",
    "load": "create or replace table events as select * from read_parquet('{}', hive_partitioning = false)",
    "write": "copy events to '{}' (format parquet, compression zstd)",
}
print("ready", flush=True)
for line in sys.stdin:
    what, place = line.strip().split(" ", 1)
    begun = time.perf_counter()
    if what in ("ask", "rows"):
        fetched = connection.execute(place).fetchall()
        seconds = time.perf_counter() - begun
        text = ";".join(",".join(map(shown, row)) for row in fetched)
        print(seconds if what == "ask" else text, flush=True)
        continue
    rows = connection.execute(queries[what].format(place.replace("'", "''"))).fetchone()[0]
    print(time.perf_counter() - begun, rows, flush=True)
