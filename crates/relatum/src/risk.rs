//! Churn: what is usual in the book first, then what each account does, then what both say.

use relatum_churn::Past;
use relatum_domain::AccountId;
use relatum_projections::{
    About, ChurnOptions, ChurnReport, ChurnTest, Looked, Models, Norm, Signal,
};

use crate::as_of::AsOf;
use crate::error::Error;

impl AsOf {
    /// Who may be leaving, how likely, how much is at stake, why, and what to do first.
    ///
    /// Reads the whole book, whoever is asked about: what is usual in it is what an account is held
    /// against, and its past is what a risk is learned from.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn churn(&self, options: &ChurnOptions) -> Result<ChurnReport, Error> {
        if let Some(account) = options.account {
            self.stands_for_itself(account)?;
        }
        let norm = self.norm()?;
        let past = self.cut(|common| options.past(common, &norm, &self.view))?;
        self.looked(&norm, &past, |common, looked| {
            options.whole(common, &norm, &past, &self.view, looked)
        })
    }

    /// What would have been said at past days, and what came: the forecasts of the score against
    /// those of simple rules.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn churn_test(&self, options: &ChurnOptions) -> Result<ChurnTest, Error> {
        let norm = self.norm()?;
        let past = self.cut(|common| options.past(common, &norm, &self.view))?;
        self.looked(&norm, &past, |common, looked| {
            ChurnTest::whole(options, common, &norm, &past, &self.view, looked)
        })
    }

    /// What is usual in the book. It stays usual for a while: who keeps it can ask for the
    /// [signals](Self::signals) of an account again and again.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn norm(&self) -> Result<Norm, Error> {
        let part = |part: &Models, _: &Models| Norm::part(part, &self.view);
        self.whole(ChurnOptions::NORM, part, |_, parts: Vec<Vec<_>>| {
            Norm::whole(&self.view, &parts.concat())
        })
    }

    /// The signals of one account, held against what is usual; without the risk, which the whole
    /// book tells.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn signals(&self, norm: &Norm, account: AccountId) -> Result<Vec<Signal>, Error> {
        self.stands_for_itself(account)?;
        self.with_seen(|seen| {
            let common = seen.common()?;
            seen.one(account, ChurnOptions::WHICH, |part: &Models| {
                ChurnOptions::signals((part, common), norm, account, &self.view)
            })
        })
    }

    /// The signals that accounts tell on their own, held against nothing but themselves; of one
    /// account or of all, by id. [`churn`](Self::churn) holds them against the book as well.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn own_signals(
        &self,
        account: Option<AccountId>,
    ) -> Result<Vec<(AccountId, Vec<Signal>)>, Error> {
        let part = |part: &Models, common: &Models| {
            ChurnOptions::own_signals(part, common, account, &self.view)
        };
        let whole = |_: &Models, parts: Vec<Vec<_>>| {
            let mut all = parts.concat();
            all.sort_by_key(|(account, _)| *account);
            all
        };
        self.of(&About::of(account, None), ChurnOptions::WHICH, part, whole)
    }

    fn cut(&self, of: impl Fn(&Models) -> Past) -> Result<Past, Error> {
        self.with_seen(|seen| Some(of(seen.common()?)))
    }

    fn looked<T>(
        &self,
        norm: &Norm,
        past: &Past,
        finish: impl Fn(&Models, Vec<Looked>) -> T,
    ) -> Result<T, Error> {
        let part = |part: &Models, common: &Models| {
            ChurnOptions::part(part, common, norm, past, &self.view)
        };
        self.whole(ChurnOptions::WHICH, part, |common, parts: Vec<Vec<_>>| {
            finish(common, parts.concat())
        })
    }
}
