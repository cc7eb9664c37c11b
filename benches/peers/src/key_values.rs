//! Key-value stores as the ground of a log: rows by number, a group of them durable at once.

use std::path::Path;

use fjall::PersistMode;
use redb::{ReadableDatabase as _, ReadableTableMetadata as _, TableDefinition};

use crate::Outcome;

/// A store of rows.
pub(crate) trait KeyValue: Sized + Send + 'static {
    const NAME: &'static str;

    /// An empty store in a folder that is not there yet.
    fn open(folder: &Path) -> Outcome<Self>;

    /// Puts rows in at `first` and after it, in one transaction, durable when this returns.
    fn put(&mut self, first: u64, rows: &[Vec<u8>]) -> Outcome<()>;

    /// How many rows there are.
    fn count(&self) -> Outcome<u64>;
}

pub(crate) struct Fjall {
    db: fjall::Database,
    rows: fjall::Keyspace,
}

impl KeyValue for Fjall {
    const NAME: &'static str = "fjall";

    fn open(folder: &Path) -> Outcome<Self> {
        let db = fjall::Database::builder(folder).open()?;
        let rows = db.keyspace("commits", fjall::KeyspaceCreateOptions::default)?;
        Ok(Self { db, rows })
    }

    fn put(&mut self, first: u64, rows: &[Vec<u8>]) -> Outcome<()> {
        // fdatasync, as relatum does; SyncAll would also write the file's times.
        let mut batch = self.db.batch().durability(Some(PersistMode::SyncData));
        for (seq, row) in (first..).zip(rows) {
            batch.insert(&self.rows, seq.to_be_bytes(), row.as_slice());
        }
        Ok(batch.commit()?)
    }

    fn count(&self) -> Outcome<u64> {
        Ok(self.rows.len()? as u64)
    }
}

pub(crate) struct Redb(redb::Database);

impl Redb {
    const ROWS: TableDefinition<'static, u64, &'static [u8]> = TableDefinition::new("commits");
}

impl KeyValue for Redb {
    const NAME: &'static str = "redb";

    fn open(folder: &Path) -> Outcome<Self> {
        let db = redb::Database::create(folder)?;
        let made = db.begin_write()?;
        drop(made.open_table(Self::ROWS)?);
        made.commit()?;
        Ok(Self(db))
    }

    fn put(&mut self, first: u64, rows: &[Vec<u8>]) -> Outcome<()> {
        let mut write = self.0.begin_write()?;
        write.set_durability(redb::Durability::Immediate)?;
        let mut table = write.open_table(Self::ROWS)?;
        for (seq, row) in (first..).zip(rows) {
            table.insert(seq, row.as_slice())?;
        }
        drop(table);
        Ok(write.commit()?)
    }

    fn count(&self) -> Outcome<u64> {
        Ok(self.0.begin_read()?.open_table(Self::ROWS)?.len()?)
    }
}

pub(crate) struct Sqlite(rusqlite::Connection);

impl KeyValue for Sqlite {
    const NAME: &'static str = "rusqlite";

    fn open(folder: &Path) -> Outcome<Self> {
        let db = rusqlite::Connection::open(folder)?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.execute_batch("CREATE TABLE commits (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL)")?;
        Ok(Self(db))
    }

    fn put(&mut self, first: u64, rows: &[Vec<u8>]) -> Outcome<()> {
        let write = self.0.transaction()?;
        let mut insert = write.prepare_cached("INSERT INTO commits VALUES (?1, ?2)")?;
        for (seq, row) in (first..).zip(rows) {
            insert.execute((i64::try_from(seq)?, row.as_slice()))?;
        }
        drop(insert);
        Ok(write.commit()?)
    }

    fn count(&self) -> Outcome<u64> {
        let count: i64 = self.0.query_one("SELECT count(*) FROM commits", (), |row| row.get(0))?;
        Ok(u64::try_from(count)?)
    }
}
