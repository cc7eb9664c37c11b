//! Pay by tiers.
//!
//! Owns what a component of a pay plan makes of the sales of a period, one after the other. Knows
//! neither who sold nor what was sold.
//!
//! *Invariant: the lines sum to the pay; under a scale without a falling rate more attainment never
//! pays less.*

use crate::event::pay::{BelowZero, PayComponent, Threshold, TierPay, TierSplit};
use crate::money::{Currency, Rate, Value, proportion, split};

/// One whole unit, client or unit of money.
const ONE: i128 = 1_000_000;

/// The terms of a component with every threshold as a number.
///
/// # Example
/// ```
/// use relatum_domain::event::pay::PayComponent;
/// use relatum_domain::selling::{Deal, Payroll, Scale};
/// let component: PayComponent = serde_json::from_str(r#"{
///     "name": "commission", "kind": "sales_volume", "accumulate": true, "below_zero": "forgiven",
///     "tiers": [
///         {"from": {"of_quota": "0"}, "to": {"of_quota": "1"}, "pays": {"rate": "0.05"}},
///         {"from": {"of_quota": "1"}, "pays": {"rate": "0.08"}}
///     ]
/// }"#)?;
/// let quota = 100_000;
/// let pay = Payroll::of(&Scale::of(&component, quota)?, &[Deal::new(90_000), Deal::new(30_000)]);
/// assert_eq!(pay.of_deal(0), 4_500);
/// assert_eq!(pay.of_deal(1), 2_100, "10,000 at 5 % and 20,000 at 8 %");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scale {
    bands: Vec<Band>,
    accumulate: bool,
    split: TierSplit,
    cap: Option<i128>,
    bonuses: Vec<(i128, i128)>,
    below_zero: BelowZero,
}

/// A tier as numbers: what is above `from`, up to `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Band {
    from: i128,
    to: Option<i128>,
    pays: Pays,
    retroactive: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pays {
    Rate(Rate),
    /// So much for so many.
    Per(i128, i128),
}

/// Why terms are none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScaleError {
    /// There is nothing that could be paid.
    #[error("`{component}` has no tiers; state at least one")]
    NoTiers {
        /// The name of the component.
        component: String,
    },
    /// Tiers must follow each other without a gap and without overlapping.
    #[error(
        "tier {tier} of `{component}` does not begin where the tier before ends: each tier is \
         (from, to], and only the last may be open"
    )]
    Gap {
        /// The name of the component.
        component: String,
        /// Which tier, from 1.
        tier: usize,
    },
    /// A tier that ends where it begins or before holds nothing.
    #[error("tier {tier} of `{component}` is empty: it must end after it begins, at 0 or above")]
    Empty {
        /// The name of the component.
        component: String,
        /// Which tier, from 1.
        tier: usize,
    },
    /// A multiplier needs something to multiply.
    #[error("tier {tier} of `{component}` multiplies, and the component states no base rate")]
    NoBaseRate {
        /// The name of the component.
        component: String,
        /// Which tier, from 1.
        tier: usize,
    },
    /// What is paid for a whole tier needs a tier that ends, and sales that are split by tiers.
    #[error(
        "tier {tier} of `{component}` pays an amount when full: it must have an end, and its split \
         must be marginal"
    )]
    NeverFull {
        /// The name of the component.
        component: String,
        /// Which tier, from 1.
        tier: usize,
    },
    /// A number is beyond what can be kept.
    #[error("a threshold of tier {tier} of `{component}` is beyond what can be kept")]
    Overflow {
        /// The name of the component.
        component: String,
        /// Which tier, from 1.
        tier: usize,
    },
}

/// A sale, or something that takes one back: so much of it counts, with its sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deal {
    /// How much, in millionths.
    pub amount: i128,
    /// For what takes an earlier deal back: which.
    pub takes_back: Option<Earlier>,
}

/// An earlier deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier {
    /// One of the period, by its place among them.
    OfThis(usize),
    /// One of a period before, by its place among what is left of those.
    OfBefore(usize),
}

/// What is left of a deal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Left {
    /// How much of it counts still, in millionths.
    pub counts: i128,
    /// How much was paid for that, in millionths.
    pub paid: i128,
}

impl Deal {
    /// So much attainment of its own.
    #[must_use]
    pub const fn new(amount: i128) -> Self {
        Self { amount, takes_back: None }
    }
}

/// Why something is paid.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum PayReason {
    /// For the sale itself.
    Earned,
    /// A later sale reached a tier that pays what is below at its rate too.
    Retroactive,
    /// The sale was taken back, at the rate that was paid for it.
    ClawedBack,
    /// More than the component pays at most.
    Capped,
    /// Reached by the end of the period.
    Bonus,
    /// Less than nothing is let go at the end of the period.
    Forgiven,
}

