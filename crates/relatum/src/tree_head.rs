//! Tree heads: what a log held at a size, in a few lines that can be kept elsewhere.
//!
//! ```text
//! example.com/book
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//!
//! — example.com/book Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q…
//! ```
//!
//! Owns the text form: the body of <https://c2sp.org/tlog-checkpoint> in a note of
//! <https://c2sp.org/signed-note>. Knows no log.
//!
//! *Invariant: a text that was read is written again byte for byte.*

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use relatum_log::TreeHash;

use crate::note::{Note, Unsigned};
use crate::note_keys::{SigningKey, VerifyingKey, valid};

/// Why a text is no tree head, or not one that can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeHeadError {
    /// The text has not the form of a tree head.
    #[error("the text is no tree head: {problem}")]
    NoTreeHead {
        /// What is wrong.
        problem: &'static str,
    },
    /// The origin cannot stand in a tree head.
    #[error("`{origin}` is no origin; an origin is not empty and has no white space and no `+`")]
    NoOrigin {
        /// What was given.
        origin: String,
    },
    /// Nobody signed it with the key.
    #[error("the tree head has no signature of the key `{name}`")]
    NotSigned {
        /// The name of the key.
        name: String,
    },
    /// A signature is not of the key whose name it has.
    #[error("the signature of the key `{name}` is not one of this tree head")]
    WrongSignature {
        /// The name of the key.
        name: String,
    },
    /// The log holds less than the tree head says.
    #[error(
        "the tree head is of {size} events and the log has {events}: it was cut back, or is \
         another one"
    )]
    CutBack {
        /// The size of the tree head.
        size: u64,
        /// How many events there are.
        events: u64,
    },
    /// The log holds something else than the tree head says.
    #[error(
        "the first {size} events have the root {found}, the tree head says {expected}: the log \
         was rewritten, or is another one"
    )]
    Rewritten {
        /// The size of the tree head.
        size: u64,
        /// The root in the tree head.
        expected: TreeHash,
        /// The root in the log.
        found: TreeHash,
    },
}

/// What a log held when it had `size` events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeHead {
    /// Which log.
    pub origin: String,
    /// How many events.
    pub size: u64,
    /// The root of the tree over them.
    pub root: TreeHash,
}

impl TreeHead {
    fn text(&self) -> String {
        let Self { origin, size, root } = self;
        format!("{origin}\n{size}\n{}\n", BASE64.encode(root.as_bytes()))
    }

    /// The tree head at the beginning of the lines of `text`.
    fn read(text: &str) -> Result<Self, TreeHeadError> {
        let wrong = |problem| TreeHeadError::NoTreeHead { problem };
        let mut lines =
            text.strip_suffix('\n').ok_or(wrong("its last line does not end"))?.split('\n');
        let origin = lines.next().filter(|line| !line.is_empty());
        let origin = origin.ok_or(wrong("the first line, its origin, is empty"))?.to_owned();
        let size = lines.next().and_then(|line| {
            let size: u64 = line.parse().ok()?;
            (size.to_string() == line).then_some(size)
        });
        let size = size.ok_or(wrong("the second line, its size, is no number"))?;
        let root = lines.next().and_then(|line| BASE64.decode(line).ok()?.try_into().ok());
        let root = root.ok_or(wrong("the third line, its root, is not the base64 of 32 bytes"))?;
        if lines.any(str::is_empty) {
            return Err(wrong("a line of its body is empty"));
        }
        Ok(Self { origin, size, root: TreeHash::from_bytes(root) })
    }
}

/// A tree head as it is handed on: with signatures, or without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedTreeHead {
    head: TreeHead,
    note: Note,
}

impl SignedTreeHead {
    /// A tree head with a signature of each key; with none, it is as good as the place where it is
    /// kept.
    ///
    /// # Errors
    /// [`TreeHeadError::NoOrigin`].
    pub fn new(head: TreeHead, keys: &[&SigningKey]) -> Result<Self, TreeHeadError> {
        if valid(&head.origin).is_none() {
            return Err(TreeHeadError::NoOrigin { origin: head.origin });
        }
        let note = Note::signed(head.text(), keys);
        Ok(Self { head, note })
    }

    /// What it says.
    #[must_use]
    pub const fn head(&self) -> &TreeHead {
        &self.head
    }

    /// Whether anybody signed it, rightly or not.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        self.note.is_signed()
    }

    /// Checks that `key` signed it. Signatures of other keys are passed over.
    ///
    /// # Errors
    /// [`TreeHeadError::NotSigned`], [`TreeHeadError::WrongSignature`].
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), TreeHeadError> {
        self.note.verify(key).map_err(|unsigned| match unsigned {
            Unsigned::Not { name } => TreeHeadError::NotSigned { name },
            Unsigned::Wrong { name } => TreeHeadError::WrongSignature { name },
        })
    }
}

impl fmt::Display for SignedTreeHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

impl FromStr for SignedTreeHead {
    type Err = TreeHeadError;

