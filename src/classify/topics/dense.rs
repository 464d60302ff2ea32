//! The little linear algebra that heads are fitted with, in a fixed order: the same rows give the same
//! numbers on every machine.

/// Numbers added up side by side: independent sums can be had at once.
const LANES: usize = 8;

/// The sum of products.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (ours, rest) = a.as_chunks::<LANES>();
    let (theirs, other) = b.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (a, b) in ours.iter().zip(theirs) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let tail: f64 = rest.iter().zip(other).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + tail
}

/// The cosine of two embeddings, summed side by side; 0 if either is empty.
pub(super) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let (ours, rest) = a.as_chunks::<LANES>();
    let (theirs, other) = b.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (a, b) in ours.iter().zip(theirs) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let tail: f32 = rest.iter().zip(other).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + tail
}

/// The inverse of a symmetric positive definite matrix, kept as the inverse of its triangular root.
#[derive(Debug)]
pub(super) struct Inverse {
    /// Row by row, each up to its diagonal.
    rows: Vec<Vec<f64>>,
}

impl Inverse {
    /// Of the matrix with these lower-triangular `rows`, each up to its diagonal.
    pub(super) fn of(mut rows: Vec<Vec<f64>>) -> Self {
        for i in 0..rows.len() {
            let (above, rest) = rows.split_at_mut(i);
            let Some(row) = rest.first_mut() else { break };
            for (j, done) in above.iter().enumerate() {
                row[j] = (row[j] - dot(&row[..j], &done[..j])) / done[j];
            }
            // What rounding could make of a matrix that is just positive is kept from being none.
            row[i] = (row[i] - dot(&row[..i], &row[..i])).max(1e-9).sqrt();
        }
        for i in 0..rows.len() {
            let (above, rest) = rows.split_at_mut(i);
            let Some(row) = rest.first_mut() else { break };
            let root = std::mem::replace(row, vec![0.0; i + 1]);
            row[i] = 1.0 / root[i];
            for (weight, done) in root.iter().zip(above.iter()) {
                for (value, done) in row.iter_mut().zip(done) {
                    *value -= weight / root[i] * done;
                }
            }
        }
        Self { rows }
    }

    /// The inverse times a vector.
    pub(super) fn times(&self, vector: &[f64]) -> Vec<f64> {
        let mut product = vec![0.0; vector.len()];
        for row in &self.rows {
            let half = dot(row, &vector[..row.len()]);
            for (value, weight) in product.iter_mut().zip(row) {
                *value += weight * half;
            }
        }
        product
    }

    /// The numbers on the inverse's diagonal.
    pub(super) fn diagonal(&self) -> Vec<f64> {
        let mut diagonal = vec![0.0; self.rows.len()];
        for row in &self.rows {
            for (value, weight) in diagonal.iter_mut().zip(row) {
                *value += weight * weight;
            }
        }
        diagonal
    }
}

/// What `matrix` makes `right` of, by conjugate gradients; `matrix` is symmetric and at least 1.
pub(super) fn solve(matrix: impl Fn(&[f64]) -> Vec<f64>, right: &[f64]) -> Vec<f64> {
    const STEPS: usize = 300;
    const SMALL: f64 = 1e-18;
    let mut found = vec![0.0; right.len()];
    let mut rest = right.to_vec();
    let mut direction = rest.clone();
    let mut size = dot(&rest, &rest);
    let enough = SMALL * size;
    for _ in 0..STEPS {
        if size <= enough {
            break;
        }
        let turned = matrix(&direction);
        let step = size / dot(&direction, &turned).max(f64::MIN_POSITIVE);
        for (place, turned) in turned.iter().enumerate() {
            found[place] += step * direction[place];
            rest[place] -= step * turned;
        }
        let next = dot(&rest, &rest);
        for (direction, rest) in direction.iter_mut().zip(&rest) {
            *direction = rest + next / size * *direction;
        }
        size = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A symmetric matrix well above zero.
    fn matrix(size: usize) -> Vec<Vec<f64>> {
        let near = |i: usize, j: usize| (-((i as f64 - j as f64) / 3.0).powi(2)).exp();
        let entry = |i, j| near(i, j) + if i == j { 1.0 } else { 0.0 };
        (0..size).map(|i| (0..size).map(|j| entry(i, j)).collect()).collect()
    }

    #[test]
    fn an_inverse_undoes_its_matrix() {
        let whole = matrix(21);
        let lower = whole.iter().enumerate().map(|(i, row)| row[..=i].to_vec()).collect();
        let inverse = Inverse::of(lower);
        for column in 0..21 {
            let unit = inverse.times(&whole[column]);
            for (place, value) in unit.iter().enumerate() {
                let expected = f64::from(u8::from(place == column));
                assert!((value - expected).abs() < 1e-9, "{column} {place}: {value}");
            }
            let mut unit = vec![0.0; 21];
            unit[column] = 1.0;
            assert!((inverse.times(&unit)[column] - inverse.diagonal()[column]).abs() < 1e-9);
        }
    }

    #[test]
    fn conjugate_gradients_find_what_the_inverse_finds() {
        let whole = matrix(21);
        let right: Vec<f64> = (0..21).map(|place| f64::from(place % 5)).collect();
        let found = solve(|v| whole.iter().map(|row| dot(row, v)).collect(), &right);
        let lower = whole.iter().enumerate().map(|(i, row)| row[..=i].to_vec()).collect();
        for (a, b) in found.iter().zip(Inverse::of(lower).times(&right)) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }

    #[test]
    fn nothing_and_a_singular_matrix_do_no_harm() {
        assert!(solve(<[f64]>::to_vec, &[]).is_empty());
        assert!(Inverse::of(Vec::new()).diagonal().is_empty());
        let flat = Inverse::of(vec![vec![1.0], vec![1.0, 1.0]]);
        assert!(flat.times(&[1.0, 1.0]).iter().all(|value| value.is_finite()));
        assert!((cosine(&[1.0; 9], &[2.0; 9]) - 18.0).abs() < 1e-6 && cosine(&[], &[1.0]) == 0.0);
    }
}
