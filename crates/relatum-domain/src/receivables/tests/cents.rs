//! What is open and disputed of one item, by moving cent by cent.

use super::oracle::{Item, Movement};
use crate::money::Money;

/// What is open of each part, moved cent by cent.
pub(super) fn open(item: &Item, movements: &[&Movement]) -> Vec<i64> {
    let parts = &item.parts;
    let mut open: Vec<i64> = parts.iter().map(|(_, amount)| *amount).collect();
    let mut pool = 0;
    let mut advance = 0;
    for it in movements {
        match it.installment.filter(|at| (*at as usize) < parts.len()) {
            Some(at) => open[at as usize] += it.amount.minor,
            None if it.advance => advance += it.amount.minor,
            None => pool += it.amount.minor,
        }
    }
    // The advance by shares of the schedule: whole cents, then one each to the largest rests.
    let gross: i64 = parts.iter().map(|(_, amount)| amount.abs()).sum();
    let mut rests: Vec<(i64, usize)> = Vec::new();
    let mut given = 0;
    for (at, (_, amount)) in parts.iter().enumerate() {
        let product = advance.abs() * amount.abs();
        open[at] += advance.signum() * (product / gross);
        given += product / gross;
        rests.push((-(product % gross), at));
    }
    rests.sort_unstable();
    for (_, at) in rests.into_iter().take((advance.abs() - given) as usize) {
        open[at] += advance.signum();
    }
    // No part goes through zero or beyond what it began with, as long as another has room.
    for (at, (_, amount)) in parts.iter().enumerate() {
        let (least, most) = (amount.min(&0), amount.max(&0));
        while open[at] < *least {
            open[at] += 1;
            pool -= 1;
        }
        while open[at] > *most {
            open[at] -= 1;
            pool += 1;
        }
    }
    let mut by_due: Vec<usize> = (0..parts.len()).collect();
    by_due.sort_by_key(|at| parts[*at].0);
    let last = by_due[parts.len() - 1];
    while pool != 0 {
        let cent: i64 = pool.signum();
        let settles = cent != item.sign;
        let mut order = by_due.clone();
        if !settles {
            order.reverse();
        }
        let room = |at: &&usize| match settles {
            true => open[**at] != 0 && open[**at].signum() == item.sign,
            false => open[**at].abs() < parts[**at].1.abs(),
        };
        let at = order.iter().find(room).copied().unwrap_or(last);
        open[at] += cent;
        pool -= cent;
        if open[last].abs() > parts[last].1.abs() || open[last].signum() == -item.sign {
            // No part has room: the rest stays on the last one.
            open[last] += pool;
            pool = 0;
        }
    }
    open
}

pub(super) fn disputed(
    item: &Item,
    open: &[i64],
    disputes: &[(Option<u32>, Option<Money>)],
) -> Vec<i64> {
    let mut disputed = vec![0; open.len()];
    let mut by_due: Vec<usize> = (0..open.len()).collect();
    by_due.sort_by_key(|at| item.parts[*at].0);
    // Those that name a part first.
    for named in [true, false] {
        for (part, amount) in disputes {
            let part = part.map(|at| at as usize).filter(|at| *at < open.len());
            if part.is_some() != named {
                continue;
            }
            let mut left = match amount {
                None => i64::MAX,
                Some(amount) if amount.currency == item.gross.currency => amount.minor,
                Some(_) => 0,
            };
            for at in &by_due {
                if part.is_none_or(|part| part == *at) {
                    let more = left.min(open[*at].max(0) - disputed[*at]);
                    disputed[*at] += more;
                    left -= more;
                }
            }
        }
    }
    disputed
}
