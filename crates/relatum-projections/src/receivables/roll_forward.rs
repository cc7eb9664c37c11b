//! The roll-forward of a period: from the opening balance, by what moved it, to the closing one.

use chrono::NaiveDate;
use relatum_domain::event::settlement::ApplicationKind;
use relatum_domain::receivables::{Act, Entry, Origin, Step, Turn};
use relatum_domain::{AccountId, Currency, ManagerId, Money, Policies, View};
use relatum_stream::EventRef;

use super::explained::{self, event, micro, words};
use crate::about::About;
use crate::figures::{Column, Contribution, Report, Row, Sink};
use crate::models::{Models, Which};

/// Which roll-forward is wanted: of the days from `from` to the day of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollForwardOptions {
    /// The first day of the period.
    pub from: NaiveDate,
    /// Only this account.
    pub account: Option<AccountId>,
    /// Only accounts of this manager on the last day.
    pub manager: Option<ManagerId>,
    /// Only this currency.
    pub currency: Option<Currency>,
}

const COLUMNS: [&str; 15] = [
    "opening",
    "carried_in",
    "invoiced",
    "charges",
    "credited",
    "received",
    "refunded",
    "discounts",
    "withheld",
    "netted",
    "written_off",
    "recovered",
    "transferred",
    "reversed",
    "closing",
];

const OPENING: usize = 0;
const TRANSFERRED: usize = 12;
const REVERSED: usize = 13;
const CLOSING: usize = 14;

/// The column of a movement. What settles one item out of another of the same account moves
/// nothing; out of another account or other money it is transferred.
const fn column(step: &Step) -> usize {
    match (step.act, step.turn) {
        (Act::Settled(ApplicationKind::Payment | ApplicationKind::Credit), _) => TRANSFERRED,
        (_, Turn::Reversed | Turn::Again) => REVERSED,
        (Act::Began(Origin::Opening), _) => 1,
        (Act::Began(Origin::Invoice), _) => 2,
        (Act::Began(Origin::DebitNote | Origin::Interest), _) => 3,
        (Act::Began(Origin::CreditNote), _) => 4,
        (Act::Began(Origin::Payment), _) => 5,
        (Act::Began(Origin::Refund), _) => 6,
        (Act::Settled(ApplicationKind::CashDiscount), _) => 7,
        (Act::Settled(ApplicationKind::Withholding), _) => 8,
        (Act::Settled(ApplicationKind::Netting), _) => 9,
        (Act::Settled(ApplicationKind::WriteOff), _) if step.amount < 0 => 10,
        (Act::Settled(ApplicationKind::WriteOff), _) => 11,
    }
}

impl Report for RollForwardOptions {
    fn name(&self) -> &'static str {
        "roll-forward"
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        Which { directory: true, aging: true, ..Which::NONE }
    }

    fn about(&self) -> About {
        About::of(self.account, None)
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        COLUMNS.map(Column::money).into()
    }

    fn foots(&self, _: &Models, _: &View) -> Vec<(usize, Vec<usize>)> {
        vec![(CLOSING, (0..CLOSING).collect())]
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        let policies = common.directory.policies();
        for (account, ledger) in part.aging.ledgers(self.account, policies, view) {
            if !super::wants(self.account, self.manager, account, &part.directory, view) {
                continue;
            }
            let row = Row::Account(account);
            for entry in ledger.entries() {
                if self.currency.is_none_or(|only| only == entry.currency()) {
                    self.entry(account, &row, &entry, view.as_of, to);
                }
            }
        }
    }
}

impl RollForwardOptions {
    fn entry(
        &self,
        account: AccountId,
        row: &Row,
        entry: &Entry<'_>,
        last: NaiveDate,
        to: &mut dyn Sink,
    ) {
        let before = self.from.pred_opt().unwrap_or(NaiveDate::MIN);
        let worth = |minor: i64| micro(entry.money(minor));
        for (day, column) in [(before, OPENING), (last, CLOSING)] {
            entry.each_open(day, |part| {
                let why = || explained::open(account, entry, part.part, day, &worth);
                to.add(row, entry.currency(), column, worth(part.open), &why);
            });
        }
        let steps = entry.steps_until(last).iter();
        for step in steps.filter(|step| step.day.date() >= self.from && step.amount != 0) {
            let amount = worth(step.amount);
            let why = || {
                vec![Contribution {
                    event: event(account, step.by),
                    day: step.day.date(),
                    number: entry.number().map(str::to_owned),
                    what: words(step.act, step.turn),
                    micro: amount,
                }]
            };
            to.add(row, entry.currency(), column(step), amount, &why);
        }
    }
}

/// A balance that the ledger stated, beside what the documents come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerCheck {
    /// Whose.
    pub account: AccountId,
    /// Their name.
    pub name: String,
    /// The day at whose end it holds.
    pub day: NaiveDate,
    /// The event that stated it.
    pub event: EventRef,
    /// What the ledger says.
    pub stated: Money,
    /// What the documents come to.
    pub ours: Money,
    /// Ours less what was stated: a fact about the import.
    pub difference: Money,
}

impl LedgerCheck {
    /// The balances that the ledger stated on the days of the period, of the accounts of `part`.
    #[must_use]
    pub fn part(
        part: &Models,
        common: &Models,
        options: &RollForwardOptions,
        view: &View,
    ) -> Vec<Self> {
        let policies = common.directory.policies();
        let mut checks = Vec::new();
        for (account, ledger) in part.aging.ledgers(options.account, policies, view) {
            if !super::wants(options.account, options.manager, account, &part.directory, view) {
                continue;
            }
            for stated in ledger.stated(options.from, view.as_of) {
                let ours = ledger.balance(
                    stated.day,
                    stated.balance.currency,
                    stated.company,
                    stated.ledger_account.as_deref(),
                );
                let ours = Money::new(ours, stated.balance.currency);
                let minor = ours.minor.saturating_sub(stated.balance.minor);
                checks.push(Self {
                    account,
                    name: part.directory.account_name(account, view),
                    day: stated.day,
                    event: event(account, stated.version.0),
                    stated: stated.balance,
                    ours,
                    difference: Money::new(minor, ours.currency),
                });
            }
        }
        checks
    }
}
