//! Pieces of sales: each line of goods of a sale, and what its net is more or less than its lines.
//!
//! Owns no rule: a piece is a part of a [`Sale`] of the same walk of which sales reports are sums.

use chrono::NaiveDate;
use relatum_domain::{AccountId, Currency, ManagerId, View};
use relatum_stream::EventRef;

use super::report::{SalesBy, SalesOptions};
use super::sale::{Sale, What};
use crate::merged;
use crate::models::Models;

/// Goods of one product, or what is left of a sale's net.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) account: AccountId,
    pub(crate) account_name: String,
    pub(crate) day: NaiveDate,
    pub(crate) what: What,
    /// To whose credit the sale is as a whole.
    pub(crate) manager: Option<ManagerId>,
    pub(crate) number: Option<String>,
    pub(crate) product: Option<String>,
    pub(crate) group: Option<String>,
    /// In millionths, with its sign; none: of no goods.
    pub(crate) quantity: Option<i128>,
    /// In millionths, with its sign.
    pub(crate) net: i128,
    pub(crate) currency: Currency,
    pub(crate) reason: Option<String>,
    /// The event that it comes from, and the sale that it takes back.
    pub(crate) event: EventRef,
    pub(crate) takes_back: Option<EventRef>,
}

/// What somebody is credited with of a sale.
#[derive(Debug, Clone)]
pub(crate) struct Credited {
    /// The sale as a whole.
    pub(crate) sale: Piece,
    /// None: the house.
    pub(crate) manager: Option<ManagerId>,
    /// On top of the whole.
    pub(crate) overlay: bool,
    /// In millionths.
    pub(crate) amount: i128,
}

/// All sales of one account or of all, to the day of the view.
fn all_of(account: Option<AccountId>) -> SalesOptions {
    SalesOptions { account, ..SalesOptions::by(SalesBy::Account) }
}

/// The pieces of the sales to the accounts of `part`, account by account; of a sale its lines in
/// order. The nets of the pieces of a sale sum to its net.
pub(crate) fn pieces(
    part: &Models,
    common: &Models,
    account: Option<AccountId>,
    view: &View,
    met: &mut dyn FnMut(&Piece),
) {
    let mut names = Names::of(part, view);
    all_of(account).each(part, common, view, &mut |account, sale, shares, _| {
        let whole =
            Piece { manager: shares.owner, ..whole(account, names.of_account(account), sale) };
        let mut left = sale.net;
        for line in sale.lines() {
            let (net, quantity) = sale.signed(line);
            left -= net;
            met(&Piece {
                product: sale.product(line).map(str::to_owned),
                group: sale.group(line).map(str::to_owned),
                quantity: Some(quantity),
                net,
                ..whole.clone()
            });
        }
        if left != 0 || sale.lines().is_empty() {
            met(&Piece { net: left, ..whole });
        }
    });
}

/// Who is credited with what of the sales to the accounts of `part`. What is credited to somebody
/// or to the house, overlay left out, sums to the net of the sale.
pub(crate) fn credited(
    part: &Models,
    common: &Models,
    account: Option<AccountId>,
    view: &View,
    met: &mut dyn FnMut(&Credited),
) {
    let mut names = Names::of(part, view);
    all_of(account).each(part, common, view, &mut |account, sale, shares, _| {
        let whole =
            Piece { manager: shares.owner, ..whole(account, names.of_account(account), sale) };
        for credit in shares.split(sale.net) {
            met(&Credited {
                sale: whole.clone(),
                manager: credit.manager,
                overlay: credit.overlay,
                amount: credit.amount,
            });
        }
    });
}

/// Names of accounts, each looked up once: sales come account by account.
struct Names<'a> {
    part: &'a Models,
    view: &'a View,
    last: Option<(AccountId, String)>,
}

impl<'a> Names<'a> {
    const fn of(part: &'a Models, view: &'a View) -> Self {
        Self { part, view, last: None }
    }

    fn of_account(&mut self, account: AccountId) -> String {
        match &self.last {
            Some((last, name)) if *last == account => name.clone(),
            _ => {
                let name = self.part.directory.account_name(account, self.view);
                self.last = Some((account, name.clone()));
                name
            }
        }
    }
}

/// A sale as one piece.
fn whole(account: AccountId, account_name: String, sale: &Sale<'_>) -> Piece {
    let event = |version| merged::event(account, version);
    Piece {
        account,
        account_name,
        day: sale.day,
        what: sale.what,
        manager: None,
        number: sale.number.map(str::to_owned),
        product: None,
        group: None,
        quantity: None,
        net: sale.net,
        currency: sale.currency,
        reason: sale.reason.map(str::to_owned),
        event: event(sale.version),
        takes_back: sale.of.map(event),
    }
}
