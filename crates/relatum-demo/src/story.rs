//! The story lines: which account plays which part.

use relatum_domain::{AccountId, Derived};

/// The part that an account plays, for a worklist to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub enum StoryLine {
    /// Buys and pays as usual.
    #[default]
    Steady,
    /// Pays for its child too.
    Parent,
    /// Its parent pays some of its invoices.
    Child,
    /// Large, and always very late.
    ChronicLate,
    /// Late.
    Late,
    /// Late, and on credit hold now.
    LateHeld,
    /// Late, and broke a promise to pay days ago.
    BrokenPromise,
    /// Bought every few weeks; silent now for three times as long.
    Lapsing,
    /// Buys, but nobody has spoken to it for months.
    NoContact,
    /// Complained days ago; nothing happened.
    OpenComplaint,
    /// An offer to it expires in three days.
    OfferExpiring,
    /// An offer to it lapsed days ago.
    OfferLapsed,
    /// Its contract ends within sixty days.
    ContractEnding,
    /// Was to be visited on the last working day; nothing happened.
    MissedVisit,
    /// Could not pay; written off and closed.
    Insolvent,
    /// A payment of it bounced.
    Bounced,
    /// Pays a large invoice in installments.
    Installments,
    /// Takes cash discount.
    CashDiscount,
    /// Pays several invoices at once.
    PaysMonthly,
    /// Paid too much; the rest stands on account or was paid back.
    OnAccount,
    /// Disputes an invoice.
    Dispute,
    /// Sends much back.
    Returns,
    /// We owe it too: some was set off.
    Netting,
    /// Has not bought yet.
    Prospect,
    /// Was a prospect first.
    Converted,
    /// Changed hands midway.
    Reassigned,
}

use StoryLine as S;

/// The parts of forty accounts; the next forty play them again. The account's manager is its
/// place modulo the number of managers.
const CAST: [StoryLine; 40] = [
    S::Parent,
    S::Steady,
    S::ChronicLate,
    S::Lapsing,
    S::Netting,
    S::Child,
    S::Steady,
    S::NoContact,
    S::Late,
    S::Lapsing,
    S::OpenComplaint,
    S::Reassigned,
    S::Lapsing,
    S::OpenComplaint,
    S::LateHeld,
    S::OfferExpiring,
    S::Lapsing,
    S::MissedVisit,
    S::OfferLapsed,
    S::NoContact,
    S::ContractEnding,
    S::BrokenPromise,
    S::Bounced,
    S::Dispute,
    S::Installments,
    S::Lapsing,
    S::CashDiscount,
    S::PaysMonthly,
    S::NoContact,
    S::OnAccount,
    S::Reassigned,
    S::Converted,
    S::Returns,
    S::PaysMonthly,
    S::OnAccount,
    S::Reassigned,
    S::Insolvent,
    S::CashDiscount,
    S::Prospect,
    S::Prospect,
];

impl StoryLine {
    /// The part of the account at `index`, from 0.
    #[must_use]
    pub fn of(index: u32) -> Self {
        CAST.get(index as usize % CAST.len()).copied().unwrap_or_default()
    }

    /// Whether invoices of it are overdue as a rule.
    pub(crate) const fn pays_late(self) -> bool {
        matches!(self, S::ChronicLate | S::Late | S::LateHeld | S::BrokenPromise)
    }
}

/// An account and the part that it plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Story {
    /// The account.
    pub account: AccountId,
    /// Its number in the demo, such as `C-1003`.
    pub number: u32,
    /// The part.
    pub line: StoryLine,
}

/// The parts of the first `accounts` accounts of any book.
///
/// # Example
/// ```
/// use relatum_demo::{StoryLine, stories};
/// let late = stories(40).into_iter().filter(|story| story.line == StoryLine::ChronicLate);
/// assert_eq!(late.map(|story| story.number).collect::<Vec<_>>(), [1003]);
/// ```
#[must_use]
pub fn stories(accounts: u32) -> Vec<Story> {
    let story = |index| Story {
        account: AccountId::derived("demo", &code(index)),
        number: number(index),
        line: StoryLine::of(index),
    };
    (0..accounts).map(story).collect()
}

const fn number(index: u32) -> u32 {
    index.saturating_add(1001)
}

/// What the demo calls the account.
pub(crate) fn code(index: u32) -> String {
    format!("C-{}", number(index))
}
