//! JSON text, 64 bytes at a time: what stands outside of strings.
//!
//! Owns telling strings from the rest. Knows nothing of what JSON is otherwise.
//!
//! *Invariant: any bytes are answered; of valid JSON, no byte within a string counts as outside.*

use wide::u8x64;

/// Bytes of a part.
pub(crate) const PART: usize = 64;

/// Walks over a text that begins outside of a string.
#[derive(Debug)]
pub(crate) struct Outside<'a> {
    rest: &'a [u8],
    in_string: bool,
    /// Whether the next byte follows a backslash.
    escaped: bool,
}

/// 64 bytes of a text; the last part is filled up with zeros.
#[derive(Debug)]
pub(crate) struct Part {
    bytes: u8x64,
    outside: u64,
}

impl Part {
    /// Where `letter` stands outside of strings: one bit a byte, the lowest for the first.
    pub(crate) fn places(&self, letter: u8) -> u64 {
        places(self.bytes, letter) & self.outside
    }
}

fn places(bytes: u8x64, letter: u8) -> u64 {
    bytes.simd_eq(u8x64::splat(letter)).to_bitmask()
}

impl<'a> Outside<'a> {
    pub(crate) const fn of(text: &'a [u8]) -> Self {
        Self { rest: text, in_string: false, escaped: false }
    }

    /// The bytes that follow a backslash which itself follows none.
    fn escaped(&mut self, mut backslashes: u64) -> u64 {
        let mut escaped = u64::from(std::mem::take(&mut self.escaped));
        backslashes &= !escaped;
        while backslashes != 0 {
            let backslash = backslashes & backslashes.wrapping_neg();
            let next = backslash << 1;
            escaped |= next;
            backslashes &= !(backslash | next);
            self.escaped = next == 0;
        }
        escaped
    }
}

impl Iterator for Outside<'_> {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        let bytes = match self.rest.split_first_chunk::<PART>() {
            Some((part, rest)) => {
                self.rest = rest;
                u8x64::new(*part)
            }
            None if self.rest.is_empty() => return None,
            None => {
                let mut part = [0; PART];
                part.iter_mut()
                    .zip(std::mem::take(&mut self.rest))
                    .for_each(|(to, from)| *to = *from);
                u8x64::new(part)
            }
        };
        let backslashes = places(bytes, b'\\');
        let escaped = if backslashes == 0 && !self.escaped { 0 } else { self.escaped(backslashes) };
        // From every quote on, the next one excluded, all bits are turned over.
        let mut inside = places(bytes, b'"') & !escaped;
        for shift in [1, 2, 4, 8, 16, 32] {
            inside ^= inside << shift;
        }
        if self.in_string {
            inside = !inside;
        }
        self.in_string = inside >> (PART - 1) == 1;
        Some(Part { bytes, outside: !inside })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &[u8], letter: u8) -> Vec<usize> {
        let parts = Outside::of(text).enumerate();
        let bits = parts.flat_map(|(at, part)| {
            let places = part.places(letter);
            (0..PART).filter(move |bit| places >> bit & 1 == 1).map(move |bit| at * PART + bit)
        });
        bits.collect()
    }

    /// The same byte by byte.
    fn naive(text: &[u8], letter: u8) -> Vec<usize> {
        let (mut in_string, mut escaped) = (false, false);
        let mut found = Vec::new();
        for (at, byte) in text.iter().enumerate() {
            if !in_string && *byte == letter {
                found.push(at);
            }
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = !in_string,
                _ => {}
            }
        }
        found
    }

    proptest! {
        #[test]
        fn strings_are_told_from_the_rest(text in r#"[{}"\\ a]{0,300}"#) {
            for letter in [b'{', b'}', b' ', b'a'] {
                prop_assert_eq!(found(text.as_bytes(), letter), naive(text.as_bytes(), letter));
            }
        }
    }

    #[test]
    fn escapes_and_strings_go_on_in_the_next_part() {
        let text = [&b"\""[..], &[b'x'; 62], br#"\""{}"#, b" {"].concat();
        assert_eq!(found(&text, b'{'), [66, 69]);
        assert_eq!(found(&[], b'{'), [0; 0]);
    }
}
