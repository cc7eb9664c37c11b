//! Buckets: into which part of a book a stream falls.
//!
//! Owns the one rule that spreads streams evenly, by their names alone. Whoever folds, keeps or
//! reads a book in parts uses these parts, so that no two workers meet in one.

use relatum_domain::ACCOUNT;
use relatum_stream::StreamId;

/// One of the parts into which streams are spread.
///
/// # Example
/// ```
/// use relatum_projections::Bucket;
/// let stream = "account/67e55044-10b1-426f-9247-bb680e5fe0c8".parse()?;
/// assert_eq!(Bucket::of(stream), Bucket::of(stream));
/// assert!(Bucket::of(stream) < Bucket(Bucket::COUNT));
/// # Ok::<(), relatum_stream::NameError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(pub u16);

impl Bucket {
    /// How many there are: 4,096 for accounts and one more. Of fifty thousand accounts each holds
    /// about twelve.
    pub const COUNT: u16 = 4097;

    /// What is no account: managers, teams, the tenant. Questions about accounts look them up, so
    /// they are together; there are few.
    pub const COMMON: Self = Self(Self::COUNT - 1);

    /// The bucket of `stream`: the same for ever, on every machine.
    #[must_use]
    pub fn of(stream: StreamId) -> Self {
        if stream.kind != ACCOUNT {
            return Self::COMMON;
        }
        let (high, low) = stream.id.as_u64_pair();
        // Ids by time share their first half, ids by a digest nothing: the product mixes both.
        let mixed = (high ^ low.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self((mixed >> 52) as u16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relatum_domain::{AccountId, Derived};

    #[test]
    fn streams_spread_evenly() {
        let mut counts = vec![0_u32; usize::from(Bucket::COUNT)];
        for number in 0..40_960 {
            let stream = AccountId::derived("test", &number.to_string()).into();
            counts[usize::from(Bucket::of(stream).0)] += 1;
        }
        let most = counts.iter().max().unwrap();
        assert!(*most < 30, "ten on average, {most} at most");
    }

    #[test]
    fn a_bucket_never_changes() {
        let stream = "account/67e55044-10b1-426f-9247-bb680e5fe0c8".parse().unwrap();
        assert_eq!(Bucket::of(stream), Bucket(161));
    }
}
