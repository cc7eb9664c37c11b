//! Keys in their file, plain and wrapped.

use super::*;

fn plain(path: &Path, create: bool) -> Result<Keyring, KeyError> {
    Keyring::open(path, create, None)
}

fn subject(number: u128) -> SubjectId {
    uuid::Uuid::from_u128(number).into()
}

#[test]
fn keys_outlive_the_process_and_a_torn_last_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.keys");
    let sealed = {
        let ring = plain(&path, true).unwrap();
        ring.ensure([subject(1), subject(1), subject(2)]).unwrap();
        ring.seal(Some(subject(1)), "Ada").unwrap()
    };
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, [whole.as_slice(), b"{\"subject\":\"0000"].concat()).unwrap();
    let ring = plain(&path, false).unwrap();
    assert_eq!(ring.open_box(&sealed).as_deref(), Some("Ada"));
    assert_eq!(std::fs::read(&path).unwrap(), whole, "the torn line is gone");
}

#[test]
fn a_missing_a_damaged_and_a_newer_file_are_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.keys");
    let message = |path: &Path| plain(path, false).unwrap_err().to_string();
    assert!(message(&path).contains("is missing; name it with --keys"), "{}", message(&path));
    std::fs::write(&path, "{\"relatum_keys\":4,\"tenant\":\"\"}\n").unwrap();
    assert!(message(&path).contains("has format 4, this version knows up to 2"));
    std::fs::write(&path, "{\"relatum_keys\":3,\"vault\":[]}\n").unwrap();
    assert!(message(&path).contains("has format 3"), "of another shape too");
    for (bytes, line) in [
        ("nonsense\n".into(), 1),
        ("nonsense".into(), 1),
        (String::new(), 1),
        (format!("{}\nnonsense\n{{}}", head()), 2),
    ] {
        std::fs::write(&path, &bytes).unwrap();
        assert!(message(&path).contains(&format!("damaged in line {line}")), "{bytes}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), bytes, "and left as it is");
    }
    std::fs::write(&path, b"\xff\xfe\n").unwrap();
    assert!(message(&path).contains("damaged in line 1"));
}

fn head() -> String {
    let tenant = Key::random().unwrap().to_text();
    format!("{{\"relatum_keys\":1,\"tenant\":\"{}\"}}", *tenant)
}

#[test]
fn a_whole_last_line_without_its_end_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.keys");
    std::fs::write(&path, head()).unwrap();
    let sealed = {
        let ring = plain(&path, false).unwrap();
        ring.ensure([subject(1)]).unwrap();
        ring.seal(Some(subject(1)), "Ada").unwrap()
    };
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.trim_end()).unwrap();
    for _ in 0..2 {
        let ring = plain(&path, false).unwrap();
        assert_eq!(ring.open_box(&sealed).as_deref(), Some("Ada"));
        ring.ensure([subject(2)]).unwrap();
    }
}

#[test]
fn two_stores_may_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.keys");
    let (one, two) = (plain(&path, true).unwrap(), plain(&path, false).unwrap());
    let sealed = [&one, &two].map(|ring| {
        ring.ensure([subject(1)]).unwrap();
        ring.seal(Some(subject(1)), "Ada").unwrap()
    });
    let ring = plain(&path, false).unwrap();
    for sealed in sealed {
        assert_eq!(ring.open_box(&sealed).as_deref(), Some("Ada"));
    }
}
fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text).unwrap()
}

/// A ring in a protected file, and something that it sealed.
fn protected(path: &Path) -> (Keyring, [SealedBox; 2]) {
    let ring = Keyring::open(path, true, Some(&passphrase("tea"))).unwrap();
    ring.ensure([subject(1), subject(2)]).unwrap();
    let sealed = [Some(subject(1)), None].map(|whose| ring.seal(whose, "Ada").unwrap());
    (ring, sealed)
}

fn opens(path: &Path, with: Option<&str>, sealed: &[SealedBox]) -> bool {
    let ring = Keyring::open(path, false, with.map(passphrase).as_ref()).unwrap();
    sealed.iter().all(|sealed| ring.open_box(sealed).as_deref() == Some("Ada"))
}

