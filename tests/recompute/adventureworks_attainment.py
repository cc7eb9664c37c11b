#!/usr/bin/env python3
"""Sales against quota out of the AdventureWorks files, without relatum.

Usage: adventureworks_attainment.py FOLDER

A row of SalesPersonQuotaHistory opens a period that ends on the day before the same person's next
row; the last one ends on 2014-06-30. Sales are the SubTotals of the orders that name the person,
by OrderDate. Amounts are exact decimals, attainment is in hundredths of a per cent, rounded half
up. Standard library only. Prints one JSON object a line and quota row: person, from, to, quota,
sales, attainment_bp.
"""

import csv
import gzip
import json
import sys
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

LAST_DAY = date(2014, 6, 30)


def rows(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def main(folder):
    sales = defaultdict(list)
    for row in rows(folder / "SalesOrderHeader.csv.gz"):
        if row["SalesPersonID"]:
            day = date.fromisoformat(row["OrderDate"][:10])
            sales[row["SalesPersonID"]].append((day, Decimal(row["SubTotal"])))
    quotas = defaultdict(list)
    for row in rows(folder / "SalesPersonQuotaHistory.csv"):
        start = date.fromisoformat(row["QuotaDate"][:10])
        quotas[row["BusinessEntityID"]].append((start, Decimal(row["SalesQuota"])))
    for person in sorted(quotas, key=int):
        periods = sorted(quotas[person])
        ends = [start - timedelta(days=1) for start, _ in periods[1:]] + [LAST_DAY]
        for (start, quota), end in zip(periods, ends):
            sold = sum(
                (amount for day, amount in sales[person] if start <= day <= end), Decimal("0.0000")
            )
            share = (sold * 10_000 / quota).quantize(Decimal(1), ROUND_HALF_UP)
            line = {"person": person, "from": str(start), "to": str(end)}
            line |= {"quota": str(quota), "sales": str(sold), "attainment_bp": int(share)}
            print(json.dumps(line))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: adventureworks_attainment.py FOLDER")
    main(Path(sys.argv[1]))
