//! How often `overheard ask` answers what nobody spoke of, and is silent about what somebody did: our own
//! questions about the sample market and the recorded feeds, half of each about things nobody said.

use std::path::Path;

use super::EvalError;

/// A question, and whether anybody said something about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Which store it is asked of: `sample` or `real`.
    pub store: String,
    /// Whether there is something to say.
    pub answerable: bool,
    /// The question.
    pub question: String,
}

/// What became of the questions of one store.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Score {
    /// Questions somebody spoke of.
    pub answerable: usize,
    /// Of these, left without an answer.
    pub silent: usize,
    /// Questions nobody spoke of.
    pub unanswerable: usize,
    /// Of these, answered all the same.
    pub answered: usize,
    /// Every question, whether it was answered, and how much the best post is about it.
    pub asked: Vec<(Case, bool, f32)>,
}

/// The questions in a file: a line each, `store`, `yes` or `no`, and the question, with tabs between.
///
/// # Errors
/// [`EvalError::Data`] where the file cannot be read, or a line is none.
pub fn cases(path: &Path) -> Result<Vec<Case>, EvalError> {
    let wrong = |why: String| EvalError::Data { path: path.display().to_string(), why };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with('#'));
    let case = |(number, line): (usize, &str)| {
        let mut parts = line.split('\t');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(store), Some(answer @ ("yes" | "no")), Some(question)) => Ok(Case {
                store: store.to_owned(),
                answerable: answer == "yes",
                question: question.to_owned(),
            }),
            _ => Err(wrong(format!("line {number} is not store, yes or no, and a question"))),
        }
    };
    lines.map(case).collect()
}

/// Says of a question whether there is an answer, and how much the best post is about it.
pub type Answers<'a, E> = dyn FnMut(&str) -> Result<(bool, f32), E> + 'a;

/// Asks the questions of one store, of which `answers` says whether there is an answer, and how
/// much the best post is about it.
///
/// # Errors
/// The first that `answers` gives.
pub fn measure<E>(cases: &[Case], store: &str, answers: &mut Answers<'_, E>) -> Result<Score, E> {
    let mut came = Score::default();
    for case in cases.iter().filter(|case| case.store == store) {
        let (answered, best) = answers(&case.question)?;
        if case.answerable {
            came.answerable += 1;
            came.silent += usize::from(!answered);
        } else {
            came.unanswerable += 1;
            came.answered += usize::from(answered);
        }
        came.asked.push((case.clone(), answered, best));
    }
    Ok(came)
}
