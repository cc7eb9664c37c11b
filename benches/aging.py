"""Answers aging queries by DuckDB over the rows in a folder, a line in, a line out.

Prints `ready`, or why it cannot. `tables DAY` and `parquet DAY` give the seconds of one query, with
its rows fetched; `keep DAY` writes the rows to aging.csv.
"""

import sys
import time
from pathlib import Path

try:
    import duckdb
except ImportError as error:
    print(error)
    sys.exit()

folder = Path(sys.argv[1])
sql = (Path(__file__).parent / "aging.sql").read_text()
names = ["documents", "settled", "disputes"]
types = {
    "documents": "{'item': 'VARCHAR', 'account': 'VARCHAR', 'currency': 'VARCHAR', 'day': 'DATE', "
    "'due': 'DATE', 'amount': 'BIGINT'}",
    "settled": "{'item': 'VARCHAR', 'amount': 'BIGINT', 'day': 'DATE', 'until': 'DATE'}",
    "disputes": "{'item': 'VARCHAR', 'amount': 'BIGINT', 'day': 'DATE'}",
}
connection = duckdb.connect()
for name in names:
    source = f"read_csv('{folder}/{name}.csv', header=true, columns={types[name]})"
    connection.execute(f"create table {name} as select * from {source}")
    connection.execute(f"copy {name} to '{folder}/{name}.parquet' (format parquet)")
queries = {
    "tables": sql.format(**{name: name for name in names}),
    "parquet": sql.format(**{name: f"'{folder}/{name}.parquet'" for name in names}),
}
print("ready", flush=True)
for line in sys.stdin:
    what, day = line.split()
    query = queries.get(what, queries["tables"]).replace("$day", f"date '{day}'")
    begun = time.perf_counter()
    rows = connection.execute(query).fetchall()
    seconds = time.perf_counter() - begun
    if what == "keep":
        connection.execute(f"copy ({query}) to '{folder}/aging.csv' (header true)")
    print(seconds, flush=True)
