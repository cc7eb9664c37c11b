//! UTF-16, as spreadsheets write "Unicode text", read as UTF-8.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_16BE, UTF_16LE};

/// How much is decoded at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// The encoding that a byte order mark at the beginning of a file tells of.
pub(crate) fn encoding(start: &[u8]) -> Option<&'static Encoding> {
    match start {
        [0xff, 0xfe, ..] => Some(UTF_16LE),
        [0xfe, 0xff, ..] => Some(UTF_16BE),
        _ => None,
    }
}

/// Reads UTF-16, after its byte order mark, as UTF-8.
///
/// Invariant: what is no UTF-16 is an error, never another text.
pub(crate) struct Utf16<R> {
    inner: R,
    decoder: Decoder,
    read: Vec<u8>,
    out: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Utf16<R> {
    pub(crate) fn new(inner: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        let (read, out) = (Vec::new(), Vec::new());
        Self { inner, decoder, read, out, given: 0, ended: false }
    }

    /// Decodes the next bytes into `out`.
    fn fill(&mut self) -> io::Result<()> {
        self.given = 0;
        self.read.clear();
        let chunk = u64::try_from(CHUNK_BYTES).unwrap_or(u64::MAX);
        let count = self.inner.by_ref().take(chunk).read_to_end(&mut self.read)?;
        self.ended = count < CHUNK_BYTES;
        // Three bytes of UTF-8 for two of UTF-16, and what the decoder held back.
        self.out.resize(self.read.len().saturating_mul(2).saturating_add(16), 0);
        let (result, _, written) =
            self.decoder.decode_to_utf8_without_replacement(&self.read, &mut self.out, self.ended);
        self.out.truncate(written);
        match result {
            DecoderResult::InputEmpty => Ok(()),
            DecoderResult::OutputFull | DecoderResult::Malformed(..) => {
                let text = "is not UTF-16 all through, as its beginning says; save it as UTF-8";
                Err(io::Error::new(io::ErrorKind::InvalidData, text))
            }
        }
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.out.len() {
            if self.ended {
                return Ok(0);
            }
            self.fill()?;
        }
        let rest = self.out.get(self.given..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8], encoding: &'static Encoding) -> io::Result<String> {
        let mut text = String::new();
        Utf16::new(bytes, encoding).read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn both_orders_are_read_across_the_bounds_of_chunks() {
        // Of an odd length, so that pairs of surrogates fall on the bound.
        let text = format!("x{}", "Nörd 🎉 €;".repeat(20_000));
        let units: Vec<u16> = text.encode_utf16().collect();
        let low: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let high: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        assert_eq!(decoded(&low, UTF_16LE).unwrap(), text);
        assert_eq!(decoded(&high, UTF_16BE).unwrap(), text);
    }

    #[test]
    fn what_is_no_utf_16_is_an_error() {
        // Half a surrogate pair, and half a unit.
        for bytes in [&[0x00, 0xd8, b'a', 0][..], &[b'a', 0, b'b']] {
            assert!(decoded(bytes, UTF_16LE).is_err(), "{bytes:?}");
        }
        assert_eq!(decoded(&[], UTF_16LE).unwrap(), "");
    }
}
