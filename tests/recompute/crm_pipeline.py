#!/usr/bin/env python3
"""Chances won, lost and open out of the CRM files, without relatum.

Usage: crm_pipeline.py FOLDER

Standard library only. Prints one JSON object a line:

- `what` is `agent`, `lead`, `office` or `quarter`: name (the person, the manager of the team, the
  regional office, the first day of the quarter), won, lost, won_value, won_days. Days run from
  engage_date to close_date.
- `what` is `open`: for days of 2017 how many chances are engaged and not yet closed, and what the
  list prices of their products come to. A chance closes on its close_date: at the end of that day it
  is open no more.
"""

import csv
import json
import sys
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

PRODUCTS = {"GTXPro": "GTX Pro"}


def rows(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def day(text):
    return date.fromisoformat(text) if text else None


def main(folder):
    teams = {row["sales_agent"]: row for row in rows(folder / "sales_teams.csv")}
    prices = {row["product"]: int(row["sales_price"]) for row in rows(folder / "products.csv")}
    chances = list(rows(folder / "sales_pipeline.csv"))
    found = defaultdict(lambda: {"won": 0, "lost": 0, "won_value": 0, "won_days": 0})
    for row in chances:
        if row["deal_stage"] not in ("Won", "Lost"):
            continue
        closed = day(row["close_date"])
        team = teams[row["sales_agent"]]
        quarter = date(closed.year, (closed.month - 1) // 3 * 3 + 1, 1)
        for key in (
            ("agent", row["sales_agent"]),
            ("lead", team["manager"]),
            ("office", team["regional_office"]),
            ("quarter", str(quarter)),
        ):
            if row["deal_stage"] == "Lost":
                found[key]["lost"] += 1
                continue
            found[key]["won"] += 1
            found[key]["won_value"] += int(row["close_value"])
            found[key]["won_days"] += (closed - day(row["engage_date"])).days
    for (what, name), sums in sorted(found.items()):
        print(json.dumps({"what": what, "name": name} | sums))
    on = date(2017, 1, 1)
    while on.year == 2017:
        count = value = 0
        for row in chances:
            engaged, closed = day(row["engage_date"]), day(row["close_date"])
            if engaged and engaged <= on and (not closed or closed > on):
                count += 1
                value += prices[PRODUCTS.get(row["product"], row["product"])]
        print(json.dumps({"what": "open", "on": str(on), "count": count, "value": value}))
        on += timedelta(days=37)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: crm_pipeline.py FOLDER")
    main(Path(sys.argv[1]))
