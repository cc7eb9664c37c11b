//! Where values are going: a line that single values cannot bend.

use statrs::function::erf::erfc;

/// Points that a trend needs.
const FEWEST: usize = 5;

/// The trend of values over time: Theil and Sen's line, and how sure it is that it falls.
///
/// # Example
/// ```
/// use relatum_churn::Trend;
/// let falling = [(0.0, 5.0), (1.0, 4.6), (2.0, 99.0), (3.0, 3.9), (4.0, 3.4), (5.0, 3.0)];
/// let trend = Trend::of(&falling).ok_or("too few")?;
/// assert!((trend.slope + 0.4).abs() < 0.05, "one odd value does not bend it: {trend:?}");
/// assert_eq!(Trend::of(&falling[..4]), None, "too few to tell");
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// The median of the slopes between any two points.
    pub slope: f64,
    /// How probable it is to see as much falling where nothing falls (Mann and Kendall, one side,
    /// with their normal approximation).
    pub by_chance: f64,
}

impl Trend {
    /// Of times and values; none of fewer than five points, or of one time. Takes time with the
    /// square of the points.
    #[must_use]
    pub fn of(points: &[(f64, f64)]) -> Option<Self> {
        if points.len() < FEWEST {
            return None;
        }
        let mut slopes = Vec::with_capacity(points.len() * (points.len() - 1) / 2);
        let mut score = 0.0;
        for (at, (time, value)) in points.iter().enumerate() {
            for (later, other) in points.iter().skip(at + 1) {
                let slope = (other - value) / (later - time);
                if slope.is_finite() {
                    slopes.push(slope);
                    score += if slope == 0.0 { 0.0 } else { slope.signum() };
                }
            }
        }
        let middle = slopes.len().checked_sub(1)? / 2;
        let (_, slope, _) = slopes.select_nth_unstable_by(middle, f64::total_cmp);
        let count = points.len() as f64;
        let spread = (count * (count - 1.0) * (2.0 * count + 5.0) / 18.0).sqrt();
        // The score is a whole number: a half of a step towards none.
        let nearer = if score == 0.0 { 0.0 } else { score - f64::signum(score) };
        let by_chance = 0.5 * erfc(-(nearer / spread) / std::f64::consts::SQRT_2);
        Some(Self { slope: *slope, by_chance })
    }
}