/// One reason for which something is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayLine {
    /// For which deal, by its place; none: for the period.
    pub deal: Option<usize>,
    /// Why.
    pub reason: PayReason,
    /// In which tier, from 0.
    pub tier: Option<usize>,
    /// How much attainment it is for, in millionths.
    pub amount: i128,
    /// How much is paid, in millionths.
    pub pay: i128,
}

/// What a period pays, line by line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payroll {
    /// In the order of the deals, then what is for the period.
    pub lines: Vec<PayLine>,
    /// What is left of each deal at the end.
    pub left: Vec<Left>,
    /// What is left at the end of each deal of the periods before.
    pub left_before: Vec<Left>,
}

impl PayComponent {
    /// The currencies of all amounts that its terms name.
    pub fn currencies(&self) -> impl Iterator<Item = Currency> {
        let tiers = self.tiers.iter().flat_map(|tier| {
            let pays = match tier.pays {
                TierPay::WhenFull(value) | TierPay::Each(value) => Some(value.currency),
                TierPay::Rate(_) | TierPay::Multiplier(_) => None,
            };
            let to = tier.to.as_ref().and_then(Threshold::currency);
            [pays, tier.from.currency(), to]
        });
        let cap = self.cap.map(|cap| cap.currency);
        let bonuses =
            self.bonuses.iter().flat_map(|it| [Some(it.pays.currency), it.at_least.currency()]);
        tiers.chain([cap]).chain(bonuses).flatten()
    }

    /// Whether its terms go by shares of a quota.
    #[must_use]
    pub fn needs_quota(&self) -> bool {
        let ends = self.tiers.iter().flat_map(|tier| [Some(tier.from), tier.to]).flatten();
        let mut all = ends.chain(self.bonuses.iter().map(|bonus| bonus.at_least));
        all.any(|it| matches!(it, Threshold::OfQuota(_)))
    }
}

impl Threshold {
    /// The currency of an amount.
    #[must_use]
    pub const fn currency(&self) -> Option<Currency> {
        match self {
            Self::Value(value) => Some(value.currency),
            Self::OfQuota(_) | Self::Quantity(_) | Self::Count(_) => None,
        }
    }

    /// As attainment against `quota`, both in millionths.
    #[must_use]
    pub fn micro(&self, quota: i128) -> Option<i128> {
        match self {
            Self::OfQuota(rate) => rate.of(quota),
            Self::Value(Value { micro, .. }) => Some((*micro).into()),
            Self::Quantity(quantity) => Some(quantity.micro().into()),
            Self::Count(count) => i128::from(*count).checked_mul(ONE),
        }
    }
}

impl Scale {
    /// The terms of `component` against `quota`, in millionths.
    ///
    /// # Errors
    /// In check order: [`NoTiers`](ScaleError::NoTiers); of each tier
    /// [`Overflow`](ScaleError::Overflow), [`Gap`](ScaleError::Gap), [`Empty`](ScaleError::Empty),
    /// [`NoBaseRate`](ScaleError::NoBaseRate), [`NeverFull`](ScaleError::NeverFull).
    pub fn of(component: &PayComponent, quota: i128) -> Result<Self, ScaleError> {
        let name = || component.name.clone();
        if component.tiers.is_empty() {
            return Err(ScaleError::NoTiers { component: name() });
        }
        let mut bands: Vec<Band> = Vec::new();
        for (it, tier) in component.tiers.iter().zip(1..) {
            let overflow = || ScaleError::Overflow { component: name(), tier };
            let from = it.from.micro(quota).ok_or_else(overflow)?;
            let to = match &it.to {
                Some(to) => Some(to.micro(quota).ok_or_else(overflow)?),
                None => None,
            };
            if bands.last().is_some_and(|before| before.to != Some(from)) {
                return Err(ScaleError::Gap { component: name(), tier });
            }
            // Of a quota of nothing, every share is nothing.
            let is_share = matches!(it.to, Some(Threshold::OfQuota(_))) && quota == 0;
            if from < 0 || to.is_some_and(|to| to <= from && !is_share) {
                return Err(ScaleError::Empty { component: name(), tier });
            }
            let pays = match it.pays {
                TierPay::Rate(rate) => Pays::Rate(rate),
                TierPay::Multiplier(times) => {
                    let missing = || ScaleError::NoBaseRate { component: name(), tier };
                    let base = component.base_rate.ok_or_else(missing)?;
                    Pays::Rate(base.checked_mul(times).ok_or_else(overflow)?)
                }
                TierPay::WhenFull(amount) => match to {
                    Some(to) if component.split == TierSplit::Marginal => {
                        Pays::Per(amount.micro.into(), to.saturating_sub(from))
                    }
                    _ => return Err(ScaleError::NeverFull { component: name(), tier }),
                },
                TierPay::Each(amount) => Pays::Per(amount.micro.into(), ONE),
            };
            bands.push(Band { from, to, pays, retroactive: it.retroactive });
        }
        let bonuses = component.bonuses.iter();
        Ok(Self {
            bands,
            accumulate: component.accumulate,
            split: component.split,
            cap: component.cap.map(|cap| cap.micro.into()),
            bonuses: bonuses
                .filter_map(|it| Some((it.at_least.micro(quota)?, it.pays.micro.into())))
                .collect(),
            below_zero: component.below_zero,
        })
    }

