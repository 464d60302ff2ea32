//! Cosines of many embeddings with many others.

use ndarray::{Array2, ArrayView2};

use crate::verdict::Embedding;

/// The cosine of each of `rows` with each of `columns`: see [`Embedding::cosine`].
///
/// As a product of matrices, which uses what the processor has. Embeddings of several lengths are of several models,
/// and are taken pair by pair.
pub(super) fn cosines(rows: &[&Embedding], columns: &[&Embedding]) -> Array2<f32> {
    let mut lengths = rows.iter().chain(columns).map(|embedding| embedding.0.len());
    let length = lengths.clone().max().unwrap_or(0);
    if lengths.all(|other| other == 0 || other == length) {
        let matrix = |embeddings: &[&Embedding]| {
            let mut matrix = Array2::zeros((embeddings.len(), length));
            for (mut row, embedding) in matrix.rows_mut().into_iter().zip(embeddings) {
                row.iter_mut().zip(&embedding.0).for_each(|(to, from)| *to = *from);
            }
            matrix
        };
        let columns: Array2<f32> = matrix(columns);
        let columns: ArrayView2<f32> = columns.t();
        return matrix(rows).dot(&columns);
    }
    let of = |(row, column): (usize, usize)| rows[row].cosine(columns[column]);
    Array2::from_shape_fn((rows.len(), columns.len()), of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rows: &[&Embedding], columns: &[&Embedding]) {
        let all = cosines(rows, columns);
        assert_eq!(all.dim(), (rows.len(), columns.len()));
        for ((row, column), cosine) in all.indexed_iter() {
            let expected = rows[row].cosine(columns[column]);
            assert!((cosine - expected).abs() < 1e-6, "{row}, {column}: {cosine}, not {expected}");
        }
    }

    #[test]
    fn each_is_the_cosine_of_its_pair() {
        let [a, b] = [Embedding(vec![0.6, 0.8, 0.0]), Embedding(vec![0.0, 0.6, 0.8])];
        let (short, none) = (Embedding(vec![0.8, 0.6]), Embedding::default());
        check(&[&a, &b], &[&b, &a, &none]);
        check(&[&a, &none], &[&none]);
        check(&[&a, &short, &none], &[&b, &short]);
        check(&[&none], &[&none]);
        check(&[], &[&a]);
    }
}
