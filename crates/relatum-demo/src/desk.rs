//! Where one account's story is written: its profile, its choices, its numbering.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum_domain::{Actor, ContactId, ContractId, Derived, EventBody, ManagerId};

use crate::calendar::Span;
use crate::draw::Draw;
use crate::journal::{Handle, Journal, Say};
use crate::organisation::Staff;
use crate::profile::Profile;

/// A sale, for the quotas.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sale {
    pub(crate) manager: u32,
    pub(crate) day: NaiveDate,
    pub(crate) minor: i64,
}

/// The writing desk of one account.
#[derive(Debug)]
pub(crate) struct Desk<'a> {
    pub(crate) journal: &'a mut Journal,
    pub(crate) draw: Draw,
    pub(crate) who: &'a Profile,
    pub(crate) staff: &'a Staff,
    pub(crate) span: Span,
    pub(crate) contacts: Vec<ContactId>,
    /// A contract and the term in which orders fall under it.
    pub(crate) contract: Option<(ContractId, NaiveDate, NaiveDate)>,
    pub(crate) sales: Vec<Sale>,
    /// What was owed more, or less, from which day on.
    pub(crate) exposure: Vec<(NaiveDate, i64)>,
    counters: BTreeMap<&'static str, u32>,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(
        journal: &'a mut Journal,
        draw: Draw,
        who: &'a Profile,
        staff: &'a Staff,
        span: Span,
    ) -> Self {
        Self {
            journal,
            draw,
            who,
            staff,
            span,
            contacts: Vec::new(),
            contract: None,
            sales: Vec::new(),
            exposure: Vec::new(),
            counters: BTreeMap::new(),
        }
    }

    /// The next number of its kind, such as `order-0007`.
    pub(crate) fn number(&mut self, kind: &'static str) -> String {
        let count = self.counters.entry(kind).or_insert(0);
        *count += 1;
        format!("{kind}-{count:04}")
    }

    /// The id of what this account calls `local`.
    pub(crate) fn id<T: Derived>(&self, local: &str) -> T {
        T::derived("demo", &format!("{}/{local}", self.who.code))
    }

    /// A document's printed number.
    pub(crate) fn printed(&self, prefix: &str, local: &str) -> String {
        let count = local.rsplit('-').next().unwrap_or_default();
        format!("{prefix}-{}-{count}", self.who.code.trim_start_matches("C-"))
    }

    /// Something that the ledger says.
    pub(crate) fn ledger(
        &self,
        day: NaiveDate,
        key: impl Into<String>,
        body: impl Into<EventBody>,
    ) -> Say {
        Say::new(self.who.id, Actor::system("ledger"), day, key, body)
    }

    /// Something that the account's manager, or the deputy, says.
    pub(crate) fn manager(
        &self,
        day: NaiveDate,
        key: impl Into<String>,
        body: impl Into<EventBody>,
    ) -> Say {
        Say::new(self.who.id, Actor::Manager(self.acting(day)), day, key, body)
    }

    /// Writes it, unless it lies ahead or the account is closed by then.
    pub(crate) fn put(&mut self, say: Say) -> Option<Handle> {
        if self.who.closed.is_some_and(|closed| say.day() > closed) {
            return None;
        }
        self.journal.put(say)
    }

    /// Who acts for the account on `day`: its manager or, while that one is away, the deputy.
    pub(crate) fn acting(&self, day: NaiveDate) -> ManagerId {
        self.staff.acting(self.who.manager_on(day), day)
    }

    /// Who answers for the account on `day`.
    pub(crate) fn owner(&self, day: NaiveDate) -> ManagerId {
        self.staff.id(self.who.manager_on(day))
    }

    /// One of the account's contacts.
    pub(crate) fn contact(&mut self) -> Option<ContactId> {
        let at = self.draw.below(u32::try_from(self.contacts.len()).unwrap_or(0));
        self.contacts.get(at as usize).copied()
    }
}
