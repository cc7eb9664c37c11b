//! Parts of amounts, rounded in one way.

use super::Rate;

/// `amount` times `numerator` by `denominator`, rounded half away from zero; none where it cannot
/// be kept, or by nothing.
///
/// Units: those of `amount`.
///
/// # Example
/// ```
/// use relatum_domain::proportion;
/// assert_eq!(proportion(40_000, 30, 13), Some(92_308));
/// assert_eq!(proportion(-5, 1, 2), Some(-3));
/// assert_eq!(proportion(1, 1, 0), None);
/// ```
#[must_use]
pub fn proportion(amount: i128, numerator: i128, denominator: i128) -> Option<i128> {
    let product = amount.checked_mul(numerator)?;
    let whole = product.checked_div(denominator)?;
    let rest = product.checked_rem(denominator)?.unsigned_abs();
    if rest.checked_mul(2)? < denominator.unsigned_abs() {
        return Some(whole);
    }
    let away = if (product < 0) == (denominator < 0) { 1 } else { -1 };
    whole.checked_add(away)
}

impl Rate {
    /// This rate of `amount`, rounded half away from zero; none where it cannot be kept.
    ///
    /// # Example
    /// ```
    /// use relatum_domain::Rate;
    /// assert_eq!("0.055".parse::<Rate>()?.of(20_000), Some(1_100));
    /// # Ok::<(), relatum_domain::AmountError>(())
    /// ```
    #[must_use]
    pub fn of(self, amount: i128) -> Option<i128> {
        let of = |rate: rust_decimal::Decimal| {
            proportion(amount, rate.mantissa(), 10_i128.checked_pow(rate.scale())?)
        };
        // More digits than that tell nothing apart in an amount that can be kept.
        of(self.decimal()).or_else(|| of(self.decimal().round_dp(18)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::proportion;

    #[test]
    fn a_rate_of_many_digits_is_a_rate_all_the_same() {
        let third: crate::Rate = "0.3333333333333333333333333333".parse().unwrap();
        assert_eq!(third.of(300_000_000_000_000), Some(100_000_000_000_000));
    }

    proptest! {
        #[test]
        fn a_proportion_strays_at_most_half_a_unit(
            amount in -1_000_000_000_i64..1_000_000_000,
            numerator in -1_000_000_i64..1_000_000,
            denominator in prop_oneof![-1_000_000_i64..0, 1_i64..1_000_000],
        ) {
            let (amount, numerator) = (i128::from(amount), i128::from(numerator));
            let denominator = i128::from(denominator);
            let found = proportion(amount, numerator, denominator).unwrap();
            let twice_off = 2 * (found * denominator - amount * numerator);
            prop_assert!(twice_off.abs() <= denominator.abs());
        }
    }
}
