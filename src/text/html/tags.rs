//! The start tags of a page, without a tree.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::reading::raw;
use super::tame;

/// A tag that begins an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartTag {
    /// The element's name, in lower case.
    pub name: String,
    attributes: Vec<(String, String)>,
}

impl StartTag {
    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The first `most` start tags called one of `names`, in the page's order. What scripts and comments
/// hold is none.
#[must_use]
pub fn start_tags(html: &str, names: &[&str], most: usize) -> Vec<StartTag> {
    let found = Found { names, most, tags: RefCell::default() };
    let tokenizer = Tokenizer::new(found, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(&*tame::tame(html)));
    // A sink that never asks for a script to be run is never left with input.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.tags.into_inner()
}

struct Found<'a> {
    names: &'a [&'a str],
    most: usize,
    tags: RefCell<Vec<StartTag>>,
}

impl TokenSink for Found<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let Token::TagToken(tag) = token else { return TokenSinkResult::Continue };
        if tag.kind == TagKind::EndTag {
            return TokenSinkResult::Continue;
        }
        let mut tags = self.tags.borrow_mut();
        if self.names.contains(&&*tag.name) && tags.len() < self.most {
            let attributes = tag.attrs.iter();
            let attributes = attributes.map(|a| (a.name.local.to_string(), a.value.to_string()));
            tags.push(StartTag { name: tag.name.to_string(), attributes: attributes.collect() });
        }
        raw(&tag.name)
    }
}
