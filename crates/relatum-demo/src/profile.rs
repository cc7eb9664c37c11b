//! An account before its story: who it is, what it buys, how it pays.

use chrono::NaiveDate;
use relatum_domain::{AccountId, Derived};

use crate::calendar::{Span, plus, working};
use crate::draw::Draw;
use crate::market::{Country, Market, Markets};
use crate::names;
use crate::story::{StoryLine, code};

/// What stays the same about an account.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    pub(crate) index: u32,
    pub(crate) code: String,
    pub(crate) id: AccountId,
    pub(crate) name: String,
    pub(crate) country: Country,
    pub(crate) sector: &'static str,
    pub(crate) segment: &'static str,
    pub(crate) class: &'static str,
    pub(crate) story: StoryLine,
    pub(crate) market: Market,
    /// Who answers for it now.
    pub(crate) manager: u32,
    /// Who did, and the first day of the present one.
    pub(crate) earlier: Option<(u32, NaiveDate)>,
    pub(crate) opened: NaiveDate,
    /// Days between orders.
    pub(crate) interval: i64,
    /// Volume of an order, in per cent of an average one.
    pub(crate) size: i64,
    /// Days to pay.
    pub(crate) terms: i64,
    /// Groups of products that it buys.
    pub(crate) groups: usize,
    pub(crate) discount_permille: i64,
    pub(crate) closed: Option<NaiveDate>,
    /// First and last day on which it may order; none for a prospect.
    pub(crate) buys: Option<(NaiveDate, NaiveDate)>,
}

impl Profile {
    pub(crate) fn new(
        index: u32,
        managers: u32,
        markets: &Markets,
        span: &Span,
        draw: &mut Draw,
    ) -> Self {
        let story = StoryLine::of(index);
        let manager = index % managers;
        let market = markets.of_manager(manager);
        let (stem, sector, segment, home) = names::business(index);
        let country = market.country(home);
        let class = class(index, story);
        let (interval, size) = match class {
            "A" => (draw.between(13, 19), draw.between(260, 420)),
            "B" => (draw.between(20, 29), draw.between(120, 210)),
            _ => (draw.between(30, 42), draw.between(50, 95)),
        };
        let interval = match story {
            StoryLine::Lapsing => draw.between(21, 34),
            late if late.pays_late() => draw.between(13, 17),
            _ => interval,
        };
        let terms = match (story, index % 9) {
            (StoryLine::CashDiscount, _) => 30,
            (_, 4) => 60,
            (_, 7) => 14,
            _ => 30,
        };
        let opened = match story {
            StoryLine::Converted => working(plus(span.start, 190)),
            StoryLine::Prospect => span.ago(draw.between(60, 150)),
            _ => working(plus(span.founded, draw.between(7, 50))),
        };
        let last = match story {
            StoryLine::Lapsing => plus(span.today, -3 * interval - draw.between(2, 8)),
            StoryLine::LateHeld => plus(span.today, -52),
            StoryLine::Insolvent => plus(span.today, -190),
            _ => span.close,
        };
        let first = if story == StoryLine::Converted { plus(opened, 75) } else { span.start };
        let earlier = (story == StoryLine::Reassigned && manager % 5 < 3).then(|| {
            let before = manager / 5 * 5 + (manager % 5 + 1) % 3;
            (before, working(plus(span.start, draw.between(300, 480))))
        });
        Self {
            index,
            code: code(index),
            id: AccountId::derived("demo", &code(index)),
            name: format!("{stem} {}", country.form),
            country,
            sector,
            segment,
            class,
            story,
            market,
            manager,
            earlier,
            opened,
            interval,
            size,
            terms,
            groups: draw.between(1, 3) as usize,
            discount_permille: draw.pick(&[0, 20, 30, 50, 75]),
            closed: (story == StoryLine::Insolvent).then(|| span.ago(45)),
            buys: (story != StoryLine::Prospect).then_some((first, last)),
        }
    }

    /// Who answers for it on `day`.
    pub(crate) fn manager_on(&self, day: NaiveDate) -> u32 {
        self.earlier.filter(|(_, until)| day < *until).map_or(self.manager, |(before, _)| before)
    }
}

fn class(index: u32, story: StoryLine) -> &'static str {
    match (story, (index % 40 * 7 + 3) % 20) {
        (StoryLine::ChronicLate | StoryLine::Parent | StoryLine::PaysMonthly, _) => "A",
        (StoryLine::Insolvent | StoryLine::Prospect, _) => "C",
        (late, _) if late.pays_late() => "B",
        (_, 0..=4) => "A",
        (_, 5..=12) => "B",
        _ => "C",
    }
}
