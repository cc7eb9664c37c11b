//! Accounts: who they are, who is there, who answers for them, and what happened with them.

use chrono::NaiveDate;
use relatum_domain::event::account::{ShareKind, Stage};
use relatum_domain::{AccountId, ContactId, Family, ManagerId, Rate, Recorded};
use relatum_stream::EventRef;

use super::TablePart;
use super::cell::TableCell;
use super::fields::{Field, From, Of, Who, currency_of, rate};
use crate::directory::AccountProfile;
use crate::history::{HistoryFilter, HistoryLine};
use crate::models::Which;

const DIRECTORY: Which = Which { directory: true, ..Which::NONE };

impl TablePart<'_> {
    /// The wanted accounts of which anything is known.
    fn profiles(&self) -> Vec<(AccountId, AccountProfile)> {
        let directory = &self.part.directory;
        match self.account {
            Some(only) => {
                directory.account(only, self.view).map(|it| (only, it)).into_iter().collect()
            }
            None => directory.accounts(self.view).collect(),
        }
    }
}

/// What an account is, in a word.
const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Prospect => "prospect",
        Stage::Client => "client",
    }
}

type Account = (AccountId, AccountProfile);

/// Who is who.
pub(super) static ACCOUNTS: Of<Account> = Of {
    name: "accounts",
    about: "an account, as it is known on the day",
    fields: &[
        Field::id("account", "the account", |it| it.0.into()),
        Field::text("account_name", "its name", |it| (&it.1.name).into()),
        Field::text("stage", "`prospect` or `client`", |it| stage(it.1.stage).into()),
        Field::text("class", "its class", |it| it.1.class.as_ref().into()),
        Field::text("segment", "its market segment", |it| it.1.segment.as_ref().into()),
        Field::text("sector", "its line of business", |it| it.1.sector.as_ref().into()),
        Field::text("country", "its country", |it| it.1.country.as_ref().into()),
        Field::id("manager", "who answers for it", |it| it.1.manager.into()),
        Field::id("parent", "the account to which it belongs", |it| it.1.parent.into()),
        Field::integer("contacts", "how many people are known there", |it| {
            it.1.contacts.len().into()
        }),
        Field::integer("key_contacts", "on how many of them much depends", |it| {
            it.1.contacts.iter().filter(|(_, _, key, _)| *key).count().into()
        }),
        Field::flag("closed", "whether the relationship ended", |it| it.1.closed.into()),
        Field::flag("unassigned", "whether it keeps what belongs to no known client", |it| {
            it.1.unassigned.into()
        }),
    ],
    which: |_, _| DIRECTORY,
    from: From::Accounts(|from, row| {
        from.profiles().iter().for_each(|it| row(it.0.into(), it));
    }),
};

/// What another system calls an account.
pub(super) struct ExternalId {
    account: AccountId,
    name: String,
    system: String,
    id: String,
}

/// What other systems call accounts.
pub(super) static EXTERNAL_IDS: Of<ExternalId> = Of {
    name: "external_ids",
    about: "what another system calls an account",
    fields: &[
        Field::id("account", "the account", |it| it.account.into()),
        Field::text("account_name", "its name", |it| (&it.name).into()),
        Field::text("system", "the other system", |it| (&it.system).into()),
        Field::text("id", "what that calls it", |it| (&it.id).into()),
    ],
    which: |_, _| DIRECTORY,
    from: From::Accounts(|from, row| {
        for (account, profile) in from.profiles() {
            for (system, id) in profile.external_ids {
                let name = profile.name.clone();
                row(account.into(), &ExternalId { account, name, system, id });
            }
        }
    }),
};

/// A person at a client. The name is personal: the event tells it to who may read it.
pub(super) struct Contact {
    account: AccountId,
    name: String,
    contact: ContactId,
    role: Option<String>,
    key: bool,
    event: EventRef,
}

/// The people at clients.
pub(super) static CONTACTS: Of<Contact> = Of {
    name: "contacts",
    about: "a person at a client; names are personal and stay in the log",
    fields: &[
        Field::id("account", "where", |it| it.account.into()),
        Field::text("account_name", "the name of the account", |it| (&it.name).into()),
        Field::id("contact", "who", |it| it.contact.into()),
        Field::text("role", "their function", |it| it.role.as_ref().into()),
        Field::flag("key", "whether much depends on them", |it| it.key.into()),
        Field::event("event", "the event that tells the name", |it| it.event.into()),
    ],
    which: |_, _| DIRECTORY,
    from: From::Accounts(|from, row| {
        for (account, profile) in from.profiles() {
            for (contact, role, key, event) in profile.contacts {
                let name = profile.name.clone();
                row(account.into(), &Contact { account, name, contact, role, key, event });
            }
        }
    }),
};

