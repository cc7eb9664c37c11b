"""Computes the root of the tree over a log: relatum log show --jsonl | python3 verify_log.py [HEAD]
With HEAD, a file with a tree head, says whether the log begins with it, and exits 1 if not. Checks
no signature. What is hashed is described in format.md, "Tamper evidence".
"""
import base64, hashlib, json, sys

read_value = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def leaf_hashes(line):
    header, end, index = line[: line.index('"events":[') + 10], None, 0
    while line[end:] != "]}":
        if index and line[end] != ",":
            raise ValueError(f"no event can follow here: {line[end:]}")
        begin = end + 1 if index else len(header)
        _, end = read_value(line, begin)  # only to see where it ends: bytes are taken as they are
        yield sha256(b"\0", f"{header}\n{index}\n{line[begin:end]}".encode())
        index += 1

def root_of(peaks):
    root = peaks[-1] if peaks else sha256()
    for left in reversed(peaks[:-1]):
        root = sha256(b"\1", left, root)
    return root

head = open(sys.argv[1], encoding="utf-8").read().split("\n") if sys.argv[1:] else [None, 0, ""]
size, peaks, roots = 0, [], {0: sha256()}
for line in sys.stdin.buffer:
    for node in leaf_hashes(line.decode().removesuffix("\n")):
        for _ in range((size ^ (size + 1)).bit_length() - 1):  # joins the subtrees it completes
            node = sha256(b"\1", peaks.pop(), node)
        size, peaks = size + 1, peaks + [node]
        roots |= {size: root_of(peaks)} if size == int(head[1]) else {}
print(f"{size} events, root {root_of(peaks).hex()} {base64.b64encode(root_of(peaks)).decode()}")
if sys.argv[1:]:
    agrees = roots.get(int(head[1])) == base64.b64decode(head[2])
    print(f"{'begins' if agrees else 'DOES NOT begin'} with the {head[1]} events of the tree head")
    sys.exit(not agrees)
