//! `relatum account duplicates`: accounts that may be one.

use clap::Args;
use relatum::{DuplicateLine, DuplicateReason};
use serde_json::Value;

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, json as to_json};
use crate::session::{Seen, Session};
use crate::viewpoint::ViewArguments;

/// Propose accounts that may be one, by tax id, name and domain, with the reasons
///
/// Names are compared without case, accents, punctuation and legal forms. Tax ids and websites are
/// taken from external ids and facts of these names (`tax_id`, `vat`, `website` and the like),
/// domains from the mail addresses of contacts too. Nothing is changed: `relatum account merge`
/// makes one of two.
#[derive(Debug, Args)]
pub(crate) struct Duplicates {
    /// How much must speak for it, of 100
    #[arg(long, value_name = "SCORE", default_value_t = 70)]
    #[arg(value_parser = clap::value_parser!(u8).range(1..=100))]
    at_least: u8,
    #[command(flatten)]
    view: ViewArguments,
}

impl Duplicates {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Seen { book, .. } = session.view(&self.view)?;
        let lines = book.duplicates(self.at_least)?;
        session.show(&Answer(lines))?;
        Ok(Exit::Done)
    }
}

struct Answer(Vec<DuplicateLine>);

fn in_words(reason: &DuplicateReason) -> String {
    match reason {
        DuplicateReason::SameTaxId(id) => format!("same tax id {id}"),
        DuplicateReason::SameName => "same name".to_owned(),
        DuplicateReason::SameWords => "same words in another order".to_owned(),
        DuplicateReason::AlikeName(alike) => format!("names alike by {alike} %"),
        DuplicateReason::SameDomain(domain) => format!("same domain {domain}"),
        DuplicateReason::OtherCountry => "but another country".to_owned(),
        DuplicateReason::OtherTaxId => "but another tax id".to_owned(),
        _ => "another reason".to_owned(),
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        to_json(&self.0)
    }

    fn lines(&self) -> Vec<Value> {
        self.0.iter().map(to_json).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::number("score", "score"),
            Column::text("name", "account"),
            Column::text("other_name", "other account"),
            Column::text("reasons", "because"),
            Column::programs("account"),
            Column::programs("other"),
        ];
        let row = |it: &DuplicateLine| {
            let reasons: Vec<String> = it.reasons.iter().map(in_words).collect();
            vec![
                Cell::count(it.score.into()),
                Cell::text(it.name.clone()),
                Cell::text(it.other_name.clone()),
                Cell::text(reasons.join(", ")),
                Cell::text(it.account.to_string()),
                Cell::text(it.other.to_string()),
            ]
        };
        Sheet::new(columns).with(self.0.iter().map(row))
    }

    fn page(&self) -> Page {
        if self.0.is_empty() {
            return Page::default().line("no two accounts look like one");
        }
        Page::default().sheet(self.sheet())
    }
}
