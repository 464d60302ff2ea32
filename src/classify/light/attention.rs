//! Attention: each token of a sequence hears the others.

use std::ops::Range;

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_simd::SimdOp;
use rten_tensor::Matrix;
use rten_vecmath::Softmax;

use super::weights::Shape;
use crate::classify::{EncoderError, failed};

/// The products of attention, and the room they work in.
pub(super) struct Attention {
    shape: Shape,
    gemm: GemmExecutor<f32>,
    scores: Vec<f32>,
    heard: Vec<f32>,
}

impl Attention {
    pub(super) fn new(shape: Shape) -> Self {
        Self { shape, gemm: GemmExecutor::new(), scores: Vec::new(), heard: Vec::new() }
    }

    /// Writes what the tokens of one sequence hear. `mixed` holds a row of queries, keys and values
    /// for each token of the pass, `heard` a row for each.
    pub(super) fn hear(
        &mut self,
        mixed: &[f32],
        sequence: Range<usize>,
        heard: &mut [f32],
    ) -> Result<(), EncoderError> {
        let Shape { width, heads, .. } = self.shape;
        let size = width / heads;
        let length = sequence.len();
        let mixed = &mixed[sequence.start * 3 * width..sequence.end * 3 * width];
        let mixed = Matrix::from_data([length, 3 * width], mixed);
        let part = |which: usize, head: usize| {
            let from = which * width + head * size;
            mixed.slice((.., from..from + size))
        };
        self.scores.resize(length * length, 0.0);
        self.heard.resize(length * size, 0.0);
        let scale = 1.0 / (size as f32).sqrt();
        for head in 0..heads {
            let (query, key, value) = (part(0, head), part(1, head), part(2, head));
            let options = GemmOptions { alpha: scale, ..GemmOptions::default() };
            let (a, b) = (GemmInputA::Unpacked(query), GemmInputB::Unpacked(key.transposed()));
            self.gemm.gemm(&mut self.scores, a, b, options).map_err(|error| failed(&error))?;
            for row in self.scores.chunks_exact_mut(length) {
                Softmax::new_mut(row).dispatch();
            }
            let scores = Matrix::from_data([length, length], self.scores.as_slice());
            let (a, b) = (GemmInputA::Unpacked(scores), GemmInputB::Unpacked(value));
            self.gemm
                .gemm(&mut self.heard, a, b, GemmOptions::default())
                .map_err(|error| failed(&error))?;
            let rows = heard[sequence.start * width..sequence.end * width].chunks_exact_mut(width);
            for (row, part) in rows.zip(self.heard.chunks_exact(size)) {
                row[head * size..(head + 1) * size].copy_from_slice(part);
            }
        }
        Ok(())
    }
}
