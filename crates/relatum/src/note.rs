//! Signed notes: lines of text, and below them the lines of signatures.
//!
//! Owns the form of <https://c2sp.org/signed-note>. Knows nothing of what a note says.
//!
//! *Invariant: a note that was read is written again byte for byte.*

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::note_keys::{Signature, SigningKey, VerifyingKey, valid};

/// So many signatures are read at most.
const MOST_SIGNATURES: usize = 64;

/// Why a key does not vouch for a note.
pub(crate) enum Unsigned {
    /// There is no signature of it.
    Not { name: String },
    /// A signature that has its name is not one of it.
    Wrong { name: String },
}

/// Lines of text, with signatures or without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    /// What is signed.
    text: String,
    signatures: Vec<Signature>,
}

impl Note {
    /// `text`, which ends with a line's end, with a signature of each key.
    pub(crate) fn signed(text: String, keys: &[&SigningKey]) -> Self {
        let signatures = keys.iter().map(|key| key.sign(&text)).collect();
        Self { text, signatures }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether anybody signed it, rightly or not.
    pub(crate) const fn is_signed(&self) -> bool {
        !self.signatures.is_empty()
    }

    /// Checks that `key` signed it. Signatures of other keys are passed over.
    pub(crate) fn verify(&self, key: &VerifyingKey) -> Result<(), Unsigned> {
        let name = || key.name().to_owned();
        let mut named = self.signatures.iter().filter(|it| key.is_named_by(it)).peekable();
        if named.peek().is_none() {
            return Err(Unsigned::Not { name: name() });
        }
        match named.all(|signature| key.verifies(signature, &self.text)) {
            true => Ok(()),
            false => Err(Unsigned::Wrong { name: name() }),
        }
    }

    /// The note that is written in `text`; else what is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        if text.contains(|letter: char| letter.is_ascii_control() && letter != '\n') {
            return Err("it holds a control character");
        }
        let (text, signatures) = match text.rfind("\n\n") {
            None => (text, Vec::new()),
            Some(end) => {
                let (text, rest) = text.split_at(end + 1);
                let lines = rest.strip_prefix('\n').and_then(|rest| rest.strip_suffix('\n'));
                let lines = lines.ok_or("its last line does not end")?.split('\n');
                let signatures = lines.map(signature).collect::<Option<Vec<Signature>>>();
                (text, signatures.ok_or("a line at its end is no signature")?)
            }
        };
        if signatures.len() > MOST_SIGNATURES {
            return Err("it has more than 64 signatures");
        }
        Ok(Self { text: text.to_owned(), signatures })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        if self.is_signed() {
            f.write_str("\n")?;
        }
        for Signature { name, bytes } in &self.signatures {
            writeln!(f, "— {name} {}", BASE64.encode(bytes))?;
        }
        Ok(())
    }
}

/// The signature in a line such as `— example.com/book Az3grlgtzPIC…`.
fn signature(line: &str) -> Option<Signature> {
    let (name, bytes) = line.strip_prefix("— ")?.split_once(' ')?;
    let bytes = BASE64.decode(bytes).ok().filter(|bytes| bytes.len() > 4)?;
    Some(Signature { name: valid(name)?, bytes })
}
