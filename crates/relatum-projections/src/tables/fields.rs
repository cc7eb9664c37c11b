//! Columns, each with how its cell is read of a row: so that no cell stands under a wrong heading.

use relatum_domain::{AccountId, Currency, ManagerId, Money, Policies, Rate, View};
use relatum_stream::{EventRef, StreamId};

use super::cell::{CellKind, TableCell, TableColumn};
use super::{BookAnswer, BookQuestion, RestsOn, RowSink, Table, TablePart};
use crate::amounts::Sum;
use crate::figures::ONE;
use crate::merged;
use crate::models::Which;

/// A column of rows `R`, and its cell.
pub(super) struct Field<R> {
    column: TableColumn,
    cell: for<'r> fn(&'r R) -> TableCell<'r>,
}

macro_rules! kinds {
    ($($name:ident: $kind:ident;)+) => {
        impl<R> Field<R> {
            $(pub(super) const fn $name(
                name: &'static str,
                doc: &'static str,
                cell: for<'r> fn(&'r R) -> TableCell<'r>,
            ) -> Self {
                Self { column: TableColumn { name, kind: CellKind::$kind, doc }, cell }
            })+
        }
    };
}

kinds! {
    text: Text;
    id: Id;
    event: Event;
    integer: Integer;
    flag: Flag;
    day: Day;
    instant: Instant;
    amount: Amount;
    number: Number;
}

/// Takes rows, each with the stream that it is of.
type Rows<'s, R> = dyn FnMut(StreamId, &R) + 's;

/// A table of rows `R`, and where they come from.
pub(super) struct Of<R: 'static> {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) fields: &'static [Field<R>],
    pub(super) which: fn(&Policies, &View) -> Which,
    pub(super) from: From<R>,
}

/// Where rows come from.
pub(super) enum From<R: 'static> {
    /// The accounts of a part.
    Accounts(fn(&TablePart<'_>, &mut Rows<'_, R>)),
    /// What is no account's.
    Common(fn(&TablePart<'_>, &mut Rows<'_, R>)),
    /// The answer to a question to the whole book; none: it has nothing of an account alone.
    Book(fn(Option<AccountId>) -> Option<BookQuestion>, fn(&BookAnswer, &mut Rows<'_, R>)),
}

impl<R> std::fmt::Debug for Of<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<R> Of<R> {
    fn row(&self, of: StreamId, row: &R, to: &mut RowSink<'_>) {
        let cells: Vec<TableCell<'_>> = self.fields.iter().map(|it| (it.cell)(row)).collect();
        to(of, &cells);
    }
}

impl<R> Table for Of<R> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn columns(&self) -> Vec<TableColumn> {
        self.fields.iter().map(|field| field.column).collect()
    }

    fn which(&self, policies: &Policies, view: &View) -> Which {
        (self.which)(policies, view)
    }

    fn rests_on(&self) -> RestsOn {
        match self.from {
            From::Accounts(_) => RestsOn::Account,
            From::Common(_) => RestsOn::Common,
            From::Book(..) => RestsOn::Book,
        }
    }

    fn tell(&self, from: &TablePart<'_>, to: &mut RowSink<'_>) {
        match self.from {
            From::Accounts(each) | From::Common(each) => {
                each(from, &mut |of, row| self.row(of, row, to));
            }
            From::Book(..) => {}
        }
    }

    fn question(&self, account: Option<AccountId>) -> Option<BookQuestion> {
        match self.from {
            From::Book(question, _) => question(account),
            From::Accounts(_) | From::Common(_) => None,
        }
    }

    fn tell_answer(&self, answer: &BookAnswer, to: &mut RowSink<'_>) {
        if let From::Book(_, each) = self.from {
            each(answer, &mut |of, row| self.row(of, row, to));
        }
    }
}

/// Of whom a row of an account is.
#[derive(Debug, Clone)]
pub(super) struct Who {
    pub(super) account: AccountId,
    pub(super) name: String,
    /// Who answers for it on the day of the view.
    pub(super) manager: Option<ManagerId>,
}

impl Who {
    /// The name of an event of the account.
    pub(super) fn event(&self, version: u64) -> EventRef {
        merged::event(self.account, version)
    }
}

impl TablePart<'_> {
    /// Who an account is.
    pub(super) fn who(&self, account: AccountId) -> Who {
        let name = self.part.directory.account_name(account, self.view);
        Who { account, name, manager: self.part.directory.manager_of(account, self.view) }
    }
}

/// The currency of a row; none of what is counted in none.
pub(super) fn currency(currency: &Currency) -> TableCell<'_> {
    match *currency {
        Currency::NONE => TableCell::Null,
        _ => currency.code().into(),
    }
}

/// The currency of an amount, if there is one.
pub(super) fn currency_of(sum: &Option<Sum>) -> TableCell<'_> {
    sum.as_ref().map_or(TableCell::Null, |sum| currency(&sum.currency))
}

/// An amount.
pub(super) fn money(money: Money) -> TableCell<'static> {
    Sum::from(money).into()
}

/// A rate or a share in millionths, rounded half away from zero.
pub(super) fn rate(rate: Rate) -> TableCell<'static> {
    rate.of(ONE).map_or(TableCell::Null, TableCell::Decimal)
}

/// Hundredths of a per cent, as a share of one.
pub(super) fn share(bp: Option<i64>) -> TableCell<'static> {
    let micro = |bp| TableCell::Decimal(i128::from(bp) * (ONE / 10_000));
    bp.map_or(TableCell::Null, micro)
}
