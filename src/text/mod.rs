//! Text: clean words from markup, sentences, words, URLs, numbers and languages in words.

pub mod characters;
pub mod count;
pub mod html;
pub mod languages;
pub mod sentences;
pub mod urls;
pub mod words;