#[test]
fn wrapped_keys_open_with_their_passphrase_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.keys");
    let (ring, sealed) = protected(&path);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("{\"relatum_keys\":2,\"argon2id\":{\"salt\":"), "{text}");
    for key in ring.subjects().keys.values().flatten().chain([&ring.tenant]) {
        assert!(!text.contains(key.to_text().as_str()), "a key is in the clear");
    }
    drop(ring);
    assert!(opens(&path, Some("tea"), &sealed));
    let refused = |with: Option<&str>| {
        Keyring::open(&path, false, with.map(passphrase).as_ref()).unwrap_err()
    };
    let error = refused(None);
    assert!(matches!(error, KeyError::PassphraseNeeded { .. }), "{error}");
    assert!(error.to_string().contains("set RELATUM_PASSPHRASE"), "{error}");
    for wrong in ["Tea", "tea ", "t", "coffee"] {
        let error = refused(Some(wrong));
        assert!(matches!(error, KeyError::WrongPassphrase { .. }), "{wrong}: {error}");
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "and left as it is");
    assert!(matches!(Passphrase::new(""), Err(KeyError::EmptyPassphrase)));
    let file = folder.path().join("passphrase");
    for (bytes, first) in
        [("tea\n", Some("tea")), ("tea\r\nx", Some("tea")), ("\n", None), ("", None)]
    {
        std::fs::write(&file, bytes).unwrap();
        let read = Passphrase::read(&file);
        match first {
            Some(text) => assert!(read.unwrap() == passphrase(text), "{bytes:?}"),
            None => assert!(matches!(read, Err(KeyError::EmptyPassphrase)), "{bytes:?}"),
        }
    }
    assert!(!format!("{:?}", passphrase("tea")).contains("tea"));
}

#[test]
fn a_wrapped_key_that_was_changed_or_moved_is_damage_in_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.keys");
    let (_, sealed) = protected(&path);
    let whole = std::fs::read_to_string(&path).unwrap();
    let open = |text: &str| {
        std::fs::write(&path, text).unwrap();
        Keyring::open(&path, false, Some(&passphrase("tea"))).map(drop)
    };
    let damaged = |text: &str, at: usize| {
        let error = open(text).unwrap_err();
        let is = matches!(&error, KeyError::Damaged { line, .. } if *line == at);
        assert!(is, "{error}: {text}");
    };
    let (one, two) = (subject(1).to_string(), subject(2).to_string());
    let swapped = whole.replace(&one, "…").replace(&two, &one).replace('…', &two);
    assert_ne!(swapped, whole);
    damaged(&swapped, 2);
    let last = whole.lines().last().unwrap();
    let at = last.find("\"text\":\"").unwrap() + 10;
    let letter = if last.as_bytes()[at] == b'A' { "B" } else { "A" };
    let mut changed = last.to_owned();
    changed.replace_range(at..=at, letter);
    damaged(&whole.replace(last, &changed), 3);
    damaged(whole.replace(last, &changed).trim_end(), 3);
    for (from, to) in [
        ("\"memory_kib\":65536", "\"memory_kib\":4294967295"),
        ("\"passes\":3", "\"passes\":0"),
        ("\"lanes\":4", "\"lanes\":999"),
    ] {
        assert!(whole.contains(from));
        damaged(&whole.replace(from, to), 1);
    }
    let error = open(&whole.replace("\"passes\":3", "\"passes\":2")).unwrap_err();
    assert!(matches!(error, KeyError::WrongPassphrase { .. }), "{error}");
    // A last line that a crash cut off belongs to no event.
    open(&whole[..whole.len() - 20]).unwrap();
    assert!(opens(&path, Some("tea"), &sealed));
}

