"""Sums of an archive of relatum by event type and currency, by DuckDB and by pandas.

    python3 sums.py duckdb|pandas ARCHIVE

Prints a JSON object for each: event type, currency, number of events, sum of the main amounts.
"""

import json
import pathlib
import sys
from decimal import Decimal


def by_duckdb(archive):
    import duckdb

    query = """
        select event_type, currency, count(*), sum(amount)
        from read_parquet($1) group by all order by all
    """
    return duckdb.execute(query, [f"{archive}/bucket=*/seg=*.parquet"]).fetchall()


def by_pandas(archive):
    import pandas

    files = sorted(pathlib.Path(archive).glob("bucket=*/seg=*.parquet"))
    wanted = ["event_type", "currency", "amount"]
    parts = [pandas.read_parquet(file, columns=wanted, partitioning=None) for file in files]
    whole = pandas.concat(parts)
    lines = []
    for (kind, currency), part in whole.groupby(["event_type", "currency"], dropna=False):
        amounts = [amount for amount in part["amount"] if isinstance(amount, Decimal)]
        named = currency if isinstance(currency, str) else None
        lines.append((kind, named, len(part), sum(amounts, Decimal(0)) if amounts else None))
    return lines


def main():
    reader, archive = sys.argv[1:]
    lines = {"duckdb": by_duckdb, "pandas": by_pandas}[reader](archive)
    for kind, currency, events, amount in lines:
        amount = None if amount is None else str(amount)
        line = {"type": kind, "currency": currency, "events": events, "sum": amount}
        print(json.dumps(line))


if __name__ == "__main__":
    main()
