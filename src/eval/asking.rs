//! How often `overheard ask` answers what nobody spoke of, and is silent about what somebody did: our own
//! questions about the sample market and the recorded feeds, half of each about things nobody said.

use std::collections::BTreeMap;
use std::path::Path;

use super::EvalError;
use crate::post::PostId;

/// What ought to come of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Somebody spoke of it.
    Answerable,
    /// Nobody did.
    Unanswerable,
    /// It is in a language that the encoder does not read, and who asks is to be told so.
    Foreign,
}

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Came {
    /// An answer, where the best post is so much about it.
    Answered(f32),
    /// None, where the best post is no more about it than this.
    Silent(f32),
    /// It was said to be in another language.
    Refused,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Which store it is asked of: `sample` or `real`.
    pub store: String,
    /// What ought to come of it.
    pub kind: Kind,
    /// The question.
    pub question: String,
}

impl Case {
    /// Whether it came as it ought to.
    #[must_use]
    pub const fn is_right(&self, came: Came) -> bool {
        matches!(
            (self.kind, came),
            (Kind::Answerable, Came::Answered(_))
                | (Kind::Unanswerable, Came::Silent(_))
                | (Kind::Foreign, Came::Refused)
        )
    }
}

/// What became of the questions of one store.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Score {
    /// Every question, and what came of it.
    pub asked: Vec<(Case, Came)>,
}

impl Score {
    /// How many questions there are of a kind, and how many of them did not come as they ought to.
    #[must_use]
    pub fn wrong(&self, kind: Kind) -> (usize, usize) {
        let of_kind = || self.asked.iter().filter(|(case, _)| case.kind == kind);
        (of_kind().filter(|(case, came)| !case.is_right(*came)).count(), of_kind().count())
    }
}

/// The questions in a file: a line each, `store`, `yes`, `no` or `foreign`, and the question, with tabs between.
///
/// # Errors
/// [`EvalError::Data`] where the file cannot be read, or a line is none.
pub fn cases(path: &Path) -> Result<Vec<Case>, EvalError> {
    let wrong = |why: String| EvalError::Data { path: path.display().to_string(), why };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with('#'));
    let case = |(number, line): (usize, &str)| {
        let mut parts = line.split('\t');
        let (store, kind, question) = (parts.next(), parts.next(), parts.next());
        let kind = match kind {
            Some("yes") => Some(Kind::Answerable),
            Some("no") => Some(Kind::Unanswerable),
            Some("foreign") => Some(Kind::Foreign),
            _ => None,
        };
        match (store, kind, question) {
            (Some(store), Some(kind), Some(question)) => {
                Ok(Case { store: store.to_owned(), kind, question: question.to_owned() })
            }
            _ => Err(wrong(format!(
                "line {number} is not store, then yes, no or foreign, and a question"
            ))),
        }
    };
    lines.map(case).collect()
}

/// Questions, each with the URL of a post that answers it: a line each, with a tab between.
///
/// # Errors
/// [`EvalError::Data`] where the file cannot be read, or a line is none.
pub fn pairs(path: &Path) -> Result<Vec<(String, String)>, EvalError> {
    let wrong = |why: String| EvalError::Data { path: path.display().to_string(), why };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with('#'));
    let pair = |(number, line): (usize, &str)| {
        let (question, url) = line
            .split_once('\t')
            .ok_or_else(|| wrong(format!("line {number} is not a question and a URL")))?;
        Ok((question.to_owned(), url.to_owned()))
    };
    lines.map(pair).collect()
}

/// What makes the first of a ranking count for little more than the second: as its authors have it.
const RANKS: f32 = 60.0;

/// Several rankings made one, by the sum of their reciprocal ranks (Cormack, Clarke and Buettcher, 2009).
#[must_use]
pub fn fused(rankings: &[&[PostId]]) -> Vec<PostId> {
    let mut scores: BTreeMap<PostId, f32> = BTreeMap::new();
    for ranking in rankings {
        for (rank, post) in (1_u16..).zip(*ranking) {
            *scores.entry(*post).or_default() += 1.0 / (RANKS + f32::from(rank));
        }
    }
    let mut fused: Vec<(PostId, f32)> = scores.into_iter().collect();
    fused.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    fused.into_iter().map(|(post, _)| post).collect()
}

/// The share of posts, by the place each was found at, that were among the first `most`.
#[must_use]
pub fn recall(places: &[Option<usize>], most: usize) -> f64 {
    let found = places.iter().flatten().filter(|place| **place < most).count();
    found as f64 / places.len().max(1) as f64
}

/// Says what comes of a question.
pub type Answers<'a, E> = dyn FnMut(&str) -> Result<Came, E> + 'a;

/// Asks the questions of one store.
///
/// # Errors
/// The first that `answers` gives.
pub fn measure<E>(cases: &[Case], store: &str, answers: &mut Answers<'_, E>) -> Result<Score, E> {
    let of_store = cases.iter().filter(|case| case.store == store);
    let asked = of_store.map(|case| Ok((case.clone(), answers(&case.question)?)));
    Ok(Score { asked: asked.collect::<Result<_, E>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_rankings_have_in_common_comes_first() {
        let post = |n: u8| PostId::from_bytes([n; 16]);
        let [a, b, c] = [1, 2, 3].map(post);
        assert_eq!(fused(&[&[a, b], &[c, b]]), [b, a, c]);
        assert_eq!(fused(&[&[c, a]]), [c, a]);
        assert_eq!(fused(&[]), []);
        let places = [Some(0), Some(4), Some(5), None];
        assert!((recall(&places, 5) - 0.5).abs() < 1e-9 && recall(&[], 5) < 1e-9);
    }
}
