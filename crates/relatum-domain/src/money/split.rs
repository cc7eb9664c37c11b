//! Splitting an amount by weights without losing a unit.

/// Splits `units` in proportion to `weights`, by largest remainder.
///
/// Shape: one share per weight, in their order; ties go to the earlier one. Negative weights
/// count as zero; when all are zero, the last share takes everything.
/// Units: whole minor (or micro) units in, the same out.
/// Invariant: the shares sum to `units`.
///
/// # Example
/// ```
/// use relatum_domain::split;
/// assert_eq!(split(100, &[1, 1, 1]), [34, 33, 33]);
/// assert_eq!(split(-100, &[30, 50, 20]), [-30, -50, -20]);
/// ```
#[must_use]
pub fn split(units: i64, weights: &[i64]) -> Vec<i64> {
    let weight = |at: &i64| i128::from((*at).max(0));
    let total: i128 = weights.iter().map(weight).fold(0, i128::saturating_add);
    let size = i128::from(units.unsigned_abs());
    let mut shares: Vec<(i128, i128)> = weights
        .iter()
        .map(|at| {
            // 2^63 x 2^63 fits into 127 bits.
            let product = size.saturating_mul(weight(at));
            let share = product.checked_div(total).unwrap_or(0);
            (share, product.checked_rem(total).unwrap_or(0))
        })
        .collect();
    let given = shares.iter().map(|(share, _)| *share).fold(0, i128::saturating_add);
    let mut rest = size.saturating_sub(given);
    if total == 0 {
        if let Some(last) = shares.last_mut() {
            last.0 = rest;
        }
        rest = 0;
    }
    let mut by_remainder: Vec<usize> = (0..shares.len()).collect();
    by_remainder.sort_by_key(|at| std::cmp::Reverse(shares.get(*at).map(|share| share.1)));
    for at in by_remainder {
        if rest == 0 {
            break;
        }
        if let Some(share) = shares.get_mut(at) {
            share.0 = share.0.saturating_add(1);
            rest = rest.saturating_sub(1);
        }
    }
    let signed = |share: i128| {
        if units < 0 { share.saturating_neg() } else { share }
    };
    shares.iter().map(|(share, _)| i64::try_from(signed(*share)).unwrap_or(units)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::split;

    proptest! {
        #[test]
        fn shares_sum_to_the_whole_and_stray_less_than_one_unit(
            units in any::<i64>(),
            weights in prop::collection::vec(0_i64..1_000_000, 1..12),
        ) {
            let shares = split(units, &weights);
            let sum: i128 = shares.iter().map(|share| i128::from(*share)).sum();
            prop_assert_eq!(sum, i128::from(units));
            let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
            if total > 0 {
                for (share, weight) in shares.iter().zip(&weights) {
                    let exact = i128::from(units) * i128::from(*weight);
                    prop_assert!((i128::from(*share) * total - exact).abs() < total);
                }
            }
        }
    }
}
