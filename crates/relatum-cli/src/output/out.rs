//! Standard output, buffered.

use std::io::{self, BufWriter, StdoutLock, Write};

/// Where answers go.
#[derive(Debug)]
pub(crate) struct Out(BufWriter<StdoutLock<'static>>);

impl Out {
    /// Standard output.
    pub(crate) fn stdout() -> Self {
        Self(BufWriter::with_capacity(64 * 1_024, io::stdout().lock()))
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
