//! Numbers that a seed decides.
//!
//! *Invariant: equal seeds give equal numbers, on every machine.*

/// The numbers after a seed (SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) const fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// Numbers that depend on all of `parts`.
    pub(crate) fn from_parts(parts: &[u64]) -> Self {
        let mut draw = Self(0x5eed);
        for part in parts {
            draw = Self(draw.next() ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        }
        draw.next();
        draw
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ (it >> 31)
    }

    /// One of `0..end`; 0 if that is empty.
    pub(crate) const fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.next() % end }
    }

    /// One of `from..to`.
    pub(crate) const fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to.saturating_sub(from))
    }

    /// True once in `times`.
    pub(crate) const fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn one_of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(usize::try_from(self.below(list.len() as u64)).ok()?)
    }

    /// One of `1..=most`, each order of magnitude as likely as the next.
    pub(crate) const fn magnitude(&mut self, most: u64) -> u64 {
        let bits = 64 - most.leading_zeros() as u64;
        let bound = 1 << self.between(1, bits + 1);
        let found = self.between(1, bound + 1);
        if found > most { most } else { found }
    }
}
