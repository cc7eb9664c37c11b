//! Seeded choice: what is drawn at random comes from a seed that somebody gave.
//!
//! *Invariant: the same seed and stream give the same draws on every platform that computes the
//! same logarithms.*

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A source of draws.
#[derive(Debug)]
pub(crate) struct Draw(ChaCha8Rng);

impl Draw {
    /// Draws of `seed`, apart from those of every other `stream`.
    pub(crate) fn of(seed: u64, stream: u64) -> Self {
        // Laid out by hand: how a generator expands a short seed is its own affair.
        let mut key = [0; 32];
        key.iter_mut().zip(seed.to_le_bytes()).for_each(|(to, from)| *to = from);
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(stream);
        Self(rng)
    }

    /// From 0 up to, not including, `end`; 0 if there is nothing to choose.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let wide = u128::from(self.0.next_u64()) * end as u128;
        (wide >> 64) as usize
    }

    /// Between 0 and 1, neither of them included.
    pub(crate) fn share(&mut self) -> f64 {
        ((self.0.next_u64() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// A waiting time with mean 1.
    pub(crate) fn wait(&mut self) -> f64 {
        -self.share().ln()
    }

    fn normal(&mut self) -> f64 {
        let angle = std::f64::consts::TAU * self.share();
        (2.0 * self.wait()).sqrt() * angle.cos()
    }

    /// Of the gamma distribution with this shape and scale 1, after Marsaglia and Tsang.
    pub(crate) fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let lifted = self.gamma(shape + 1.0);
            return lifted * self.share().powf(shape.recip());
        }
        let d = shape - 1.0 / 3.0;
        let c = (9.0 * d).sqrt().recip();
        loop {
            let normal = self.normal();
            let cube = (1.0 + c * normal).powi(3);
            let bound = 0.5 * normal * normal + d - d * cube + d * cube.ln();
            if cube > 0.0 && self.share().ln() < bound {
                return d * cube;
            }
        }
    }

    /// Of the beta distribution.
    pub(crate) fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (one, other) = (self.gamma(a), self.gamma(b));
        one / (one + other)
    }
}
