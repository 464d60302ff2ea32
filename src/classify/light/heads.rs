//! The heads of the sentiment branch: states of tokens in, scores of three classes out. They are
//! small: floats, one sequence at a time.

use rten_gemm::{BiasVector, GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_simd::SimdUnaryOp as _;
use rten_tensor::Matrix;
use rten_vecmath::Gelu;

use crate::classify::passes::Chunk;
use crate::classify::rows::{Score, Scores};
use crate::classify::sentiment::branch::Branch;
use crate::classify::{EncoderError, failed};

/// The heads.
#[derive(Debug, Clone)]
pub(super) struct Heads {
    pub(super) author: Dense,
    pub(super) target_hidden: Dense,
    pub(super) target_out: Dense,
}

/// A matrix of floats, a row for each number that comes out, with what is added to its product.
#[derive(Debug, Clone)]
pub(super) struct Dense {
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

impl Heads {
    pub(super) fn of(branch: &Branch) -> Self {
        let dense = |name: &str| Dense {
            weight: branch.part(&format!("{name}.weight")).to_vec(),
            bias: branch.part(&format!("{name}.bias")).to_vec(),
        };
        Self {
            author: dense("author"),
            target_hidden: dense("target.hidden"),
            target_out: dense("target.out"),
        }
    }

    /// The scores of a sequence with these states, a row of `width` for each token.
    pub(super) fn scores(
        &self,
        gemm: &GemmExecutor<f32>,
        states: &[f32],
        width: usize,
        chunk: &Chunk,
    ) -> Result<Scores, EncoderError> {
        let whole = mean(states, width);
        let author = score(&self.author.on(gemm, &whole)?)?;
        let mut targets = Vec::with_capacity(chunk.targets.len());
        for (number, tokens) in &chunk.targets {
            // A target is its tokens' mean beside that of its whole sequence.
            let Some(rows) = states.get(tokens.start * width..tokens.end * width) else { continue };
            let seen = [mean(rows, width), whole.clone()].concat();
            let mut hidden = self.target_hidden.on(gemm, &seen)?;
            Gelu {}.map_mut(&mut hidden);
            targets.push((*number, score(&self.target_out.on(gemm, &hidden)?)?));
        }
        Ok(Scores { author, targets })
    }
}

impl Dense {
    fn on(&self, gemm: &GemmExecutor<f32>, input: &[f32]) -> Result<Vec<f32>, EncoderError> {
        let weight = Matrix::from_data([self.bias.len(), input.len()], self.weight.as_slice());
        let input = Matrix::from_data([1, input.len()], input);
        let (input, weight) =
            (GemmInputA::Unpacked(input), GemmInputB::Unpacked(weight.transposed()));
        let bias = Some(BiasVector::Row(&self.bias));
        let mut output = vec![0.0; self.bias.len()];
        gemm.gemm(&mut output, input, weight, GemmOptions { bias, ..GemmOptions::default() })
            .map_err(|error| failed(&error))?;
        Ok(output)
    }
}

/// The mean of rows.
pub(super) fn mean(rows: &[f32], width: usize) -> Vec<f32> {
    let mut mean = vec![0.0; width];
    for row in rows.chunks_exact(width) {
        for (sum, value) in mean.iter_mut().zip(row) {
            *sum += value;
        }
    }
    let count = (rows.len() / width).max(1) as f32;
    for value in &mut mean {
        *value /= count;
    }
    mean
}

fn score(numbers: &[f32]) -> Result<Score, EncoderError> {
    numbers.try_into().map_err(|_| failed(&"a head has not three classes"))
}
