//! A case as a book: its orders, quotas and chances, told through the engine.

use chrono::{Days, NaiveDate};
use relatum::domain::event::account::{CreditShare, ShareKind};
use relatum::domain::event::line::Line;
use relatum::domain::event::opportunity::{OpportunityLost, OpportunityOpened, OpportunityWon};
use relatum::domain::event::order::OrderPlaced;
use relatum::domain::event::organisation::{QuotaEnd, QuotaKind, QuotaSet, Target};
use relatum::domain::{
    AccountId, Actor, Currency, Derived, Event, EventBody, ManagerId, OpportunityId, OrderId,
    Quantity, Rate, Source, Value as Worth,
};
use relatum::{AsOf, Engine, Proposal, StreamId};
use relatum_tests::cases::{Fault, Outcome};

/// A book of one manager and one client.
pub(crate) struct Book {
    engine: Engine,
    euro: Currency,
    told: u32,
}

impl Book {
    pub(crate) fn new() -> Outcome<Self> {
        let euro = "EUR".parse().map_err(Fault::new)?;
        Ok(Self { engine: Engine::in_memory()?, euro, told: 0 })
    }

    fn manager() -> ManagerId {
        ManagerId::derived("case", "manager")
    }

    fn account() -> AccountId {
        AccountId::derived("case", "client")
    }

    /// Days are numbered.
    pub(crate) fn day(number: u64) -> NaiveDate {
        let first = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap_or_default();
        first.checked_add_days(Days::new(number)).unwrap_or(first)
    }

    pub(crate) fn on(&self, day: NaiveDate) -> AsOf {
        self.engine.as_of(day)
    }

    fn tell(
        &mut self,
        stream: impl Into<StreamId>,
        day: NaiveDate,
        body: impl Into<EventBody>,
    ) -> Outcome {
        self.told += 1;
        let source = Source::new("case", self.told.to_string());
        let event = Event::new(day, Actor::system("case"), source, body);
        self.engine.record(Proposal::new(stream, event))?;
        Ok(())
    }

    fn worth(&self, micro: i128) -> Outcome<Worth> {
        Ok(Worth::new(i64::try_from(micro).map_err(Fault::new)?, self.euro))
    }

    /// A quota from one day to another: of an amount, or of a quantity.
    pub(crate) fn quota(&mut self, from: u64, to: u64, micro: i128, quantity: bool) -> Outcome {
        let worth = self.worth(micro)?;
        let target = match quantity {
            true => Target::Quantity(Quantity::from_micro(worth.micro)),
            false => Target::Value(worth),
        };
        let (kind, end) = (QuotaKind::SalesVolume, QuotaEnd::Day(Self::day(to)));
        let set = QuotaSet { kind, target, end, product_group: None };
        self.tell(Self::manager(), Self::day(from), set)
    }

    /// An order of so much, of which the manager has a share.
    pub(crate) fn order(&mut self, day: u64, micro: i128, share: Option<Rate>) -> Outcome {
        let (worth, number) = (self.worth(micro)?, self.told.to_string());
        let line = Line {
            product: "goods".to_owned(),
            description: None,
            group: None,
            quantity: Quantity::from_micro(worth.micro),
            price_list: None,
            list_price: None,
            discount: None,
            net: worth,
            cost: None,
        };
        let (manager, kind) = (Self::manager(), ShareKind::Revenue);
        let credit = share.map(|share| CreditShare { manager, share, kind });
        let order = OrderPlaced {
            order: OrderId::derived("case", &number),
            number,
            company: None,
            manager: credit.is_none().then(Self::manager),
            credit: credit.into_iter().collect(),
            ship_to: None,
            lines: vec![line],
            net: worth,
            tax: None,
            freight: None,
            wanted: None,
            contract: None,
            offer: None,
        };
        self.tell(Self::account(), Self::day(day), order)
    }

    /// A chance, that should close on a day if one is given, and how it ended.
    pub(crate) fn chance(
        &mut self,
        micro: i128,
        probability: Rate,
        close: Option<NaiveDate>,
        won: Option<bool>,
    ) -> Outcome {
        let (value, name) = (self.worth(micro)?, self.told.to_string());
        let opportunity = OpportunityId::derived("case", &name);
        let opened = OpportunityOpened {
            opportunity,
            name,
            product: None,
            stage: "open".to_owned(),
            value: Some(value),
            probability: Some(probability),
            expected_close: close,
            category: None,
            manager: Some(Self::manager()),
            credit: Vec::new(),
        };
        self.tell(Self::account(), Self::day(0), opened)?;
        let (reason, competitor, manager) = (None, None, None);
        match won {
            None => Ok(()),
            Some(true) => {
                let won = OpportunityWon { opportunity, value: None, manager };
                self.tell(Self::account(), Self::day(0), won)
            }
            Some(false) => {
                let lost = OpportunityLost { opportunity, reason, competitor, manager };
                self.tell(Self::account(), Self::day(0), lost)
            }
        }
    }
}
