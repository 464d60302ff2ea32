//! The heads of the sentiment branch: states of tokens in, scores of three classes out.

use tch::{TchError, Tensor};

use crate::classify::passes::Chunk;
use crate::classify::rows::{Score, Scores};
use crate::classify::sentiment::branch::Branch;

/// A matrix with what is added to its product.
#[derive(Debug)]
struct Linear {
    weight: Tensor,
    bias: Tensor,
}

/// The heads; empty until a branch gives them their weights.
#[derive(Debug, Default)]
pub(super) struct Heads {
    author: Linear,
    target_hidden: Linear,
    target_out: Linear,
}

impl Heads {
    pub(super) fn of(branch: &Branch) -> Result<Self, TchError> {
        Ok(Self {
            author: Linear::of(branch, "author")?,
            target_hidden: Linear::of(branch, "target.hidden")?,
            target_out: Linear::of(branch, "target.out")?,
        })
    }

    /// The same over the same memory.
    pub(super) fn sibling(&self) -> Self {
        Self {
            author: self.author.sibling(),
            target_hidden: self.target_hidden.sibling(),
            target_out: self.target_out.sibling(),
        }
    }

    /// The scores of each chunk. `means` are those of the chunks' states.
    pub(super) fn scores(
        &self,
        states: &Tensor,
        means: &Tensor,
        chunks: &[Chunk],
    ) -> Result<Vec<Scores>, Box<dyn std::error::Error>> {
        let authors = scores(&self.author.on(means)?)?;
        let mut all: Vec<Scores> =
            authors.into_iter().map(|author| Scores { author, targets: Vec::new() }).collect();
        // A target is its tokens' mean beside that of its whole sequence.
        let mut seen = Vec::new();
        let mut whose = Vec::new();
        for (place, chunk) in chunks.iter().enumerate() {
            for (target, tokens) in &chunk.targets {
                let (from, count) = (i64::try_from(tokens.start)?, i64::try_from(tokens.len())?);
                let place_in_pass = i64::try_from(place)?;
                let mean = states
                    .f_select(0, place_in_pass)?
                    .f_narrow(0, from, count)?
                    .f_mean_dim([0_i64].as_slice(), false, tch::Kind::Float)?;
                seen.push(Tensor::f_cat(&[mean, means.f_select(0, place_in_pass)?], 0)?);
                whose.push((place, *target));
            }
        }
        if !seen.is_empty() {
            let hidden = self.target_hidden.on(&Tensor::f_stack(&seen, 0)?)?.f_gelu("none")?;
            for ((place, target), score) in
                whose.into_iter().zip(scores(&self.target_out.on(&hidden)?)?)
            {
                all[place].targets.push((target, score));
            }
        }
        Ok(all)
    }
}

impl Default for Linear {
    fn default() -> Self {
        Self { weight: Tensor::new(), bias: Tensor::new() }
    }
}

impl Linear {
    fn of(branch: &Branch, name: &str) -> Result<Self, TchError> {
        let weight = Tensor::from_slice(branch.part(&format!("{name}.weight")));
        let bias = Tensor::from_slice(branch.part(&format!("{name}.bias")));
        Ok(Self { weight: weight.f_reshape([bias.size1()?, -1])?, bias })
    }

    fn sibling(&self) -> Self {
        Self { weight: self.weight.shallow_clone(), bias: self.bias.shallow_clone() }
    }

    fn on(&self, input: &Tensor) -> Result<Tensor, TchError> {
        input.f_linear(&self.weight, Some(&self.bias))
    }
}

fn scores(rows: &Tensor) -> Result<Vec<Score>, Box<dyn std::error::Error>> {
    let rows = Vec::<Vec<f32>>::try_from(rows)?;
    rows.into_iter()
        .map(|row| row.try_into().map_err(|_| "a head has not three classes".into()))
        .collect()
}
