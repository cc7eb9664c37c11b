//! `relatum log verify`: whether the log is what a log must be.

use std::path::{Path, PathBuf};

use clap::Args;
use relatum::log::{Corruption, Place, Verified};
use relatum::{Class, Engine, Error, SignedTreeHead, TreeHead, VerifyingKey};
use serde_json::{Value, json};

use crate::failure::{Exit, Failure, chain};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped, json as to_json};
use crate::progress::Progress;
use crate::session::Session;

/// Read the whole log and check decoding, order, versions and the tree over its events
///
/// Names the first event that is bad. A log that was cut back or rewritten as a whole is sound in
/// itself: to notice that, compare it with a tree head that was kept elsewhere.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// A tree head that was kept: whether the log still begins with what it says
    #[arg(long, value_name = "FILE")]
    tree_head: Option<PathBuf>,
    /// The key that must have signed it, as `log tree-head --new-key` prints it
    #[arg(long, value_name = "KEY", requires = "tree_head")]
    verifier_key: Option<VerifyingKey>,
}

impl Verify {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let head = self.tree_head.as_deref().map(read).transpose()?;
        let engine = session.read()?;
        let bar = Progress::of_count("verifying");
        let verified = engine.verify(|done, all| bar.set(done, all));
        drop(bar);
        let mut answer = match verified {
            Ok(verified) => Answer::of(verified),
            Err(error) if error.class() == Class::Corrupt => Answer {
                // The bytes are in order, but an event in them is not understood.
                fault: Some(chain(&error)),
                ..Answer::default()
            },
            Err(error) => return Err(error.into()),
        };
        if let Some(head) = head.filter(|_| answer.fault.is_none()) {
            answer.compared = Some(compared(&engine, head, self.verifier_key.as_ref())?);
        }
        session.show(&answer)?;
        Ok(if answer.is_good() { Exit::Done } else { Exit::Refused })
    }
}

/// The tree head in a file.
fn read(path: &Path) -> Result<SignedTreeHead, Failure> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| Failure::io(format!("read {}", path.display()), error))?;
    text.parse().map_err(|error| Error::TreeHead(error).into())
}

fn compared(
    engine: &Engine,
    head: SignedTreeHead,
    key: Option<&VerifyingKey>,
) -> Result<Compared, Failure> {
    let fault = match engine.check_tree_head(&head, key) {
        Ok(()) => None,
        Err(Error::TreeHead(error)) => Some(error.to_string()),
        Err(error) => return Err(error.into()),
    };
    let signed_by = key.filter(|_| fault.is_none()).map(|key| key.name().to_owned());
    Ok(Compared { head: head.head().clone(), signed_by, fault })
}

#[derive(Default)]
struct Answer {
    fault: Option<String>,
    /// The position of the first bad event.
    bad: Option<u64>,
    verified: Option<Verified>,
    compared: Option<Compared>,
}

/// What became of a tree head.
struct Compared {
    head: TreeHead,
    signed_by: Option<String>,
    fault: Option<String>,
}

impl Answer {
    fn of(verified: Verified) -> Self {
        let bad = match &verified.fault {
            Some(Corruption { at: Place::Position(position), .. }) => Some(position.seq.0),
            _ => None,
        };
        let fault = verified.fault.as_ref().map(|fault| chain(fault));
        Self { fault, bad, verified: Some(verified), compared: None }
    }

    fn is_good(&self) -> bool {
        self.fault.is_none() && self.compared.as_ref().is_none_or(|it| it.fault.is_none())
    }

    fn counts(&self) -> [(&'static str, Option<u64>); 4] {
        let of = |count: fn(&Verified) -> u64| self.verified.as_ref().map(count);
        [
            ("commits", of(|it| it.commits)),
            ("events", of(|it| it.events)),
            ("streams", of(|it| it.streams)),
            ("bytes", of(|it| it.bytes)),
        ]
    }

    /// The root over the sound events.
    fn root(&self) -> Option<String> {
        self.verified.as_ref().map(|it| it.tree.root().to_string())
    }
}

impl Compared {
    fn document(&self) -> Value {
        let TreeHead { origin, size, root } = &self.head;
        json!({
            "origin": origin,
            "size": size,
            "root": to_json(root),
            "signed_by": self.signed_by,
            "contained": self.fault.is_none(),
            "fault": self.fault,
        })
    }

    fn page(&self, page: Page) -> Page {
        match &self.fault {
            Some(fault) => page.toned(Tone::Bad, format!("fault: {fault}")),
            None => {
                let size = grouped(&self.head.size.to_string());
                let signed = match &self.signed_by {
                    Some(name) => format!("signed by {name}"),
                    None => "no signature was checked".to_owned(),
                };
                page.line(format!("contains the tree head of {size} events; {signed}"))
            }
        }
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let last = self.verified.as_ref().and_then(|it| it.last_recorded_at);
        let mut document = json!({
            "sound": self.fault.is_none(),
            "fault": self.fault,
            "first_bad": self.bad,
            "head": self.verified.as_ref().map(|it| to_json(&it.head)),
            "last_recorded_at": last,
            "root": self.root(),
            "tree_head": self.compared.as_ref().map(Compared::document),
        });
        if let Value::Object(fields) = &mut document {
            let counts = self.counts().into_iter();
            fields.extend(counts.map(|(name, count)| (name.to_owned(), to_json(&count))));
        }
        document
    }

    fn sheet(&self) -> Sheet {
        let mut columns = vec![Column::text("sound", "sound")];
        let mut row = vec![Cell::of("", self.fault.is_none())];
        for (name, count) in self.counts() {
            columns.push(Column::number(name, name));
            row.push(count.map_or_else(Cell::none, Cell::count));
        }
        columns.push(Column::text("root", "root"));
        row.push(Cell::maybe(self.root()));
        columns.push(Column::text("fault", "fault"));
        row.push(Cell::maybe(self.fault.as_deref()));
        if let Some(compared) = &self.compared {
            columns.push(Column::text("tree_head", "tree head"));
            row.push(Cell::of("", compared.fault.is_none()));
            columns.push(Column::text("tree_head_fault", "fault"));
            row.push(Cell::maybe(compared.fault.as_deref()));
        }
        Sheet::new(columns).with([row])
    }

    fn page(&self) -> Page {
        let counts = self.counts().into_iter();
        let counts: Vec<String> = counts
            .filter_map(|(name, count)| Some(format!("{} {name}", grouped(&count?.to_string()))))
            .collect();
        let page = match &self.fault {
            None => Page::default().pieces(
                0,
                vec![
                    (Tone::Good, "sound".to_owned()),
                    (Tone::Plain, format!(": {}", counts.join(", "))),
                ],
            ),
            Some(fault) => {
                let page = Page::default().toned(Tone::Bad, format!("fault: {fault}"));
                match counts.is_empty() {
                    true => page,
                    false => page.line(format!("sound before it: {}", counts.join(", "))),
                }
            }
        };
        let page = match self.root() {
            Some(root) => page.line(format!("root: {root}")),
            None => page,
        };
        self.compared.iter().fold(page, |page, compared| compared.page(page))
    }
}