    /// The same terms where only the lowest tier is paid, for everything.
    #[must_use]
    pub fn lowest_tier_only(&self) -> Self {
        let lowest = self.bands.first().map(|band| Band { to: None, ..*band });
        Self { bands: lowest.into_iter().collect(), bonuses: Vec::new(), ..self.clone() }
    }

    /// The highest tier that pays everything below, of those that `attained` reaches.
    fn top(&self, attained: i128) -> Option<usize> {
        self.bands.iter().rposition(|band| band.retroactive && band.from < attained)
    }

    /// Which tier `attained` is in.
    fn tier_of(&self, attained: i128) -> Option<usize> {
        self.bands.iter().position(|band| {
            let lowest = band.from == 0 && attained <= 0;
            (band.from < attained || lowest) && band.to.is_none_or(|to| attained <= to)
        })
    }

    /// What a tier pays for an amount, if everything up to `top` is paid as that.
    fn pays(&self, tier: usize, top: Option<usize>, amount: i128) -> i128 {
        let tier = top.map_or(tier, |top| tier.max(top));
        match self.bands.get(tier).map(|band| band.pays) {
            Some(Pays::Rate(rate)) => rate.of(amount).unwrap_or_default(),
            Some(Pays::Per(pay, per)) => proportion(amount, pay, per).unwrap_or_default(),
            None => 0,
        }
    }

    /// How much of the attainment above `low`, up to `high`, lies in each tier.
    ///
    /// What is below nothing is in the tier that begins there, if one does.
    fn parts(&self, low: i128, high: i128) -> impl Iterator<Item = (usize, i128)> + '_ {
        self.bands.iter().enumerate().filter_map(move |(tier, band)| {
            // Only the lowest reaches below nothing: of a quota of nothing, many begin there.
            let lowest = tier == 0 && band.from == 0;
            let from = if lowest { low } else { low.max(band.from) };
            let to = band.to.map_or(high, |to| high.min(to));
            Some((tier, to.checked_sub(from).filter(|part| *part > 0)?))
        })
    }
}

/// What was paid so far in a period.
struct Running<'a> {
    scale: &'a Scale,
    attained: i128,
    /// The highest tier reached that pays everything below.
    top: Option<usize>,
    deals: Vec<Left>,
    before: Vec<Left>,
    paid: i128,
    lines: Vec<PayLine>,
}

impl Payroll {
    /// What `deals` of one period pay, in their order.
    #[must_use]
    pub fn of(scale: &Scale, deals: &[Deal]) -> Self {
        Self::after(scale, 0, &[], deals)
    }

    /// The same, where the period begins with `carried`, which is nothing or less, and so much is
    /// left of the deals of the periods `before` that may be taken back.
    #[must_use]
    pub fn after(scale: &Scale, carried: i128, before: &[Left], deals: &[Deal]) -> Self {
        let mut run = Running {
            scale,
            attained: 0,
            top: None,
            deals: Vec::new(),
            before: before.to_vec(),
            paid: 0,
            lines: Vec::new(),
        };
        for (at, deal) in deals.iter().enumerate() {
            run.deals.push(Left::default());
            let earlier = deal.takes_back.filter(|_| deal.amount < 0);
            match earlier.filter(|of| run.left(*of).is_some_and(|it| it.counts > 0)) {
                Some(of) => run.take_back(at, of, deal.amount),
                None => run.deal(at, deal.amount),
            }
            run.attained = run.attained.saturating_add(deal.amount);
        }
        run.end(carried);
        Self { lines: run.lines, left: run.deals, left_before: run.before }
    }

    /// What is paid in all, in millionths.
    #[must_use]
    pub fn total(&self) -> i128 {
        self.lines.iter().map(|line| line.pay).fold(0, i128::saturating_add)
    }

    /// What is paid for the deal at a place.
    #[must_use]
    pub fn of_deal(&self, at: usize) -> i128 {
        let lines = self.lines.iter().filter(|line| line.deal == Some(at));
        lines.map(|line| line.pay).fold(0, i128::saturating_add)
    }
}

