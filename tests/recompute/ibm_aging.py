#!/usr/bin/env python3
"""Receivables by age out of the IBM file, at every month end, without relatum.

Usage: ibm_aging.py WA_Fn-UseC_-Accounts-Receivable.csv

An invoice is open from its InvoiceDate until the day before its SettledDate. It counts in the
bucket of its days past due on that day. A disputed one is disputed as long as it is open.
Amounts are exact decimals. Standard library only. Prints one JSON object a line and month end:
as_of, items, total, disputed and one figure for each bucket.
"""

import csv
import json
import sys
from datetime import date, datetime, timedelta
from decimal import Decimal

BUCKETS = ("not_due", "1-30", "31-60", "61-90", "91-120", "121+")


def day(text):
    return datetime.strptime(text, "%m/%d/%Y").date()


def month_ends(first, last):
    """The last day of every month from `first` to `last`, both (year, month)."""
    year, month = first
    while (year, month) <= last:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        yield date(year, month, 1) - timedelta(days=1)


def bucket(days_past_due):
    if days_past_due <= 0:
        return "not_due"
    for bound, label in ((30, "1-30"), (60, "31-60"), (90, "61-90"), (120, "91-120")):
        if days_past_due <= bound:
            return label
    return "121+"


def main(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [
            (
                day(row["InvoiceDate"]),
                day(row["DueDate"]),
                day(row["SettledDate"]),
                Decimal(row["InvoiceAmount"]),
                row["Disputed"] == "Yes",
            )
            for row in csv.DictReader(file)
        ]
    for as_of in month_ends((2012, 1), (2014, 1)):
        sums = dict.fromkeys(BUCKETS, Decimal("0.00"))
        items, disputed = 0, Decimal("0.00")
        for issued, due, settled, amount, is_disputed in rows:
            if issued <= as_of < settled:
                items += 1
                sums[bucket((as_of - due).days)] += amount
                disputed += amount if is_disputed else 0
        figures = {label: str(amount) for label, amount in sums.items()}
        total = str(sum(sums.values()))
        line = {"as_of": str(as_of), "items": items, "total": total, "disputed": str(disputed)}
        print(json.dumps(line | {"buckets": figures}))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: ibm_aging.py FILE")
    main(sys.argv[1])
