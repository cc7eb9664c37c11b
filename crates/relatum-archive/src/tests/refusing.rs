//! What becomes of archives in an object store that refuses.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use relatum::Class;

use super::{Growing, book};
use crate::archive::Archive;
use crate::error::ArchiveError;
use crate::export::export_log;
use crate::place::Place;

/// Takes so many objects, and refuses all that comes after.
#[derive(Debug)]
struct Refusing {
    inner: InMemory,
    left: AtomicU64,
    /// Whether it lets read and list.
    open: bool,
}

fn refused<T>(path: &Path) -> Result<T> {
    Err(Error::PermissionDenied { path: path.to_string(), source: "403 Forbidden".into() })
}

impl fmt::Display for Refusing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a store that refuses")
    }
}

impl Refusing {
    fn take(&self) -> bool {
        let take = |left: u64| left.checked_sub(1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

#[async_trait]
impl ObjectStore for Refusing {
    async fn put_opts(&self, at: &Path, it: PutPayload, how: PutOptions) -> Result<PutResult> {
        if self.take() { self.inner.put_opts(at, it, how).await } else { refused(at) }
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        how: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        if self.take() { self.inner.put_multipart_opts(at, how).await } else { refused(at) }
    }

    async fn get_opts(&self, at: &Path, how: GetOptions) -> Result<GetResult> {
        if self.open { self.inner.get_opts(at, how).await } else { refused(at) }
    }

    fn delete_stream(
        &self,
        all: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(all)
    }

    fn list(&self, below: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.open {
            true => self.inner.list(below),
            false => stream::once(async { refused(&Path::default()) }).boxed(),
        }
    }

    async fn list_with_delimiter(&self, below: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(below).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, how: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, how).await
    }
}

/// A place in such a store, and the store.
fn refusing(left: u64, open: bool) -> (Place, Arc<Refusing>) {
    let store = Arc::new(Refusing { inner: InMemory::new(), left: AtomicU64::new(left), open });
    let place = Place::remote("s3://bucket/here", store.clone(), Path::from("here")).unwrap();
    (place, store)
}

/// What an error and its causes say.
fn words(error: &ArchiveError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Files and their bytes.
fn files(place: &Place) -> Vec<(String, Vec<u8>)> {
    let mut files = place.files().unwrap();
    files.sort();
    let read = |it: String| (it.clone(), place.read(&it).unwrap().unwrap().to_vec());
    files.into_iter().map(read).collect()
}

#[test]
fn what_a_store_refuses_is_named_and_nothing_of_it_is_seen() {
    let mut growing = Growing::new(7, 6);
    growing.grow(400);
    let whole = Place::in_memory().unwrap();
    let first = export_log(&growing.engine, &whole, None, |_, _| {}).unwrap();
    let began = files(&whole);
    growing.grow(400);
    let second = export_log(&growing.engine, &whole, None, |_, _| {}).unwrap();
    let ended = files(&whole);
    // With the marker and the manifest, which is the last.
    let puts = first.files + 2;
    for left in [0, 1, 2, puts - 1, puts, puts + 1, puts + second.files] {
        let (place, store) = refusing(left, true);
        let cut = relatum_log::Cut::single(relatum_log::Seq(first.upto));
        let mut failed = export_log(&growing.engine, &place, Some(&cut), |_, _| {}).err();
        if left >= puts {
            assert!(failed.is_none(), "{failed:?}");
            assert_eq!(files(&place), began, "{left}");
            failed = export_log(&growing.engine, &place, None, |_, _| {}).err();
            assert_eq!(files(&place), began, "{left}: it is what it was");
            Archive::open(&place).unwrap().verify(|_, _| {}).unwrap();
        } else {
            let seen: Vec<String> = place.files().unwrap();
            assert!(seen.iter().all(|it| it == "_relatum"), "{left}: {seen:?}");
            let error = Archive::open(&place).unwrap_err();
            assert!(matches!(error, ArchiveError::NotFound { .. }), "{error}");
        }
        let error = failed.unwrap();
        assert_eq!(error.class(), Class::Unavailable);
        let said = words(&error);
        assert!(said.starts_with("could not write s3://bucket/here/"), "{said}");
        assert!(said.ends_with("403 Forbidden"), "{said}");
        // Once it takes everything again, the archive becomes what it would have been.
        store.left.store(u64::MAX, Ordering::Relaxed);
        export_log(&growing.engine, &place, Some(&cut), |_, _| {}).unwrap();
        export_log(&growing.engine, &place, None, |_, _| {}).unwrap();
        assert_eq!(files(&place), ended, "{left}");
    }
}

#[test]
fn a_store_that_lets_nobody_read_is_told_before_anything_is_written() {
    let engine = book(7, 3, 100);
    let (place, store) = refusing(u64::MAX, false);
    for error in [
        export_log(&engine, &place, None, |_, _| {}).unwrap_err(),
        Archive::open(&place).unwrap_err(),
    ] {
        assert_eq!(error.class(), Class::Unavailable);
        let said = words(&error);
        assert!(said.starts_with("could not read s3://bucket/here/_manifest.json"), "{said}");
        assert!(said.ends_with("403 Forbidden"), "{said}");
    }
    assert_eq!(store.left.load(Ordering::Relaxed), u64::MAX, "nothing was sent");
}
