#!/usr/bin/env python3
"""Sales by territory out of the AdventureWorks files, without relatum.

Usage: adventureworks_territories.py FOLDER

The SubTotal of an order that names a person counts, whole, for every territory to which the person
belongs on the order's day by SalesTerritoryHistory, first and last day included. Standard library
only. Prints one JSON object a territory: name, sales; then one with all sales that name a person.
"""

import csv
import gzip
import json
import sys
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path


def rows(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def main(folder):
    names = {row["TerritoryID"]: row["Name"] for row in rows(folder / "SalesTerritory.csv")}
    moves = defaultdict(list)
    for row in rows(folder / "SalesTerritoryHistory.csv"):
        start = date.fromisoformat(row["StartDate"][:10])
        end = date.fromisoformat(row["EndDate"][:10]) if row["EndDate"] else date.max
        moves[row["BusinessEntityID"]].append((start, end, row["TerritoryID"]))
    sales = defaultdict(Decimal)
    total = Decimal()
    for row in rows(folder / "SalesOrderHeader.csv.gz"):
        if not row["SalesPersonID"]:
            continue
        day, net = date.fromisoformat(row["OrderDate"][:10]), Decimal(row["SubTotal"])
        total += net
        for territory in {it for start, end, it in moves[row["SalesPersonID"]] if start <= day <= end}:
            sales[territory] += net
    for territory in sorted(sales, key=int):
        print(json.dumps({"name": names[territory], "sales": str(sales[territory])}))
    print(json.dumps({"name": None, "sales": str(total)}))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: adventureworks_territories.py FOLDER")
    main(Path(sys.argv[1]))
