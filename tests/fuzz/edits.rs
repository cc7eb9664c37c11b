//! Changes of bytes that are sound, read from an input.
//!
//! For bytes that are made anew each time because they would not last in a corpus, or because
//! their checksums and packing are put right after the change.

/// What is left of an input.
#[derive(Debug)]
pub(crate) struct Input<'a>(pub(crate) &'a [u8]);

impl Input<'_> {
    /// The next byte; 0 past the end.
    pub(crate) fn byte(&mut self) -> u8 {
        self.chunk::<1>()[0]
    }

    /// The next number.
    pub(crate) fn number(&mut self) -> usize {
        usize::from(u16::from_le_bytes(self.chunk()))
    }

    /// The next bytes, filled up with zeros.
    fn chunk<const N: usize>(&mut self) -> [u8; N] {
        let (now, later) = self.0.split_at(N.min(self.0.len()));
        self.0 = later;
        let mut chunk = [0; N];
        chunk[..now.len()].copy_from_slice(now);
        chunk
    }

    /// Changes `bytes` by everything that is left.
    pub(crate) fn edit(mut self, bytes: &mut Vec<u8>) {
        while !self.0.is_empty() {
            self.edit_once(bytes);
        }
    }

    /// Changes `bytes` in one place.
    pub(crate) fn edit_once(&mut self, bytes: &mut Vec<u8>) {
        let kind = self.byte();
        let at = self.number() % (bytes.len() + 1);
        let most = bytes.len();
        let upto = |length: usize| (at + length).min(most);
        match kind % 8 {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..upto(usize::from(kind)))),
            2 => {
                let new = self.chunk::<8>();
                bytes.splice(at..at, new[..usize::from(kind) / 8 % 9].iter().copied());
            }
            3 => {
                let part = bytes[at..upto(64)].to_vec();
                let to = self.number() % (bytes.len() + 1);
                bytes.splice(to..to, part);
            }
            4 => {
                let end = upto(8);
                let new = self.chunk::<8>();
                bytes[at..end].copy_from_slice(&new[..end - at]);
            }
            5 => {
                let end = upto(4);
                bytes[at..end].fill(0xff);
            }
            6 => {
                let new = self.byte();
                bytes[at..upto(1)].fill(new);
            }
            // One digit or letter becomes another.
            _ => {
                let bit = self.byte() % 4;
                bytes[at..upto(1)].iter_mut().for_each(|byte| *byte ^= 1 << bit);
            }
        }
    }
}
