//! Columns, each with how its cell is read of a row: so that no cell stands under a wrong heading.

use relatum_domain::{AccountId, Currency, ManagerId, Rate};
use relatum_stream::StreamId;

use super::cell::{CellKind, TableCell, TableColumn};
use super::{RowSink, TablePart};
use crate::figures::ONE;

/// A column of rows `R`, and its cell.
pub(super) struct Field<R> {
    column: TableColumn,
    cell: for<'r> fn(&'r R) -> TableCell<'r>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident: $kind:ident;)+) => {
        impl<R> Field<R> {
            $($(#[$doc])*
            pub(super) const fn $name(
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

/// The columns of some fields.
pub(super) fn columns<R>(fields: &[Field<R>]) -> Vec<TableColumn> {
    fields.iter().map(|field| field.column).collect()
}

/// Tells a row.
pub(super) fn tell<R>(fields: &[Field<R>], of: impl Into<StreamId>, row: &R, to: &mut RowSink<'_>) {
    let cells: Vec<TableCell<'_>> = fields.iter().map(|field| (field.cell)(row)).collect();
    to(of.into(), &cells);
}

/// Of whom a row of an account is.
#[derive(Debug, Clone)]
pub(super) struct Who {
    pub(super) account: AccountId,
    pub(super) name: String,
    /// Who answers for it on the day of the view.
    pub(super) manager: Option<ManagerId>,
}

impl TablePart<'_> {
    /// Who an account is.
    pub(super) fn who(&self, account: AccountId) -> Who {
        let name = self.part.directory.account_name(account, self.view);
        Who { account, name, manager: self.part.directory.manager_of(account, self.view) }
    }

    /// Whether the rows of an account are wanted.
    pub(super) fn wants(&self, account: AccountId) -> bool {
        self.account.is_none_or(|only| only == account)
    }
}

/// The currency of a row; none of what is counted in none.
pub(super) fn currency(currency: &Currency) -> TableCell<'_> {
    match *currency {
        Currency::NONE => TableCell::Null,
        _ => currency.code().into(),
    }
}

/// A rate or a share in millionths, rounded half away from zero.
pub(super) fn rate(rate: Rate) -> TableCell<'static> {
    rate.of(ONE).map_or(TableCell::Null, TableCell::Decimal)
}

/// Hundredths of a per cent, as a share of one.
pub(super) fn share(bp: i64) -> TableCell<'static> {
    TableCell::Decimal(i128::from(bp).saturating_mul(ONE / 10_000))
}
