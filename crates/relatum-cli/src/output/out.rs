//! Where answers go, buffered: standard output, or a file.

#[cfg(feature = "sql")]
use std::fs::File;
use std::io::{self, BufWriter, StdoutLock, Write};

/// Where answers go.
#[derive(Debug)]
pub(crate) struct Out(BufWriter<Target>);

#[derive(Debug)]
enum Target {
    Stdout(StdoutLock<'static>),
    #[cfg(feature = "sql")]
    File(File),
}

impl Out {
    /// Standard output.
    pub(crate) fn stdout() -> Self {
        Self::to(Target::Stdout(io::stdout().lock()))
    }

    /// A file.
    #[cfg(feature = "sql")]
    pub(crate) fn file(file: File) -> Self {
        Self::to(Target::File(file))
    }

    fn to(target: Target) -> Self {
        Self(BufWriter::with_capacity(64 * 1_024, target))
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            #[cfg(feature = "sql")]
            Self::File(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            #[cfg(feature = "sql")]
            Self::File(out) => out.flush(),
        }
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
