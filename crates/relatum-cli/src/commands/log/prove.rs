//! `relatum log prove`: what others can check without the log.

use clap::Args;
use relatum::log::{Cut, Seq, TreeHash};
use relatum::{ConsistencyProof, EventRef, InclusionProof};
use serde_json::Value;

use super::tree_head::Sign;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, json as to_json};
use crate::session::Session;

/// Prove that an event is in the log, or that a log is the beginning of another
///
/// The proof of an event is printed with the tree head that it is proved against, in the form of
/// c2sp.org/tlog-proof. Its extra data is the leaf: the bytes that are hashed, with the event as
/// it is stored.
#[derive(Debug, Args)]
pub(crate) struct Prove {
    /// The event, such as account/67e55044-…@12
    #[arg(required_unless_present = "consistency")]
    event: Option<EventRef>,
    /// That it is among the first so many events; all of them unless said otherwise
    #[arg(long, value_name = "SIZE")]
    at: Option<u64>,
    #[command(flatten)]
    sign: Sign,
    /// Prove instead that the first OLD events are the beginning of the first NEW
    #[arg(
        long, num_args = 2, value_names = ["OLD", "NEW"],
        conflicts_with_all = ["event", "at", "key", "origin"]
    )]
    consistency: Option<Vec<u64>>,
}

impl Prove {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let engine = session.read()?;
        if let Some([old, new]) = self.consistency.as_deref() {
            session.show(&Consistent(engine.prove_consistency(*old, *new)?))?;
        } else if let Some(event) = self.event {
            let proof = engine.prove(event, self.at)?;
            let head = self.sign.head(&engine, Some(&Cut::single(Seq(proof.size))))?;
            session.show(&Included { text: proof.text(&head), proof })?;
        }
        Ok(Exit::Done)
    }
}

struct Included {
    proof: InclusionProof,
    text: String,
}

impl Shown for Included {
    fn document(&self) -> Value {
        let mut document = to_json(&self.proof);
        if let Value::Object(fields) = &mut document {
            fields.insert("proof".to_owned(), self.text.as_str().into());
        }
        document
    }

    fn sheet(&self) -> Sheet {
        let InclusionProof { event, leaf, index, size, root, hashes, .. } = &self.proof;
        let columns = vec![
            Column::text("event", "event"),
            Column::number("index", "index"),
            Column::number("size", "size"),
            Column::text("root", "root"),
            Column::text("hashes", "hashes"),
            Column::text("leaf", "leaf"),
            Column::text("proof", "proof"),
        ];
        Sheet::new(columns).with([vec![
            Cell::text(event.to_string()),
            Cell::count(*index),
            Cell::count(*size),
            Cell::text(root.to_string()),
            Cell::of(joined(hashes), to_json(hashes)),
            Cell::text(&**leaf),
            Cell::text(&*self.text),
        ]])
    }

    fn page(&self) -> Page {
        Page::verbatim(&*self.text)
    }
}

struct Consistent(ConsistencyProof);

impl Shown for Consistent {
    fn document(&self) -> Value {
        to_json(&self.0)
    }

    fn sheet(&self) -> Sheet {
        let ConsistencyProof { old, new, old_root, new_root, hashes, .. } = &self.0;
        let columns = vec![
            Column::number("old", "old"),
            Column::number("new", "new"),
            Column::text("old_root", "old root"),
            Column::text("new_root", "new root"),
            Column::text("hashes", "hashes"),
        ];
        Sheet::new(columns).with([vec![
            Cell::count(*old),
            Cell::count(*new),
            Cell::text(old_root.to_string()),
            Cell::text(new_root.to_string()),
            Cell::of(joined(hashes), to_json(hashes)),
        ]])
    }

    fn page(&self) -> Page {
        let ConsistencyProof { old, new, old_root, new_root, hashes, .. } = &self.0;
        let page = Page::verbatim(format!("old {old} {old_root}\nnew {new} {new_root}\n"));
        hashes.iter().fold(page, |page, hash| page.then(Page::verbatim(format!("{hash}\n"))))
    }
}

fn joined(hashes: &[TreeHash]) -> String {
    let hashes: Vec<String> = hashes.iter().map(ToString::to_string).collect();
    hashes.join(" ")
}
