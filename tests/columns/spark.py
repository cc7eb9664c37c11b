"""The fold of an archive on Spark, of which an executor is killed, against one process.

    python3 spark.py RELATUM STORE FOLDER

Merges some accounts of STORE, exports its log below FOLDER, folds it by docs/spark/fold.py on two
executors, kills one of them when some buckets are folded, and compares every table row for row, in
their order, with what `relatum export TABLE` says of the whole book. Needs pyspark and pyarrow.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pyarrow.parquet as parquet

AS_OF = "2026-11-23"
SCRIPT = pathlib.Path(__file__).parents[2] / "docs/spark/fold.py"


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def executors():
    found = subprocess.run(
        ["pgrep", "-f", "CoarseGrainedExecutorBackend"], capture_output=True, text=True
    )
    return [int(pid) for pid in found.stdout.split()]


def fold(relatum, archive, folded):
    """Folds on Spark, and kills an executor on the way. Whether one was killed."""
    command = [sys.executable, SCRIPT, "--archive", archive, "--out", folded]
    command += ["--as-of", AS_OF, "--relatum", relatum]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    killed = False
    while process.poll() is None and not killed:
        done = len(list((folded / "_folded").glob("bucket=*.json"))) if folded.exists() else 0
        running = executors()
        if done >= 3 and len(running) >= 2:
            os.kill(running[0], signal.SIGKILL)
            killed = True
        time.sleep(0.05)
    said = process.communicate()[0]
    print(said, end="")
    if process.returncode != 0:
        sys.exit(f"fold.py ended with {process.returncode}")
    return killed


def merge_some(relatum, store):
    """Tells of some accounts that they are one, whose events lie in different buckets then."""
    listed = json.loads(run(relatum, "--store", store, "account", "list", "--json"))
    ids = [it["account"] for it in listed["accounts"]][:20]
    merged = 0
    for kept, other in zip(ids[::2], ids[1::2]):
        command = [relatum, "--store", store, "account", "merge", kept, other]
        # Relatives are refused.
        merged += subprocess.run(command, capture_output=True).returncode == 0
    if merged < 3:
        sys.exit(f"{merged} accounts are merged: too few for this test")


def rows(path):
    return parquet.ParquetFile(path).read().to_pylist()


def main():
    relatum, store, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    archive, folded = folder / "archive", folder / "folded"
    merge_some(relatum, store)
    run(relatum, "--store", store, "export", "log", "--to", archive)
    if not fold(relatum, archive, folded):
        sys.exit("no executor was killed: the book is too small for this test")
    tables = json.loads(run(relatum, "--json", "export", "--list"))
    compared = equal = 0
    for table in tables:
        name = table["name"]
        files = sorted(
            (folded / name).glob("bucket=*.parquet"),
            key=lambda file: int(file.stem.removeprefix("bucket=")),
        )
        if not files:
            continue
        whole = folder / f"{name}.parquet"
        run(relatum, "--store", store, "export", name, "--as-of", AS_OF, "-o", whole, "--unrecorded")
        parts = [row for file in files for row in rows(file)]
        if parts != rows(whole):
            sys.exit(f"{name} differs")
        compared, equal = compared + len(parts), equal + 1
    print(f"{compared} rows of {equal} tables are the same, in their order")
    if compared == 0 or equal < len(tables) - 3:
        sys.exit("tables are missing")


if __name__ == "__main__":
    main()
