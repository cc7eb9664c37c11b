//! Decisions on merging accounts. All merges are told on one stream, so none is decided without
//! the others.

use relatum_stream::Version;

use super::refused::RelationshipRefused;
use super::state::State;
use crate::history::View;
use crate::ids::AccountId;

/// Whether `merged` may be merged into `kept`, by what was merged before.
pub(super) fn check(
    state: &State,
    kept: AccountId,
    merged: AccountId,
) -> Result<(), RelationshipRefused> {
    if kept == merged {
        return Err(RelationshipRefused::MergedWithItself { account: kept });
    }
    let merges = state.merges();
    for account in [kept, merged] {
        if let Some(into) = merges.away(account) {
            return Err(RelationshipRefused::Merged { account, into });
        }
    }
    Ok(())
}

/// The same, by what was told of the two.
pub(super) fn between<'a>(
    kept: AccountId,
    merged: AccountId,
    state_of: impl Fn(AccountId) -> &'a State,
) -> Result<(), RelationshipRefused> {
    for account in [kept, merged] {
        let state = state_of(account);
        if state.version() == Version::NONE {
            return Err(RelationshipRefused::AccountUnknown { account });
        }
        if state.is_nobodys() {
            return Err(RelationshipRefused::MergeOfNobody { account });
        }
        if let Some(closed) = state.closed_on() {
            return Err(RelationshipRefused::MergeOfClosed { account, closed });
        }
    }
    let latest = View::latest();
    for (account, other) in [(kept, merged), (merged, kept)] {
        let relations = state_of(account).relations();
        if relations.is_paid_by(other, &latest) || relations.pays_for(other, &latest) {
            return Err(RelationshipRefused::MergeOfRelated { account, other });
        }
    }
    Ok(())
}
