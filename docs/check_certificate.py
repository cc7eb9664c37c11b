"""Checks a certificate without relatum: python3 check_certificate.py FILE [VERIFIER_KEY]
Checks the digest of the table, the tree head against the root, every proof against the root, that
the events behind each cell sum to it, and the signatures. The form is described in audit.md. That
the root is the one of a log is checked by verify_log.py, with the tree head that this prints.
"""
import base64, hashlib, json, sys
from decimal import Decimal

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def x_of(y, sign):  # the point of Ed25519 with this y, as RFC 8032 has it
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    x = x if x * x % P == x2 else x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != x2:
        raise ValueError("no point")
    return P - x if x % 2 != sign else x

def point(b):
    y = int.from_bytes(b, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    return (x_of(y, sign), y)

def add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P
    return (x, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P)

def times(a, n):
    sum_ = (0, 1)
    for bit in bin(n)[2:]:
        sum_ = add(sum_, sum_)
        sum_ = add(sum_, a) if bit == "1" else sum_
    return sum_

BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))

def signed(key, text, signature):
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(r + key + text).digest(), "little") % L
    return s < L and times(BASE, s) == add(point(r), times(point(key), h))

def note_is_signed(note, verifier):  # c2sp.org/signed-note
    name, id_, key = verifier.split("+", 2)
    key = base64.b64decode(key)
    assert key[0] == 1 and sha256(name.encode(), b"\n", key)[:4].hex() == id_, "no verifier key"
    text, _, lines = note.rpartition("\n\n")
    found = [line.split(" ") for line in lines.splitlines() if line.startswith(f"— {name} ")]
    bytes_ = [base64.b64decode(line[2], validate=True) for line in found]
    ours = [it[4:] for it in bytes_ if it[:4].hex() == id_]
    return bool(ours) and all(signed(key[1:], (text + "\n").encode(), it) for it in ours)

def root_from(leaf, index, size, hashes):  # RFC 9162, 2.1.3.2
    node, at, last = sha256(b"\0", leaf), index, size - 1
    for other in hashes:
        if last == 0:
            return None
        if at & 1 or at == last:
            node = sha256(b"\1", other, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = sha256(b"\1", node, other)
        at, last = at >> 1, last >> 1
    return node if last == 0 else None

note = open(sys.argv[1], encoding="utf-8", newline="").read()
body = note.rpartition("\n\n")[0] + "\n" if "\n\n" in note else note
lines = [(line, json.loads(line)) for line in body.split("\n")[:-1]]
question = lines[0][1]
kind = lambda key: [it for _, it in lines if key in it]
tree, head = kind("root")[0], kind("tree_head")[0]["tree_head"]
table = "".join(line + "\n" for line, it in lines if "columns" in it or "cells" in it)
signer = question["signer"]
checks = {
    "table": sha256(table.encode()).hex() == kind("table_sha256")[0]["table_sha256"],
    "tree head": head.split("\n")[1:3]
    == [str(tree["size"]), base64.b64encode(bytes.fromhex(tree["root"])).decode()],
    "position": tree["size"] == question["position"],
}
def holds(name, is_so):  # a name that comes twice must hold twice
    checks[name] = checks.get(name, True) and is_so

columns = kind("columns")[0]["columns"]
shown = {f"{it['line']}/{column}": cell for it in kind("line") for column, cell in zip(columns, it["cells"])}
proofs = kind("leaf")
for it in proofs:
    hashes = [bytes.fromhex(hash_) for hash_ in it["hashes"]]
    root = root_from(it["leaf"].encode(), it["index"], tree["size"], hashes)
    holds("proof of " + it["event"], root is not None and root.hex() == tree["root"])
    header, number, event = it["leaf"].split("\n", 2)  # that it is the leaf of the event it is said to be
    writes, event = json.loads(header + "]}")["writes"], json.loads(event)
    write, (stream, version) = writes[event.get("write", 0)], it["event"].rsplit("@", 1)
    after = int(version) - write["version"]
    is_it = after == int(number) if len(writes) == 1 else 0 <= after <= int(number)
    holds("proof of " + it["event"], stream == write["stream"] and is_it)
proved = {it["event"] for it in proofs}
for it in kind("cell"):
    told = sum((Decimal(amount) for _, amount in it["events"]), Decimal(0))
    holds("cell " + it["cell"], it["amount"] == shown.get(it["cell"]))
    holds("cell " + it["cell"], it["amount"] is None or told == Decimal(it["amount"]))
    holds("cell " + it["cell"], all(event in proved for event, _ in it["events"]))
holds("number of cells", len(kind("cell")) == question["explained"])
signed_by = note_is_signed(note, signer) and note_is_signed(head, signer) if signer else body == note
holds("signature", signed_by)
if sys.argv[2:]:
    holds("signer", signer == sys.argv[2])
wrong = [name for name, holds in checks.items() if not holds]
print(f"{question['asked']} as of {question['as_of']}, of {tree['size']} events, root {tree['root']}")
print(f"signed by {signer}" if signer else "signed by nobody", f"with {len(proofs)} proofs", sep=", ")
print("WRONG: " + ", ".join(wrong) if wrong else f"all {len(checks)} checks hold")
sys.exit(bool(wrong))
