//! The dunning proposal: of what a run on the day would remind whom.

use std::collections::BTreeMap;

use relatum_domain::event::settlement::{RemindedItem, ReminderSent};
use relatum_domain::receivables::{Due, ItemKey};
use relatum_domain::{AccountId, Currency, ManagerId, Money, View};

use super::collection::CollectionOptions;
use super::wants;
use crate::merged;
use crate::models::Models;

/// A reminder that a run would send: one an account and currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// To whom.
    pub account: AccountId,
    /// Their name.
    pub name: String,
    /// Who answers for them.
    pub manager: Option<ManagerId>,
    /// Of what, oldest due first.
    pub items: Vec<Due>,
    /// The highest level among them.
    pub level: u8,
    /// What is asked for: open and not disputed.
    pub asked: Money,
    /// Interest up to the day.
    pub interest: Money,
    /// The fee of the highest level, charged once.
    pub fee: Money,
    /// All three.
    pub total: Money,
}

impl Reminder {
    /// The reminders to the accounts of `part`, in no particular order; policies are in `common`.
    #[must_use]
    pub fn part(
        part: &Models,
        common: &Models,
        options: &CollectionOptions,
        view: &View,
    ) -> Vec<Self> {
        let policies = common.directory.policies();
        let policy = policies.dunning(view).rule;
        let mut reminders = Vec::new();
        for (account, ledger) in part.aging.ledgers(options.account, policies, view) {
            if !wants(options.account, options.manager, account, &part.directory, view) {
                continue;
            }
            let mut by_currency: BTreeMap<Currency, Vec<Due>> = BTreeMap::new();
            for due in ledger.dunning(view.as_of, &policy) {
                let due = Due { item: merged::own_item(account, due.item), ..due };
                by_currency.entry(due.item.open.currency).or_default().push(due);
            }
            for (currency, items) in by_currency {
                let sum =
                    |of: &dyn Fn(&Due) -> i64| items.iter().map(of).fold(0, i64::saturating_add);
                let (asked, interest) = (sum(&|it| it.asked.minor), sum(&|it| it.interest.minor));
                let highest = items.iter().max_by_key(|it| it.level);
                let level = highest.map_or(0, |it| it.level);
                let fee = highest.and_then(|it| it.fee).filter(|it| it.currency == currency);
                let fee = fee.map_or(0, |it| it.minor);
                let money = |minor| Money::new(minor, currency);
                reminders.push(Self {
                    account,
                    name: part.directory.account_name(account, view),
                    manager: part.directory.manager_of(account, view),
                    level,
                    asked: money(asked),
                    interest: money(interest),
                    fee: money(fee),
                    total: money(asked.saturating_add(interest).saturating_add(fee)),
                    items,
                });
            }
        }
        reminders
    }

    /// The event that tells that it went out.
    #[must_use]
    pub fn sent(&self) -> ReminderSent {
        let items = self.items.iter().filter_map(|it| match it.item.item {
            ItemKey::Document(document) => {
                let (installment, level) = (it.item.installment, it.level);
                Some(RemindedItem { document, installment, level })
            }
            _ => None,
        });
        ReminderSent {
            items: items.collect(),
            fee: (!self.fee.is_zero()).then_some(self.fee),
            interest: (!self.interest.is_zero()).then_some(self.interest),
        }
    }
}
