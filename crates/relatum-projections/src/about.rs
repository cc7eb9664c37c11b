//! Of whom a question wants to know.

use relatum_domain::{AccountId, ManagerId};

/// Of whom a question wants to know: nothing that others' accounts hold changes its answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum About {
    /// Of all accounts.
    #[default]
    Everybody,
    /// Of one account.
    Account(AccountId),
    /// Of what may be the work or the credit of managers, on their own account or for others.
    Managers(Vec<ManagerId>),
}

impl About {
    /// Of the account or else of the manager that is given; of everybody if none is.
    #[must_use]
    pub fn of(account: Option<AccountId>, manager: Option<ManagerId>) -> Self {
        Self::each(account, manager.as_slice())
    }

    /// The same for several managers.
    #[must_use]
    pub fn each(account: Option<AccountId>, managers: &[ManagerId]) -> Self {
        match (account, managers) {
            (Some(account), _) => Self::Account(account),
            (None, []) => Self::Everybody,
            (None, managers) => Self::Managers(managers.to_vec()),
        }
    }
}
