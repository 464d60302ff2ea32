//! Text: clean words from markup, sentences, words, URLs, numbers in words.

pub mod characters;
pub mod count;
pub mod html;
pub mod sentences;
pub mod urls;
pub mod words;