    fn from_str(text: &str) -> Result<Self, TreeHeadError> {
        let wrong = |problem| TreeHeadError::NoTreeHead { problem };
        let note = Note::read(text).map_err(wrong)?;
        Ok(Self { head: TreeHead::read(note.text())?, note })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(size: u64) -> TreeHead {
        TreeHead { origin: "example.com/book".to_owned(), size, root: TreeHash::leaf(b"a") }
    }

    fn read(text: &str) -> Result<SignedTreeHead, TreeHeadError> {
        text.parse()
    }

    #[test]
    fn a_note_is_what_another_implementation_takes_for_one() {
        let key = SigningKey::generate("example.com/book").unwrap();
        let note = SignedTreeHead::new(head(17), &[&key]).unwrap().to_string();
        let verifier = key.verifier().to_string();
        let theirs = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
        assert_eq!(theirs.text(), head(17).text().as_bytes());
        let known = signed_note::StandardVerifier::new(&verifier).unwrap();
        let known = signed_note::VerifierList::new(vec![Box::new(known)]);
        let (verified, unknown) = theirs.verify(&known).unwrap();
        assert_eq!((verified.len(), unknown.len()), (1, 0));
    }

    #[test]
    fn a_note_of_another_implementation_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let key = SigningKey::generate("example.com/book").unwrap();
        key.write(&path).unwrap();
        let private = std::fs::read_to_string(&path).unwrap();
        let signer = signed_note::StandardSigner::new(private.trim_end()).unwrap();
        let mut theirs = signed_note::Note::new(head(3).text().as_bytes(), &[]).unwrap();
        theirs.add_sigs(&[&signer]).unwrap();
        let note = String::from_utf8(theirs.to_bytes()).unwrap();
        let ours = read(&note).unwrap();
        assert_eq!((ours.head(), ours.to_string()), (&head(3), note));
        ours.verify(&key.verifier()).unwrap();
    }

    #[test]
    fn one_without_a_signature_is_its_three_lines() {
        let unsigned = SignedTreeHead::new(head(0), &[]).unwrap();
        assert_eq!(unsigned.to_string(), head(0).text());
        assert!(!unsigned.is_signed());
        assert_eq!(read(&unsigned.to_string()).unwrap(), unsigned);
        let key = SigningKey::generate("k").unwrap().verifier();
        assert_eq!(
            unsigned.verify(&key).unwrap_err().to_string(),
            "the tree head has no signature of the key `k`"
        );
    }

    #[test]
    fn only_a_signature_over_these_lines_counts() {
        let (key, other) = (SigningKey::generate("k").unwrap(), SigningKey::generate("k").unwrap());
        let signed = SignedTreeHead::new(head(7), &[&other, &key]).unwrap();
        signed.verify(&key.verifier()).unwrap();
        let note = signed.to_string();
        let changed = read(&note.replace("\n7\n", "\n8\n")).unwrap();
        assert!(matches!(
            changed.verify(&key.verifier()),
            Err(TreeHeadError::WrongSignature { .. })
        ));
        let stranger = SigningKey::generate("k").unwrap().verifier();
        assert!(matches!(signed.verify(&stranger), Err(TreeHeadError::NotSigned { .. })));
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1 << (at % 8);
            let changed = String::from_utf8(bytes).ok().and_then(|note| read(&note).ok());
            let both = [key.verifier(), other.verifier()];
            let holds = changed.is_some_and(|it| both.iter().all(|key| it.verify(key).is_ok()));
            assert!(!holds, "byte {at}");
        }
    }

    #[test]
    fn what_has_another_form_is_refused_with_its_line() {
        let root = BASE64.encode([7; 32]);
        for (note, problem) in [
            (String::new(), "its last line does not end"),
            ("\n1\n".to_owned(), "the first line, its origin, is empty"),
            ("o\n".to_owned(), "the second line, its size, is no number"),
            (format!("o\n01\n{root}\n"), "the second line, its size, is no number"),
            (format!("o\n+1\n{root}\n"), "the second line, its size, is no number"),
            ("o\n1\nAAAA\n".to_owned(), "the third line, its root, is not the base64 of 32 bytes"),
            (format!("o\n1\n{root}"), "its last line does not end"),
            (format!("o\r\n1\n{root}\n"), "it holds a control character"),
            (format!("o\n1\n{root}\n\n"), "its last line does not end"),
            (format!("o\n1\n{root}\n\n- k AAAAAAAA\n"), "a line at its end is no signature"),
            (format!("o\n1\n{root}\n\n— k AAAA\n"), "a line at its end is no signature"),
            (format!("o\n1\n{root}\n\nmore\n\n— k AAAAAAAA\n"), "a line of its body is empty"),
            (
                format!("o\n1\n{root}\n\n{}", "— k AAAAAAAA\n".repeat(65)),
                "it has more than 64 signatures",
            ),
        ] {
            assert_eq!(read(&note).unwrap_err(), TreeHeadError::NoTreeHead { problem }, "{note:?}");
        }
        let more = format!("an origin\n1\n{root}\nmore\n\n— k AAAAAAAA\n");
        assert_eq!(read(&more).unwrap().to_string(), more, "lines below the root are kept");
        assert!(
            SignedTreeHead::new(TreeHead { origin: "a b".to_owned(), ..head(1) }, &[]).is_err()
        );
    }
}