/// A share that somebody has in the credit for an account's sales, or all of it.
pub(super) struct Owned {
    who: Who,
    owner: ManagerId,
    from: NaiveDate,
    to: Option<NaiveDate>,
    credited: Option<(ManagerId, ShareKind, Rate)>,
    event: EventRef,
}

/// Who had the account from when to when.
pub(super) static OWNERS: Of<Owned> = Of {
    name: "owners",
    about: "who answered for an account from a day to a day; a row a share where credit is shared",
    fields: &[
        Field::id("account", "the account", |it| it.who.account.into()),
        Field::text("account_name", "its name", |it| (&it.who.name).into()),
        Field::id("manager", "who answered for it", |it| it.owner.into()),
        Field::day("first_day", "the first day", |it| it.from.into()),
        Field::day("last_day", "the last day; none: still", |it| it.to.into()),
        Field::id("credited", "who shares in the credit; none: the manager alone", |it| {
            it.credited.map(|it| it.0).into()
        }),
        Field::text("share_kind", "`revenue`, or `overlay`: on top of the whole", |it| {
            let word = |kind| match kind {
                ShareKind::Revenue => "revenue",
                ShareKind::Overlay => "overlay",
            };
            it.credited.map(|it| word(it.1)).into()
        }),
        Field::number("share", "the share, of one", |it| {
            it.credited.map_or(TableCell::Null, |it| rate(it.2))
        }),
        Field::event("event", "the event that assigned it", |it| it.event.into()),
    ],
    which: |_, _| DIRECTORY,
    from: From::Accounts(|from, row| {
        for (account, _) in from.profiles() {
            let who = from.who(account);
            for term in from.part.directory.terms(account, from.view) {
                let shares = term.owner.credit.iter().map(|it| (it.manager, it.kind, it.share));
                let alone = term.owner.credit.is_empty().then_some(None);
                for credited in alone.into_iter().chain(shares.map(Some)) {
                    row(
                        account.into(),
                        &Owned {
                            who: who.clone(),
                            owner: term.owner.manager,
                            from: term.from,
                            to: term.to,
                            credited,
                            event: who.event(term.version),
                        },
                    );
                }
            }
        }
    }),
};

/// What an event is about, in a word.
const fn family(family: Family) -> &'static str {
    match family {
        Family::Account => "account",
        Family::Organisation => "organisation",
        Family::Policy => "policy",
        Family::Activity => "activity",
        Family::Opportunity => "opportunity",
        Family::Offer => "offer",
        Family::Contract => "contract",
        Family::Order => "order",
        Family::Document => "document",
        Family::Settlement => "settlement",
        Family::Voice => "voice",
        Family::Credit => "credit",
        Family::Audit => "audit",
        Family::Correction => "correction",
    }
}

/// An event of an account.
pub(super) struct Happened {
    account: AccountId,
    name: String,
    line: HistoryLine,
    recorded: Recorded,
}

/// Everything that happened.
pub(super) static HISTORY: Of<Happened> = Of {
    name: "history",
    about: "an event of an account that holds by the day, voided ones too",
    fields: &[
        Field::id("account", "with whom", |it| it.account.into()),
        Field::text("account_name", "their name", |it| (&it.name).into()),
        Field::day("day", "the day from which it holds", |it| it.line.day.into()),
        Field::text("what", "the type of the event", |it| it.line.kind.as_str().into()),
        Field::text("family", "what such events are about", |it| {
            it.line.kind.family().map(family).into()
        }),
        Field::text("label", "a number or a subject", |it| it.line.label.as_ref().into()),
        Field::amount("amount", "how much", |it| it.line.amount.into()),
        Field::text("currency", "what that is in", |it| currency_of(&it.line.amount)),
        Field::flag("void", "whether it was voided or amended, and counts for nothing", |it| {
            it.line.void.into()
        }),
        Field::instant("recorded_at", "when the log learned of it", |it| it.recorded.into()),
        Field::event("event", "the event", |it| it.line.event.into()),
    ],
    which: |_, _| Which { history: true, ..DIRECTORY },
    from: From::Accounts(|from, row| {
        let accounts = from.part.history.accounts();
        let wanted = accounts.filter(|it| from.account.is_none_or(|only| only == *it));
        for account in wanted {
            let name = from.part.directory.account_name(account, from.view);
            let lines = from.part.history.told(account, &HistoryFilter::default(), from.view);
            for (line, recorded) in lines {
                row(account.into(), &Happened { account, name: name.clone(), line, recorded });
            }
        }
    }),
};
