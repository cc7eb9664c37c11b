//! What was sold, piece by piece, and who is credited with it.

use relatum_domain::{Policies, View};

use super::cell::{TableCell, TableColumn};
use super::fields::{Field, columns, currency, tell};
use super::{RowSink, Table, TablePart};
use crate::figures::Report as _;
use crate::models::Which;
use crate::sales::{Credited, Piece, SalesBy, SalesOptions, credited, pieces};

/// The projections that sales are read from.
fn which(policies: &Policies, view: &View) -> Which {
    SalesOptions::by(SalesBy::Account).which(policies, view)
}

/// Each line of goods of a sale.
#[derive(Debug)]
pub(super) struct Pieces;

const PIECES: &[Field<Piece>] = &[
    Field::id("account", "who bought", |it| it.account.into()),
    Field::day("day", "the day on which it counts", |it| it.day.into()),
    Field::text("what", "`sold`, `cancelled`, `returned` or `adjusted`", |it| it.what.key().into()),
    Field::id("manager", "to whose credit the sale is as a whole", |it| it.manager.into()),
    Field::text("number", "the number of the order or the document", |it| {
        it.number.as_ref().into()
    }),
    Field::text("product", "the product; none: what the sale's net is more than its lines", |it| {
        it.product.as_ref().into()
    }),
    Field::text("product_group", "its group", |it| it.group.as_ref().into()),
    Field::number("quantity", "how much of it; negative: less", |it| {
        it.quantity.map_or(TableCell::Null, TableCell::Decimal)
    }),
    Field::amount("net", "what it counts, before tax; negative: less", |it| {
        TableCell::Decimal(it.net)
    }),
    Field::text("currency", "what `net` is in", |it| currency(&it.currency)),
    Field::text("reason", "why, of a return or an adjustment", |it| it.reason.as_ref().into()),
    Field::event("event", "the event that it comes from", |it| it.event.into()),
    Field::event("takes_back", "the event of the sale that it takes back", |it| {
        it.takes_back.into()
    }),
];

impl Table for Pieces {
    fn name(&self) -> &'static str {
        "sales"
    }

    fn about(&self) -> &'static str {
        "a line of goods that were sold, cancelled or returned, or another part of a sale"
    }

    fn columns(&self) -> Vec<TableColumn> {
        columns(PIECES)
    }

    fn which(&self, policies: &Policies, view: &View) -> Which {
        which(policies, view)
    }

    fn tell(&self, from: &TablePart<'_>, row: &mut RowSink<'_>) {
        pieces(from.part, from.common, from.account, from.view, &mut |it| {
            tell(PIECES, it.account, it, row);
        });
    }
}

/// Whose credit sales are.
#[derive(Debug)]
pub(super) struct Credits;

const CREDITS: &[Field<Credited>] = &[
    Field::id("account", "who bought", |it| it.sale.account.into()),
    Field::day("day", "the day on which it counts", |it| it.sale.day.into()),
    Field::text("what", "`sold`, `cancelled`, `returned` or `adjusted`", |it| {
        it.sale.what.key().into()
    }),
    Field::text("number", "the number of the order or the document", |it| {
        it.sale.number.as_ref().into()
    }),
    Field::id("manager", "who is credited; none: the house", |it| it.manager.into()),
    Field::flag("overlay", "whether it is on top of the whole, outside of every sum", |it| {
        it.overlay.into()
    }),
    Field::amount("credited", "with how much", |it| TableCell::Decimal(it.amount)),
    Field::amount("net", "the whole sale", |it| TableCell::Decimal(it.sale.net)),
    Field::text("currency", "what amounts are in", |it| currency(&it.sale.currency)),
    Field::event("event", "the event that it comes from", |it| it.sale.event.into()),
];

impl Table for Credits {
    fn name(&self) -> &'static str {
        "sales_credits"
    }

    fn about(&self) -> &'static str {
        "what one manager or the house is credited with of a sale"
    }

    fn columns(&self) -> Vec<TableColumn> {
        columns(CREDITS)
    }

    fn which(&self, policies: &Policies, view: &View) -> Which {
        which(policies, view)
    }

    fn tell(&self, from: &TablePart<'_>, row: &mut RowSink<'_>) {
        credited(from.part, from.common, from.account, from.view, &mut |it| {
            tell(CREDITS, it.sale.account, it, row);
        });
    }
}