impl Running<'_> {
    fn say(
        &mut self,
        deal: Option<usize>,
        reason: PayReason,
        tier: Option<usize>,
        amount: i128,
        pay: i128,
    ) {
        if let Some(left) = deal.and_then(|deal| self.deals.get_mut(deal)) {
            left.paid = left.paid.saturating_add(pay);
        }
        self.paid = self.paid.saturating_add(pay);
        self.lines.push(PayLine { deal, reason, tier, amount, pay });
    }

    fn count(&mut self, deal: usize, amount: i128) {
        if let Some(left) = self.deals.get_mut(deal) {
            left.counts = left.counts.saturating_add(amount);
        }
    }

    /// What is left of an earlier deal.
    fn left(&mut self, of: Earlier) -> Option<&mut Left> {
        match of {
            // Nothing is left of what is yet to be counted.
            Earlier::OfThis(of) => self.deals.get_mut(of),
            Earlier::OfBefore(of) => self.before.get_mut(of),
        }
    }

    fn deal(&mut self, at: usize, amount: i128) {
        let scale = self.scale;
        let before = if scale.accumulate { self.attained } else { 0 };
        let after = before.saturating_add(amount);
        if scale.split == TierSplit::Highest {
            if let Some(tier) = scale.tier_of(before.max(after)) {
                let pay = scale.pays(tier, None, amount);
                self.say(Some(at), PayReason::Earned, Some(tier), amount, pay);
            }
            self.count(at, amount);
            self.cap(at);
            return;
        }
        let before_top = if scale.accumulate { self.top } else { None };
        let top = before_top.max(scale.top(after));
        if scale.accumulate && top > before_top {
            self.raise(before, before_top, top);
            self.top = top;
        }
        let sign = if amount < 0 { -1 } else { 1 };
        for (tier, part) in scale.parts(before.min(after), before.max(after)) {
            let part = part.saturating_mul(sign);
            let pay = scale.pays(tier, top, part);
            self.say(Some(at), PayReason::Earned, Some(tier), part, pay);
        }
        self.count(at, amount);
        self.cap(at);
    }

    /// Earlier deals are paid as the tier that was reached now pays them.
    fn raise(&mut self, before: i128, old: Option<usize>, new: Option<usize>) {
        let scale = self.scale;
        let more = scale.parts(0.min(before), before).map(|(tier, part)| {
            scale.pays(tier, new, part).saturating_sub(scale.pays(tier, old, part))
        });
        let more = more.fold(0, i128::saturating_add);
        let weight = |counts: i128| i64::try_from(counts.max(0)).unwrap_or(i64::MAX);
        let weights: Vec<i64> = self.deals.iter().map(|it| weight(it.counts)).collect();
        let shares = split(i64::try_from(more).unwrap_or(i64::MAX), &weights);
        for (deal, share) in shares.into_iter().enumerate().filter(|(_, share)| *share != 0) {
            let counts = self.deals.get(deal).map_or(0, |it| it.counts);
            self.say(Some(deal), PayReason::Retroactive, new, counts, share.into());
        }
    }

    /// What was paid for the earlier deal goes back, by the share of it that does.
    fn take_back(&mut self, at: usize, of: Earlier, amount: i128) {
        let Some(left) = self.left(of) else { return };
        let taken = amount.saturating_neg().min(left.counts);
        let back = proportion(left.paid, taken, left.counts).unwrap_or_default();
        left.counts = left.counts.saturating_sub(taken);
        left.paid = left.paid.saturating_sub(back);
        let pay = back.saturating_neg();
        self.say(Some(at), PayReason::ClawedBack, None, taken.saturating_neg(), pay);
        let rest = amount.saturating_add(taken);
        if rest < 0 {
            self.deal(at, rest);
        }
        self.cap(at);
    }

    /// Nothing is paid above the most.
    fn cap(&mut self, at: usize) {
        if let Some(over) = self.scale.cap.map(|cap| self.paid.saturating_sub(cap))
            && over > 0
        {
            self.say(Some(at), PayReason::Capped, None, 0, over.saturating_neg());
        }
    }

    fn end(&mut self, carried: i128) {
        for (at_least, pays) in &self.scale.bonuses {
            if self.attained >= *at_least {
                self.say(None, PayReason::Bonus, None, self.attained, *pays);
            }
        }
        let left = self.paid.saturating_add(carried.min(0));
        if left < 0 && self.scale.below_zero == BelowZero::Forgiven {
            self.say(None, PayReason::Forgiven, None, 0, left.saturating_neg());
        }
    }
}