#[test]
fn keys_are_wrapped_anew_and_unwrapped_and_stay_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.keys");
    let ring = plain(&path, true).unwrap();
    ring.ensure([subject(1)]).unwrap();
    let sealed = [ring.seal(Some(subject(1)), "Ada").unwrap()];
    let mut seen = vec![std::fs::read(&path).unwrap()];
    let mut with: Option<&str> = None;
    for next in [Some("tea"), Some("tea"), Some("milk"), None] {
        let mut file = KeyFile::open(&path, with.map(passphrase).as_ref()).unwrap();
        file.rewrap(next.map(passphrase).as_ref()).unwrap();
        with = next;
        let status = file.status().unwrap();
        assert_eq!((status.is_wrapped, status.subjects, status.keys), (next.is_some(), 1, 1));
        let bytes = std::fs::read(&path).unwrap();
        assert_ne!(seen.last(), Some(&bytes));
        assert!(opens(&path, next, &sealed));
        seen.push(bytes);
    }
    assert_eq!(seen.first(), seen.last(), "the same keys in the same form");
    assert_ne!(seen[1], seen[2], "the same passphrase, another wrapping key");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    // Who opened it before writes nothing where nobody reads it.
    let error = ring.ensure([subject(2)]).unwrap_err();
    assert!(matches!(error, KeyError::Replaced { .. }), "{error}");
    assert!(matches!(ring.seal(Some(subject(2)), "x"), Err(KeyError::NotSealed { .. })));
    ring.ensure([subject(1)]).unwrap();
}

#[test]
fn a_copy_is_whole_private_and_in_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("book.keys"), folder.path().join("copy"));
    let (_, sealed) = protected(&path);
    let file = KeyFile::open(&path, Some(&passphrase("tea"))).unwrap();
    file.copy_to(&copy).unwrap();
    assert!(opens(&copy, Some("tea"), &sealed));
    for there in [&copy, &path] {
        let error = file.copy_to(there).unwrap_err();
        assert!(matches!(error, KeyError::Io { op: "write", .. }), "{error}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&copy), 0o600);
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        KeyFile::open(&link, Some(&passphrase("tea"))).unwrap().rewrap(None).unwrap();
        assert!(link.symlink_metadata().unwrap().file_type().is_symlink());
        assert!(opens(&path, None, &sealed), "what the link names was written");
        assert_eq!(mode(&path), 0o600);
    }
}

#[test]
fn what_a_killed_writer_left_is_removed_and_what_it_replaced_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.keys");
    let ring = plain(&path, true).unwrap();
    ring.ensure([subject(1)]).unwrap();
    let unfinished = folder.path().join("book.keys.unfinished");
    std::fs::write(&unfinished, "half a key file").unwrap();
    drop(ring);
    let mut file = KeyFile::open(&path, None).unwrap();
    assert!(!unfinished.exists());
    let mut old = std::fs::File::open(&path).unwrap();
    let copied = folder.path().join("hard link");
    let before = std::fs::read(&path).unwrap();
    file.rewrap(None).unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut old, &mut bytes).unwrap();
    if cfg!(unix) {
        assert_eq!(bytes, vec![0; before.len()], "the bytes of the old file are gone");
    }
    std::fs::hard_link(&path, &copied).unwrap();
    file.rewrap(None).unwrap();
    assert_eq!(std::fs::read(&copied).unwrap(), before, "somebody's copy is theirs");
}

proptest::proptest! {
    #[test]
    fn any_file_is_keys_or_an_error_that_leaves_it_as_it_is(
        at in 0_usize..400,
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..12),
        cut in proptest::prelude::any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.keys");
        let ring = plain(&path, true).unwrap();
        ring.ensure([subject(1), subject(2)]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        let at = at.min(whole.len());
        let rest = if cut { &[][..] } else { &whole[at..] };
        let changed = [&whole[..at], &bytes[..], rest].concat();
        std::fs::write(&path, &changed).unwrap();
        let opened = plain(&path, false);
        let after = std::fs::read(&path).unwrap();
        match opened {
            Err(_) => assert_eq!(after, changed),
            // A torn end is taken off, a missing line end is put there, and nothing else.
            Ok(_) => {
                let mended = [&changed[..], b"\n"].concat();
                assert!(changed.starts_with(&after) || after == mended);
            }
        }
    }
}
