//! Accounts: who they are.

use relatum_domain::event::account::Stage;
use relatum_domain::{AccountId, Policies, View};

use super::cell::TableColumn;
use super::fields::{Field, columns, tell};
use super::{RowSink, Table, TablePart};
use crate::directory::AccountProfile;
use crate::models::Which;

const DIRECTORY: Which = Which { directory: true, ..Which::NONE };

/// What an account is, in a word.
const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Prospect => "prospect",
        Stage::Client => "client",
    }
}

/// Who is who.
#[derive(Debug)]
pub(super) struct Accounts;

type Account = (AccountId, AccountProfile);

const ACCOUNTS: &[Field<Account>] = &[
    Field::id("account", "the account", |it| it.0.into()),
    Field::text("name", "its name", |it| (&it.1.name).into()),
    Field::text("stage", "`prospect` or `client`", |it| stage(it.1.stage).into()),
    Field::text("class", "its class", |it| it.1.class.as_ref().into()),
    Field::text("segment", "its market segment", |it| it.1.segment.as_ref().into()),
    Field::text("sector", "its line of business", |it| it.1.sector.as_ref().into()),
    Field::text("country", "its country", |it| it.1.country.as_ref().into()),
    Field::id("manager", "who answers for it", |it| it.1.manager.into()),
    Field::id("parent", "the account to which it belongs", |it| it.1.parent.into()),
    Field::integer("contacts", "how many people are known there", |it| it.1.contacts.len().into()),
    Field::integer("key_contacts", "on how many of them much depends", |it| {
        it.1.contacts.iter().filter(|(_, _, key, _)| *key).count().into()
    }),
    Field::flag("closed", "whether the relationship ended", |it| it.1.closed.into()),
    Field::flag("unassigned", "whether it keeps what belongs to no known client", |it| {
        it.1.unassigned.into()
    }),
];

impl Table for Accounts {
    fn name(&self) -> &'static str {
        "accounts"
    }

    fn about(&self) -> &'static str {
        "an account, as it is known on the day"
    }

    fn columns(&self) -> Vec<TableColumn> {
        columns(ACCOUNTS)
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        DIRECTORY
    }

    fn tell(&self, from: &TablePart<'_>, row: &mut RowSink<'_>) {
        for it in from.profiles() {
            tell(ACCOUNTS, it.0, &it, row);
        }
    }
}

impl TablePart<'_> {
    /// The wanted accounts of which anything is known.
    fn profiles(&self) -> impl Iterator<Item = Account> + '_ {
        let directory = &self.part.directory;
        let one = self.account.map(|only| (only, directory.account(only, self.view)));
        let one = one.into_iter().filter_map(|(only, profile)| Some((only, profile?)));
        let all = self.account.is_none().then(|| directory.accounts(self.view));
        one.chain(all.into_iter().flatten())
    }
}
