#!/usr/bin/env python3
"""Sales, returns and clients out of the Online Retail file, without relatum.

Usage: online_retail_sales.py FOLDER

Rows of one InvoiceNo are one document on the day of its first row: a return where the number begins
with C, an adjustment where it begins with A, else an order. Amounts are exact decimals. A client
is a CustomerID. Standard library only. Prints one JSON object a line:

- `what` is `month`: sold, returned (positive), adjusted, returns, and the clients: `active` bought
  for more than they returned in the month up to its last day, or up to the last day of the file;
  `new` buy for the first time, or after more than twelve months without buying.
- `what` is `account`: its number (none: nobody's) and net.
- `what` is `retention`: how the clients active in one month became those of the next, where three
  months up to the end are looked at; `lost` is what the lapsed had bought in the three months before.
- `what` is `cohort`: the clients who first bought in a quarter, and how many of them bought for more
  than they returned in each quarter from then on.
- `what` is `product`: how many lines of returns name it, quantity and value.
"""

import calendar
import csv
import gzip
import json
import sys
from bisect import bisect_left, bisect_right
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path


def months_later(day, months):
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def documents(folder):
    found, products = {}, defaultdict(lambda: [0, 0, Decimal()])
    with gzip.open(folder / "online_retail.csv.gz", "rt", encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            number, quantity = row["InvoiceNo"], int(row["Quantity"])
            net = Decimal(row["UnitPrice"]) * quantity
            document = found.setdefault(
                number,
                [date.fromisoformat(row["InvoiceDate"][:10]), row["CustomerID"][:-2], Decimal()],
            )
            document[2] += net
            if number.startswith("C"):
                product = products[row["StockCode"]]
                product[0] += 1
                product[1] -= quantity
                product[2] -= net
    return found, products


def spent(day_changes, first, last):
    return sum((net for day, net in day_changes if first <= day <= last), Decimal())


def is_client(days, day_changes, first, last):
    return any(first <= day <= last for day in days) and spent(day_changes, first, last) > 0


def retention(bought, changes, months, last):
    before = None
    for first in [months_later(min(months), -1), *sorted(months)]:
        end = min(months_later(first, 1) - timedelta(days=1), last)
        since = months_later(end + timedelta(days=1), -3)
        now = {w for w in bought if is_client(bought[w], changes[w], since, end)}
        if before is not None:
            came, gone = now - before, before - now
            back = {who for who in came if min(bought[who]) < first}
            lost = sum((spent(changes[who], *window) for who in gone), Decimal())
            line = {"what": "retention", "from": str(first), "before": len(before)}
            line |= {"new": len(came - back), "won_back": len(back), "lapsed": -len(gone)}
            yield line | {"active": len(now), "lost": str(lost)}
        before, window = now, (since, end)


def cohorts(bought, changes, last):
    def number(day):
        return day.year * 4 + (day.month - 1) // 3

    of = defaultdict(list)
    for who, days in bought.items():
        of[number(min(days))].append(who)
    for quarter, clients in sorted(of.items()):
        later = []
        for other in range(quarter + 1, number(last) + 1):
            first = date(other // 4, other % 4 * 3 + 1, 1)
            end = months_later(first, 3) - timedelta(days=1)
            later.append(sum(is_client(bought[w], changes[w], first, end) for w in clients))
        first = date(quarter // 4, quarter % 4 * 3 + 1, 1)
        yield {"what": "cohort", "from": str(first), "size": len(clients), "later": later}


def lapses(changes, cut, horizon):
    """Who had bought by a day, who bought nothing in the days after, and how well time since the
    last purchase tells one from the other."""
    end, pairs = cut + timedelta(days=horizon), []
    for days in changes.values():
        net = defaultdict(Decimal)
        for day, value in days:
            net[day] += value
        buys = [day for day, value in net.items() if value > 0]
        before = [day for day in buys if day <= cut]
        if before:
            lapsed = not any(cut < day <= end for day in buys)
            pairs.append(((cut - max(before)).days, lapsed))
    stayed = sorted(quiet for quiet, lapsed in pairs if not lapsed)
    gone = [quiet for quiet, lapsed in pairs if lapsed]
    below = sum(bisect_left(stayed, it) + bisect_right(stayed, it) for it in gone) / 2
    area = below / (len(stayed) * len(gone))
    line = {"what": "lapses", "cut": str(cut), "accounts": len(pairs)}
    return line | {"lapsed": len(gone), "recency": area}


def main(folder):
    found, products = documents(folder)
    months = defaultdict(lambda: defaultdict(Decimal))
    accounts, bought, changes = defaultdict(Decimal), defaultdict(list), defaultdict(list)
    last = date.min
    for number, (day, who, net) in found.items():
        last = max(last, day)
        month = months[day.replace(day=1)]
        kind = {"C": "returned", "A": "adjusted"}.get(number[0], "sold")
        month[kind] += -net if kind == "returned" else net
        month["returns"] += kind == "returned"
        accounts[who] += net
        if who:
            changes[who].append((day, net))
            if kind == "sold" and net > 0:
                bought[who].append(day)
    clients = defaultdict(lambda: [0, 0])
    for who, days in bought.items():
        before = None
        for day in sorted(days):
            if before is None or day > months_later(before, 12):
                clients[day.replace(day=1)][1] += 1
            before = day
        for first in months:
            end = min(months_later(first, 1) - timedelta(days=1), last)
            after = months_later(end + timedelta(days=1), -1)
            net = sum(net for day, net in changes[who] if after <= day <= end)
            purchases = any(after <= day <= end for day in days)
            clients[first][0] += net > 0 and purchases
    for first in sorted(months):
        line = {"what": "month", "from": str(first)}
        line |= {key: str(months[first][key]) for key in ("sold", "returned", "adjusted")}
        line |= {"returns": int(months[first]["returns"])}
        line |= {"active": clients[first][0], "new": clients[first][1]}
        print(json.dumps(line))
    for who, net in sorted(accounts.items()):
        print(json.dumps({"what": "account", "number": who or None, "net": str(net)}))
    for line in [*retention(bought, changes, months, last), *cohorts(bought, changes, last)]:
        print(json.dumps(line))
    print(json.dumps(lapses(changes, last - timedelta(days=91), 91)))
    for product, (lines, quantity, net) in sorted(products.items()):
        line = {"what": "product", "product": product, "lines": lines}
        print(json.dumps(line | {"quantity": quantity, "value": str(net)}))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: online_retail_sales.py FOLDER")
    main(Path(sys.argv[1]))
