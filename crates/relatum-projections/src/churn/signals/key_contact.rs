//! Whoever decided there has left.

use relatum_domain::signals::SignalKind;

use crate::churn::look::Look;
use crate::churn::signal::{Found, Sign};
use crate::words::days as in_words;

const WINDOW: u32 = 182;

pub(super) const SIGN: Sign = Sign { kind: SignalKind::KeyContact, unit: "contacts", find };

fn find(look: &Look<'_>) -> Found {
    let contacts = look.part.directory.key_contacts(look.account, look.view);
    let from = look.since(WINDOW);
    let left: Vec<_> = contacts.left.iter().filter(|it| it.0 >= from).collect();
    let (present, n) = (contacts.present, contacts.present + contacts.left.len());
    // Whoever left last is missed until somebody follows.
    let last = contacts.left.last().filter(|it| present == 0 || it.0 >= from);
    let Some((day, version, role)) = last else {
        if n == 0 {
            return Found::unknown("no key contact is known");
        }
        let sentence = match present {
            1 => "its key contact is still there".to_owned(),
            several => format!("its {several} key contacts are still there"),
        };
        return Found { measure: Some(0), n, window: Some(WINDOW), sentence, ..Found::default() };
    };
    let who = role.as_deref().map_or(String::new(), |role| format!(" ({role})"));
    let others = match present {
        0 => "nobody has followed".to_owned(),
        1 => "1 key contact remains".to_owned(),
        several => format!("{several} key contacts remain"),
    };
    let ago = in_words(look.age(*day));
    Found {
        measure: Some(if present == 0 { 2 } else { 1 }),
        value: i64::try_from(left.len()).ok(),
        baseline: i64::try_from(present).ok(),
        window: Some(WINDOW),
        n,
        sentence: format!("a key contact{who} left {ago} ago; {others}"),
        step: "find out who decides now, and visit them".into(),
        evidence: vec![look.event(*version)],
        ..Found::default()
    }
}
