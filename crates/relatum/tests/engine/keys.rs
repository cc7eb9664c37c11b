//! Key files that are missing, damaged or newer: nothing is opened, made or touched.

use std::path::PathBuf;

use relatum::{Class, Engine, Error, KeyError};

use crate::books::{adjusted, commits, path_in, record, stored};

fn refused(path: PathBuf) -> KeyError {
    match Engine::open(path).unwrap_err() {
        error @ Error::Keys(_) if error.class() != Class::Unavailable => panic!("{error}"),
        Error::Keys(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn a_store_with_events_is_not_opened_without_its_keys() {
    let (folder, engine) = stored();
    record(&engine, 1, adjusted(0, "1")).unwrap();
    let before = commits(&engine);
    drop(engine);
    let (keys, aside) = (folder.path().join("book.keys"), folder.path().join("aside"));
    std::fs::rename(&keys, &aside).unwrap();
    let error = refused(path_in(&folder));
    assert!(matches!(&error, KeyError::Missing { path } if *path == keys), "{error}");
    assert!(!keys.exists(), "none is made");
    let elsewhere = Engine::builder().create(true).keys(folder.path().join("nowhere"));
    let error = elsewhere.open(path_in(&folder)).unwrap_err();
    assert!(matches!(error, Error::Keys(KeyError::Missing { .. })), "{error}");
    assert!(!folder.path().join("nowhere").exists());
    std::fs::rename(&aside, &keys).unwrap();
    let engine = Engine::open(path_in(&folder)).unwrap();
    assert_eq!(commits(&engine), before, "the store is what it was");
}

#[test]
fn a_key_file_that_is_none_is_named_and_left_as_it_is() {
    let (folder, engine) = stored();
    record(&engine, 1, adjusted(0, "1")).unwrap();
    drop(engine);
    let keys = folder.path().join("book.keys");
    let whole = std::fs::read(&keys).unwrap();
    let newer = b"{\"relatum_keys\":9,\"tenant\":\"\"}\n".to_vec();
    let cases: [(&[u8], &str); 5] = [
        (b"", "damaged in line 1"),
        (b"my diary, without a last line end", "damaged in line 1"),
        (&whole[..whole.len() - 9], "damaged in line 1"),
        (b"\xff\x00\n", "damaged in line 1"),
        (&newer, "has format 9, this version knows up to 2"),
    ];
    for (bytes, message) in cases {
        std::fs::write(&keys, bytes).unwrap();
        let error = refused(path_in(&folder)).to_string();
        assert!(error.contains(message), "{error}");
        assert_eq!(std::fs::read(&keys).unwrap(), bytes);
    }
    std::fs::write(&keys, whole).unwrap();
    Engine::open(path_in(&folder)).unwrap();
}

#[test]
fn an_engine_over_a_log_with_events_makes_no_keys() {
    let folder = tempfile::tempdir().unwrap();
    let log = || {
        let log = relatum::log::MemoryLog::new(crate::books::clock());
        std::sync::Arc::new(log)
    };
    let (path, other) = (folder.path().join("a.keys"), folder.path().join("b.keys"));
    let over = log();
    let engine = Engine::builder().keys(&path).over(over.clone()).unwrap();
    assert!(path.exists());
    record(&engine, 1, adjusted(0, "1")).unwrap();
    let error = Engine::builder().create(true).keys(&other).over(over.clone()).unwrap_err();
    assert!(matches!(error, Error::Keys(KeyError::Missing { .. })), "{error}");
    Engine::builder().keys(&path).over(over).unwrap();
}

#[cfg(unix)]
#[test]
fn a_key_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, _engine) = stored();
    let mode = std::fs::metadata(folder.path().join("book.keys")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
}
