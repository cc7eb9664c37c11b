//! `relatum audit check`: whether a certificate is what the log gives.

use std::path::PathBuf;

use clap::Args;
use relatum::log::{Cut, Seq};
use relatum::{Certificate, Checked, Divergence, Error, VerifyingKey};
use serde_json::{Value, json};

use super::certify::{facts, fields};
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone};
use crate::session::{Question, Session};
use crate::values::Known;
use crate::viewpoint::ViewArguments;

/// Check a certificate: give its report again from the log, and compare everything
///
/// Ends with 0 if the log gives the same to the byte, with 1 if not: then the first cell and the
/// first event are told where the two part.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The certificate
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Who must have signed it, such as example.com/book+…
    #[arg(long, value_name = "KEY")]
    verifier_key: Option<VerifyingKey>,
}

impl Check {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let named = |op: &str| format!("{op} {}", self.file.display());
        let text = std::fs::read(&self.file).map_err(|it| Failure::io(named("read"), it))?;
        let text = String::from_utf8(text).map_err(|_| {
            Failure::new(Exit::Refused, format!("{} is no certificate", self.file.display()))
        })?;
        let certificate: Certificate = text.parse().map_err(Error::from)?;
        certificate.verify(self.verifier_key.as_ref()).map_err(Error::from)?;
        let engine = session.read()?;
        let cut = Cut::single(certificate.position());
        let is_there = engine.as_of(certificate.as_of()).known_at(cut).is_ok();
        let known = is_there.then(|| Known::UpTo(certificate.position()));
        let view = ViewArguments::at(Some(certificate.as_of()), known);
        let words = shlex::split(certificate.asked()).unwrap_or_default();
        let spelt = shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default();
        if spelt != certificate.asked() {
            let message = format!(
                "{}: `{}` is not how a certificate asks: it was changed",
                self.file.display(),
                certificate.asked()
            );
            return Err(Failure::new(Exit::Refused, message));
        }
        let Question { report, .. } = session.ask(&words, &view)?;
        let checked = certificate.check(&engine, &*report)?;
        let exit = if checked == Checked::Equal { Exit::Done } else { Exit::Refused };
        let file = self.file.display().to_string();
        session.show(&Answer { file, certificate, checked })?;
        Ok(exit)
    }
}

struct Answer {
    file: String,
    certificate: Certificate,
    checked: Checked,
}

fn between((first, last): (Seq, Seq)) -> String {
    if first == last { format!("event @{first}") } else { format!("events @{first} to @{last}") }
}

fn or_nothing(value: Option<&String>) -> String {
    value.cloned().unwrap_or_else(|| "nothing".to_owned())
}

impl Answer {
    fn divergence(&self) -> Option<&Divergence> {
        match &self.checked {
            Checked::Equal => None,
            Checked::Diverges(it) => Some(it),
        }
    }

    fn told(it: &Divergence) -> Vec<(&'static str, String)> {
        let mut told = vec![("line", format!("{} of the certificate is the first", it.line))];
        told.push(match it.log {
            Some(events) => ("log", format!("is another one, first in {}", between(events))),
            None => ("log", "is the one that was certified".to_owned()),
        });
        if !it.projections.is_empty() {
            told.push(("states", format!("differ of {}", it.projections.join(", "))));
        }
        if let Some(cell) = &it.cell {
            let (own, log) =
                (or_nothing(cell.certified.as_ref()), or_nothing(cell.replayed.as_ref()));
            told.push(("cell", format!("{}: certified {own}, replayed {log}", cell.cell)));
        }
        if let Some(event) = &it.event {
            told.push(("event", event.event.to_string()));
            if event.certified.is_some() {
                told.push(("certified", or_nothing(event.certified.as_ref())));
            }
            told.push(("replayed", or_nothing(event.replayed.as_ref())));
        }
        told
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let divergence = self.divergence().map(|it| {
            json!({
                "line": it.line,
                "log": it.log.map(|(first, last)| [first.0, last.0]),
                "projections": it.projections,
                "cell": it.cell.as_ref().map(|cell| json!({
                    "cell": cell.cell,
                    "certified": cell.certified,
                    "replayed": cell.replayed,
                })),
                "event": it.event.as_ref().map(|event| json!({
                    "event": event.event,
                    "certified": event.certified,
                    "replayed": event.replayed,
                })),
            })
        });
        json!({
            "equal": divergence.is_none(),
            "certificate": fields(&self.certificate),
            "divergence": divergence,
        })
    }

    fn sheet(&self) -> Sheet {
        let columns = ["equal", "asked", "as_of", "position", "signer", "cell", "event"];
        let columns = columns.map(|key| Column::text(key, key)).into();
        let (it, found) = (&self.certificate, self.divergence());
        let cell = found.and_then(|it| it.cell.as_ref());
        let event = found.and_then(|it| it.event.as_ref());
        Sheet::new(columns).with([vec![
            Cell::of("", found.is_none()),
            Cell::text(it.asked()),
            Cell::day(it.as_of()),
            Cell::count(it.position().0),
            Cell::maybe(it.signer()),
            Cell::maybe(cell.map(|it| it.cell.as_str())),
            Cell::maybe(event.map(|it| it.event.to_string())),
        ]])
    }

    fn page(&self) -> Page {
        let page = |title, tone, words| {
            let about = facts(&self.certificate);
            Page::titled(title, format!("in {}", self.file))
                .gap()
                .toned(tone, words)
                .gap()
                .facts(0, about)
        };
        match self.divergence() {
            None => page(
                "Certificate checked",
                Tone::Good,
                "Equal: the log gives the same states, figures, root and events, to the byte.",
            ),
            Some(it) => page(
                "Certificate checked",
                Tone::Bad,
                "It diverges: the log does not give what is certified.",
            )
            .gap()
            .facts(0, Self::told(it)),
        }
    }
}
