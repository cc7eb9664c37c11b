//! Record batches as Arrow IPC: a stream, or a file that can be read from any place.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::Schema;

use crate::error::ArchiveError;

/// Writes record batches one after the other.
pub struct ArrowFile<W: Write>(Kind<W>);

enum Kind<W: Write> {
    Stream(StreamWriter<W>),
    File(FileWriter<W>),
}

impl<W: Write> std::fmt::Debug for ArrowFile<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArrowFile").finish_non_exhaustive()
    }
}

impl<W: Write> ArrowFile<W> {
    /// A stream: for a pipe.
    ///
    /// # Errors
    /// [`ArchiveError::Arrow`], as all that follows.
    pub fn stream(to: W, schema: &Schema) -> Result<Self, ArchiveError> {
        Ok(Self(Kind::Stream(StreamWriter::try_new(to, schema)?)))
    }

    /// A file, which says at its end where its batches are.
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    pub fn file(to: W, schema: &Schema) -> Result<Self, ArchiveError> {
        Ok(Self(Kind::File(FileWriter::try_new(to, schema)?)))
    }

    /// Writes a batch.
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), ArchiveError> {
        match &mut self.0 {
            Kind::Stream(it) => it.write(batch)?,
            Kind::File(it) => it.write(batch)?,
        }
        Ok(())
    }

    /// Writes what comes after the batches, and gives back where it was written to.
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    pub fn end(self) -> Result<W, ArchiveError> {
        Ok(match self.0 {
            Kind::Stream(it) => it.into_inner()?,
            Kind::File(it) => it.into_inner()?,
        })
    }
}
