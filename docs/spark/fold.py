"""Folds an archive of relatum on Spark, two ways, and says whether both came to the same.

    relatum export log --to archive
    python3 fold.py --archive archive --out folded --as-of 2026-03-31 --table open_items

1. One process a bucket, without a shuffle: `relatum fold --bucket K`. A task that is tried again
   writes the same files.
2. `mapInArrow`: Spark reads the segments, and hands the rows of whole buckets through a pipe.

Needs pyspark, pyarrow and the binary `relatum` where the executors run.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import threading

from pyspark.sql import SparkSession


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--archive", required=True, help="a directory that all executors see")
    parser.add_argument("--out", required=True, help="a directory that all executors see")
    parser.add_argument("--as-of", required=True, help="the day to look from")
    parser.add_argument("--table", default="open_items", help="the table that goes through the pipe")
    parser.add_argument("--relatum", default="relatum", help="the binary")
    parser.add_argument("--master", default="local-cluster[2,1,1024]")
    return parser.parse_args()


def manifest_of(archive):
    return json.loads((pathlib.Path(archive) / "_manifest.json").read_text())["manifest"]


def fold_bucket(options):
    """Folds one bucket by a process; what it answers is what it did."""

    def fold(bucket):
        command = [options.relatum, "fold", "--bucket", str(bucket), "--in", options.archive]
        command += ["--out", options.out, "--as-of", options.as_of, "--json"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"bucket {bucket}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    return fold


def through_a_pipe(options):
    """Rows of events in, rows of the table out, as Arrow IPC through one process a partition."""

    def fold(batches):
        import pyarrow as pa

        first = next(batches, None)
        if first is None:
            return
        command = [options.relatum, "fold", "--in", "-", "--out", "-", "--table", options.table]
        command += ["--common", options.archive, "--as-of", options.as_of]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
        said = []
        listener = threading.Thread(target=lambda: said.append(process.stderr.read()))
        listener.start()
        # All rows of a stream are needed before the first row of its table can be told.
        try:
            with process.stdin, pa.ipc.new_stream(process.stdin, first.schema) as to:
                to.write_batch(first)
                for batch in batches:
                    to.write_batch(batch)
        except BrokenPipeError:
            pass  # It says why on standard error.
        rows = process.stdout.read()
        code = process.wait()
        listener.join()
        if code != 0:
            raise RuntimeError(said[0].decode().strip())
        yield from pa.ipc.open_stream(rows)

    return fold


def main():
    options = arguments()
    # Executors on this machine are to have the same libraries.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = SparkSession.builder.master(options.master).appName("relatum fold")
    spark = spark.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    manifest = manifest_of(options.archive)
    segments = [it for step in manifest["increments"] for it in step["segments"]]
    buckets = sorted({it["bucket"] for it in segments})

    done = spark.sparkContext.parallelize(buckets, len(buckets)).map(fold_bucket(options)).collect()
    events = sum(it["events"] for it in done)
    print(f"{len(done)} buckets, {events} events")

    # Only what the manifest names, and only the columns of which a stored event is made.
    accounts = [it for it in segments if it["bucket"] != manifest["common"]]
    files = [f"{options.archive}/{it['file']}" for it in accounts]
    wanted = "seq recorded_at commit stream_kind stream_id version event_type schema data"
    events = spark.read.option("basePath", options.archive).parquet(*files)
    events = events.repartition(8, "bucket").select(*wanted.split(), "commit_writes", "key")
    folded = spark.read.parquet(f"{options.out}/{options.table}")
    piped = events.mapInArrow(through_a_pipe(options), folded.schema)
    piped = sorted(tuple(map(str, row)) for row in piped.collect())
    whole = sorted(tuple(map(str, row)) for row in folded.collect())
    print(f"{len(whole)} rows of {options.table} by processes, {len(piped)} through pipes")
    spark.stop()
    if piped != whole:
        first = next((one, two) for one, two in zip(whole, piped) if one != two)
        raise SystemExit(f"they differ, first in\n{first[0]}\n{first[1]}")
    print("they are the same")


if __name__ == "__main__":
    main()
