//! Eigenvalues of small symmetric matrices: steps, standard errors and conditions rest on them.
#![expect(clippy::indexing_slicing, reason = "every index is below N, the size of each array")]

/// A symmetric matrix taken apart: `Σ values[i] vectors[i] vectors[i]ᵀ`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Eigen<const N: usize> {
    pub(super) values: [f64; N],
    pub(super) vectors: [[f64; N]; N],
}

impl<const N: usize> Eigen<N> {
    /// By Jacobi's rotations; of what is finite, else all zeros.
    pub(super) fn of(mut matrix: [[f64; N]; N]) -> Self {
        let mut vectors = [[0.0; N]; N];
        if matrix.iter().flatten().any(|it| !it.is_finite()) {
            return Self { values: [0.0; N], vectors };
        }
        for (at, vector) in vectors.iter_mut().enumerate() {
            vector[at] = 1.0;
        }
        for _ in 0..50 {
            let off: f64 =
                (0..N).map(|i| matrix[i][i + 1..].iter().map(|it| it * it).sum::<f64>()).sum();
            let all: f64 = matrix.iter().flatten().map(|it| it * it).sum();
            if off <= 1e-32 * all {
                break;
            }
            for one in 0..N {
                for other in one + 1..N {
                    rotate(&mut matrix, &mut vectors, one, other);
                }
            }
        }
        Self { values: std::array::from_fn(|at| matrix[at][at]), vectors }
    }

    /// `Σ of(values[i]) vectors[i] (vectors[i] · to)`.
    pub(super) fn apply(&self, to: &[f64; N], of: impl Fn(f64) -> f64) -> [f64; N] {
        let mut result = [0.0; N];
        for (value, vector) in self.values.iter().zip(&self.vectors) {
            let along: f64 = vector.iter().zip(to).map(|(one, other)| one * other).sum();
            let by = of(*value) * along;
            result.iter_mut().zip(vector).for_each(|(result, it)| *result += by * it);
        }
        result
    }

    /// The diagonal of the inverse; none unless all values are above zero.
    pub(super) fn inverse_diagonal(&self) -> Option<[f64; N]> {
        let is_definite = self.values.iter().all(|it| *it > 0.0);
        let of = |at: usize| {
            self.values.iter().zip(&self.vectors).map(|(value, it)| it[at] * it[at] / value).sum()
        };
        is_definite.then(|| std::array::from_fn(of))
    }

    /// The greatest of the values against the least; none unless all are above zero.
    pub(super) fn condition(&self) -> Option<f64> {
        let least = self.values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.values.iter().copied().fold(0.0, f64::max);
        (least > 0.0).then(|| most / least)
    }
}

/// Makes one element zero.
fn rotate<const N: usize>(
    matrix: &mut [[f64; N]; N],
    vectors: &mut [[f64; N]; N],
    one: usize,
    other: usize,
) {
    if matrix[one][other] == 0.0 {
        return;
    }
    let theta = (matrix[other][other] - matrix[one][one]) / (2.0 * matrix[one][other]);
    let tan = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let cos = tan.hypot(1.0).recip();
    let sin = tan * cos;
    let turn = |one: f64, other: f64| (cos * one - sin * other, sin * one + cos * other);
    for row in matrix.iter_mut() {
        (row[one], row[other]) = turn(row[one], row[other]);
    }
    for at in 0..N {
        (matrix[one][at], matrix[other][at]) = turn(matrix[one][at], matrix[other][at]);
        (vectors[one][at], vectors[other][at]) = turn(vectors[one][at], vectors[other][at]);
    }
}
