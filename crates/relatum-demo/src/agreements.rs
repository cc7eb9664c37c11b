//! Frame contracts: signed, amended, renewed, terminated, running out.

use chrono::{Months, NaiveDate};
use relatum_domain::event::contract::{
    ContractAmended, ContractRenewed, ContractSigned, ContractTerminated, ScheduledPayment,
};
use relatum_domain::{ContractId, Secret, split};

use crate::calendar::{plus, working_before};
use crate::desk::Desk;
use crate::story::StoryLine as S;

/// Signs what the account buys under. The orders come after it: they name the contract.
pub(crate) fn write(desk: &mut Desk<'_>) {
    let who = desk.who;
    let days_left = match who.story {
        S::ContractEnding => 46,
        S::Prospect | S::Converted | S::Insolvent | S::Lapsing => return,
        S::PaysMonthly => 120,
        _ if who.class == "C" || desk.draw.chance(20) => return,
        _ => desk.draw.between(75, 330),
    };
    let ends = plus(desk.span.today, days_left);
    let year = |day: NaiveDate| day.checked_sub_months(Months::new(12)).unwrap_or(day);
    let first = (plus(year(year(ends)), 1), year(ends));
    let local = desk.number("contract");
    let contract: ContractId = desk.id(&local);
    let worth = who.size * desk.draw.between(9_000, 12_000) * 365 / who.interval;
    let worth = worth / 100_000 * 100_000;
    let signed = working_before(plus(first.0, -desk.draw.between(5, 12)));
    let schedule = schedule(desk, first.0, worth);
    let body = ContractSigned {
        contract,
        number: desk.printed("CON", &local),
        offer: None,
        manager: Some(desk.owner(signed)),
        value: who.market.value(worth),
        starts: first.0,
        ends: Some(first.1),
        notice_days: Some(60),
        renews_itself: false,
        payment_schedule: schedule.clone(),
        terms: Some(Secret::of(format!(
            "Discount of {} per mille on all lists",
            who.discount_permille
        ))),
    };
    // Older contracts were entered with the account.
    let signed = signed.max(who.opened);
    let say = desk.manager(signed, local.clone(), body);
    if desk.put(say).is_none() {
        return;
    }
    let second = (plus(first.1, 1), ends);
    let renewed = working_before(plus(first.1, -desk.draw.between(10, 40)));
    let body = ContractRenewed {
        contract,
        value: who.market.value(worth * 105 / 100 / 100_000 * 100_000),
        starts: second.0,
        ends: Some(second.1),
    };
    let say = desk.manager(renewed, format!("{local}-renewed"), body);
    let renewed = desk.put(say).is_some();
    desk.contract = Some((contract, first.0, if renewed { second.1 } else { first.1 }));
    changes(desk, contract, worth, schedule.is_empty());
}

/// Two halves in advance, for some; they sum to the value.
fn schedule(desk: &mut Desk<'_>, starts: NaiveDate, worth: i64) -> Vec<ScheduledPayment> {
    if !desk.draw.chance(20) {
        return Vec::new();
    }
    let due = |months| starts.checked_add_months(Months::new(months)).unwrap_or(starts);
    let market = desk.who.market;
    let payment =
        |(months, minor)| ScheduledPayment { due: due(months), amount: market.money(minor) };
    [0, 6].into_iter().zip(split(worth, &[1, 1])).map(payment).collect()
}

fn changes(desk: &mut Desk<'_>, contract: ContractId, worth: i64, by_invoice: bool) {
    let market = desk.who.market;
    // A schedule states sums: only what is paid by invoice is raised in passing.
    if by_invoice && desk.draw.chance(40) {
        let body = ContractAmended {
            contract,
            value: Some(market.value(worth * 115 / 100)),
            ends: None,
            payment_schedule: None,
            terms: Some(Secret::of("Free freight above 2,000".to_owned())),
            reason: Some("a further site".to_owned()),
        };
        let day = desk.span.ago(desk.draw.between(120, 300));
        let say = desk.manager(day, "contract-amended", body);
        desk.put(say);
    }
    // One of those who buy elsewhere too.
    if desk.who.index % 40 == 33 {
        let day = desk.span.ago(40);
        let body = ContractTerminated {
            contract,
            last_day: plus(day, 60).min(desk.contract.map_or(day, |(_, _, until)| until)),
            reason: Some("central purchasing took over".to_owned()),
        };
        let say = desk.manager(day, "contract-terminated", body);
        desk.put(say);
    }
}
