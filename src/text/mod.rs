//! Text: clean words from markup, sentences, words.

pub mod sentences;
pub mod words;
