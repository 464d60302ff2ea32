//! What the sentiment branch is trained on, as its training script reads it: tokens, not texts, so
//! that training and judging cannot read a text differently.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::EvalError;
use super::feelings::{self, Labelled, Set};
use super::sentiment::places;
use crate::classify::rust_bert::SentimentTokens;
use crate::classify::sentiment::pieces::Pieces;

/// Counts of what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Rows to train on.
    pub training: usize,
    /// Rows held out.
    pub held_out: usize,
    /// Texts dropped because one that is held out holds them, or nearly so.
    pub leaking: usize,
    /// Tweets that stood in the files more than once.
    pub repeated: usize,
}

/// One text.
#[derive(Serialize)]
struct Row {
    set: Set,
    held_out: bool,
    tokens: Vec<i64>,
    /// How likely its author feels badly, not at all, or well.
    author: Option<[f32; 3]>,
    /// From which token until which, and the class; from 0 until 0 where the text does not name it.
    targets: Vec<(usize, usize, usize)>,
    emotion: Option<usize>,
}

/// Writes a row for each text, as a line of JSON.
///
/// # Errors
/// [`EvalError`] where the data cannot be read or the rows cannot be written.
pub fn write(
    data: &Path,
    tokens: &SentimentTokens,
    out: &mut dyn Write,
) -> Result<Written, EvalError> {
    let material = feelings::material(data)?;
    let mut written = Written {
        training: 0,
        held_out: 0,
        leaking: material.leaking,
        repeated: material.repeated,
    };
    for text in &material.texts {
        let (tokens, places) = tokens.of(&Pieces::of(&text.text, &places(text)));
        let targets = text.targets.iter().zip(places);
        let row = Row {
            set: text.set,
            held_out: text.held_out,
            targets: targets.map(|(t, tokens)| (tokens.start, tokens.end, t.class)).collect(),
            tokens,
            author: author(text),
            emotion: text.emotion,
        };
        let line = serde_json::to_vec(&row).map_err(std::io::Error::from);
        line.and_then(|line| out.write_all(&line).and_then(|()| out.write_all(b"\n"))).map_err(
            |error| EvalError::Data { path: "the rows".to_owned(), why: error.to_string() },
        )?;
        written.training += usize::from(!text.held_out);
        written.held_out += usize::from(text.held_out);
    }
    Ok(written)
}

/// What is known of the author's feeling. Reviewers who praise one thing and blame another feel
/// both ways; those who only praise feel well. Of news that is no more than a guess, so none is made.
fn author(text: &Labelled) -> Option<[f32; 3]> {
    let sure = |class: usize| {
        let mut author = [0.0; 3];
        author[class] = 1.0;
        author
    };
    let reviews = matches!(text.set, Set::Laptops | Set::Restaurants | Set::Own);
    match text.author {
        Some(class) => Some(sure(class)),
        None if reviews && text.mixed => Some([0.5, 0.0, 0.5]),
        None if reviews => text.unanimous().map(sure),
        None => None,
    }
}
